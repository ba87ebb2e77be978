//! What only portals and administrators ask for.

use navette_router::model::{AttachmentId, CaseId, Purge};
use serde::Serialize;

use super::text;

/// How many cases moved.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MigrationAnswer {
    case_updated: u64,
}

impl From<u64> for MigrationAnswer {
    fn from(case_updated: u64) -> Self {
        Self { case_updated }
    }
}

/// A copy that is to be deleted. The published interface writes these two names so.
#[derive(Serialize)]
pub(crate) struct PurgeAnswer {
    #[serde(serialize_with = "text")]
    folder_attachment_id: AttachmentId,
    #[serde(serialize_with = "text")]
    case_id: CaseId,
}

impl From<&Purge> for PurgeAnswer {
    fn from(purge: &Purge) -> Self {
        Self { folder_attachment_id: purge.attachment, case_id: purge.case }
    }
}
