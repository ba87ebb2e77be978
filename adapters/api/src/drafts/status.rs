//! Statuses that are set.

use navette_router::Faults;

use super::Draft;
use super::reader::Reader;
use crate::json::object;
use crate::openapi::facet::{format, status, word};

object!(FolderStatusBody {
    /// `HUBEE_COMPLETED` to complete it, `CLOSED` to close it, `HUBEE_NOTIFIED` to reopen it.
    global_status: String = "globalStatus" => status().required(),
    /// When it was closed; now, when nothing is said.
    close_date_time: String = "closeDateTime" => format("date-time"),
});

object!(CaseStatusBody {
    /// The new status.
    status: String = "status" => status().required(),
});

object!(EventStatusBody {
    /// `SENT` by its author, `RECEIVED` by the other side.
    status: String = "status" => word(["SENT", "RECEIVED"]).required(),
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

/// `{"status"}`, of a case.
#[derive(Debug, Default)]
pub(crate) struct CaseStatusDraft {
    pub(crate) status: Option<String>,
}

impl Draft for CaseStatusDraft {
    type Body = CaseStatusBody;

    fn from_body(body: CaseStatusBody, faults: &mut Faults) -> Self {
        Self { status: Reader::new(faults).take("status", body.status) }
    }
}

/// `{"status"}`, of an event.
#[derive(Debug, Default)]
pub(crate) struct EventStatusDraft {
    pub(crate) status: Option<String>,
}

impl Draft for EventStatusDraft {
    type Body = EventStatusBody;

    fn from_body(body: EventStatusBody, faults: &mut Faults) -> Self {
        Self { status: Reader::new(faults).take("status", body.status) }
    }
}
