//! The HTTP front: what happens to a request between the socket and a [`Handler`], and to its answer on the way back.
//!
//! ```text
//! accept ─ TLS ─ guarded I/O ─ hyper ─ exchange: id, framing, override, admission, decode ─▶ Handler
//!                (time limits)                   leftover, compress, count  ◀───────────────┘
//! ```
//!
//! * Memory is bounded: connections, what each may buffer, and the bytes that all requests together may have in flight.
//! * A client that stalls, in its head, its body or while it takes an answer, loses its connection and nothing else.
//! * What is refused here is counted, not logged: the busier the hub, the quieter.

mod activity;
mod admission;
mod answer;
mod compression;
mod connection;
mod exchange;
mod framing;
mod guarded_io;
mod gzip;
mod leftover;
mod limits;
mod method_override;
mod options;
mod refusal;
mod request_body;
mod request_id;
mod server;
mod stall;
mod tls;

use std::net::SocketAddr;

use http::{Request, Response};
use navette_adapter_api::Body;

pub use admission::Admission;
#[cfg(test)]
pub(crate) use limits::register as register_limits;
pub use options::Options;
pub use request_body::{Decoded, RequestBody};
pub use request_id::RequestId;
pub use server::{Outcome, Reserved, Server};
pub use tls::{CertificateError, Certificates, TlsOptions};

/// What answers requests.
pub trait Handler: Send + Sync + 'static {
    /// The names that [`EndpointName`] can take; they label metrics.
    fn endpoint_names(&self) -> &[&'static str];

    /// Answers one request, and says which endpoint did. The future is dropped when the client goes away.
    ///
    /// The method is what `X-HTTP-Method-Override` made of it. A body that came compressed is decoded, its `Content-Length` and
    /// `Content-Encoding` are gone and [`Decoded`] is among the request's extensions.
    fn handle(
        &self,
        request: Request<RequestBody>,
        context: &RequestContext,
    ) -> impl Future<Output = (EndpointName, Response<Body>)> + Send;
}

/// What the front knows of a request beside what stands in it.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Ties the request to its log lines; answered as `X-Request-Id`.
    pub request_id: RequestId,
    /// Where it came from; the proxy, where there is one.
    pub peer: SocketAddr,
    /// Whether it came over TLS.
    pub secure: bool,
}

/// The name of the endpoint that answered: one of [`Handler::endpoint_names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointName(pub &'static str);

#[cfg(test)]
mod tests;
