//! Answers, as the contract spells them: names, nulls and all.

mod acts;
mod case;
mod credential;
mod delivery;
mod endpoint;
mod event;
mod explanation;
mod folder;
mod notification;
mod parts;
mod portal;
mod referential;
mod retention;
mod returned;
mod status;
mod subscription;

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderValue, Response, StatusCode, header};
use navette_router::model::Digest;
use serde::{Serialize, Serializer};

use crate::Body;

pub(crate) use acts::ActsAnswer;
pub(crate) use case::CaseAnswer;
pub(crate) use credential::{CredentialAnswer, CredentialRow, credential};
pub(crate) use delivery::{DeliveriesAnswer, DeliveryAnswer, ReplayedAnswer};
pub(crate) use endpoint::{EndpointAnswer, EndpointRow, TrialAnswer};
pub(crate) use event::EventAnswer;
pub(crate) use explanation::ExplanationAnswer;
pub(crate) use folder::FolderAnswer;
pub(crate) use notification::{NotificationAnswer, notification};
pub(crate) use portal::{MigrationAnswer, PurgeAnswer};
pub(crate) use referential::{OrganizationAnswer, ProcessAnswer};
pub(crate) use retention::RetentionAnswer;
pub(crate) use status::StatusAnswer;
pub(crate) use subscription::SubscriptionAnswer;

/// Room that holds most answers without growing, in bytes.
const ROOM_BYTES: usize = 1_024;

/// A JSON answer.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    let mut bytes = Vec::with_capacity(ROOM_BYTES);
    if let Err(error) = serde_json::to_writer(&mut bytes, value) {
        tracing::error!(error = &error as &dyn std::error::Error, "an answer cannot be written");
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Part of a list of `things`, and which part: `first-last/total`, `0-0` when there is none.
pub(crate) fn list(things: &str, rows: &[impl Serialize], offset: usize, total: u64) -> Response<Body> {
    let mut response = json(StatusCode::OK, &rows);
    let range = match rows.len() {
        0 => "0-0".to_owned(),
        count => format!("{offset}-{}", offset + count - 1),
    };
    if let Ok(value) = HeaderValue::try_from(format!("{things} {range}/{total}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// A SHA-256 as the `digest` header writes it.
pub(crate) fn digest(digest: &Digest) -> String {
    BASE64.encode(digest.0)
}

fn text<S: Serializer, T: Display>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn optional<S: Serializer, T: Display>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests;
