//! The hub, as the public contract describes it: one method for each request that a partner sends.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use serde::Deserialize;

use crate::access::{Access, Credential, base};
use crate::content::{Comparison, Content, Outgoing};
use crate::wire::{Answer, Call, Failure, Into, Wire, trust};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
/// How much of a refusal is told, in letters.
const MESSAGE_LETTERS: usize = 300;
/// A longer advice is not followed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
struct Area {
    wire: Arc<Wire>,
    path: String,
}

/// A hub, and the connections of one kind of partner to it.
#[derive(Debug, Clone)]
pub(crate) struct Hub {
    token: Area,
    teledossiers: Area,
    referential: Area,
    administration: Area,
}

/// A folder that was announced.
#[derive(Debug, Deserialize)]
pub(crate) struct Announced {
    /// Identifier.
    pub(crate) id: String,
    /// In the order in which they were sent.
    pub(crate) cases: Vec<Identified>,
    /// In the order in which they were sent.
    pub(crate) attachments: Vec<Identified>,
}

/// Something with an identifier.
#[derive(Debug, Deserialize)]
pub(crate) struct Identified {
    /// Identifier.
    pub(crate) id: String,
}

/// A row of an inbox.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notification {
    /// Identifier.
    pub(crate) id: String,
    /// Of which case.
    pub(crate) case_id: String,
    /// Of which event; none when the case is new.
    pub(crate) event_id: Option<String>,
    /// Where the event stands.
    #[serde(default)]
    pub(crate) event_status: Option<String>,
}

/// A case.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Case {
    /// The depositor's own number.
    pub(crate) external_id: String,
    /// Its files.
    pub(crate) attachments: Vec<CaseFile>,
}

/// A file of a case.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CaseFile {
    /// Identifier.
    pub(crate) id: String,
    /// Name.
    pub(crate) file_name: String,
}

impl Hub {
    /// The hub of `access`, with up to `connections` to each of its hosts.
    ///
    /// # Errors
    /// When an address is none, or there is no authority to trust.
    pub(crate) fn new(
        access: &Access,
        authority: Option<&Path>,
        connections: usize,
        patience: Duration,
    ) -> Result<Self> {
        let mut wires: Vec<(String, Arc<Wire>)> = Vec::new();
        let mut area = |url: &str| -> Result<Area> {
            let base = base(url)?;
            let key = format!("{}{}", base.secure, base.authority);
            let wire = match wires.iter().find(|(known, _)| *known == key) {
                Some((_, wire)) => Arc::clone(wire),
                None => {
                    let trust = base.secure.then(|| trust(&base.authority, authority)).transpose()?;
                    let wire = Wire::new(base.authority.clone(), trust, connections, patience);
                    wires.push((key, Arc::clone(&wire)));
                    wire
                }
            };
            Ok(Area { wire, path: base.path })
        };
        Ok(Self {
            token: area(&access.token_url)?,
            teledossiers: area(&access.teledossiers_url)?,
            referential: area(&access.referential_url)?,
            administration: area(&access.administration_url())?,
        })
    }

    /// Asks for a token; gives the value of the header `authorization`.
    pub(crate) async fn token(&self, credential: &Credential) -> Result<HeaderValue, Failure> {
        #[derive(Deserialize)]
        struct Token {
            access_token: String,
        }
        let body = format!(
            "grant_type=client_credentials&scope={}&client_id={}&client_secret={}",
            credential.scope, credential.client_id, credential.client_secret
        );
        let call = Call {
            method: Method::POST,
            path: self.token.path.clone(),
            authorization: None,
            content_type: Some(FORM),
            digest: None,
            body: Outgoing::Whole(Some(body.into())),
        };
        let answer = expect(self.token.wire.exchange(call, Into::Memory, 0).await?, StatusCode::OK)?;
        let token: Token = parse(&answer.body)?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.access_token)).map_err(http::Error::from)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Announces a folder.
    pub(crate) async fn announce(&self, token: &HeaderValue, folder: Bytes) -> Result<Announced, Failure> {
        let answer = self.json(token, Method::POST, "/folders", folder).await?;
        parse(&expect(answer, StatusCode::CREATED)?.body)
    }

    /// Sends a file of a folder.
    pub(crate) async fn upload(
        &self,
        token: &HeaderValue,
        (folder, attachment): (&str, &str),
        content: Content,
        digest: Option<&HeaderValue>,
    ) -> Result<(), Failure> {
        let call = Call {
            method: Method::PUT,
            path: format!("{}/folders/{folder}/attachments/{attachment}", self.teledossiers.path),
            authorization: Some(token.clone()),
            content_type: Some(OCTETS),
            digest: digest.cloned(),
            body: Outgoing::file(content),
        };
        let answer = self.teledossiers.wire.exchange(call, Into::Memory, 0).await?;
        expect(answer, StatusCode::NO_CONTENT).map(drop)
    }

    /// Completes a folder.
    pub(crate) async fn complete(&self, token: &HeaderValue, folder: &str) -> Result<(), Failure> {
        let body = Bytes::from_static(br#"{"globalStatus":"HUBEE_COMPLETED"}"#);
        let answer = self.json(token, Method::PATCH, &format!("/folders/{folder}"), body).await?;
        expect(answer, StatusCode::NO_CONTENT).map(drop)
    }

    /// Reads the oldest rows of an inbox.
    pub(crate) async fn notifications(&self, token: &HeaderValue, page: usize) -> Result<Vec<Notification>, Failure> {
        let answer = self.get(token, format!("/notifications?maxResult={page}")).await?;
        parse(&expect(answer, StatusCode::OK)?.body)
    }

    /// Reads a case.
    pub(crate) async fn case(&self, token: &HeaderValue, case: &str) -> Result<Case, Failure> {
        parse(&expect(self.get(token, format!("/cases/{case}")).await?, StatusCode::OK)?.body)
    }

    /// Fetches a file of a case and compares it; a slow reader pauses behind each piece.
    pub(crate) async fn fetch(
        &self,
        token: &HeaderValue,
        (case, attachment): (&str, &str),
        content: Content,
        pause: Option<Duration>,
    ) -> Result<Result<(), String>, Failure> {
        let mut comparison = Comparison::with(content);
        let call = Call {
            method: Method::GET,
            path: format!("{}/cases/{case}/attachments/{attachment}", self.teledossiers.path),
            authorization: Some(token.clone()),
            content_type: None,
            digest: None,
            body: Outgoing::empty(),
        };
        let into = Into::Comparison(&mut comparison, pause);
        expect(self.teledossiers.wire.exchange(call, into, content.size()).await?, StatusCode::OK)?;
        Ok(comparison.finish())
    }

    /// Posts an event.
    pub(crate) async fn post_event(&self, token: &HeaderValue, case: &str, event: String) -> Result<(), Failure> {
        let answer = self.json(token, Method::POST, &format!("/cases/{case}/events"), event.into()).await?;
        expect(answer, StatusCode::CREATED).map(drop)
    }

    /// Reads an event.
    pub(crate) async fn event(&self, token: &HeaderValue, case: &str, event: &str) -> Result<Bytes, Failure> {
        let answer = self.get(token, format!("/cases/{case}/events/{event}")).await?;
        expect(answer, StatusCode::OK).map(|answer| answer.body)
    }

    /// Says that an event has arrived.
    pub(crate) async fn receive_event(&self, token: &HeaderValue, case: &str, event: &str) -> Result<(), Failure> {
        let body = Bytes::from_static(br#"{"status":"RECEIVED"}"#);
        let answer = self.json(token, Method::PATCH, &format!("/cases/{case}/events/{event}"), body).await?;
        expect(answer, StatusCode::NO_CONTENT).map(drop)
    }

    /// Deletes a notification. Whoever deletes again what is gone has what they wanted.
    pub(crate) async fn delete_notification(&self, token: &HeaderValue, notification: &str) -> Result<(), Failure> {
        let path = format!("{}/notifications/{notification}", self.teledossiers.path);
        let call = plain(Method::DELETE, path, token);
        let answer = self.teledossiers.wire.exchange(call, Into::Memory, 0).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        expect(answer, StatusCode::NO_CONTENT).map(drop)
    }

    /// Sends JSON to the referential; any status is an answer.
    pub(crate) async fn register(&self, token: &HeaderValue, what: &str, body: String) -> Result<Answer, Failure> {
        let call = json(Method::POST, format!("{}/{what}", self.referential.path), token, body.into());
        self.referential.wire.exchange(call, Into::Memory, 0).await
    }

    /// Has a credential issued.
    pub(crate) async fn issue(&self, token: &HeaderValue, body: String) -> Result<Credential, Failure> {
        let call = json(Method::POST, format!("{}/credentials", self.administration.path), token, body.into());
        let answer = self.administration.wire.exchange(call, Into::Memory, 0).await?;
        parse(&expect(answer, StatusCode::CREATED)?.body)
    }

    /// What the hub says of its version; none of one that says nothing.
    pub(crate) async fn version(&self, token: &HeaderValue) -> Option<String> {
        #[derive(Deserialize)]
        struct Status {
            version: String,
        }
        let call = plain(Method::GET, format!("{}/status", self.administration.path), token);
        let answer = self.administration.wire.exchange(call, Into::Memory, 0).await.ok()?;
        let status: Status = parse(&expect(answer, StatusCode::OK).ok()?.body).ok()?;
        Some(status.version)
    }

    async fn get(&self, token: &HeaderValue, path: String) -> Result<Answer, Failure> {
        let call = plain(Method::GET, self.teledossiers.path.clone() + &path, token);
        self.teledossiers.wire.exchange(call, Into::Memory, 0).await
    }

    async fn json(&self, token: &HeaderValue, method: Method, path: &str, body: Bytes) -> Result<Answer, Failure> {
        let call = json(method, self.teledossiers.path.clone() + path, token, body);
        self.teledossiers.wire.exchange(call, Into::Memory, 0).await
    }
}

fn plain(method: Method, path: String, token: &HeaderValue) -> Call {
    let authorization = Some(token.clone());
    Call { method, path, authorization, content_type: None, digest: None, body: Outgoing::empty() }
}

fn json(method: Method, path: String, token: &HeaderValue, body: Bytes) -> Call {
    let authorization = Some(token.clone());
    Call { method, path, authorization, content_type: Some(JSON), digest: None, body: Outgoing::Whole(Some(body)) }
}

/// The answer, if it has this status.
pub(crate) fn expect(answer: Answer, status: StatusCode) -> Result<Answer, Failure> {
    if answer.status == status {
        return Ok(answer);
    }
    if answer.status.is_success() {
        return Err(Failure::Nonsense(format!("status {} where {status} is due", answer.status)));
    }
    let retry_after = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Err(Failure::Refused {
        status: answer.status,
        message: String::from_utf8_lossy(&answer.body).chars().take(MESSAGE_LETTERS).collect(),
        retry_after: retry_after.map(Duration::from_secs).map(|after| after.min(RETRY_AFTER_MAX)),
    })
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::Nonsense(format!("the JSON of an answer: {error}")))
}
