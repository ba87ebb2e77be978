//! One signed call.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use navette_router::model::Timestamp;
use navette_router::ports::{DeliveryError, DeliveryErrorKind};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::connect::connect;
use crate::{Options, Settings, tls};

/// Of an answer, so much is read. The rest is of no interest, however long it is.
const ANSWER_MAX_BYTES: usize = 4_096;
/// The head of an answer may be so long.
const HEAD_MAX_BYTES: usize = 16_384;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The header `retry-after`, as it is.
    pub(crate) retry_after: Option<String>,
    /// The beginning of the body, not cleaned yet.
    pub(crate) said: String,
    /// Who answered.
    pub(crate) address: IpAddr,
}

/// Posts `body` as the call `id`, signed now.
pub(crate) async fn post(
    options: &Options,
    configuration: &Arc<ClientConfig>,
    settings: &Settings,
    id: &str,
    body: String,
) -> Result<Answer, DeliveryError> {
    let socket = connect(settings, &options.networks).await?;
    let address = socket.peer_addr().map_err(|_| interrupted())?.ip();
    let request = signed(settings, id, body)?;
    if !settings.is_tls() {
        return exchange(socket, request, address).await;
    }
    let name = ServerName::try_from(settings.host().to_owned())
        .map_err(|_| DeliveryError::new(DeliveryErrorKind::Misconfigured, "its name cannot have a certificate"))?;
    let connector = TlsConnector::from(Arc::clone(configuration));
    let stream = connector.connect(name, socket).await.map_err(|error| tls::refused(&error))?;
    exchange(stream, request, address).await
}

fn signed(settings: &Settings, id: &str, body: String) -> Result<Request<Full<Bytes>>, DeliveryError> {
    let seconds = Timestamp::now().milliseconds() / 1_000;
    let signatures: Vec<_> = settings.secrets().iter().map(|secret| secret.sign(id, seconds, &body)).collect();
    let request = Request::post(settings.path())
        .header(HOST, settings.authority())
        .header(USER_AGENT, concat!("Navette/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signatures.join(" "))
        .body(Full::new(Bytes::from(body)));
    request.map_err(|_| DeliveryError::new(DeliveryErrorKind::Misconfigured, "its address cannot be called"))
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, address: IpAddr) -> Result<Answer, DeliveryError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let handshake = http1::Builder::new().max_buf_size(HEAD_MAX_BYTES).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|_| interrupted())?;
    let answering = async {
        let response = sender.send_request(request).await.map_err(|error| failure(&error))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status();
        Ok(Answer { status, retry_after, said: beginning(response.into_body()).await, address })
    };
    // The connection is driven here and not by a task of its own: it ends with this future, whoever drops it.
    let driving = async {
        let _ended = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        answer = answering => answer,
        () = driving => Err(interrupted()),
    }
}

/// The first bytes of a body. Its status was understood: a body that is cut changes nothing.
async fn beginning(mut body: Incoming) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_MAX_BYTES {
        match body.frame().await {
            Some(Ok(frame)) => bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            Some(Err(_)) | None => break,
        }
    }
    bytes.truncate(ANSWER_MAX_BYTES);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn failure(error: &hyper::Error) -> DeliveryError {
    if error.is_parse() {
        DeliveryError::new(DeliveryErrorKind::Protocol, "its answer is not HTTP/1.1")
    } else {
        interrupted()
    }
}

fn interrupted() -> DeliveryError {
    DeliveryError::new(DeliveryErrorKind::Interrupted, "it closed the connection before it answered")
}
