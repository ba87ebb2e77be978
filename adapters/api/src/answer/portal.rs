//! What only portals and administrators ask for.

use navette_router::model::{AttachmentId, CaseId, Purge};
use schemars::JsonSchema;
use serde::Serialize;

use super::text;
use crate::openapi::words::Identifier;

/// How many cases moved.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Migration")]
#[serde(rename_all = "camelCase")]
pub(crate) struct MigrationAnswer {
    /// How many cases moved.
    case_updated: u64,
}

impl From<u64> for MigrationAnswer {
    fn from(case_updated: u64) -> Self {
        Self { case_updated }
    }
}

/// A copy that is to be deleted. The published interface writes these two names so.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "IdsForPurge")]
pub(crate) struct PurgeAnswer {
    /// The attachment.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    folder_attachment_id: AttachmentId,
    /// The case.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    case_id: CaseId,
}

impl From<&Purge> for PurgeAnswer {
    fn from(purge: &Purge) -> Self {
        Self { folder_attachment_id: purge.attachment, case_id: purge.case }
    }
}
