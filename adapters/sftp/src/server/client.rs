//! What a client may ask for in the SSH protocol: a password login, one channel, SFTP on it. Everything else is refused.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use russh::server::{Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Session};
use russh::{Channel, ChannelId, ChannelOpenFailure, Disconnect, Pty};
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::Inboxes;
use super::accept::Shared;
use super::configuration::methods;
use super::connection::Progress;
use super::inbound::Inbound;
use super::seats::Seat;
use super::transport::Transport;

/// The longest user name and the longest password, in bytes.
const WORD_MAX_BYTES: usize = 1_024;
/// How many sessions one connection may have, one after the other: the library remembers each.
const CHANNELS_MAX: usize = 256;
/// The one subsystem.
const SFTP: &str = "sftp";
const LANGUAGE: &str = "en";

/// One client.
pub(super) struct Client<I: Inboxes> {
    pub(super) shared: Arc<Shared<I>>,
    pub(super) from: IpAddr,
    pub(super) seat: Seat,
    pub(super) progress: watch::Sender<Progress>,
    /// Tells the client things that no answer has room for; there once the session runs.
    pub(super) handle: Arc<OnceLock<Handle>>,
    pub(super) account: Option<Arc<I::Account>>,
    pub(super) channel: Option<Serving>,
    /// How many channels there were.
    pub(super) channels: usize,
    /// How many passwords were wrong.
    pub(super) refusals: usize,
}

/// The channel of a client: there is one at a time.
pub(super) struct Serving {
    id: ChannelId,
    inbound: Arc<Inbound>,
    /// What serves it, when SFTP was asked for.
    task: Option<AbortHandle>,
}

impl Serving {
    /// Whether it is closed on this side. The library does not tell when the other side has closed it then.
    fn is_over(&self) -> bool {
        self.task.is_some() && self.inbound.is_left()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.inbound.end();
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// An SFTP session that goes on until this is dropped, however it ended.
struct Going(watch::Sender<Progress>);

impl Going {
    fn begin(progress: watch::Sender<Progress>) -> Self {
        progress.send_modify(|progress| progress.serving += 1);
        Self(progress)
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.0.send_modify(|progress| {
            progress.serving -= 1;
            progress.is_broken |= std::thread::panicking();
        });
    }
}

impl<I: Inboxes> Client<I> {
    /// The account, if that is its password and it may have one more connection.
    async fn log_in(&mut self, user: &str, password: &str) -> Option<I::Account> {
        if user.len() > WORD_MAX_BYTES || password.len() > WORD_MAX_BYTES {
            self.shared.observer.login_refused();
            return None;
        }
        let password = SecretString::from(password);
        let work = self.shared.inboxes.log_in(user, &password, self.from);
        match self.shared.ask("checking a password", work).await {
            Ok(Some(account)) => {
                if let Err(limit) = self.seat.belongs_to(user) {
                    self.shared.observer.turned_away(limit);
                    let words = "this account has as many connections as it may: close one of them";
                    self.send_away(Disconnect::TooManyConnections, words).await;
                    return None;
                }
                self.shared.observer.login_accepted();
                Some(account)
            }
            Ok(None) => {
                self.shared.observer.login_refused();
                None
            }
            Err(_) => {
                let words = "the hub cannot check passwords at the moment: try again later";
                self.send_away(Disconnect::ServiceNotAvailable, words).await;
                None
            }
        }
    }

    async fn send_away(&self, reason: Disconnect, words: &str) {
        if let Some(handle) = self.handle.get() {
            let _told = handle.disconnect(reason, words.to_owned(), LANGUAGE.to_owned()).await;
        }
    }

    fn serving(&mut self, id: ChannelId) -> Option<&mut Serving> {
        self.channel.as_mut().filter(|serving| serving.id == id)
    }

    /// Serves SFTP on the channel, unless it is served already.
    fn serve(&mut self, id: ChannelId, handle: Handle) -> bool {
        let Some(account) = self.account.clone() else { return false };
        let (shared, progress) = (Arc::clone(&self.shared), self.progress.clone());
        let Some(serving) = self.serving(id).filter(|serving| serving.task.is_none()) else { return false };
        let inbound = Arc::clone(&serving.inbound);
        let transport = Transport { shared, account, inbound, handle, channel: id };
        let going = Going::begin(progress);
        let task = tokio::spawn(async move {
            let _going = going;
            transport.run().await;
        });
        serving.task = Some(task.abort_handle());
        true
    }
}

impl<I: Inboxes> Handler for Client<I> {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        match self.log_in(user, password).await {
            Some(account) => {
                self.account = Some(Arc::new(account));
                self.progress.send_modify(|progress| progress.is_known = true);
                Ok(Auth::Accept)
            }
            None => {
                self.refusals += 1;
                if self.refusals >= self.shared.options.attempts_max {
                    self.send_away(Disconnect::NoMoreAuthMethodsAvailable, "too many passwords were wrong").await;
                }
                Ok(Auth::Reject { proceed_with_methods: Some(methods()), partial_success: false })
            }
        }
    }

    async fn auth_publickey_offered(&mut self, _: &str, _: PublicKeyOffer<'_>) -> Result<Auth, russh::Error> {
        Ok(Auth::reject())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        let is_taken = self.channel.as_ref().is_some_and(|serving| !serving.is_over());
        if is_taken || self.account.is_none() || self.channels >= CHANNELS_MAX {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        // What comes is given to `data` below, and not to a queue that could be full.
        let inbound = Arc::new(Inbound::new(self.shared.options.requests_max_bytes));
        self.channels += 1;
        self.channel = Some(Serving { id: channel.id(), inbound, task: None });
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        // The answer goes out before anything that the task says.
        if name == SFTP && self.serve(id, session.handle()) {
            session.channel_success(id)
        } else {
            session.channel_failure(id)
        }
    }

    async fn data(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        let Some(serving) = self.serving(id) else { return Ok(()) };
        if serving.inbound.push(data).is_err() {
            self.shared.observer.turned_away("requests_max_bytes");
            let words = "more was asked for than may wait: take what was sent before you ask for more";
            return session.disconnect(Disconnect::ByApplication, words, LANGUAGE);
        }
        Ok(())
    }

    async fn channel_eof(&mut self, id: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        match self.serving(id) {
            Some(Serving { inbound, task: Some(_), .. }) => inbound.end(),
            Some(_) => session.close(id)?,
            None => {}
        }
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Session) -> Result<(), russh::Error> {
        if self.serving(id).is_some() {
            self.channel = None;
        }
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }

    async fn exec_request(&mut self, id: ChannelId, _: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        _: &str,
        _: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }

    async fn x11_request(
        &mut self,
        id: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }
}
