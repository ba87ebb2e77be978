//! What comes back from a recipient to whom things were delivered.

use std::fmt;

use bytes::Bytes;

use crate::model::{DeliveryId, Status};

/// A delivery of which something may come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// What its [`Receipt`](super::Receipt) called it.
    pub reference: String,
    /// Whether it is known already that the software took the message in: only answers are awaited.
    pub is_taken: bool,
    /// Whether it is known already that the software could not read the message: it may take it in all the same.
    pub has_failed: bool,
}

/// What a recipient said about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its software took the message in.
    Taken,
    /// Its software could not read the message.
    Failed,
    /// The case has this status now.
    Status(Status),
    /// What came cannot be used: the sentence says why, and holds no personal data. It goes to the ledger, nothing else.
    Unusable(String),
}

/// Something that came back.
#[derive(Clone, PartialEq, Eq)]
pub struct Returned {
    /// What the peer calls it: the same each time it is collected, so that nothing counts twice. At most 255 bytes; never logged.
    pub reference: String,
    /// What it is about; none when nobody awaits it.
    pub delivery: Option<DeliveryId>,
    /// What it says.
    pub outcome: Outcome,
    /// Words of the recipient, at most 1 000 characters.
    pub comment: Option<String>,
    /// Files of the recipient. All of them together are held in memory: an adapter bounds them.
    pub files: Vec<ReturnedFile>,
}

impl Returned {
    /// The most that are collected at once.
    pub const MAX: usize = 100;
}

impl fmt::Debug for Returned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Returned")
            .field("delivery", &self.delivery)
            .field("outcome", &self.outcome)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

/// A file that came back.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnedFile {
    /// Its name: one component of a path, never more. At most 255 bytes.
    pub name: String,
    /// What it holds.
    pub bytes: Bytes,
}

impl fmt::Debug for ReturnedFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ReturnedFile({} bytes)", self.bytes.len())
    }
}
