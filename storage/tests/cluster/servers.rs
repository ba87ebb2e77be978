//! Empty tables and topics for each test, on the servers that the environment names.

use navette_storage::cluster::attachments::Bucket;
use navette_storage::cluster::{self, Attachments, Options, Store, schema};
use navette_storage::conformance::Backend;
use navette_storage::conformance::servers::{Claim, options};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// Topics of its own, and tables that nobody else uses meanwhile.
pub(crate) struct Servers {
    pub(crate) options: Options,
    replay_again: Mutex<Option<usize>>,
    claim: Claim,
    is_empty: OnceCell<()>,
}

impl Servers {
    pub(crate) fn new() -> Self {
        let mut options = options();
        let claim = Claim::new(&options.cassandra);
        options.cassandra.keyspace = claim.keyspace();
        Self { options, replay_again: Mutex::default(), claim, is_empty: OnceCell::new() }
    }

    /// Opens the data as another gateway of this name does.
    pub(crate) async fn gateway(&self, name: &str) -> (Store, Attachments) {
        self.gateway_with(name, None).await
    }

    /// The same, with a bucket for attachments.
    pub(crate) async fn gateway_with(&self, name: &str, bucket: Option<Bucket>) -> (Store, Attachments) {
        // Boxed, because a future that asks servers is large, and the cases should not carry it.
        self.is_empty.get_or_init(|| Box::pin(self.make_empty())).await;
        let options = Options { gateway: name.to_owned(), bucket, ..self.options.clone() };
        cluster::open(options).await.expect("the data are opened")
    }

    async fn make_empty(&self) {
        schema::apply(&self.options.cassandra).await.expect("the schema is applied");
        self.claim.empty(&self.options.cassandra).await;
    }
}

impl Backend for Servers {
    type Store = Store;
    type Attachments = Attachments;

    async fn open(&self) -> (Store, Attachments) {
        let opened = self.gateway("one").await;
        let entries = self.replay_again.lock().take();
        if let Some(entries) = entries {
            opened.0.apply_again(entries).await.expect("the journal is applied again");
        }
        opened
    }

    fn copies(&self) -> u32 {
        u32::from(self.options.cassandra.replication)
    }

    async fn replay_again(&self, entries: u64) {
        *self.replay_again.lock() = Some(usize::try_from(entries).unwrap_or(usize::MAX));
    }
}
