//! Where partners hand in their requests: the interface without a socket.

mod deposits;
mod description;
mod frames;
mod got;
mod ways;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::BodyExt as _;
use navette_adapter_api::{Api, Checked, Endpoint, Program, Refused, Secrets, error};
use navette_router::hub::Limits;
use navette_router::model::{ProcessCode, SecretHash, Timestamp};
use navette_router::{Caller, Hub};
use navette_storage::conformance::fixtures::{self, Clock, File};
use navette_storage::memory::Memory;
use serde_json::{Value, json};

pub(crate) use deposits::{Deposit, announced, file_event, folder, recipient};
pub(crate) use frames::Frames;
pub(crate) use got::{Got, ids, text};

/// How many recipients there are.
const RECIPIENTS: usize = 4;
/// How long a JSON body may be, in bytes.
pub(crate) const JSON_MAX_BYTES: usize = 8 << 20;

struct OneSecret;

impl Secrets for OneSecret {
    fn generate(&self) -> (String, SecretHash) {
        ("s3cret".to_owned(), SecretHash([1; 32]))
    }
}

/// A program that has refused one request, and has one check.
pub(crate) struct NoProgram;

impl Program for NoProgram {
    fn refusals(&self, id: &str) -> Vec<Refused> {
        let refused = Refused {
            at: fixtures::START,
            request: "refused-1".into(),
            by: fixtures::osl().client_id,
            operation: "update_folder",
            path: "/teledossiers/v1/folders".into(),
            status: 400,
            answer: Bytes::from_static(br#"{"errors":[{"code":400,"message":"attachments[0]: is missing"}]}"#),
        };
        if id == "refused-1" { vec![refused] } else { Vec::new() }
    }

    fn checks(&self) -> Vec<Checked> {
        vec![Checked { name: "journal", ok: false, reason: Some("the disk failed".to_owned()) }]
    }

    fn version(&self) -> &'static str {
        "1.2.3+abcdef"
    }

    fn started_at(&self) -> Timestamp {
        fixtures::START
    }
}

/// The interface over a hub in memory that knows the partners of the fixtures.
pub(crate) struct Desk {
    pub(crate) memory: Memory,
    pub(crate) clock: Clock,
    api: Api<Memory, Memory, Clock>,
    hub: Arc<Hub<Memory, Memory, Clock>>,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let (memory, clock) = (Memory::new(), Clock::new());
        let hub = Hub::new(memory.clone(), memory.clone(), clock.clone(), Limits::default());
        let hub = Arc::new(hub.with_ways(ways::ways()).with_deliveries(ways::rules()));
        hub.seed(fixtures::referential(RECIPIENTS)).await.expect("partners are registered");
        Self {
            memory,
            clock,
            api: Api::new(Arc::clone(&hub), Arc::new(OneSecret), Arc::new(NoProgram), JSON_MAX_BYTES),
            hub,
        }
    }

    /// One with a single case, its recipient, whose inbox was dealt with, and the deposit.
    pub(crate) async fn with_a_case() -> (Self, Deposit, Caller) {
        let desk = Self::new().await;
        let process = fixtures::ordinary_process();
        let deposit = desk.deposits(&fixtures::osl(), &process, &[0], &[File::pdf(1)]).await;
        let recipient = fixtures::si(0, &process);
        desk.clears(&recipient).await;
        (desk, deposit, recipient)
    }

    /// Hands in one request. A path without a base is one of `/teledossiers/v1`.
    pub(crate) async fn send(
        &self,
        who: &Caller,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Frames,
    ) -> Got {
        let based = path.starts_with("/referential/") || path.starts_with("/navette/");
        let target = if based { path.to_owned() } else { format!("/teledossiers/v1{path}") };
        let (path, query) = target.split_once('?').map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
        let header = |(name, value): &(&str, &str)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            (name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"))
        };
        let headers: HeaderMap = headers.iter().map(header).collect();
        let decoded = headers.contains_key("content-encoding");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut operation = None;
        let answer = match Endpoint::parse(&method, path, query) {
            Ok(endpoint) => {
                operation = Some(endpoint.operation());
                let answer = self.api.handle(who, endpoint, &headers, decoded, body).await;
                assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
                answer
            }
            Err(refusal) => error::refusal(&refusal),
        };
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.expect("the whole answer").to_bytes();
        let got = Got { status: parts.status.as_u16(), headers: parts.headers, body };
        if let Some(operation) = operation {
            description::agrees(operation, &method, path, &got);
        }
        got
    }

    pub(crate) async fn get(&self, who: &Caller, path: &str) -> Got {
        self.send(who, "GET", path, &[], Bytes::new().into()).await
    }

    pub(crate) async fn delete(&self, who: &Caller, path: &str) -> Got {
        self.send(who, "DELETE", path, &[], Bytes::new().into()).await
    }

    pub(crate) async fn post(&self, who: &Caller, path: &str, body: Value) -> Got {
        self.post_text(who, path, body.to_string()).await
    }

    pub(crate) async fn post_text(&self, who: &Caller, path: &str, body: impl Into<Bytes>) -> Got {
        self.send(who, "POST", path, &[("content-type", "application/json")], body.into().into()).await
    }

    pub(crate) async fn patch(&self, who: &Caller, path: &str, body: Value) -> Got {
        self.send(who, "PATCH", path, &[], Bytes::from(body.to_string()).into()).await
    }

    pub(crate) async fn put(&self, who: &Caller, path: &str, bytes: impl Into<Bytes>) -> Got {
        self.send(who, "PUT", path, &[("content-type", "application/octet-stream")], bytes.into().into()).await
    }

    /// Announces a folder.
    pub(crate) async fn announces(
        &self,
        who: &Caller,
        process: &ProcessCode,
        recipients: &[usize],
        files: &[File],
    ) -> Deposit {
        let got = self.post(who, "/folders", folder(process, recipients, files)).await.is(201);
        Deposit::of(&got.json())
    }

    /// Announces a folder, sends its files and completes it.
    pub(crate) async fn deposits(
        &self,
        who: &Caller,
        process: &ProcessCode,
        recipients: &[usize],
        files: &[File],
    ) -> Deposit {
        let deposit = self.announces(who, process, recipients, files).await;
        for (index, file) in files.iter().enumerate() {
            self.put(who, &deposit.attachment_path(index), file.bytes.clone()).await.is(204);
        }
        self.patch(who, &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(204);
        deposit
    }

    /// What waits for `who`, oldest first.
    pub(crate) async fn inbox(&self, who: &Caller) -> Vec<Value> {
        let got = self.get(who, "/notifications?maxResult=100000&eventDetails=true").await.is(200);
        got.json().as_array().expect("a bare list").clone()
    }

    /// Takes everything out of the inbox of `who`.
    pub(crate) async fn clears(&self, who: &Caller) {
        for row in self.inbox(who).await {
            self.delete(who, &format!("/notifications/{}", text(&row["id"]))).await.is(204);
        }
    }

    /// The hub beneath.
    pub(crate) fn hub(&self) -> &Hub<Memory, Memory, Clock> {
        &self.hub
    }

    /// Has retention look at everything.
    pub(crate) async fn sweeps(&self) {
        assert_eq!(self.hub.sweep(None, 1_000).await.expect("a sweep").next, None);
    }

    /// The status of a case, as `who` sees it.
    pub(crate) async fn status(&self, who: &Caller, path: &str) -> String {
        text(&self.get(who, &format!("{path}?lite=true")).await.is(200).json()["status"])
    }
}
