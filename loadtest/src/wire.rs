//! Requests over kept connections, as any HTTP client of a partner sends them.

mod failure;
mod tls;
mod trace;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use http::uri::{Authority, PathAndQuery, Uri};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

pub(crate) use failure::Failure;
pub(crate) use tls::{Trust, trust};
pub(crate) use trace::{Trace, traced};

use crate::content::{Comparison, Outgoing};

/// An answer that is kept whole may be this long, in bytes.
const ANSWER_MAX_BYTES: usize = 64 << 20;
/// A request may take its patience, and as long again for each of these that it moves, in bytes.
const BYTES_PER_PATIENCE: u64 = 10_000_000;
/// An answer comes in pieces that are rarely smaller, in bytes.
const PIECE_BYTES_MIN: u64 = 1_024;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Call {
    /// Method.
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    /// Value of the header `authorization`.
    pub(crate) authorization: Option<HeaderValue>,
    /// Value of the header `content-type`.
    pub(crate) content_type: Option<HeaderValue>,
    /// Value of the header `digest`.
    pub(crate) digest: Option<HeaderValue>,
    /// Body.
    pub(crate) body: Outgoing,
}

/// What comes back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Status.
    pub(crate) status: StatusCode,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// Body; empty when it was compared.
    pub(crate) body: Bytes,
}

/// What becomes of the body of an answer.
#[derive(Debug)]
pub(crate) enum Into<'a> {
    /// It is kept.
    Memory,
    /// It is compared, if the status is 200, with a pause behind each piece.
    Comparison(&'a mut Comparison, Option<Duration>),
}

/// Connections to one address, kept and used again.
#[derive(Debug)]
pub(crate) struct Wire {
    authority: Authority,
    host: HeaderValue,
    trust: Option<Trust>,
    idle: Mutex<Vec<SendRequest<Outgoing>>>,
    /// Connections at a time.
    open: Semaphore,
    patience: Duration,
}

impl Wire {
    /// Up to `connections` at a time; over TLS when there is something to trust.
    pub(crate) fn new(authority: Authority, trust: Option<Trust>, connections: usize, patience: Duration) -> Arc<Self> {
        let host = HeaderValue::from_str(authority.as_str())
            .unwrap_or_else(|error| unreachable!("an authority is visible ASCII: {error}"));
        Arc::new(Self {
            authority,
            host,
            trust,
            idle: Mutex::new(Vec::new()),
            open: Semaphore::new(connections),
            patience,
        })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When nothing comes back that can be read. Any status is an answer.
    pub(crate) async fn exchange(&self, call: Call, into: Into<'_>, expected_bytes: u64) -> Result<Answer, Failure> {
        let moved = call.body.length() + expected_bytes;
        let times = |bytes: u64| u32::try_from(1 + moved / bytes).unwrap_or(u32::MAX);
        // Neither the wait for a free connection nor the pauses of a slow reader are the hub's doing.
        let asked = Instant::now();
        let _open = self.open.acquire().await.map_err(|_| Failure::Closed)?;
        trace::note(|trace| trace.waited = asked.elapsed());
        let pauses = match &into {
            Into::Comparison(_, Some(pause)) => pause.saturating_mul(times(PIECE_BYTES_MIN)),
            Into::Comparison(_, None) | Into::Memory => Duration::ZERO,
        };
        let patience = self.patience.saturating_mul(times(BYTES_PER_PATIENCE)).saturating_add(pauses);
        let exchange = self.exchange_unbounded(call, into);
        tokio::time::timeout(patience, exchange).await.map_err(|_| Failure::Late(patience))?
    }

    async fn exchange_unbounded(&self, call: Call, into: Into<'_>) -> Result<Answer, Failure> {
        let mut sender = self.sender().await?;
        let answer = sender.send_request(self.request(call)?).await?;
        let (parts, body) = answer.into_parts();
        trace::note(|trace| trace.status = Some(parts.status));
        let body = read(parts.status, body, into).await?;
        if !sender.is_closed() {
            self.idle.lock().push(sender);
        }
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    fn request(&self, call: Call) -> Result<Request<Outgoing>, Failure> {
        let path = PathAndQuery::try_from(call.path).map_err(http::Error::from)?;
        let mut request = Request::new(call.body);
        *request.method_mut() = call.method;
        *request.uri_mut() = Uri::from(path);
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        if let Some(value) = call.authorization {
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(value) = call.content_type {
            headers.insert(CONTENT_TYPE, value);
        }
        if let Some(value) = call.digest {
            headers.insert("digest", value);
        }
        Ok(request)
    }

    async fn sender(&self) -> Result<SendRequest<Outgoing>, Failure> {
        loop {
            let Some(mut sender) = self.idle.lock().pop() else { break };
            // The hub may have closed it meanwhile; that is its right, and nobody's error.
            if sender.ready().await.is_ok() {
                return Ok(sender);
            }
        }
        let stream = TcpStream::connect(self.authority.as_str()).await.map_err(Failure::Unreachable)?;
        stream.set_nodelay(true).map_err(Failure::Unreachable)?;
        match &self.trust {
            None => handshake(TokioIo::new(stream)).await,
            Some(trust) => handshake(TokioIo::new(trust.connect(stream).await?)).await,
        }
    }
}

async fn handshake<T>(io: TokioIo<T>) -> Result<SendRequest<Outgoing>, Failure>
where
    TokioIo<T>: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(io).await?;
    tokio::spawn(async move {
        // What goes wrong with it is told to whoever waits for an answer on it.
        connection.await.ok();
    });
    sender.ready().await?;
    Ok(sender)
}

async fn read(status: StatusCode, mut body: Incoming, into: Into<'_>) -> Result<Bytes, Failure> {
    if let Into::Comparison(comparison, pause) = into
        && status == StatusCode::OK
    {
        while let Some(frame) = body.frame().await {
            if let Some(bytes) = frame?.data_ref() {
                comparison.take(bytes);
            }
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        }
        return Ok(Bytes::new());
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame?.into_data() else { continue };
        if first.is_empty() {
            first = bytes;
            continue;
        }
        if rest.is_empty() {
            rest.extend_from_slice(&first);
        }
        if rest.len() + bytes.len() > ANSWER_MAX_BYTES {
            return Err(Failure::Nonsense(format!("an answer of more than {ANSWER_MAX_BYTES} bytes")));
        }
        rest.extend_from_slice(&bytes);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}
