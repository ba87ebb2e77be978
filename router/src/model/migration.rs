//! The move of all cases of one organization to another.

use serde::{Deserialize, Serialize};

use super::{ClientId, OrganizationKey, Timestamp};

/// A move of all cases of one organization to another. It takes many entries; this record says that it began, so that a restart
/// takes it up again, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// From whom.
    pub source: OrganizationKey,
    /// To whom.
    pub target: OrganizationKey,
    /// Who asked for it.
    pub by: ClientId,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it was done.
    pub ended_at: Option<Timestamp>,
}
