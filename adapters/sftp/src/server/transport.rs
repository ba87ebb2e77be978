//! One SFTP session on a channel: takes requests in the order in which they came, and sends answers as fast as they are taken.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use russh::ChannelId;
use russh::server::Handle;
use russh_sftp::protocol::Packet;

use super::Inboxes;
use super::accept::Shared;
use super::inbound::Inbound;
use super::requests::{Sent, answer, is_nonsense, read, version};
use super::session::Session;

/// Answers go out in pieces of this size: what the SSH library takes at once is bounded by their number.
const PIECE_BYTES: usize = 32 * 1024;
/// How long a client may take to let a channel be closed.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(5);

/// One SFTP session on a channel.
pub(super) struct Transport<I: Inboxes> {
    pub(super) shared: Arc<Shared<I>>,
    pub(super) account: Arc<I::Account>,
    pub(super) inbound: Arc<Inbound>,
    pub(super) handle: Handle,
    pub(super) channel: ChannelId,
}

/// The session ends, for whatever reason.
struct Over;

impl<I: Inboxes> Transport<I> {
    /// Until the client goes, says nothing for too long, says something that is no request, or the server stops. Then the channel is
    /// closed.
    pub(super) async fn run(self) {
        self.shared.observer.session_began();
        let _counted = Counted(Arc::clone(&self.shared));
        let _over = self.serve().await;
        self.inbound.leave();
        let (handle, channel) = (&self.handle, self.channel);
        let closing = async {
            let _told = handle.exit_status_request(channel, 0).await;
            let _ended = handle.eof(channel).await;
            let _closed = handle.close(channel).await;
        };
        let _in_time = tokio::time::timeout(CLOSING_TIMEOUT, closing).await;
    }

    async fn serve(&self) -> Result<(), Over> {
        let mut session = Session::new(Arc::clone(&self.shared), Arc::clone(&self.account));
        match self.next(self.shared.options.login_timeout).await?.map(read) {
            Some(Sent::Request(Packet::Init(_))) => self.send(version()).await?,
            Some(_) | None => return Err(Over),
        }
        loop {
            let next = tokio::select! {
                biased;
                () = self.shared.stops() => return Err(Over),
                next = self.next(self.idle_timeout()) => next?,
            };
            let Some(bytes) = next else { return Ok(()) };
            let answer = match read(bytes) {
                Sent::Request(request) => answer(&mut session, request).await,
                Sent::Unknown(answer) => answer,
                Sent::Nonsense => return Err(Over),
            };
            let is_nonsense = is_nonsense(&answer);
            self.send(answer).await?;
            if is_nonsense {
                return Err(Over);
            }
        }
    }

    async fn next(&self, timeout: Duration) -> Result<Option<Bytes>, Over> {
        let next = tokio::time::timeout(timeout, self.inbound.next()).await;
        next.map_err(|_| Over)?.map_err(|_| Over)
    }

    /// Sends an answer. Waits while the client takes nothing; not for ever.
    async fn send(&self, answer: Packet) -> Result<(), Over> {
        let mut bytes = Bytes::try_from(answer).map_err(|_| Over)?;
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
            let sent = tokio::time::timeout(self.idle_timeout(), self.handle.data(self.channel, piece)).await;
            sent.map_err(|_| Over)?.map_err(|_| Over)?;
        }
        Ok(())
    }

    fn idle_timeout(&self) -> Duration {
        self.shared.options.idle_timeout
    }
}

/// A session that is counted until it ends, also when it panics.
struct Counted<I: Inboxes>(Arc<Shared<I>>);

impl<I: Inboxes> Drop for Counted<I> {
    fn drop(&mut self) {
        self.0.observer.session_ended();
    }
}
