//! Statuses that are set.

use navette_router::Faults;

use super::Draft;
use super::reader::Reader;
use crate::json::object;
use crate::openapi::facet::{filled, format, status};

object!(FolderStatusBody {
    /// `HUBEE_COMPLETED` to complete it, `CLOSED` to close it, `HUBEE_NOTIFIED` to reopen it.
    global_status: String = "globalStatus" => status().required(),
    /// When it was closed; now, when nothing is said.
    close_date_time: String = "closeDateTime" => format("date-time"),
});

object!(StatusBody {
    /// The new status.
    status: String = "status" => filled(15),
});

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
