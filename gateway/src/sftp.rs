//! The SFTP server from which recipients fetch: whose inboxes there are, as the hub has them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use navette_adapter_sftp::server::{Inboxes, Options, Server, Waiting, read_or_make_host_key};
use navette_router::hub::WaitingMessage;
use navette_router::model::{ClientId, NotificationId};
use navette_router::ports::{self, ErrorKind, Files};
use navette_router::{Caller, Error, Scope};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;

use crate::backend::{Hub, HubFiles};
use crate::configuration::{Configuration, Sftp};
use crate::metrics::SftpMetrics;
use crate::tokens::Secrets;
use crate::ways;

/// The server, before anybody comes.
pub(crate) struct Bound {
    listener: TcpListener,
    server: Server<HubInboxes>,
    /// Its public key, as clients write it down.
    pub(crate) host_key: String,
}

impl Bound {
    /// Where it listens.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `stop` is ready, and then ends what is under way.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        self.server.serve(self.listener, stop).await;
    }
}

/// Binds the server that the configuration asks for; none when it asks for none.
///
/// # Errors
/// When the address is taken, or the host key cannot be read or made.
pub(crate) async fn bind(
    hub: &Arc<Hub>,
    secrets: &Arc<Secrets>,
    configuration: &Configuration,
    metrics: SftpMetrics,
) -> Result<Option<Bound>> {
    let Some(address) = configuration.sftp.listen else { return Ok(None) };
    let path = key_path(configuration);
    let key = tokio::task::spawn_blocking(move || read_or_make_host_key(&path)).await?;
    let key = key.context("sftp.host_key cannot be used")?;
    let host_key = key.public_key().to_openssh().context("sftp.host_key cannot be shown")?;
    let files: Arc<dyn Files> = Arc::new(HubFiles(Arc::clone(hub)));
    let inboxes = HubInboxes {
        hub: Arc::clone(hub),
        secrets: Arc::clone(secrets),
        files,
        words: Words(ways::aliases(&configuration.deliveries)),
    };
    let server = Server::new(key, Arc::new(inboxes), options(&configuration.sftp), Arc::new(metrics))
        .context("sftp.host_key cannot be used")?;
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("sftp.listen: {address} cannot be listened at"))?;
    Ok(Some(Bound { listener, server, host_key }))
}

fn key_path(configuration: &Configuration) -> PathBuf {
    let configured = configuration.sftp.host_key.clone();
    configured.unwrap_or_else(|| configuration.storage.directory.join("sftp_host_key"))
}

fn options(section: &Sftp) -> Options {
    Options {
        connections_max: section.connections_max.get(),
        connections_per_account_max: section.connections_per_account_max.get(),
        connections_per_address_max: section.connections_per_address_max.get(),
        logins_max: section.logins_max.get(),
        login_timeout: section.login_timeout.0,
        attempts_max: section.attempts_max.get(),
        idle_timeout: section.idle_timeout.0,
        handles_max: section.handles_max.get(),
        names_max: usize::try_from(section.names_max.get()).unwrap_or(usize::MAX),
        readers_max: section.readers_max,
        ..Options::default()
    }
}

/// What processes are called in names, where their codes do not fit.
struct Words(std::collections::BTreeMap<String, String>);

impl Words {
    /// A word of letters, digits and `_`. Without an alias, what does not fit becomes `_`.
    fn of(&self, code: &str) -> String {
        let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        self.0.get(code).cloned().unwrap_or_else(|| code.chars().map(fits).collect())
    }
}

/// The inboxes of the hub.
struct HubInboxes {
    hub: Arc<Hub>,
    secrets: Arc<Secrets>,
    files: Arc<dyn Files>,
    words: Words,
}

/// Who was let in, by which credential.
struct Account {
    client_id: ClientId,
    /// How far the last listing came: to this one, at this place.
    reached: Mutex<Option<(NotificationId, usize)>>,
}

/// How many notifications are read at a time.
const PORTION: usize = 200;

impl HubInboxes {
    /// Whom the credential speaks for now: one that was revoked speaks for nobody.
    fn caller(&self, account: &Account) -> Option<Caller> {
        self.hub.caller(&account.client_id).filter(|caller| caller.scope == Scope::Si)
    }

    /// What waits behind `after`, which is looked for from place `from` on. None when it is not at that place any more, which is not asked
    /// of the first one.
    async fn listed(
        &self,
        account: &Account,
        caller: &Caller,
        after: Option<NotificationId>,
        from: usize,
        limit: usize,
    ) -> Result<Option<Vec<Waiting>>, ports::Error> {
        let (mut found, mut offset) = (Vec::new(), from);
        loop {
            let page = self.hub.waiting_messages(caller, offset, PORTION, &self.files).await.map_err(port)?;
            if offset == from && from > 0 && page.messages.first().map(|(_, first)| Some(first.id)) != Some(after) {
                return Ok(None);
            }
            for (at, message) in page.messages {
                if after.is_some_and(|after| message.id <= after) {
                    continue;
                }
                let id = message.id;
                found.push(self.shown(message));
                if found.len() == limit {
                    *account.reached.lock() = Some((id, at));
                    return Ok(Some(found));
                }
            }
            let Some(next) = page.next else { return Ok(Some(found)) };
            offset = next;
        }
    }

    fn shown(&self, message: WaitingMessage) -> Waiting {
        let WaitingMessage { id, delivery } = message;
        Waiting { id, process: self.words.of(delivery.process.code.as_str()), delivery }
    }
}

impl Inboxes for HubInboxes {
    type Account = Account;

    async fn log_in(&self, user: &str, password: &SecretString, _: IpAddr) -> Result<Option<Account>, ports::Error> {
        let credential = ClientId::new(user).and_then(|id| self.hub.credential(&id));
        let Some(credential) = credential.filter(|credential| credential.scope == Scope::Si) else { return Ok(None) };
        if !self.secrets.matches(password.expose_secret(), &credential.secret_hash) {
            return Ok(None);
        }
        let account = Account { client_id: credential.client_id, reached: Mutex::new(None) };
        Ok(self.caller(&account).map(|_| account))
    }

    async fn waiting(
        &self,
        account: &Account,
        after: Option<NotificationId>,
        limit: usize,
    ) -> Result<Vec<Waiting>, ports::Error> {
        let Some(caller) = self.caller(account) else { return Ok(Vec::new()) };
        // Nearly always a listing goes on where it was: right behind the last one, if that is still there. Otherwise its place is looked
        // for, from the beginning on: identifiers are in the order of time.
        let reached = *account.reached.lock();
        let hint = reached.filter(|(id, _)| Some(*id) == after).map(|(_, at)| at);
        if let Some(at) = hint
            && let Some(found) = self.listed(account, &caller, after, at, limit).await?
        {
            return Ok(found);
        }
        Ok(self.listed(account, &caller, after, 0, limit).await?.unwrap_or_default())
    }

    async fn find(&self, account: &Account, id: NotificationId) -> Result<Option<Waiting>, ports::Error> {
        let Some(caller) = self.caller(account) else { return Ok(None) };
        let found = self.hub.waiting_message(&caller, id, Arc::clone(&self.files)).await.map_err(port)?;
        Ok(found.map(|message| self.shown(message)))
    }

    async fn acknowledge(&self, account: &Account, id: NotificationId) -> Result<(), ports::Error> {
        let caller = self.caller(account).ok_or(ErrorKind::Unavailable)?;
        self.hub.take_message(&caller, id).await.map_err(port)
    }
}

/// What of a refusal the server has to know: whether it may be tried again.
fn port(error: Error) -> ports::Error {
    match error {
        Error::Port(error) => error,
        _ => ErrorKind::Unavailable.into(),
    }
}
