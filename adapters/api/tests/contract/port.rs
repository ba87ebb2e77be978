//! The suite that every adapter passes to which recipients come.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use navette_adapter_api::{Api, Endpoint, Secrets};
use navette_adapter_kit::World;
use navette_adapter_kit::pull::{self, Peer, Waiting};
use navette_router::Caller;
use navette_router::model::{CaseId, SecretHash, Status};
use navette_storage::conformance::fixtures::Clock;
use navette_storage::memory::Memory;
use serde_json::{Value, json};

use crate::desk::NoProgram;
use crate::desk::{Frames, JSON_MAX_BYTES, text};

struct NoSecrets;

impl Secrets for NoSecrets {
    fn generate(&self) -> (String, SecretHash) {
        unreachable!("nobody asks for a credential")
    }
}

/// The software of a recipient.
struct Software<'a> {
    api: &'a Api<Memory, Memory, Clock>,
    caller: Caller,
}

impl Software<'_> {
    async fn send(&self, method: Method, path: &str, body: &Value) -> (u16, Bytes) {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let endpoint = Endpoint::parse(&method, &format!("/teledossiers/v1/{path}"), query).expect("an operation");
        let body: Frames = Bytes::from(body.to_string()).into();
        let answer = self.api.handle::<Frames>(&self.caller, endpoint, &HeaderMap::new(), false, body).await;
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.expect("the whole answer").to_bytes())
    }

    async fn get(&self, path: &str) -> Bytes {
        let (status, body) = self.send(Method::GET, path, &Value::Null).await;
        assert_eq!(status, 200, "{path}");
        body
    }
}

impl Peer for Software<'_> {
    async fn waiting(&self) -> Vec<Waiting> {
        let rows: Vec<Value> = serde_json::from_slice(&self.get("notifications?maxResult=1000").await).expect("a list");
        let waiting = |row: &Value| Waiting {
            notification: text(&row["id"]).parse().expect("an identifier"),
            case: text(&row["caseId"]).parse().expect("an identifier"),
        };
        rows.iter().map(waiting).collect()
    }

    async fn files(&self, case: CaseId) -> Vec<Bytes> {
        let view: Value = serde_json::from_slice(&self.get(&format!("cases/{case}")).await).expect("a case");
        let mut files = Vec::new();
        for file in view["attachments"].as_array().expect("a list") {
            files.push(self.get(&format!("cases/{case}/attachments/{}", text(&file["id"]))).await);
        }
        files
    }

    async fn is_refused(&self, case: CaseId) -> bool {
        self.send(Method::GET, &format!("cases/{case}"), &Value::Null).await.0 == 403
    }

    async fn acknowledge(&self, waiting: &Waiting) {
        let path = format!("notifications/{}", waiting.notification);
        assert_eq!(self.send(Method::DELETE, &path, &Value::Null).await.0, 204);
    }

    async fn answer(&self, case: CaseId, status: Status) {
        let event = json!({ "actionType": "STATUS_UPDATE", "notification": true, "caseNewStatus": status.as_str() });
        assert_eq!(self.send(Method::POST, &format!("cases/{case}/events"), &event).await.0, 201);
    }
}

#[tokio::test]
async fn the_interface_conforms_to_the_port_of_adapters() {
    let world = World::new().await;
    let api = Api::new(Arc::clone(&world.hub), Arc::new(NoSecrets), Arc::new(NoProgram), JSON_MAX_BYTES);
    pull::conforms(&world, &api, |caller| Software { api: &api, caller }).await;
}
