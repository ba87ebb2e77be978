//! What a peer acknowledged.

use super::PeerWords;
use crate::model::Timestamp;

/// What a peer acknowledged: from here on the message is its business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What the message is called there: the name of a file, the identifier of a call. By this name what comes back is known again.
    /// Holds the number of a folder; never logged.
    pub reference: String,
    /// How many bytes this attempt sent: fewer than the message has, when an earlier attempt had sent some.
    pub sent_bytes: u64,
    /// Whether it was there already, from an earlier attempt whose end nobody saw.
    pub was_there: bool,
    /// When the peer acknowledged.
    pub at: Timestamp,
    /// What the peer said, if anything.
    pub words: Option<PeerWords>,
}

impl Receipt {
    /// The longest reference, in bytes.
    pub const REFERENCE_MAX_BYTES: usize = 255;
}
