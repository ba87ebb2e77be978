//! The ledger: what is brought to whom, what each attempt came to, and what happens next.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    CaseId, DeliveryId, EventId, FolderId, NotificationId, OrganizationKey, ProcessCode, ReturnOutcome, ReturnRecord,
    SubscriptionId, Timestamp,
};
use crate::ports::{DeliveryErrorKind, PeerWords};

/// One case, or one event of it, on its way to one endpoint. What is brought is read when it is: nothing here is personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Identifier. Every attempt has the same one, and so an adapter delivers once in effect.
    pub id: DeliveryId,
    /// Whose endpoint it goes to.
    pub subscription: SubscriptionId,
    /// Who receives it.
    pub recipient: OrganizationKey,
    /// The process.
    pub process: ProcessCode,
    /// The folder.
    pub folder: FolderId,
    /// The case.
    pub case: CaseId,
    /// What happened to the case, when that is what is brought; none: the case itself.
    pub event: Option<EventId>,
    /// The notification that says the same. It leaves its inbox when this has arrived.
    pub notification: NotificationId,
    /// The rank among the deliveries of the folder to the same endpoint, from 1.
    pub sequence: u32,
    /// How many bytes its attachments have together.
    pub size_bytes: u64,
    /// When it was called for first.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many attempts there were in all.
    pub attempts: u32,
    /// The last of them, oldest first, at most [`ATTEMPTS_KEPT`](Self::ATTEMPTS_KEPT).
    pub last_attempts: Vec<Attempt>,
    /// What the peer calls it, once it has it: what comes back is known again by this. Holds the number of a folder; never logged.
    pub reference: Option<String>,
    /// Whether something may still come back from the recipient.
    #[serde(default)]
    pub is_awaited: bool,
    /// What came back last, oldest first, at most [`RETURNS_KEPT`](Self::RETURNS_KEPT), of which that of the message itself is always one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last_returns: Vec<ReturnRecord>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// It is to be attempted.
    Waiting {
        /// Not before.
        due_at: Timestamp,
        /// When it was called for last: it is given up some time after this.
        since: Timestamp,
        /// Attempts that failed since then.
        failed: u32,
    },
    /// The peer has all of it.
    Delivered {
        /// When the peer said so.
        at: Timestamp,
    },
    /// It is not attempted any more by itself: somebody has to look at it, and may have it attempted again.
    Dead {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: DeadReason,
    },
}

/// Why a delivery is not attempted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeadReason {
    /// The last attempt failed in a way that no other attempt changes.
    Refused,
    /// It was attempted for as long as its process wants.
    GivenUp,
    /// It was not taken within the hours after which the subscription has its next way.
    FellBack,
    /// The case went over to another recipient.
    Moved,
    /// The subscription has no endpoint any more.
    NoEndpoint,
}

impl DeadReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Refused, Self::GivenUp, Self::FellBack, Self::Moved, Self::NoEndpoint];

    /// Its word in metrics and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
            Self::FellBack => "fell_back",
            Self::Moved => "moved",
            Self::NoEndpoint => "no_endpoint",
        }
    }
}

/// What one attempt came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_milliseconds: u64,
    /// How it failed; none: the peer has all of it.
    pub failure: Option<Failure>,
    /// What the peer said.
    pub words: Option<PeerWords>,
}

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure.
    pub kind: DeliveryErrorKind,
    /// What happened and what to do, in our words.
    pub explanation: String,
}

impl Delivery {
    /// The attempts that are kept.
    pub const ATTEMPTS_KEPT: usize = 20;
    /// The returns that are kept.
    pub const RETURNS_KEPT: usize = 50;

    /// When it is to be attempted, if it is.
    pub const fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            DeliveryState::Waiting { due_at, .. } => Some(due_at),
            DeliveryState::Delivered { .. } | DeliveryState::Dead { .. } => None,
        }
    }

    /// Notes what an attempt came to. Noting the same one again, behind any later ones, changes nothing once those are noted again.
    pub fn note(&mut self, attempt: Attempt) {
        self.attempts = attempt.number;
        self.last_attempts.retain(|earlier| earlier.number < attempt.number);
        self.last_attempts.push(attempt);
        let surplus = self.last_attempts.len().saturating_sub(Self::ATTEMPTS_KEPT);
        self.last_attempts.drain(..surplus);
    }

    /// Notes what came back. Noting the same one again, behind any later ones, changes nothing once those are noted again.
    pub fn note_return(&mut self, record: ReturnRecord) {
        self.last_returns.retain(|earlier| earlier.number < record.number);
        self.last_returns.push(record);
        while self.last_returns.len() > Self::RETURNS_KEPT {
            // What became of the message itself stays, for it may be seen where it lies for months: forgotten, it would count again.
            let oldest_answer = self.last_returns.iter().position(|earlier| !earlier.is_of_the_message());
            self.last_returns.remove(oldest_answer.unwrap_or_default());
        }
    }

    /// The number that the next return has.
    pub fn next_return(&self) -> u32 {
        self.last_returns.last().map_or(1, |last| last.number.saturating_add(1))
    }

    /// Whether the recipient's software is known to have taken the message in: where it was put nothing more is to be found.
    pub fn is_taken(&self) -> bool {
        self.last_returns.iter().any(|record| record.outcome == ReturnOutcome::Taken)
    }

    /// Whether the recipient's software is known to have failed to read the message, once at least.
    pub fn has_failed(&self) -> bool {
        self.last_returns.iter().any(|record| record.outcome == ReturnOutcome::Failed)
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("id", &self.id)
            .field("subscription", &self.subscription)
            .field("folder", &self.folder)
            .field("case", &self.case)
            .field("event", &self.event)
            .field("sequence", &self.sequence)
            .field("state", &self.state)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    fn attempt(number: u32) -> Attempt {
        Attempt {
            number,
            began_at: Timestamp::from_milliseconds(i64::from(number)),
            took_milliseconds: 1,
            failure: None,
            words: None,
        }
    }

    fn delivery() -> Delivery {
        let at = Timestamp::from_milliseconds(0);
        Delivery {
            id: DeliveryId::generate(),
            subscription: SubscriptionId::generate(),
            recipient: "SI-22770001000019-77372".parse().expect("a key"),
            process: ProcessCode::new("DAUA").expect("a code"),
            folder: FolderId::generate(),
            case: CaseId::generate(),
            event: None,
            notification: NotificationId::generate(),
            sequence: 1,
            size_bytes: 0,
            created_at: at,
            state: DeliveryState::Waiting { due_at: at, since: at, failed: 0 },
            attempts: 0,
            last_attempts: Vec::new(),
            reference: None,
            is_awaited: false,
            last_returns: Vec::new(),
        }
    }

    #[test]
    fn the_last_attempts_are_kept_and_noting_them_again_changes_nothing() {
        let mut noted = delivery();
        (1..=25).for_each(|number| noted.note(attempt(number)));
        let numbers: Vec<u32> = noted.last_attempts.iter().map(|attempt| attempt.number).collect();
        assert_eq!((noted.attempts, numbers), (25, (6..=25).collect()));
        for first in 1..=25 {
            let mut again = noted.clone();
            (first..=25).for_each(|number| again.note(attempt(number)));
            assert_eq!(again, noted, "from {first}");
        }
    }

    #[test]
    fn the_last_returns_are_kept_and_noting_them_again_changes_nothing() {
        let came = |number| ReturnRecord {
            number,
            at: Timestamp::from_milliseconds(i64::from(number)),
            reference: format!("answer {number}"),
            outcome: ReturnOutcome::Status(Status::Done),
            event: None,
        };
        let mut noted = delivery();
        (1..=60).for_each(|number| noted.note_return(came(number)));
        let numbers: Vec<u32> = noted.last_returns.iter().map(|record| record.number).collect();
        assert_eq!((noted.next_return(), numbers), (61, (11..=60).collect()));
        for first in 1..=60 {
            let mut again = noted.clone();
            (first..=60).for_each(|number| again.note_return(came(number)));
            assert_eq!(again, noted, "from {first}");
        }
        assert!(!format!("{noted:?} {:?}", noted.last_returns).contains("answer"));
    }

    #[test]
    fn that_the_message_was_taken_is_not_forgotten_for_many_answers() {
        let came = |number| ReturnRecord {
            number,
            at: Timestamp::from_milliseconds(i64::from(number)),
            reference: format!("answer {number}"),
            outcome: if number == 2 { ReturnOutcome::Taken } else { ReturnOutcome::Status(Status::InProgress) },
            event: None,
        };
        let mut noted = delivery();
        (1..=60).for_each(|number| noted.note_return(came(number)));
        assert!(noted.is_taken(), "what lies where the software moved it does not count again");
        let numbers: Vec<u32> = noted.last_returns.iter().map(|record| record.number).collect();
        assert_eq!((noted.next_return(), numbers), (61, std::iter::once(2).chain(12..=60).collect()));
        for first in 1..=60 {
            let mut again = noted.clone();
            (first..=60).for_each(|number| again.note_return(came(number)));
            assert_eq!(again, noted, "from {first}");
        }
    }

    #[test]
    fn what_the_peer_calls_it_is_not_in_debug() {
        let delivery = Delivery { reference: Some("DOSSIER-0815".to_owned()), ..delivery() };
        assert!(!format!("{delivery:?}").contains("0815"));
    }
}
