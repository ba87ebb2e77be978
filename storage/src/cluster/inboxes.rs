//! Reads what waits: from inbox to inbox, from hour to hour, from where something was found last.
//!
//! What was taken out leaves a mark that Cassandra walks over for days. So memory remembers for each part of an inbox where the first
//! row was found, and reading begins there. It stays a margin behind the clock, because an entry of another gateway may still come
//! to its place; one that comes later than that says so in the row of its part, and memory forgets.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use navette_router::model::{Notification, OrganizationKey, ProcessCode};
use navette_router::ports::{Inbox, InboxPage, InboxQuery};
use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::database::{Database, Write};
use super::error::Error;
use super::inbox_rows::{Bucket, MARGIN};
use super::order::{Order, Orders};

/// Parts of inboxes of which something is remembered, about a hundred bytes each.
const REMEMBERED_MAX: usize = 50_000;
/// Inboxes that are read at once.
const INBOXES_AT_ONCE: usize = 16;

/// Where to begin, and the mark of lateness at which that was found.
#[derive(Debug, Clone, Copy)]
struct Head {
    from: Order,
    late: Option<i64>,
}

/// What memory knows of the inboxes.
#[derive(Debug)]
pub(super) struct Inboxes {
    heads: Cache<Bucket, Head>,
    /// Parts of which this gateway has said that something is there.
    announced: Cache<Bucket, ()>,
    orders: Arc<Orders>,
}

/// A row: its place, which orders it among all, and its record.
type Waiting = (i64, i32, Uuid, String);

/// What was read of one inbox.
#[derive(Default)]
struct Read {
    rows: Vec<Waiting>,
    total: u64,
}

impl Inboxes {
    /// Nothing is known yet.
    pub(super) fn new(orders: Arc<Orders>) -> Self {
        Self { heads: Cache::new(REMEMBERED_MAX), announced: Cache::new(REMEMBERED_MAX), orders }
    }

    /// What is to be written so that those who read find the parts into which an entry puts something: with the rest of the entry,
    /// and, when it comes late, behind all of it.
    pub(super) fn announce(&self, buckets: &[Bucket], order: Order, now: Order) -> (Vec<Write>, Vec<Write>) {
        let distinct: BTreeMap<(&Inbox, i64), &Bucket> =
            buckets.iter().map(|bucket| ((&bucket.inbox, bucket.hour), bucket)).collect();
        if is_late(order, now) {
            return (Vec::new(), distinct.into_values().map(|bucket| bucket.put_late(now)).collect());
        }
        let news = distinct.into_values().filter(|bucket| self.announced.get(*bucket).is_none());
        (news.map(Bucket::put).collect(), Vec::new())
    }

    /// It was written that something is in these parts.
    pub(super) fn announced(&self, buckets: Vec<Bucket>) {
        buckets.into_iter().for_each(|bucket| self.announced.insert(bucket, ()));
    }

    /// A page of what waits.
    pub(super) async fn page(&self, database: &Database, query: &InboxQuery) -> Result<InboxPage, Error> {
        let wanted = query.offset.saturating_add(query.limit);
        let (mut first, mut then) = (Vec::new(), Vec::new());
        for (inbox, buckets) in selected(database, query).await? {
            let class = if query.priority.contains(&inbox.process) { &mut first } else { &mut then };
            class.push(buckets);
        }
        let (mut rows, mut total) = (Vec::new(), 0);
        for class in [first, then] {
            let left = wanted - rows.len();
            let read = |buckets| self.read(database, buckets, left);
            let read: Vec<Read> = stream::iter(class).map(read).buffered(INBOXES_AT_ONCE).try_collect().await?;
            let mut of_class = Vec::new();
            for inbox in read {
                total += inbox.total;
                of_class.extend(inbox.rows);
            }
            of_class.sort_unstable();
            of_class.truncate(left);
            rows.extend(of_class);
        }
        let records = rows.into_iter().skip(query.offset);
        let notifications = records.map(|(.., record)| serde_json::from_str::<Notification>(&record));
        Ok(InboxPage { notifications: notifications.collect::<Result<_, _>>()?, total })
    }

    /// The first rows of an inbox, at most so many, and how many there are.
    async fn read(
        &self,
        database: &Database,
        buckets: Vec<(Bucket, Option<i64>)>,
        rows_max: usize,
    ) -> Result<Read, Error> {
        let mut read = Read::default();
        for (bucket, late) in buckets {
            let left = rows_max - read.rows.len();
            let from = self.head(&bucket, late);
            let (recipient, process) = (bucket.inbox.recipient.to_string(), bucket.inbox.process.to_string());
            let mut rows: Vec<Waiting> = Vec::new();
            if left > 0 {
                let limit = i32::try_from(left).unwrap_or(i32::MAX);
                let key = (&recipient, &process, bucket.hour, from, limit);
                rows = database.rows(&database.statements.inbox, key).await?;
                self.remember(database, &bucket, late, rows.first().map(|(position, ..)| *position)).await?;
            }
            // What may go on behind the page is counted by the servers.
            read.total += if rows.len() < left {
                rows.len() as u64
            } else {
                let key = (&recipient, &process, bucket.hour, from);
                let count = database.row::<(i64,)>(&database.statements.inbox_count, key).await?;
                count.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or_default()
            };
            read.rows.extend(rows);
        }
        Ok(read)
    }

    fn head(&self, bucket: &Bucket, late: Option<i64>) -> Order {
        self.heads.get(bucket).filter(|head| head.late == late).map_or(Order::MIN, |head| head.from)
    }

    /// The first row was found at this order, or none was.
    async fn remember(
        &self,
        database: &Database,
        bucket: &Bucket,
        late: Option<i64>,
        first: Option<Order>,
    ) -> Result<(), Error> {
        let settled = self.orders.now().saturating_sub(MARGIN);
        if first.is_none() && bucket.end() < settled.saturating_sub(MARGIN) {
            // At a time that is after what was put there, and before anything that may still come, which will be late.
            let removed_at = bucket.end().saturating_add(MARGIN).max(late.unwrap_or(Order::MIN));
            database.write_together(vec![bucket.remove()], removed_at).await?;
            self.announced.remove(bucket);
        }
        let from = first.unwrap_or_else(|| bucket.end()).min(settled);
        self.heads.insert(bucket.clone(), Head { from, late });
        Ok(())
    }
}

/// Whether readers may have gone past the place of an entry of this order.
const fn is_late(order: Order, now: Order) -> bool {
    now.saturating_sub(order) > MARGIN / 2
}

/// The inboxes of a query in which something may wait, each with its parts, the oldest first.
async fn selected(
    database: &Database,
    query: &InboxQuery,
) -> Result<BTreeMap<Inbox, Vec<(Bucket, Option<i64>)>>, Error> {
    type Columns = (String, String, i64, Option<i64>);
    let rows: Vec<Columns> = match &query.recipient {
        Some(recipient) => database.rows(&database.statements.inboxes, (recipient.to_string(),)).await?,
        None => database.rows(&database.statements.inboxes_all, ()).await?,
    };
    let mut selected: BTreeMap<Inbox, Vec<(Bucket, Option<i64>)>> = BTreeMap::new();
    for (recipient, process, hour, late) in rows {
        let recipient: OrganizationKey = recipient.parse().map_err(|_| Error::Malformed("organization"))?;
        let process = ProcessCode::new(&process).ok_or(Error::Malformed("process"))?;
        if query.processes.is_empty() || query.processes.contains(&process) {
            let inbox = Inbox { recipient, process };
            selected.entry(inbox.clone()).or_default().push((Bucket { inbox, hour }, late));
        }
    }
    selected.values_mut().for_each(|buckets| buckets.sort_unstable_by_key(|(bucket, _)| bucket.hour));
    Ok(selected)
}
