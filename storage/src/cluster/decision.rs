//! Who decides: of two who decide about one subject upon the same state, one wins.
//!
//! Each subject has a head, the entry decided for it last. A writer remembers the head it saw; its decision is one conditional write
//! that sets the next head and keeps the whole entry beside it, the intent. Whoever finds an intent that was not applied finishes it
//! first: appends it again and applies it again, which changes nothing if it was done already. No clock, lease or session tells who
//! may, so a gateway that is stopped in the middle and wakes up an hour later does no harm.

use std::time::Duration;

use navette_router::entry::Entry;
use navette_router::ports::Subject;
use scylla::statement::prepared::PreparedStatement;
use scylla::value::{CqlValue, Row};
use tokio::time::sleep;
use uuid::Uuid;

use super::database::{Database, Write};
use super::envelope::{Decided, subject_uuid};
use super::error::Error;
use super::order::Order;

/// How often it is tried to find out what became of a decision.
const FENCES_MAX: u32 = 3;
/// How long to wait before the second time, at most; twice as long before the third.
const PAUSE_MAX_MILLISECONDS: u64 = 100;

/// A while that differs between those who wait for each other.
fn pause(attempt: u32) -> Duration {
    let random = Uuid::now_v7().as_u64_pair().1 & u64::from(u32::MAX);
    Duration::from_millis(1 + random % (PAUSE_MAX_MILLISECONDS * u64::from(attempt)))
}

/// What was decided last about a subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The entry; none when none was decided by a condition, or long ago.
    pub(super) entry: Option<Uuid>,
    /// Its order.
    pub(super) decided: Option<Order>,
    /// The order up to which the subject is applied; none when nothing was, or long ago.
    pub(super) applied: Option<Order>,
}

impl Head {
    /// Whether an intent waits to be applied.
    pub(super) fn is_unsettled(&self) -> bool {
        self.decided > self.applied
    }

    /// An order that is not before anything about the subject.
    pub(super) fn latest(&self) -> Order {
        self.decided.max(self.applied).unwrap_or(Order::MIN)
    }
}

impl Database {
    /// What was decided last. Of decisions that are being taken it may know or not; the condition will tell.
    pub(super) async fn head(&self, subject: Subject) -> Result<Head, Error> {
        self.head_by(&self.statements.decision, subject).await
    }

    /// The same, after every decision that was begun at the servers: not those that a node has not begun with.
    pub(super) async fn settled_head(&self, subject: Subject) -> Result<Head, Error> {
        self.head_by(&self.statements.decision_settled, subject).await
    }

    async fn head_by(&self, statement: &PreparedStatement, subject: Subject) -> Result<Head, Error> {
        type Columns = (Option<Uuid>, Option<i64>, Option<i64>);
        let row = self.row::<Columns>(statement, (subject_uuid(subject),)).await?;
        Ok(row.map_or_else(Head::default, |(entry, decided, applied)| Head { entry, decided, applied }))
    }

    /// The head, and the entry that was decided last, if it is still kept.
    pub(super) async fn intent(&self, subject: Subject) -> Result<Option<(Option<Uuid>, Decided)>, Error> {
        type Columns = (Option<Uuid>, Option<i64>, Option<String>);
        let row = self.row::<Columns>(&self.statements.intent, (subject_uuid(subject),)).await?;
        let Some((head, Some(order), Some(intent))) = row else { return Ok(None) };
        let entry: Entry = serde_json::from_str(&intent)?;
        Ok(Some((head, Decided { subject, order, entry })))
    }

    /// Decides, unless somebody else did since `former` was seen: [`Error::Conflict`].
    pub(super) async fn decide(&self, decided: &Decided, payload: &str, former: Option<Uuid>) -> Result<(), Error> {
        let (id, subject) = (*decided.entry.id.as_uuid(), subject_uuid(decided.subject));
        let answer = self.row::<Row>(&self.statements.decide, (id, decided.order, payload, subject, former)).await;
        match answer {
            Ok(row) if is_taken(row.as_ref(), id) => Ok(()),
            Ok(_) => Err(Error::Conflict),
            Err(error) if error.leaves_doubt() => self.find_out(subject, id, former, error).await,
            Err(error) => Err(error),
        }
    }

    /// Has every decision upon `former` that was sent before come too late. [`Error::Conflict`] when one was taken meanwhile.
    pub(super) async fn close(&self, subject: Subject, former: Option<Uuid>) -> Result<(), Error> {
        let fence = Uuid::now_v7();
        let answer = self.row::<Row>(&self.statements.fence, (fence, subject_uuid(subject), former)).await?;
        if is_taken(answer.as_ref(), fence) { Ok(()) } else { Err(Error::Conflict) }
    }

    /// What became of a decision that was not answered. Nobody knows, and a node that hangs may take it up when it wakes. Another head,
    /// which says nothing, has it come too late. When somebody else has decided since then, they may have finished this one before:
    /// who asked is told that it is not known, and must not decide again.
    async fn find_out(&self, subject: Uuid, id: Uuid, former: Option<Uuid>, doubt: Error) -> Result<(), Error> {
        let fence = Uuid::now_v7();
        for attempt in 1.. {
            match self.row::<Row>(&self.statements.fence, (fence, subject, former)).await {
                Ok(row) if is_taken(row.as_ref(), fence) => return Err(Error::Conflict),
                Ok(row) if names(row.as_ref(), id) => return Ok(()),
                Ok(_) => return Err(doubt),
                // Where many decide about one subject at once, the servers give up on some of them. The same fence again is the same.
                Err(error) if error.leaves_doubt() && attempt < FENCES_MAX => sleep(pause(attempt)).await,
                Err(error) => return Err(error),
            }
        }
        Err(doubt)
    }
}

/// Whether a condition held. The head that stood against it may be the new one itself: an answer was lost, and the servers were asked
/// again.
fn is_taken(row: Option<&Row>, head: Uuid) -> bool {
    let applied = row.and_then(|row| row.columns.first());
    matches!(applied, Some(Some(CqlValue::Boolean(true)))) || names(row, head)
}

/// Whether the answer to a condition that did not hold names this head.
fn names(row: Option<&Row>, head: Uuid) -> bool {
    row.is_some_and(|row| row.columns.iter().skip(1).any(|column| *column == Some(CqlValue::Uuid(head))))
}

/// Notes that a subject is applied up to `order`. In the partition of a folder's records, so that both can be written at once.
pub(super) fn put_applied(subject: Subject, order: Order) -> Write {
    let subject = subject_uuid(subject);
    Write {
        statement: |statements| &statements.put_applied,
        key_columns: 1,
        partition: ("records", subject.to_string()),
        values: vec![CqlValue::Uuid(subject), CqlValue::BigInt(order)],
    }
}
