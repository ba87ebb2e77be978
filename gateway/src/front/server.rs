//! The accept loop and its end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::connection::{self, Phase, Shared};
use super::exchange::ExchangeSettings;
use super::guarded_io::TimeLimits;
use super::gzip::DecodeLimits;
use super::stall::Pace;
use super::{Admission, Certificates, Handler, Options, limits};
use crate::metrics::{FrontMetrics, Registry};

/// After the system refused a connection, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections that are cut off may take to be gone.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// An address that is ours, at which nobody listens yet: clients are refused rather than kept waiting.
#[derive(Debug)]
pub struct Reserved(Socket);

impl Reserved {
    /// Reserves an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the system does not let it: somebody else has it, or it is not of this machine.
    pub fn new(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A restart does not wait for the connections of the former process to be forgotten.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        Ok(Self(socket))
    }

    /// Begins to listen. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.0.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        TcpListener::from_std(self.0.into())
    }
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every request in progress was answered.
    Drained,
    /// Some were cut off when the time was over.
    CutOff,
}

/// The public listener.
pub struct Server<H> {
    listener: TcpListener,
    shared: Arc<Shared<H>>,
    max_connections: usize,
    drain_timeout: Duration,
}

impl<H> std::fmt::Debug for Server<H> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl<H: Handler> Server<H> {
    /// A server that answers with `handler` what comes in at `listener`, over TLS if there are `certificates`.
    pub fn new(
        listener: TcpListener,
        handler: H,
        options: &Options,
        certificates: Option<Arc<Certificates>>,
        registry: &Registry,
    ) -> Self {
        let metrics = Arc::new(FrontMetrics::new(registry, handler.endpoint_names()));
        if let Some(certificates) = &certificates {
            certificates.count_with(Arc::clone(&metrics));
        }
        let admission =
            Admission::new(options.in_flight_max_bytes, options.request_base_bytes, options.request_window_bytes);
        limits::register(registry, &admission, &metrics, options.max_connections);
        let shared = Shared {
            handler,
            exchange: ExchangeSettings {
                admission,
                decode_limits: DecodeLimits {
                    decoded_max_bytes: options.decoded_max_bytes,
                    decoded_max_ratio: options.decoded_max_ratio,
                },
                pace: Pace {
                    pause_max: options.body_stall_timeout,
                    min_bytes_per_second: options.body_min_bytes_per_second,
                },
                retry_after: options.retry_after,
                metrics,
            },
            certificates,
            limits: TimeLimits {
                head: options.head_timeout,
                idle: options.idle_timeout,
                write_stall: options.write_stall_timeout,
            },
            handshake_timeout: options.handshake_timeout,
            builder: connection::builder(options),
        };
        let (max_connections, drain_timeout) = (options.max_connections, options.drain_timeout);
        Self { listener, shared: Arc::new(shared), max_connections, drain_timeout }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop`, then closes the listener and lets requests in progress end.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Outcome {
        let Self { listener, shared, max_connections, drain_timeout } = self;
        let slots = Arc::new(Semaphore::new(max_connections));
        let (phase, _) = watch::channel(Phase::Serving);
        let mut stop = pin!(stop);
        loop {
            let (stream, peer, slot) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&listener, &slots) => accepted,
            };
            shared.exchange.metrics.accepted.inc();
            let (shared, phase) = (Arc::clone(&shared), phase.subscribe());
            tokio::spawn(async move {
                connection::serve(stream, peer, shared, phase).await;
                drop(slot);
            });
        }
        drop(listener);
        phase.send_replace(Phase::Draining);
        if tokio::time::timeout(drain_timeout, phase.closed()).await.is_ok() {
            return Outcome::Drained;
        }
        phase.send_replace(Phase::Closing);
        // Best effort: what is left is in the middle of something that does not wait, and ends with it.
        let closed = tokio::time::timeout(CLOSE_TIMEOUT, phase.closed()).await;
        tracing::warn!(all_closed = closed.is_ok(), "requests in progress were cut off");
        Outcome::CutOff
    }
}

/// The next connection, once there is room for one.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let slot =
        Arc::clone(slots).acquire_owned().await.expect("invariant: the semaphore of connections is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let socket = SockRef::from(&stream);
                // Neither is worth refusing a connection for.
                let tuned = socket.set_tcp_nodelay(true).and_then(|()| socket.set_keepalive(true));
                if let Err(error) = tuned {
                    tracing::debug!(%error, "a connection cannot be tuned");
                }
                return (stream, peer, slot);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// It went away before it was accepted.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
