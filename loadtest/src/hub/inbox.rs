//! What the holder of an inbox asks.

use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderValue;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Hub, expect, parse, plain};
use crate::content::{Comparison, Content, Outgoing};
use crate::wire::{Call, Failure, Into};

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
    /// Reads the oldest rows of an inbox.
    pub(crate) async fn notifications(&self, token: &HeaderValue, page: usize) -> Result<Vec<Notification>, Failure> {
        let answer = self.get(token, format!("/notifications?maxResult={page}")).await?;
        parse(&expect(answer, StatusCode::OK)?.body)
    }

    /// Makes sure that there are inboxes below the address that was given for them, whoever may read them.
    pub(crate) async fn find_inboxes(&self, token: &HeaderValue) -> Result<(), Failure> {
        let answer = self.get(token, "/notifications?maxResult=1".to_owned()).await?;
        match answer.status.as_u16() {
            200 => parse::<Vec<IgnoredAny>>(&answer.body).map(drop),
            // It is there, and lets this caller not in, or nobody now.
            400 | 401 | 403 | 429 | 500..=599 => Ok(()),
            _ => expect(answer, StatusCode::OK).map(drop),
        }
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
}
