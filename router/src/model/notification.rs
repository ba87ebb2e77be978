//! "There is something to fetch."

use serde::{Deserialize, Serialize};

use super::{CaseId, EventId, FolderId, NotificationId, OrganizationKey, ProcessCode, Timestamp};

/// Tells its recipient of a new case, or of an event on one it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Identifier.
    pub id: NotificationId,
    /// Whose inbox it waits in.
    pub recipient: OrganizationKey,
    /// Who caused it.
    pub transmitter: OrganizationKey,
    /// The process, which together with the recipient names the inbox.
    pub process: ProcessCode,
    /// The folder concerned.
    pub folder: FolderId,
    /// The case concerned.
    pub case: CaseId,
    /// The event; none for a new case.
    pub event: Option<EventId>,
    /// When it was created.
    pub created_at: Timestamp,
}
