//! Notifications that wait, as rows: one partition for each recipient, process and hour.

use navette_router::model::Notification;
use navette_router::ports::Inbox;
use scylla::value::CqlValue;

use super::database::{Write, text};
use super::order::Order;
use super::rows::Place;

const HOUR: Order = 60 * 60 * 1_000_000;

/// How far clocks may be apart, and how long an entry may take from its decision to its application, together. A reader looks so
/// far behind what it knows, and whoever applies an entry when half of it has passed says so.
pub(super) const MARGIN: Order = 10 * 60 * 1_000_000;

/// The part of an inbox that was put there in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Bucket {
    pub(super) inbox: Inbox,
    /// Hours since 1970.
    pub(super) hour: i64,
}

impl Bucket {
    /// Where a notification waits.
    pub(super) fn of(notification: &Notification, place: Place) -> Self {
        let inbox = Inbox { recipient: notification.recipient.clone(), process: notification.process.clone() };
        Self { inbox, hour: place.0.div_euclid(HOUR) }
    }

    /// The first order of the next hour.
    pub(super) const fn end(&self) -> Order {
        self.hour.saturating_add(1).saturating_mul(HOUR)
    }

    fn values(&self) -> Vec<CqlValue> {
        vec![text(&self.inbox.recipient), text(&self.inbox.process), CqlValue::BigInt(self.hour)]
    }

    fn partition(&self) -> (&'static str, String) {
        ("inbox", format!("{} {} {}", self.inbox.recipient, self.inbox.process, self.hour))
    }

    fn index(&self) -> (&'static str, String) {
        ("inboxes", self.inbox.recipient.to_string())
    }

    /// Says that something was put there.
    pub(super) fn put(&self) -> Write {
        Write {
            statement: |statements| &statements.put_bucket,
            key_columns: 3,
            partition: self.index(),
            values: self.values(),
        }
    }

    /// Says that something was put there at `now`, long after its time: whoever reads must begin again.
    pub(super) fn put_late(&self, now: Order) -> Write {
        let mut values = self.values();
        values.push(CqlValue::BigInt(now));
        Write { statement: |statements| &statements.put_late, key_columns: 3, partition: self.index(), values }
    }

    /// Says that nothing is there any more.
    pub(super) fn remove(&self) -> Write {
        Write {
            statement: |statements| &statements.remove_bucket,
            key_columns: 3,
            partition: self.index(),
            values: self.values(),
        }
    }
}

fn values(bucket: &Bucket, notification: &Notification, (position, rank): Place) -> Vec<CqlValue> {
    let mut values = bucket.values();
    values.extend([CqlValue::BigInt(position), CqlValue::Int(rank), CqlValue::Uuid(*notification.id.as_uuid())]);
    values
}

/// Puts a notification into its inbox.
pub(super) fn put(notification: &Notification, place: Place, record: String) -> Write {
    let bucket = Bucket::of(notification, place);
    let mut values = values(&bucket, notification, place);
    values.push(CqlValue::Text(record));
    Write { statement: |statements| &statements.put_inbox, key_columns: 6, partition: bucket.partition(), values }
}

/// Takes a notification out of its inbox.
pub(super) fn remove(notification: &Notification, place: Place) -> Write {
    let bucket = Bucket::of(notification, place);
    let values = values(&bucket, notification, place);
    Write { statement: |statements| &statements.remove_inbox, key_columns: 6, partition: bucket.partition(), values }
}
