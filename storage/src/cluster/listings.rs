//! What is listed in the order of its identifiers. These begin with the time they were given at, so a list is cut into partitions by
//! time, and read from one to the next.

use navette_router::model::{OrganizationKey, SubscriptionId};
use scylla::value::CqlValue;
use uuid::Uuid;

use super::database::{Database, Write, text};
use super::error::Error;

const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum List {
    /// All folders.
    Folders,
    /// The cases of a recipient.
    CasesOf(OrganizationKey),
    /// The deliveries to a recipient.
    DeliveriesOf(OrganizationKey),
    /// The deliveries to an endpoint of which something may come back.
    Awaited(SubscriptionId),
    /// What is kept of deleted folders.
    Statistics,
    /// What administrators did.
    Acts,
}

impl List {
    fn name(&self) -> String {
        match self {
            Self::Folders => "folders".to_owned(),
            Self::CasesOf(recipient) => format!("cases of {recipient}"),
            Self::DeliveriesOf(recipient) => format!("deliveries to {recipient}"),
            Self::Awaited(subscription) => format!("awaited from {subscription}"),
            Self::Statistics => "statistics".to_owned(),
            Self::Acts => "acts".to_owned(),
        }
    }

    /// How much time a partition spans: a million rows at most, in the busiest weeks of the largest hub.
    const fn bucket_days(&self) -> i64 {
        match self {
            Self::Folders | Self::Statistics => 1,
            Self::CasesOf(_) | Self::DeliveriesOf(_) | Self::Awaited(_) => 7,
            Self::Acts => 30,
        }
    }

    fn bucket_of(&self, id: Uuid) -> i64 {
        // The first 48 bits of an identifier are the milliseconds at which it was given.
        let milliseconds = i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX);
        milliseconds / (self.bucket_days() * DAY_MILLISECONDS)
    }
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: Uuid,
    pub(super) record: Option<String>,
}

/// Which way a list is read, and from where: those behind an identifier, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The lesser first.
    Forward(Option<Uuid>),
    /// The greater first.
    Backward(Option<Uuid>),
}

/// Lists `id`.
pub(super) fn put(list: &List, id: Uuid, record: Option<String>) -> [Write; 2] {
    let (name, bucket) = (list.name(), list.bucket_of(id));
    // A list that needs no record has an empty one, so that no row is written with a column removed.
    let record = CqlValue::Text(record.unwrap_or_default());
    [
        Write {
            statement: |statements| &statements.put_listing_bucket,
            key_columns: 2,
            partition: ("listing_buckets", name.clone()),
            values: vec![text(&name), CqlValue::BigInt(bucket)],
        },
        Write {
            statement: |statements| &statements.put_listed,
            key_columns: 3,
            partition: ("listings", format!("{name} {bucket}")),
            values: vec![CqlValue::Text(name), CqlValue::BigInt(bucket), CqlValue::Uuid(id), record],
        },
    ]
}

/// Takes `id` off the list.
pub(super) fn remove(list: &List, id: Uuid) -> Write {
    let (name, bucket) = (list.name(), list.bucket_of(id));
    Write {
        statement: |statements| &statements.remove_listed,
        key_columns: 3,
        partition: ("listings", format!("{name} {bucket}")),
        values: vec![CqlValue::Text(name), CqlValue::BigInt(bucket), CqlValue::Uuid(id)],
    }
}

impl Database {
    /// Some of a list, at most `limit`.
    pub(super) async fn list(&self, list: &List, direction: Direction, limit: usize) -> Result<Vec<Listed>, Error> {
        let name = list.name();
        let rows = self.rows::<(i64,)>(&self.statements.buckets, (&name,)).await?;
        let mut buckets: Vec<i64> = rows.into_iter().map(|(bucket,)| bucket).collect();
        match direction {
            Direction::Forward(after) => {
                let first = after.map_or(i64::MIN, |after| list.bucket_of(after));
                buckets.retain(|bucket| *bucket >= first);
            }
            Direction::Backward(before) => {
                let last = before.map_or(i64::MAX, |before| list.bucket_of(before));
                buckets.retain(|bucket| *bucket <= last);
                buckets.reverse();
            }
        }
        let mut found = Vec::new();
        for bucket in buckets {
            let left = limit - found.len();
            if left == 0 {
                break;
            }
            found.extend(self.list_bucket(&name, bucket, direction, left).await?);
        }
        Ok(found)
    }

    async fn list_bucket(
        &self,
        name: &str,
        bucket: i64,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Listed>, Error> {
        let (statements, limit) = (&self.statements, i32::try_from(limit).unwrap_or(i32::MAX));
        let rows: Vec<(Uuid, Option<String>)> = match direction {
            Direction::Forward(Some(id)) => self.rows(&statements.listed_after, (name, bucket, id, limit)).await?,
            Direction::Forward(None) => self.rows(&statements.listed, (name, bucket, limit)).await?,
            Direction::Backward(Some(id)) => self.rows(&statements.listed_before, (name, bucket, id, limit)).await?,
            Direction::Backward(None) => self.rows(&statements.listed_last, (name, bucket, limit)).await?,
        };
        Ok(rows.into_iter().map(|(id, record)| Listed { id, record }).collect())
    }
}
