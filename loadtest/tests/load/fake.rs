//! A hub that keeps everything in memory and can be made to break a promise: what the judge is tested with.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the hub does wrong, once, with the tenth deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It acknowledges a deposit and tells nobody.
    Loses,
    /// It announces a case again after its notification was deleted.
    Doubles,
    /// It announces a case to another recipient as well.
    Crosses,
    /// It changes one byte of a file.
    Corrupts,
    /// It forgets to tell the depositor of an answer.
    SwallowsAnswer,
    /// It answers deposits with something that is no JSON.
    TalksNonsense,
    /// It answers every request below the folders with 500.
    Fails,
}

const FAULTY: u64 = 10;
/// Whatever stands in a credential must arrive.
const SECRET: &str = "s%cr+t & more=é";

#[derive(Debug, Default)]
struct Memory {
    folders: HashMap<String, Folder>,
    /// Folder and index of each case.
    cases: HashMap<String, (String, usize)>,
    files: HashMap<String, Bytes>,
    /// By holder: `SI-…/PROCESS` or `OSL-…`.
    inboxes: HashMap<String, Vec<Value>>,
    credentials: HashMap<String, String>,
    completed: u64,
    corrupted: Option<String>,
    doubled: Option<(String, Value)>,
    answers: u64,
}

#[derive(Debug)]
struct Folder {
    owner: String,
    process: String,
    cases: Vec<Value>,
    attachments: Vec<Value>,
    completed: bool,
}

/// The hub.
#[derive(Debug)]
pub(crate) struct FakeHub {
    fault: Fault,
    memory: Mutex<Memory>,
    next: AtomicU64,
}

impl FakeHub {
    /// Listens at a free port until the runtime ends.
    pub(crate) async fn start(fault: Fault) -> SocketAddr {
        let hub = Arc::new(Self { fault, memory: Mutex::default(), next: AtomicU64::new(1) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let hub = Arc::clone(&hub);
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let hub = Arc::clone(&hub);
                        async move { Ok::<_, Infallible>(hub.answer(request).await) }
                    });
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
                });
            }
        });
        address
    }

    fn identifier(&self) -> String {
        format!("00000000-0000-7000-8000-{:012x}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let holder = parts.headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let holder = holder.unwrap_or_default().to_owned();
        let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
        if path.first() == Some(&"teledossiers") {
            match self.fault {
                Fault::Fails => return with(StatusCode::INTERNAL_SERVER_ERROR, "{}"),
                Fault::TalksNonsense if parts.method == Method::POST => return with(StatusCode::CREATED, "<html>"),
                _ => {}
            }
        }
        match (parts.method, path.as_slice()) {
            (Method::POST, ["token"]) => self.token(&body),
            (Method::POST, ["referential", ..]) => with(StatusCode::CREATED, "{}"),
            (Method::POST, ["navette", "v1", "admin", "credentials"]) => self.issue(&body),
            (Method::POST, ["teledossiers", "v1", "folders"]) => self.announce(&holder, &body),
            (Method::PUT, ["teledossiers", "v1", "folders", _, "attachments", file]) => {
                self.memory.lock().files.insert((*file).to_owned(), body);
                with(StatusCode::NO_CONTENT, "")
            }
            (Method::PATCH, ["teledossiers", "v1", "folders", folder]) => self.complete(folder),
            (Method::GET, ["teledossiers", "v1", "notifications"]) => self.inbox(&holder),
            (Method::DELETE, ["teledossiers", "v1", "notifications", id]) => self.delete(&holder, id),
            (Method::GET, ["teledossiers", "v1", "cases", case]) => self.case(case),
            (Method::GET, ["teledossiers", "v1", "cases", _, "attachments", file]) => self.file(file),
            (Method::POST, ["teledossiers", "v1", "cases", case, "events"]) => self.event(case, &body),
            (Method::GET, ["teledossiers", "v1", "cases", _, "events", _]) => {
                with(StatusCode::OK, r#"{"caseNewStatus":"DONE"}"#)
            }
            (Method::PATCH, ["teledossiers", "v1", "cases", _, "events", _]) => with(StatusCode::NO_CONTENT, ""),
            _ => with(StatusCode::NOT_FOUND, "{}"),
        }
    }

    fn token(&self, body: &Bytes) -> Response<Full<Bytes>> {
        let form = String::from_utf8_lossy(body).into_owned();
        let field = |name: &str| {
            let mut fields = form.split('&').filter_map(|field| field.split_once('='));
            fields.find(|(known, _)| *known == name).map(|(_, value)| decoded(value)).unwrap_or_default()
        };
        let memory = self.memory.lock();
        let holder = match (field("client_id").as_str(), field("client_secret").as_str()) {
            ("admin", "secret") => Some("admin"),
            (client, SECRET) => memory.credentials.get(client).map(String::as_str),
            _ => None,
        };
        match holder {
            Some(holder) => with(StatusCode::OK, &json!({ "access_token": holder }).to_string()),
            None => with(StatusCode::UNAUTHORIZED, "{}"),
        }
    }

    fn issue(&self, body: &Bytes) -> Response<Full<Bytes>> {
        let order: Value = serde_json::from_slice(body).unwrap();
        let (organization, process) = (order["organization"].as_str().unwrap(), order["process"].as_str());
        let holder = process.map_or_else(|| organization.to_owned(), |process| format!("{organization}/{process}"));
        let client = format!("{}+&=%", self.identifier());
        self.memory.lock().credentials.insert(client.clone(), holder);
        let mut answer = order.clone();
        answer["client_id"] = json!(client);
        answer["client_secret"] = json!(SECRET);
        with(StatusCode::CREATED, &answer.to_string())
    }

    fn announce(&self, holder: &str, body: &Bytes) -> Response<Full<Bytes>> {
        let mut folder: Value = serde_json::from_slice(body).unwrap();
        let id = self.identifier();
        folder["id"] = json!(id);
        for part in ["cases", "attachments"] {
            for row in folder[part].as_array_mut().unwrap() {
                row["id"] = json!(self.identifier());
            }
        }
        let mut memory = self.memory.lock();
        let cases = folder["cases"].as_array().unwrap().clone();
        for (index, case) in cases.iter().enumerate() {
            memory.cases.insert(case["id"].as_str().unwrap().to_owned(), (id.clone(), index));
        }
        let kept = Folder {
            owner: holder.to_owned(),
            process: folder["processCode"].as_str().unwrap().to_owned(),
            cases,
            attachments: folder["attachments"].as_array().unwrap().clone(),
            completed: false,
        };
        memory.folders.insert(id, kept);
        with(StatusCode::CREATED, &folder.to_string())
    }

    fn complete(&self, id: &str) -> Response<Full<Bytes>> {
        let mut memory = self.memory.lock();
        let memory = &mut *memory;
        let folder = memory.folders.get_mut(id).unwrap();
        if std::mem::replace(&mut folder.completed, true) {
            return with(StatusCode::NO_CONTENT, "");
        }
        memory.completed += 1;
        let faulty = memory.completed == FAULTY;
        if faulty && self.fault == Fault::Loses {
            return with(StatusCode::NO_CONTENT, "");
        }
        if faulty && self.fault == Fault::Corrupts {
            memory.corrupted = folder.attachments[0]["id"].as_str().map(str::to_owned);
        }
        for (index, case) in folder.cases.iter().enumerate() {
            let recipient = &case["recipient"];
            let key = |kind: &str, siret: &Value, branch: &Value| {
                format!("{kind}-{}-{}/{}", siret.as_str().unwrap(), branch.as_str().unwrap(), folder.process)
            };
            let holder = key("SI", &recipient["companyRegister"], &recipient["branchCode"]);
            let row = json!({ "id": self.identifier(), "caseId": case["id"], "eventId": null, "eventStatus": null });
            if faulty && index == 0 && self.fault == Fault::Crosses {
                let others = memory.credentials.values();
                let other = others.filter(|other| other.ends_with(&folder.process) && **other != holder).min().unwrap();
                memory.inboxes.entry(other.clone()).or_default().push(row.clone());
            }
            if faulty && index == 0 && self.fault == Fault::Doubles {
                memory.doubled = Some((holder.clone(), row.clone()));
            }
            memory.inboxes.entry(holder).or_default().push(row);
        }
        with(StatusCode::NO_CONTENT, "")
    }

    fn inbox(&self, holder: &str) -> Response<Full<Bytes>> {
        let memory = self.memory.lock();
        let rows: Vec<&Value> = memory.inboxes.get(holder).into_iter().flatten().take(100).collect();
        with(StatusCode::OK, &json!(rows).to_string())
    }

    fn delete(&self, holder: &str, id: &str) -> Response<Full<Bytes>> {
        let mut memory = self.memory.lock();
        if let Some(rows) = memory.inboxes.get_mut(holder) {
            rows.retain(|row| row["id"] != id);
        }
        if memory.doubled.as_ref().is_some_and(|(_, row)| row["id"] == id) {
            let (holder, mut row) = memory.doubled.take().unwrap();
            row["id"] = json!(self.identifier());
            memory.inboxes.entry(holder).or_default().push(row);
        }
        with(StatusCode::NO_CONTENT, "")
    }

    fn case(&self, id: &str) -> Response<Full<Bytes>> {
        let memory = self.memory.lock();
        let (folder, index) = memory.cases.get(id).unwrap();
        let folder = memory.folders.get(folder).unwrap();
        let mut case = folder.cases[*index].clone();
        case["attachments"] = json!(folder.attachments);
        with(StatusCode::OK, &case.to_string())
    }

    fn file(&self, id: &str) -> Response<Full<Bytes>> {
        let memory = self.memory.lock();
        let mut bytes = memory.files.get(id).unwrap().to_vec();
        if memory.corrupted.as_deref() == Some(id) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        Response::new(Full::from(bytes))
    }

    fn event(&self, case: &str, body: &Bytes) -> Response<Full<Bytes>> {
        let event: Value = serde_json::from_slice(body).unwrap();
        let mut memory = self.memory.lock();
        let owner =
            memory.cases.get(case).and_then(|(folder, _)| Some(memory.folders.get(folder)?.owner.clone())).unwrap();
        if event["notification"] == true {
            memory.answers += 1;
            if !(self.fault == Fault::SwallowsAnswer && memory.answers == FAULTY) {
                let row = json!({ "id": self.identifier(), "caseId": case, "eventId": self.identifier(), "eventStatus": "SENT" });
                memory.inboxes.entry(owner).or_default().push(row);
            }
        }
        with(StatusCode::CREATED, "{}")
    }
}

fn with(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_owned()));
    *response.status_mut() = status;
    response
}

/// A value of a form.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
