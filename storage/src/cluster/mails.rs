//! E-mails that wait, and when they are due. They are few, bounded by configuration, and come and go: each shard is read forward
//! from where the oldest was found, so that those that are gone are not walked over again and again.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use navette_router::model::{Mail, MailId, Timestamp};
use parking_lot::Mutex;
use scylla::value::CqlValue;
use uuid::Uuid;

use super::database::{Database, Write};
use super::error::Error;

/// Partitions of all mails.
const SHARDS: i32 = 8;
/// A mail may be queued for a time so long ago, by a clock that is behind.
const MARGIN_MILLISECONDS: i64 = 10 * 60 * 1_000;
/// After so long a shard is read from its beginning, for what came later still.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);
/// Mails that are read at once.
const READS_AT_ONCE: usize = 16;

fn shard_of(id: MailId) -> i32 {
    id.as_bytes().last().map_or(0, |byte| i32::from(*byte) % SHARDS)
}

fn due(mail: &Mail) -> Vec<CqlValue> {
    let due_at = CqlValue::BigInt(mail.due_at.milliseconds());
    vec![CqlValue::Int(shard_of(mail.id)), due_at, CqlValue::Uuid(*mail.id.as_uuid())]
}

fn partition(id: MailId) -> (&'static str, String) {
    ("mails_due", shard_of(id).to_string())
}

/// Says when a mail is due.
pub(super) fn put_due(mail: &Mail) -> Write {
    Write {
        statement: |statements| &statements.put_due,
        key_columns: 3,
        partition: partition(mail.id),
        values: due(mail),
    }
}

/// Says that it is not due then.
pub(super) fn remove_due(mail: &Mail) -> Write {
    Write {
        statement: |statements| &statements.remove_due,
        key_columns: 3,
        partition: partition(mail.id),
        values: due(mail),
    }
}

/// Writes a mail.
pub(super) fn put(mail: &Mail) -> Result<Write, Error> {
    let record = CqlValue::Text(serde_json::to_string(mail)?);
    Ok(Write {
        statement: |statements| &statements.put_mail,
        key_columns: 1,
        partition: ("mails", mail.id.to_string()),
        values: vec![CqlValue::Uuid(*mail.id.as_uuid()), record],
    })
}

/// Removes a mail.
pub(super) fn remove(id: MailId) -> Write {
    Write {
        statement: |statements| &statements.remove_mail,
        key_columns: 1,
        partition: ("mails", id.to_string()),
        values: vec![CqlValue::Uuid(*id.as_uuid())],
    }
}

/// What memory knows of the mails.
#[derive(Debug)]
pub(super) struct Mails {
    /// How many wait: counted now and then, and kept up by what this gateway does.
    waiting: AtomicUsize,
    /// Nothing is due before these, in milliseconds.
    heads: [AtomicI64; SHARDS as usize],
    remembered_since: Mutex<Instant>,
}

impl Default for Mails {
    fn default() -> Self {
        Self {
            waiting: AtomicUsize::default(),
            heads: std::array::from_fn(|_| AtomicI64::new(i64::MIN)),
            remembered_since: Mutex::new(Instant::now()),
        }
    }
}

impl Mails {
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// So many more wait.
    pub(super) fn add(&self, more: isize) {
        let add = |waiting: usize| Some(waiting.saturating_add_signed(more));
        // The function never refuses.
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok();
    }

    /// Counts those that wait, for all gateways.
    pub(super) async fn count(&self, database: &Database) -> Result<(), Error> {
        let mut waiting = 0;
        for shard in 0..SHARDS {
            let count = database.row::<(i64,)>(&database.statements.mails_count, (shard,)).await?;
            waiting += count.and_then(|(count,)| usize::try_from(count).ok()).unwrap_or_default();
        }
        self.waiting.store(waiting, Ordering::Relaxed);
        Ok(())
    }

    /// Those whose time has come, the longest due first, at most `limit`.
    pub(super) async fn due(&self, database: &Database, now: Timestamp, limit: usize) -> Result<Vec<Mail>, Error> {
        self.forget_now_and_then();
        let rows_max = i32::try_from(limit).unwrap_or(i32::MAX);
        let now = now.milliseconds();
        let of_shard = |shard| self.due_of(database, shard, now, rows_max);
        let shards = stream::iter(0..SHARDS).map(of_shard).buffered(SHARDS as usize);
        let mut rows: Vec<(i64, Uuid)> = shards.try_collect::<Vec<_>>().await?.into_iter().flatten().collect();
        rows.sort_unstable();
        rows.truncate(limit);
        let read = |(_, id)| async move { database.mail(MailId::from_uuid(id)).await };
        let mails: Vec<_> = stream::iter(rows).map(read).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(mails.into_iter().flatten().map(|(mail, _)| mail).filter(|mail| mail.due_at.milliseconds() <= now).collect())
    }

    async fn due_of(
        &self,
        database: &Database,
        shard: i32,
        now: i64,
        rows_max: i32,
    ) -> Result<Vec<(i64, Uuid)>, Error> {
        let Some(head) = usize::try_from(shard).ok().and_then(|shard| self.heads.get(shard)) else {
            return Ok(Vec::new());
        };
        let key = (shard, head.load(Ordering::Relaxed), now, rows_max);
        let rows: Vec<(i64, Uuid)> = database.rows(&database.statements.mails_due, key).await?;
        let first = rows.first().map_or(now, |(due, _)| *due);
        head.store(first.min(now.saturating_sub(MARGIN_MILLISECONDS)), Ordering::Relaxed);
        Ok(rows)
    }

    fn forget_now_and_then(&self) {
        let mut since = self.remembered_since.lock();
        if since.elapsed() >= FORGET_AFTER {
            *since = Instant::now();
            self.heads.iter().for_each(|head| head.store(i64::MIN, Ordering::Relaxed));
        }
    }
}

impl Database {
    /// All mails that wait, whenever they are due. Memory is not asked and does not learn of it.
    pub(super) async fn mails(&self) -> Result<Vec<Mail>, Error> {
        let mut mails = Vec::new();
        for shard in 0..SHARDS {
            let all = (shard, i64::MIN, i64::MAX, i32::MAX);
            let rows: Vec<(i64, Uuid)> = self.rows(&self.statements.mails_due, all).await?;
            let read = rows.into_iter().map(|(_, id)| self.mail(MailId::from_uuid(id)));
            let found: Vec<_> = stream::iter(read).buffered(READS_AT_ONCE).try_collect().await?;
            mails.extend(found.into_iter().flatten().map(|(mail, _)| mail));
        }
        Ok(mails)
    }
}
