//! What a depositor asks.

use bytes::Bytes;
use http::header::HeaderValue;
use http::{Method, StatusCode};
use serde::Deserialize;

use super::{Hub, expect, parse};
use crate::content::{Content, Outgoing};
use crate::wire::{Call, Failure, Into};

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

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

impl Hub {
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
}
