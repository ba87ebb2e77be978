//! The server of a recipient that wants to be called: it takes what is signed rightly.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::AbortHandle;

use super::TIME_LIMIT;

/// What the hub and this server share: 24 bytes.
pub(super) const SECRET: &str = "whsec_bmF2ZXR0ZS1kZW1vLXdlYi1ob29rLTAx";
/// Calls that wait to be looked at.
const CALLS_MAX: usize = 16;

/// A call that was signed rightly.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Value,
}

/// The server. It stops when this is dropped.
#[derive(Debug)]
pub(super) struct Callee {
    address: SocketAddr,
    calls: Mutex<mpsc::Receiver<Call>>,
    serving: AbortHandle,
}

impl Callee {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free for the web hook")?;
        let address = listener.local_addr()?;
        let (told, calls) = mpsc::channel(CALLS_MAX);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let told = told.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, &told));
                    // Whoever hangs up in the middle calls again.
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await
                        .ok();
                });
            }
        });
        Ok(Self { address, calls: Mutex::new(calls), serving: serving.abort_handle() })
    }

    /// The address that is called.
    pub(super) fn url(&self) -> String {
        format!("http://{}/navette", self.address)
    }

    /// Waits for the next call.
    pub(super) async fn next(&self) -> Result<Call> {
        let mut calls = self.calls.lock().await;
        let call = tokio::time::timeout(TIME_LIMIT, calls.recv()).await.context("no call came")?;
        call.context("the web hook stopped")
    }
}

impl Drop for Callee {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(request: Request<Incoming>, told: &mpsc::Sender<Call>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let mut response = Response::new(Empty::new());
    *response.status_mut() = if is_signed(&parts.headers, &bytes) {
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        match told.try_send(Call { path: parts.uri.path().to_owned(), body }) {
            Ok(()) => StatusCode::NO_CONTENT,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    } else {
        StatusCode::UNAUTHORIZED
    };
    Ok(response)
}

/// Whether the call is signed with the secret, as Standard Webhooks has it: over its identifier, its time and its body.
fn is_signed(headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok()).unwrap_or_default();
    let key = SECRET.strip_prefix("whsec_").and_then(|encoded| BASE64.decode(encoded).ok()).unwrap_or_default();
    let mut signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).into_bytes();
    signed.extend_from_slice(body);
    let signature = header("webhook-signature").strip_prefix("v1,").and_then(|encoded| BASE64.decode(encoded).ok());
    signature.is_some_and(|signature| verify(&Key::new(HMAC_SHA256, &key), &signed, &signature).is_ok())
}
