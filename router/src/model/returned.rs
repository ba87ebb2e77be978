//! What came back from recipients, as the ledger keeps it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EventId, Status, Timestamp};

/// Something that came back from the recipient, as the ledger keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRecord {
    /// Its number among those of the delivery, from 1.
    pub number: u32,
    /// When the hub took it.
    pub at: Timestamp,
    /// What the peer calls it: the same thing is taken once. Holds the number of a folder; never logged.
    pub reference: String,
    /// What it said.
    pub outcome: ReturnOutcome,
    /// The event that it became, if it became one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
}

impl fmt::Debug for ReturnRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReturnRecord")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("outcome", &self.outcome)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// What something that came back said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReturnOutcome {
    /// The recipient's software took the message in.
    Taken,
    /// It could not read the message.
    Failed,
    /// The case has this status now.
    Status(Status),
    /// It cannot be used: why, in our words. It changed nothing.
    Unusable(String),
}

impl ReturnOutcome {
    /// Every word there is.
    pub const WORDS: [&str; 4] = ["taken", "failed", "status", "unusable"];

    /// Its word in metrics and answers.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Failed => "failed",
            Self::Status(_) => "status",
            Self::Unusable(_) => "unusable",
        }
    }
}

impl ReturnRecord {
    /// Whether it tells what the software did with the message, and is no answer.
    pub(super) const fn is_of_the_message(&self) -> bool {
        matches!(self.outcome, ReturnOutcome::Taken | ReturnOutcome::Failed)
    }
}
