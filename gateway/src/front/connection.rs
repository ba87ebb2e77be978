//! One connection, from the accepted socket to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::activity::Activity;
use super::exchange::{self, ExchangeSettings, Origin};
use super::guarded_io::{GuardedIo, TimeLimits};
use super::{Certificates, Handler, Options};

/// What hyper takes from the stack rather than from the heap.
const HYPER_HEADERS_MAX: usize = 100;
const HTTP2_FRAME_BYTES: u32 = 16 * 1024;

/// Where the life of the server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Requests are answered.
    Serving,
    /// Those in progress are.
    Draining,
    /// None is any more.
    Closing,
}

/// What all connections have in common.
pub(super) struct Shared<H> {
    pub(super) handler: H,
    pub(super) exchange: ExchangeSettings,
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) limits: TimeLimits,
    pub(super) handshake_timeout: std::time::Duration,
    pub(super) builder: auto::Builder<TokioExecutor>,
}

/// How hyper is set up.
pub(super) fn builder(options: &Options) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The time limit of a head is ours: hyper's would also end idle connections.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(options.head_max_bytes);
    if options.headers_max != HYPER_HEADERS_MAX {
        builder.http1().max_headers(options.headers_max);
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.http2_streams_max)
        .initial_stream_window_size(options.http2_stream_window_bytes)
        .initial_connection_window_size(options.http2_connection_window_bytes)
        .max_send_buf_size(options.http2_stream_window_bytes as usize)
        .max_frame_size(HTTP2_FRAME_BYTES)
        .max_header_list_size(u32::try_from(options.head_max_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(options.idle_timeout / 2)
        .keep_alive_timeout(options.write_stall_timeout);
    builder
}

/// Serves one connection until it ends or the server stops.
pub(super) async fn serve<H: Handler>(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared<H>>,
    mut phase: watch::Receiver<Phase>,
) {
    let metrics = Arc::clone(&shared.exchange.metrics);
    metrics.connections.inc();
    match shared.certificates.as_ref().map(|certificates| certificates.current()) {
        None => converse(stream, peer, false, &shared, phase).await,
        Some(config) => {
            let handshake = tokio::time::timeout(shared.handshake_timeout, TlsAcceptor::from(config).accept(stream));
            let stream = tokio::select! {
                biased;
                _ = phase.wait_for(|phase| *phase != Phase::Serving) => None,
                outcome = handshake => match outcome {
                    Ok(Ok(stream)) => {
                        metrics.handshakes.inc();
                        Some(stream)
                    }
                    Ok(Err(_)) | Err(_) => {
                        metrics.failed_handshakes.inc();
                        None
                    }
                },
            };
            if let Some(stream) = stream {
                converse(stream, peer, true, &shared, phase).await;
            }
        }
    }
    metrics.connections.dec();
}

async fn converse<H: Handler, S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    secure: bool,
    shared: &Arc<Shared<H>>,
    mut phase: watch::Receiver<Phase>,
) {
    let activity = Arc::new(Activity::new());
    let io = GuardedIo::new(stream, Arc::clone(&activity), Arc::clone(&shared.exchange.metrics), shared.limits);
    let origin = Arc::new(Origin { peer, secure, activity });
    let service = service_fn(|request| {
        let (shared, origin) = (Arc::clone(shared), Arc::clone(&origin));
        async move { Ok::<_, Infallible>(exchange::answer(&shared.handler, &shared.exchange, &origin, request).await) }
    });
    let mut connection = pin!(shared.builder.serve_connection(TokioIo::new(io), service));
    if *phase.borrow_and_update() != Phase::Serving {
        return;
    }
    loop {
        tokio::select! {
            biased;
            outcome = connection.as_mut() => {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            changed = phase.changed() => match (changed, *phase.borrow_and_update()) {
                (Ok(()), Phase::Serving) => {}
                (Ok(()), Phase::Draining) => connection.as_mut().graceful_shutdown(),
                (Ok(()), Phase::Closing) | (Err(_), _) => return,
            },
        }
    }
}
