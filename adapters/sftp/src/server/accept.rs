//! Takes connections, until it is told to stop.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use navette_router::model::Timestamp;
use navette_router::ports;
use russh::keys::PrivateKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::refusal::Refusal;
use super::seats::Seats;
use super::{HostKeyError, Inboxes, Observer, Options, configuration, connection, host_key};

/// How long nothing is accepted after that failed: mostly because the process has too many files open.
const PAUSE: Duration = Duration::from_millis(200);

/// A server that runs nothing yet.
pub struct Server<I: Inboxes> {
    key: PrivateKey,
    inboxes: Arc<I>,
    options: Options,
    observer: Arc<dyn Observer>,
}

impl<I: Inboxes> std::fmt::Debug for Server<I> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Server").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What all connections share.
pub(super) struct Shared<I> {
    pub(super) inboxes: Arc<I>,
    pub(super) options: Options,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) configuration: Arc<russh::server::Config>,
    /// Whose turn it is to read from files.
    pub(super) readers: Semaphore,
    /// The date of the directories.
    pub(super) since: Timestamp,
    /// Whether the server stops.
    pub(super) stopping: watch::Receiver<bool>,
}

impl<I: Inboxes> Server<I> {
    /// One that shows the key `key`, which must be Ed25519.
    pub fn new(
        key: PrivateKey,
        inboxes: Arc<I>,
        options: Options,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, HostKeyError> {
        host_key::check(&key)?;
        Ok(Self { key, inboxes, options, observer })
    }

    /// Serves whoever comes to `listener`, until `stop` is ready. Then nobody else is let in, what is being answered is answered, and
    /// what is left after [`Options::stop_timeout`] is cut. When this future is dropped, everything is cut.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (stops, stopping) = watch::channel(false);
        let shared = Arc::new(self.share(stopping));
        let seats = Seats::new(&shared.options);
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_ended) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((socket, from)) => match seats.take(from.ip()) {
                        Ok(seat) => {
                            connections.spawn(connection::serve(Arc::clone(&shared), socket, from.ip(), seat));
                        }
                        Err(limit) => turn_away(&shared, socket, limit),
                    },
                    Err(error) => pause(&shared, &error).await,
                },
            }
        }
        drop(listener);
        stops.send_replace(true);
        let ending = async { while connections.join_next().await.is_some() {} };
        let _in_time = tokio::time::timeout(shared.options.stop_timeout, ending).await;
    }

    fn share(self, stopping: watch::Receiver<bool>) -> Shared<I> {
        let configuration = Arc::new(configuration::configuration(&self.options, self.key));
        let readers = Semaphore::new(self.options.readers_max.get());
        let (inboxes, options, observer) = (self.inboxes, self.options, self.observer);
        Shared { inboxes, options, observer, configuration, readers, since: Timestamp::now(), stopping }
    }
}

impl<I: Inboxes> Shared<I> {
    /// Waits until the server stops, or is gone.
    pub(super) async fn stops(&self) {
        let mut stopping = self.stopping.clone();
        let _stops = stopping.wait_for(|stops| *stops).await;
    }

    /// What the hub answers, within its time.
    pub(super) async fn ask<T>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, ports::Error>>,
    ) -> Result<T, Refusal> {
        match tokio::time::timeout(self.options.hub_timeout, work).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => self.observer.failed(doing, &error),
            Err(late) => self.observer.failed(doing, &late),
        }
        Err(Refusal::TRY_LATER)
    }
}

/// Says why, as far as the protocol allows before anything was agreed on, and closes.
fn turn_away<I: Inboxes>(shared: &Shared<I>, socket: TcpStream, limit: &'static str) {
    shared.observer.turned_away(limit);
    // Lines before the version are for people; it is not waited for whether anybody reads them.
    let socket = socket.into_std();
    let _told = socket.and_then(|mut socket| socket.write_all(b"There are too many connections: try again later.\r\n"));
}

async fn pause<I: Inboxes>(shared: &Shared<I>, error: &io::Error) {
    shared.observer.failed("accepting a connection", error);
    tokio::time::sleep(PAUSE).await;
}
