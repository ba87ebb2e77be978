//! Statuses that are set.

use navette_router::Faults;

use super::Draft;
use super::reader::Reader;
use crate::json::object;

object!(FolderStatusBody { global_status: String = "globalStatus", close_date_time: String = "closeDateTime" });

object!(StatusBody { status: String = "status" });

/// `{"globalStatus", "closeDateTime"}`.
#[derive(Debug, Default)]
pub(crate) struct FolderStatusDraft {
    pub(crate) status: Option<String>,
    pub(crate) closed_at: Option<String>,
}

impl Draft for FolderStatusDraft {
    type Body = FolderStatusBody;

    fn from_body(body: FolderStatusBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
            status: reader.take("globalStatus", body.global_status),
            closed_at: reader.take("closeDateTime", body.close_date_time),
        }
    }
}

/// `{"status"}`, of a case or of an event.
#[derive(Debug, Default)]
pub(crate) struct StatusDraft {
    pub(crate) status: Option<String>,
}

impl Draft for StatusDraft {
    type Body = StatusBody;

    fn from_body(body: StatusBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self { status: reader.take("status", body.status) }
    }
}
