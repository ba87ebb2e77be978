//! When deliveries are due at which endpoint. An hour of an endpoint is a partition, and those that are gone are not walked over again
//! and again: each endpoint is read forward from where the oldest was found.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use navette_router::model::{Delivery, DeliveryId, FolderId, SubscriptionId, Timestamp};
use parking_lot::Mutex;
use scylla::value::CqlValue;
use uuid::Uuid;

use super::database::Write;
use super::error::Error;
use super::shared::Shared;

const HOUR_MILLISECONDS: i64 = 60 * 60 * 1_000;
/// A delivery may be called for at a time so long ago, by a clock that is behind.
const MARGIN_MILLISECONDS: i64 = 10 * 60 * 1_000;
/// After so long an endpoint is read from its beginning, for what came later still.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);
/// An hour in which nothing is left is forgotten after so many hours: longer than a decision is remembered, so that none is finished
/// then that would put something there.
const HOURS_KEPT: i64 = 8 * 24;

fn hour_of(due_at: Timestamp) -> i64 {
    due_at.milliseconds().div_euclid(HOUR_MILLISECONDS)
}

fn partition(subscription: SubscriptionId, hour: i64) -> (&'static str, String) {
    ("deliveries_due", format!("{subscription} {hour}"))
}

fn due(delivery: &Delivery, due_at: Timestamp) -> Vec<CqlValue> {
    vec![
        CqlValue::Uuid(*delivery.subscription.as_uuid()),
        CqlValue::BigInt(hour_of(due_at)),
        CqlValue::BigInt(due_at.milliseconds()),
        CqlValue::Uuid(*delivery.id.as_uuid()),
    ]
}

/// Says when a delivery is due.
pub(super) fn put_due(delivery: &Delivery, due_at: Timestamp) -> [Write; 2] {
    let (subscription, hour) = (delivery.subscription, hour_of(due_at));
    let mut values = due(delivery, due_at);
    values.push(CqlValue::Uuid(*delivery.folder.as_uuid()));
    [
        Write {
            statement: |statements| &statements.put_deliveries_hour,
            key_columns: 2,
            partition: ("deliveries_hours", subscription.to_string()),
            values: vec![CqlValue::Uuid(*subscription.as_uuid()), CqlValue::BigInt(hour)],
        },
        Write {
            statement: |statements| &statements.put_delivery_due,
            key_columns: 4,
            partition: partition(subscription, hour),
            values,
        },
    ]
}

/// Says that a delivery is not due then.
pub(super) fn remove_due(delivery: &Delivery, due_at: Timestamp) -> Write {
    Write {
        statement: |statements| &statements.remove_delivery_due,
        key_columns: 4,
        partition: partition(delivery.subscription, hour_of(due_at)),
        values: due(delivery, due_at),
    }
}

/// Nothing is due before this, in milliseconds, and since when that is remembered.
#[derive(Debug, Clone, Copy)]
struct Head {
    earliest: i64,
    since: Instant,
}

/// What memory knows of the endpoints, one small record for each that was asked for.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    heads: Mutex<HashMap<SubscriptionId, Head>>,
}

impl Deliveries {
    /// What is due at an endpoint at `until`, the longest due first, at most `limit`.
    pub(super) async fn due(
        &self,
        shared: &Shared,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(FolderId, DeliveryId)>, Error> {
        let head = self.head(subscription);
        let (database, until_milliseconds) = (&shared.database, until.milliseconds());
        let first_hour = hour_of(Timestamp::from_milliseconds(head.earliest));
        let key = (subscription.as_uuid(), first_hour, hour_of(until));
        let hours: Vec<(i64,)> = database.rows(&database.statements.deliveries_hours, key).await?;
        let (mut found, mut earliest, mut empty) = (Vec::new(), None, Vec::new());
        for (hour,) in hours {
            let left = limit.saturating_sub(found.len());
            if left == 0 {
                break;
            }
            let rows_max = i32::try_from(left).unwrap_or(i32::MAX);
            let key = (subscription.as_uuid(), hour, head.earliest, until_milliseconds, rows_max);
            let rows: Vec<(i64, Uuid, Uuid)> = database.rows(&database.statements.deliveries_due, key).await?;
            earliest = earliest.or_else(|| rows.first().map(|(due, _, _)| *due));
            if rows.is_empty() {
                empty.push(hour);
            }
            found.extend(
                rows.into_iter().map(|(_, id, folder)| (FolderId::from_uuid(folder), DeliveryId::from_uuid(id))),
            );
        }
        // What memory knows may not reach beyond the present, whatever was asked for.
        let now = shared.orders.now() / 1_000;
        let earliest = earliest.unwrap_or(until_milliseconds).min(now.saturating_sub(MARGIN_MILLISECONDS));
        self.heads.lock().insert(subscription, Head { earliest: earliest.max(head.earliest), ..head });
        // Read from the beginning, an hour without a row is empty.
        if head.earliest == 0 {
            let last_kept = hour_of(Timestamp::from_milliseconds(now)).saturating_sub(HOURS_KEPT);
            empty.retain(|hour| *hour < last_kept);
            forget_hours(shared, subscription, &empty).await?;
        }
        Ok(found)
    }

    fn head(&self, subscription: SubscriptionId) -> Head {
        let known = self.heads.lock().get(&subscription).copied();
        let beginning = || Head { earliest: 0, since: Instant::now() };
        known.filter(|head| head.since.elapsed() < FORGET_AFTER).unwrap_or_else(beginning)
    }
}

async fn forget_hours(shared: &Shared, subscription: SubscriptionId, hours: &[i64]) -> Result<(), Error> {
    let forget = |hour: &i64| Write {
        statement: |statements| &statements.remove_deliveries_hour,
        key_columns: 2,
        partition: ("deliveries_hours", subscription.to_string()),
        values: vec![CqlValue::Uuid(*subscription.as_uuid()), CqlValue::BigInt(*hour)],
    };
    let writes: Vec<Write> = hours.iter().map(forget).collect();
    shared.database.write_all(writes, shared.orders.now()).await
}
