//! The second listener: `/metrics`, `/health/live`, `/health/ready`. Small, and independent of what the public one suffers.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Readiness;
use crate::metrics::Registry;

const CONNECTIONS_MAX: usize = 64;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// After the system refused a connection, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The second listener, bound.
#[derive(Debug)]
pub struct AdminListener {
    listener: TcpListener,
    pages: Arc<Pages>,
}

#[derive(Debug)]
struct Pages {
    registry: Registry,
    readiness: Arc<Readiness>,
}

impl AdminListener {
    /// Binds the address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: SocketAddr, registry: Registry, readiness: Arc<Readiness>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { listener, pages: Arc::new(Pages { registry, readiness }) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers for ever; drop or abort it to stop.
    pub async fn serve(self) {
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let pages = Arc::clone(&self.pages);
                    tokio::spawn(async move {
                        serve_connection(stream, pages).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the admin listener cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, pages: Arc<Pages>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let pages = Arc::clone(&pages);
        async move { Ok::<_, Infallible>(pages.answer(request.method(), request.uri().path())) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "an admin connection ended early");
    }
}

impl Pages {
    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
        const JSON: &str = "application/json";
        let known = matches!(path, "/metrics" | "/health/live" | "/health/ready");
        if known && method != Method::GET && method != Method::HEAD {
            let mut answer = page(StatusCode::METHOD_NOT_ALLOWED, JSON, r#"{"error":"only GET"}"#);
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match path {
            "/metrics" => page(StatusCode::OK, TEXT, self.registry.text()),
            "/health/live" => page(StatusCode::OK, JSON, r#"{"live":true}"#),
            "/health/ready" => {
                let report = self.readiness.report();
                let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                page(status, JSON, serde_json::to_string(&report).unwrap_or_default())
            }
            _ => page(StatusCode::NOT_FOUND, JSON, r#"{"error":"there are /metrics, /health/live and /health/ready"}"#),
        }
    }
}

fn page(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_say_what_they_are() {
        let readiness = Arc::new(Readiness::new());
        let pages = Pages { registry: Registry::new(), readiness: Arc::clone(&readiness) };
        let status = |path: &str| pages.answer(&Method::GET, path).status().as_u16();
        assert_eq!(
            [status("/metrics"), status("/health/live"), status("/health/ready"), status("/")],
            [200, 200, 200, 404]
        );
        readiness.drain();
        assert_eq!([status("/health/live"), status("/health/ready")], [200, 503]);
        assert_eq!(pages.answer(&Method::POST, "/metrics").status(), 405);
    }
}
