//! Gigabytes up and down, and the memory that takes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::future::try_join_all;
use http::{Method, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use navette_gateway::partner::Partner;
use serde_json::json;
use tokio::sync::Mutex;

use crate::hub::{Hub, over_http, over_https};
use crate::parties::{Depositor, Recipient, note};

/// The tests that need the whole machine run one after the other.
pub(crate) static ALONE: Mutex<()> = Mutex::const_new(());

const GIB: u64 = 1 << 30;
const BLOCK_BYTES: usize = 1 << 20;
/// The published bound on the memory of the hub, whatever comes and goes.
const MEMORY_ABOVE_IDLE_MAX_BYTES: u64 = 64 << 20;

/// The memory of a process, as the system counts it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident_bytes: u64,
    pub(crate) peak_bytes: u64,
}

impl Hub {
    pub(crate) fn memory(&self) -> Memory {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id().as_raw_nonzero())).unwrap();
        let line = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            value.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
        };
        Memory { resident_bytes: line("VmRSS:"), peak_bytes: line("VmHWM:") }
    }

    /// The peak is counted from now on.
    fn forgets_its_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.id().as_raw_nonzero()), "5").unwrap();
    }
}

/// A body that is made while it is sent: the same block of bytes over and over.
struct Generated {
    block: Bytes,
    remaining: u64,
}

impl Generated {
    fn new(seed: u64, length: u64) -> Self {
        let mut state = seed | 1;
        let block = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        Self { block: block.take(BLOCK_BYTES / 8).flatten().collect(), remaining: length }
    }

    fn next(&mut self) -> Option<Bytes> {
        let length = usize::try_from(self.remaining).unwrap().min(BLOCK_BYTES);
        self.remaining -= length as u64;
        (length > 0).then(|| self.block.slice(..length))
    }

    fn sha256(mut self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        while let Some(block) = self.next() {
            context.update(&block);
        }
        BASE64.encode(context.finish())
    }
}

impl Body for Generated {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.next().map(|block| Ok(Frame::data(block))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

/// One request on a connection of its own.
async fn ask(
    hub: &Hub,
    partner: &Partner,
    method: Method,
    path: &str,
    body: Generated,
) -> Result<Response<Incoming>, String> {
    let wire = TokioIo::new(hub.connect().await);
    let (mut client, connection) =
        hyper::client::conn::http1::handshake(wire).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(format!("/teledossiers/v1{path}"))
        .header("host", "hub")
        .header("authorization", format!("Bearer {}", partner.token().unwrap()))
        .body(body)
        .unwrap();
    client.send_request(request).await.map_err(|error| format!("{error:?}"))
}

/// One large file and the way it takes.
struct Journey {
    hub: Hub,
    depositor: Depositor,
    recipient: Recipient,
}

impl Journey {
    async fn goes(&self, seed: u64, length: u64) -> Result<(), String> {
        let digest = tokio::task::spawn_blocking(move || Generated::new(seed, length).sha256());
        let mut draft = self.depositor.folder(&[note("large.bin", "")], &[&self.recipient]);
        draft["attachments"][0]["size"] = json!(length);
        draft["attachments"][0]["mimeType"] = json!("application/octet-stream");
        let folder = self.depositor.announces(&draft).await;
        let path = format!("/folders/{}/attachments/{}", folder.id, folder.attachments[0]);
        let answer = ask(&self.hub, &self.depositor.partner, Method::PUT, &path, Generated::new(seed, length)).await?;
        if answer.status() != 204 {
            let status = answer.status();
            let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
            return Err(format!("the upload was answered {status}: {}", String::from_utf8_lossy(&body)));
        }
        self.depositor.completes(&folder).await;

        let path = format!("/cases/{}/attachments/{}", folder.cases[0], folder.attachments[0]);
        let answer = ask(&self.hub, &self.recipient.partner, Method::GET, &path, Generated::new(0, 0)).await?;
        let digest = digest.await.unwrap();
        if answer.status() != 200 || answer.headers()["digest"] != digest.as_str() {
            return Err(format!("the download was answered {} {:?}", answer.status(), answer.headers()));
        }
        let (mut body, mut context) = (answer.into_body(), digest::Context::new(&digest::SHA256));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| format!("{error:?}"))?;
            frame.data_ref().into_iter().for_each(|bytes| context.update(bytes));
        }
        (BASE64.encode(context.finish()) == digest).then_some(()).ok_or_else(|| "other bytes came back".to_owned())
    }

    /// Sends so many files of a gibibyte at once and fetches them; the hub hardly notices.
    async fn takes(hub: Hub, files: u64) {
        let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
        let journey = Self { hub, depositor, recipient };
        // What a first request of each kind loads stays for good: it is part of being idle.
        journey.goes(1, 5 << 20).await.unwrap();
        let idle = journey.hub.memory();
        journey.hub.forgets_its_peak();
        let began = Instant::now();
        try_join_all((0..files).map(|number| journey.goes(number * 2 + 3, GIB))).await.unwrap();
        let elapsed = began.elapsed();
        let peak_bytes = journey.hub.memory().peak_bytes;
        let above_bytes = peak_bytes.saturating_sub(idle.resident_bytes);
        eprintln!(
            "{files} x 1 GiB up and down in {elapsed:.1?}: idle {} MiB, peak {} MiB",
            idle.resident_bytes >> 20,
            peak_bytes >> 20
        );
        assert!(above_bytes <= MEMORY_ABOVE_IDLE_MAX_BYTES, "{} MiB above idle", above_bytes >> 20);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_gibibytes_at_once_hardly_take_any_memory() {
    let _alone = ALONE.lock().await;
    Journey::takes(over_http().start().await, 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gibibyte_goes_up_and_down_over_tls() {
    let _alone = ALONE.lock().await;
    Journey::takes(over_https().start().await, 1).await;
}
