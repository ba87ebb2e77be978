//! What is kept of a folder once it is deleted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FolderId, OrganizationKey, ProcessCode, Status, Timestamp};

/// What is kept of a deleted folder: nothing that says anything of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistic {
    /// The folder.
    pub folder: FolderId,
    /// Its process.
    pub process: ProcessCode,
    /// Who deposited it.
    pub depositor: OrganizationKey,
    /// When it was deposited.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// How many cases ended in which status.
    pub cases: BTreeMap<Status, u32>,
    /// How many events they had.
    pub events: u32,
    /// How many attachments there were, those of events included.
    pub attachments: u32,
    /// Their sizes together, in bytes.
    pub attachment_bytes: u64,
}
