//! The suite that every adapter passes that goes to recipients.

use std::sync::Arc;

use navette_adapter_kit::push::{self, Breakage, Held, Peer};
use navette_adapter_sftp::Sftp;
use navette_router::model::ProcessCode;
use navette_router::ports::Endpoint;

use crate::account::{Account, adapter, held};
use crate::link::Way;

struct Recipient {
    account: Account,
    adapter: Arc<Sftp>,
}

impl Peer for Recipient {
    type Adapter = Sftp;

    fn adapter(&self) -> Arc<Sftp> {
        Arc::clone(&self.adapter)
    }

    fn endpoint(&self) -> Endpoint {
        self.account.endpoint()
    }

    fn bad_endpoints(&self) -> Vec<(Endpoint, Vec<&'static str>)> {
        let right = || self.account.endpoint();
        let mut no_login = right();
        no_login.secrets.clear();
        let mut hyphen = right();
        hyphen.process = ProcessCode::new("certificat-non-pacs").unwrap();
        let mut many = right().set("host", "sftp://x").set("port", "0").set("host_key", "x").set("statuses", "14=NEW");
        many.secrets.insert("private_key".to_owned(), "x".into());
        vec![
            (no_login, vec!["password"]),
            (hyphen.clone(), vec!["process_alias"]),
            (hyphen.set("process_alias", "a-b"), vec!["process_alias"]),
            (right().seal("password", "x"), vec!["password"]),
            (many, vec!["host", "port", "host_key", "statuses", "private_key"]),
            (right().set("staging_directory", "in/"), vec!["staging_directory"]),
            (right().set("return_directory", "in"), vec!["return_directory"]),
            (right().set("directory", "../in"), vec!["directory"]),
            (right().set("connections_max", "17"), vec!["connections_max"]),
        ]
    }

    async fn held(&self) -> Vec<Held> {
        self.account.messages().iter().map(|path| held(path)).collect()
    }

    async fn breaks(&self, breakage: Breakage) -> bool {
        match breakage {
            Breakage::IsNotThere => self.account.link.close(),
            Breakage::NeverAnswers => self.account.link.set(Way::Silent).await,
            Breakage::ClosesInTheMiddle => self.account.link.set(Way::CutAfter(1_000_000)).await,
            Breakage::RefusesTheLogin => {
                self.account.server.lock().await.knows_the_client(false);
                self.account.link.set(Way::Open).await;
            }
            Breakage::IsSomebodyElse => {
                self.account.server.lock().await.changes_its_key().await;
                self.account.link.set(Way::Open).await;
            }
            // A server without room and one that is asked for too much are played by another.
            Breakage::IsFull | Breakage::AsksToWait => return false,
        }
        true
    }

    async fn mends(&self) {
        let mut server = self.account.server.lock().await;
        server.knows_the_client(true);
        server.takes_its_key_back().await;
        self.account.link.set(Way::Open).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_conforms_to_the_port_of_adapters() {
    let Some(account) = Account::open().await else { return };
    push::conforms(&Recipient { account, adapter: Arc::new(adapter()) }).await;
}
