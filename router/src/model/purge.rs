//! Files that a portal may delete from its own storage.

use serde::{Deserialize, Serialize};

use super::{AttachmentId, CaseId, OrganizationKey, ProcessCode};

/// A file that the hub has deleted, and a case that listed it: whoever keeps a copy is told to delete it too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Purge {
    /// The recipient of the case.
    pub recipient: OrganizationKey,
    /// Its process.
    pub process: ProcessCode,
    /// The case.
    pub case: CaseId,
    /// The file.
    pub attachment: AttachmentId,
}
