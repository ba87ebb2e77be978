//! The hub, as the public contract describes it: one method for each request that a partner sends.

mod administration;
mod deposits;
mod inbox;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use serde::Deserialize;

pub(crate) use inbox::{Case, Notification};

use crate::access::{Access, base};
use crate::content::Outgoing;
use crate::wire::{Answer, Call, Failure, Into, Wire, trust};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
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
