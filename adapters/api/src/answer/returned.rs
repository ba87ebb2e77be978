//! What came back from a recipient about what was brought there.

use navette_router::model::{EventId, ReturnOutcome, ReturnRecord, Status, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{optional, text};
use crate::openapi::words::{CaseStatus, DateTime, Identifier, ReturnOutcomeWord};

/// Something that came back. What the peer calls it is left out: the number of the folder is in there.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeliveryReturn")]
#[serde(rename_all = "camelCase")]
pub(super) struct ReturnRow<'a> {
    /// Its number, from 1.
    number: u32,
    /// When the hub took it.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    at: Timestamp,
    /// The software took the message in, or could not; it gave the case a status; or what it put back cannot be used.
    #[schemars(with = "ReturnOutcomeWord")]
    outcome: &'static str,
    /// The status, where it gave one.
    #[schemars(with = "Option<CaseStatus>")]
    status: Option<&'static str>,
    /// Why it cannot be used: it changed nothing.
    explanation: Option<&'a str>,
    /// The event that it became; null when it became none.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<Identifier>")]
    event_id: Option<EventId>,
}

impl<'a> From<&'a ReturnRecord> for ReturnRow<'a> {
    fn from(record: &'a ReturnRecord) -> Self {
        let (status, explanation) = match &record.outcome {
            ReturnOutcome::Taken | ReturnOutcome::Failed => (None, None),
            ReturnOutcome::Status(status) => (Some(*status), None),
            ReturnOutcome::Unusable(why) => (None, Some(why.as_str())),
        };
        Self {
            number: record.number,
            at: record.at,
            outcome: record.outcome.as_str(),
            status: status.map(Status::as_str),
            explanation,
            event_id: record.event,
        }
    }
}
