//! A partner of the hub: the public HTTP contract from the other end of the wire. The demo, the crash test and the whole-system
//! tests speak to the hub through it, and through nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request could not be made.
    #[error("the request cannot be made")]
    Request(#[from] http::Error),
    /// The hub cannot be reached, or hung up.
    #[error("the hub cannot be reached")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off.
    #[error("the answer broke off")]
    Answer(#[from] hyper::Error),
    /// The answer did not come in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
    /// The answer is not what was hoped for.
    #[error("{method} {path} answered {status}: {body}")]
    Unexpected {
        /// What was sent.
        method: Method,
        /// Where to.
        path: String,
        /// What came back.
        status: StatusCode,
        /// And why.
        body: String,
    },
}

/// A credential as the sandbox writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// `OSL`, `SI`, `ADMIN` or `DATAPASS`.
    pub scope: String,
    /// In whose name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// For which process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Public half.
    pub client_id: String,
    /// Secret half.
    pub client_secret: String,
}

/// Where a hub listens and with what to come: the file that the sandbox writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Where tokens are given.
    pub token_url: String,
    /// Where folders and cases are.
    pub teledossiers_url: String,
    /// Where organizations, processes and subscriptions are.
    pub referential_url: String,
    /// What to come with.
    pub credentials: Vec<Credential>,
    /// Where recipients fetch over SFTP, if they can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sftp: Option<SftpAccess>,
}

/// Where an SFTP server is, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SftpAccess {
    /// Its address.
    pub address: SocketAddr,
    /// Its public key, as `known_hosts` has it.
    pub host_key: String,
}

impl Access {
    /// The first credential of this scope, and of this process if one is named.
    pub fn credential(&self, scope: &str, process: Option<&str>) -> Option<&Credential> {
        self.credentials.iter().find(|credential| {
            credential.scope == scope && (process.is_none() || credential.process.as_deref() == process)
        })
    }

    /// Where everything is, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.token_url.trim_end_matches("/token")
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// How long it took.
    pub elapsed: Duration,
    method: Method,
    path: String,
}

impl Answer {
    /// The body as JSON; null when it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The method of the request.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path of the request.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The answer, if it has this status.
    pub fn expect(self, status: StatusCode) -> Result<Self, Error> {
        if self.status == status {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(&self.body).into_owned();
        Err(Error::Unexpected { method: self.method, path: self.path, status: self.status, body })
    }
}

/// A pool of connections.
#[derive(Debug, Clone)]
pub struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    time_limit: Duration,
}

impl Transport {
    /// Connections that trust `roots` when the address says `https`; each request must be answered within `time_limit`.
    pub fn new(roots: rustls::RootCertStore, time_limit: Duration) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap_or_else(|error| unreachable!("the default provider supports the default versions: {error}"))
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(http);
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Self { client, time_limit }
    }

    /// Sends one request and reads the whole answer.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Error> {
        let began = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let exchange = async {
            let (parts, body) = self.client.request(request).await?.into_parts();
            Ok::<_, Error>((parts, body.collect().await?.to_bytes()))
        };
        let (parts, body) =
            tokio::time::timeout(self.time_limit, exchange).await.map_err(|_| Error::Late(self.time_limit))??;
        Ok(Answer { status: parts.status, headers: parts.headers, body, elapsed: began.elapsed(), method, path })
    }
}

/// One organization's software.
#[derive(Debug)]
pub struct Partner {
    transport: Transport,
    access: Arc<Access>,
    credential: Credential,
    token: Mutex<Option<String>>,
}

impl Partner {
    /// Software that comes with this credential.
    pub const fn new(transport: Transport, access: Arc<Access>, credential: Credential) -> Self {
        Self { transport, access, credential, token: Mutex::new(None) }
    }

    /// What it comes with.
    pub const fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Where it comes to.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The token that it was given last.
    pub fn token(&self) -> Option<String> {
        self.token.lock().clone()
    }

    /// Asks for a token, and keeps it for later requests.
    pub async fn log_in(&self) -> Result<Answer, Error> {
        let body = format!(
            "grant_type=client_credentials&scope={}&client_id={}&client_secret={}",
            self.credential.scope, self.credential.client_id, self.credential.client_secret
        );
        let request = Request::post(&self.access.token_url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(body))?;
        let answer = self.transport.send(request).await?;
        *self.token.lock() = answer.json().get("access_token").and_then(Value::as_str).map(str::to_owned);
        Ok(answer)
    }

    /// Sends a request below `/teledossiers/v1`.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        headers: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        self.send_to(&self.access.teledossiers_url, method, path, body, headers).await
    }

    /// Sends a request below any address of the hub.
    pub async fn send_to(
        &self,
        url: &str,
        method: Method,
        path: &str,
        body: Bytes,
        headers: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let mut request = Request::builder().method(method).uri(format!("{url}{path}"));
        if let Some(token) = self.token.lock().as_deref() {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_LENGTH, body.len());
        }
        self.transport.send(request.body(Full::from(body))?).await
    }

    /// Sends JSON.
    pub async fn send_json(&self, method: Method, path: &str, body: &Value) -> Result<Answer, Error> {
        self.send(method, path, Bytes::from(body.to_string()), &[("content-type", "application/json")]).await
    }

    /// Announces a folder.
    pub async fn announce(&self, folder: &Value) -> Result<Answer, Error> {
        self.send_json(Method::POST, "/folders", folder).await
    }

    /// Sends the bytes of an attachment of a folder.
    pub async fn upload(
        &self,
        folder: &str,
        attachment: &str,
        bytes: Bytes,
        digest: Option<&str>,
    ) -> Result<Answer, Error> {
        let mut headers = vec![("content-type", "application/octet-stream")];
        headers.extend(digest.map(|digest| ("digest", digest)));
        self.send(Method::PUT, &format!("/folders/{folder}/attachments/{attachment}"), bytes, &headers).await
    }

    /// Sets the status of a folder.
    pub async fn set_folder_status(&self, folder: &str, status: &str) -> Result<Answer, Error> {
        self.send_json(Method::PATCH, &format!("/folders/{folder}"), &json!({ "globalStatus": status })).await
    }

    /// Reads anything.
    pub async fn get(&self, path: &str) -> Result<Answer, Error> {
        self.send(Method::GET, path, Bytes::new(), &[]).await
    }

    /// Deletes anything.
    pub async fn delete(&self, path: &str) -> Result<Answer, Error> {
        self.send(Method::DELETE, path, Bytes::new(), &[]).await
    }

    /// Reads the inbox.
    pub async fn notifications(&self, max_result: usize) -> Result<Answer, Error> {
        self.get(&format!("/notifications?maxResult={max_result}&eventDetails=true")).await
    }

    /// Posts an event.
    pub async fn post_event(&self, case: &str, event: &Value) -> Result<Answer, Error> {
        self.send_json(Method::POST, &format!("/cases/{case}/events"), event).await
    }

    /// Sets the status of an event.
    pub async fn set_event_status(&self, case: &str, event: &str, status: &str) -> Result<Answer, Error> {
        self.send_json(Method::PATCH, &format!("/cases/{case}/events/{event}"), &json!({ "status": status })).await
    }
}
