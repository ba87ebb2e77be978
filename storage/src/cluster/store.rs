//! The store port: decision, journal and view put together.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use navette_router::audit::Act;
use navette_router::entry::Entry;
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, Delivery, DeliveryId, EntryId, Event, EventId, Folder, FolderId, Mail,
    MailId, Notification, NotificationId, OrganizationKey, Owner, Purge, Statistic, SubscriptionId, Timestamp,
};
use navette_router::ports::{self, InboxPage, InboxQuery, Located, Subject, Wanted};
use navette_router::referential::Referential;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::commit::Writer;
use super::consumer::CHORES_PARTITION;
use super::error::Error;
use super::history;
use super::listings::{Direction, List, Listed};
use super::lookups;
use super::poison::Poison;
use super::rows::{self, Columns, Key, Kind, owner_uuid};
use super::shared::{Shared, Statistics};
use super::watch::{self, Server};

/// How often the mails that wait are counted again, for what other gateways did.
const COUNT_INTERVAL: Duration = Duration::from_secs(30);
/// More records of one kind than this are read with all others of their folder.
const RECORDS_BY_NAME_MAX: usize = 100;
/// Records that are asked for at once.
const READS_AT_ONCE: usize = 16;

/// The journal and the view of it, on servers that several gateways share.
#[derive(Debug)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
    poison: Arc<Poison>,
    /// What runs as long as this does.
    tasks: Vec<AbortHandle>,
    /// Whose turn it is to read the journal.
    reading: Arc<Mutex<()>>,
}

impl Store {
    pub(super) fn new(shared: Arc<Shared>, poison: Arc<Poison>, mut tasks: Vec<AbortHandle>) -> Self {
        tasks.push(tokio::spawn(count_mails(Arc::clone(&shared))).abort_handle());
        tasks.push(tokio::spawn(watch::look(Arc::clone(&shared))).abort_handle());
        Self { shared, poison, tasks, reading: Arc::default() }
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        let (counters, journal) = (&self.shared.counters, &self.shared.journal);
        let view = self.shared.database.metrics();
        Statistics {
            commits: counters.commits.load(Ordering::Relaxed),
            conflicts: counters.conflicts.load(Ordering::Relaxed),
            settled: counters.settled.load(Ordering::Relaxed),
            taken_over: counters.taken_over.load(Ordering::Relaxed),
            set_aside: self.poison.count(),
            journal_waiting: journal.waiting(),
            journal_waiting_bytes: journal.told.waiting_bytes.load(Ordering::Relaxed),
            journal_round_trip_microseconds: journal.told.round_trip_microseconds.load(Ordering::Relaxed),
            commits_in_flight: self.shared.options.commits_max.saturating_sub(self.shared.commits.available_permits()),
            refused: counters.refused.load(Ordering::Relaxed),
            view_requests: view.get_requests_unpaged_num() + view.get_requests_automatically_paged_num(),
            view_errors: view.get_errors_unpaged_num() + view.get_errors_automatically_paged_num(),
            view_retries: view.get_retries_num(),
            view_latency_milliseconds: view.get_latency_percentile_ms(99.0).unwrap_or_default(),
        }
    }

    /// Whether these servers were reached some seconds ago; otherwise why not, for an operator.
    ///
    /// # Errors
    /// The reason.
    pub fn reaches(&self, server: Server) -> Result<(), String> {
        self.shared.reached.last(server)
    }

    /// Waits until this gateway is the one that does what only one should do: it reads the first partition of the journal. When it
    /// dies, or does not answer for `session_timeout`, another one is. One that was stopped and wakes up may hold itself for it for a
    /// moment longer: so whatever is done must be decided like everything else.
    pub async fn chores_turn(&self) {
        // Nobody can close it while this is here.
        self.shared.assigned.subscribe().wait_for(|assigned| assigned.contains(&CHORES_PARTITION)).await.ok();
    }

    /// Whether what is to be done about `id`, and by one gateway only, is for this one: the gateways share such things as they share the
    /// partitions of the journal. What was said of [`chores_turn`](Self::chores_turn) goes for this as well.
    pub fn is_ours(&self, id: Uuid) -> bool {
        let partitions = u128::from(self.shared.options.kafka.journal_partitions.max(1));
        // The last bits of an identifier are random.
        let partition = i32::try_from(id.as_u128() % partitions).unwrap_or_default();
        self.shared.assigned.borrow().contains(&partition)
    }

    /// Has all gateways agree on something that must be the same for all: what was said first holds, and is given.
    ///
    /// # Errors
    /// When the view's servers do not answer.
    pub async fn agree(&self, on: &str, value: &str) -> Result<String, ports::Error> {
        Ok(self.shared.database.agree(on, value).await?)
    }

    /// Applies the last `entries` that the journal holds once more, in their order: to make sure of a view. They are all held in memory
    /// meanwhile.
    pub async fn apply_again(&self, entries: usize) -> Result<(), ports::Error> {
        for decided in self.read_journal(Box::new(|_| true), entries).await? {
            self.shared.apply(&decided).await?;
        }
        Ok(())
    }

    /// From now on commits end behind this step, as if the gateway died there.
    #[cfg(test)]
    pub(super) fn die_behind(&self, step: Option<super::steps::Step>) {
        *self.shared.dies_behind.lock() = step;
    }

    async fn read_journal(&self, wanted: Wanted, limit: usize) -> Result<Vec<super::envelope::Decided>, Error> {
        // One at a time: it reads all there is, and nobody else should feel it.
        let turn = Arc::clone(&self.reading).lock_owned().await;
        let shared = Arc::clone(&self.shared);
        let read = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            history::read(&shared.options, |decided| wanted(&decided.entry), limit)
        });
        read.await?
    }

    /// The record of this key in its folder.
    async fn record<T: DeserializeOwned>(&self, folder: FolderId, key: Key) -> Result<Option<T>, Error> {
        let (database, reading) = (&self.shared.database, self.shared.turns.reading(folder));
        let row = match reading.known(&key) {
            Some(row) => row,
            None => {
                let values = (folder.as_uuid(), key.kind.word(), key.owner, key.id);
                let columns = database.row::<Columns>(&database.statements.record, values).await?;
                columns.and_then(rows::of_columns).map(|(key, row)| {
                    reading.found(key, &row);
                    row
                })
            }
        };
        Ok(row.and_then(|row| row.record).map(|record| serde_json::from_str(&record)).transpose()?)
    }

    /// All records of one kind and owner, in the order of their identifiers.
    async fn records_of<T: DeserializeOwned>(
        &self,
        folder: FolderId,
        kind: Kind,
        owner: Uuid,
    ) -> Result<Vec<T>, Error> {
        let (database, reading) = (&self.shared.database, self.shared.turns.reading(folder));
        if let Some(rows) = reading.known_of(kind, owner) {
            let records = rows.into_iter().filter_map(|row| row.record);
            return Ok(records.map(|record| serde_json::from_str(&record)).collect::<Result<_, _>>()?);
        }
        let values = (folder.as_uuid(), kind.word(), owner);
        let columns: Vec<Columns> = database.rows(&database.statements.records_of, values).await?;
        let records = columns.into_iter().filter_map(rows::of_columns).filter_map(|(key, row)| {
            reading.found(key, &row);
            row.record
        });
        Ok(records.map(|record| serde_json::from_str(&record)).collect::<Result<_, _>>()?)
    }

    /// In which folder something of this kind is.
    async fn folder_of(&self, kind: Kind, id: Uuid) -> Result<Option<lookups::Found>, Error> {
        let found = self.shared.lookups.find(&self.shared.database, id).await?;
        Ok(found.filter(|found| found.key.kind == kind))
    }

    async fn folder_of_owner(&self, owner: Owner) -> Result<Option<FolderId>, Error> {
        match owner {
            Owner::Folder(folder) => Ok(Some(folder)),
            Owner::Event(event) => Ok(self.folder_of(Kind::Event, *event.as_uuid()).await?.map(|found| found.folder)),
        }
    }

    async fn latest_deliveries(
        &self,
        list: &List,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, ports::Error> {
        let before = before.map(|before| *before.as_uuid());
        let listed = self.shared.database.list(list, Direction::Backward(before), limit).await?;
        let read = |listed: Listed| self.found::<Delivery>(Kind::Delivery, listed.id);
        let read: Vec<_> = stream::iter(listed.into_iter().map(read)).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn found<T: DeserializeOwned>(&self, kind: Kind, id: Uuid) -> Result<Option<T>, Error> {
        let Some(found) = self.folder_of(kind, id).await? else { return Ok(None) };
        self.record(found.folder, found.key).await
    }

    /// Cases, most of which are probably in one folder.
    async fn read_cases(&self, ids: &[CaseId]) -> Result<Vec<Case>, Error> {
        let mut together = std::collections::HashMap::new();
        if ids.len() > RECORDS_BY_NAME_MAX
            && let Some(first) = ids.first()
            && let Some(found) = self.folder_of(Kind::Case, *first.as_uuid()).await?
        {
            let cases: Vec<Case> = self.records_of(found.folder, Kind::Case, found.key.owner).await?;
            together.extend(cases.into_iter().map(|case| (case.id, case)));
        }
        let read = |id: &CaseId| {
            let (id, known) = (*id, together.remove(id));
            async move {
                match known {
                    Some(case) => Ok(Some(case)),
                    None => self.found::<Case>(Kind::Case, *id.as_uuid()).await,
                }
            }
        };
        let cases: Vec<Option<Case>> = stream::iter(ids.iter().map(read)).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(cases.into_iter().flatten().collect())
    }

    async fn list<T: DeserializeOwned>(&self, list: List, direction: Direction, limit: usize) -> Result<Vec<T>, Error> {
        let listed = self.shared.database.list(&list, direction, limit).await?;
        let records = listed.into_iter().filter_map(|Listed { record, .. }| record);
        Ok(records.map(|record| serde_json::from_str(&record)).collect::<Result<_, _>>()?)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

async fn count_mails(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(COUNT_INTERVAL);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if let Err(error) = shared.mails.count(&shared.database).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the mails that wait cannot be counted");
        }
    }
}

impl ports::Store for Store {
    type Writer = Writer;

    async fn writer(&self, subject: Subject) -> Result<Writer, ports::Error> {
        Ok(self.shared.writer(subject).await?)
    }

    async fn first_writer(&self, folder: FolderId) -> Result<Writer, ports::Error> {
        Ok(self.shared.first_writer(folder).await)
    }

    async fn likely_writer(&self, folder: FolderId) -> Option<Writer> {
        self.shared.likely_writer(folder).await
    }

    fn remembered(&self, folder: FolderId, attachment: AttachmentId) -> Option<(Folder, Attachment)> {
        let (_, known) = self.shared.heads.likely(folder, self.shared.orders.now())?;
        Some((known.record(&Key::folder(folder))?, known.record(&Key::attachment(Owner::Folder(folder), attachment))?))
    }

    async fn commit(&self, writer: Writer, entry: Entry) -> Result<(), ports::Error> {
        Ok(Shared::commit(&self.shared, writer, entry).await?)
    }

    async fn folder(&self, id: FolderId) -> Result<Option<Folder>, ports::Error> {
        Ok(self.record(id, Key::folder(id)).await?)
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, ports::Error> {
        let Some(found) = self.folder_of(Kind::Case, *id.as_uuid()).await? else { return Ok(None) };
        let read = || self.record(found.folder, found.key);
        if self.shared.turns.is_looked_after(found.folder) {
            return Ok(read().await?);
        }
        // Whoever asked for something and was not answered looks at the case to see whether it happened, and asks again if not: what
        // was decided must not come to light after that.
        let subject = Subject::Folder(found.folder);
        let (head, case) = tokio::try_join!(self.shared.database.head(subject), read())?;
        if !head.is_unsettled() {
            return Ok(case);
        }
        let head = self.shared.heads.as_applied(subject, head, self.shared.orders.now());
        self.shared.settle(subject, head).await?;
        Ok(read().await?)
    }

    async fn cases(&self, ids: &[CaseId]) -> Result<Vec<Case>, ports::Error> {
        Ok(self.read_cases(ids).await?)
    }

    async fn attachment(&self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, ports::Error> {
        let Some(folder) = self.folder_of_owner(owner).await? else { return Ok(None) };
        Ok(self.record(folder, Key::attachment(owner, id)).await?)
    }

    async fn attachments(&self, owner: Owner) -> Result<Vec<Attachment>, ports::Error> {
        let Some(folder) = self.folder_of_owner(owner).await? else { return Ok(Vec::new()) };
        let mut attachments: Vec<Attachment> = self.records_of(folder, Kind::Attachment, owner_uuid(owner)).await?;
        attachments.sort_by_key(|attachment| attachment.rank);
        Ok(attachments)
    }

    async fn event(&self, case: CaseId, id: EventId) -> Result<Option<Event>, ports::Error> {
        let Some(found) = self.folder_of(Kind::Case, *case.as_uuid()).await? else { return Ok(None) };
        Ok(self.record(found.folder, Key::event(case, id)).await?)
    }

    async fn events(&self, case: CaseId) -> Result<Vec<Event>, ports::Error> {
        let Some(found) = self.folder_of(Kind::Case, *case.as_uuid()).await? else { return Ok(Vec::new()) };
        let mut events: Vec<Event> = self.records_of(found.folder, Kind::Event, *case.as_uuid()).await?;
        events.sort_by_key(|event| event.rank);
        Ok(events)
    }

    async fn notification(&self, id: NotificationId) -> Result<Option<Notification>, ports::Error> {
        Ok(self.found(Kind::Notification, *id.as_uuid()).await?)
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, ports::Error> {
        Ok(self.shared.inboxes.page(&self.shared.database, query).await?)
    }

    async fn waiting(&self, folder: FolderId) -> Result<Vec<Notification>, ports::Error> {
        Ok(self.records_of(folder, Kind::Notification, *folder.as_uuid()).await?)
    }

    async fn folders_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Folder>, ports::Error> {
        let after = after.map(|after| *after.as_uuid());
        let listed = self.shared.database.list(&List::Folders, Direction::Forward(after), limit).await?;
        let read = |listed: Listed| {
            let folder = FolderId::from_uuid(listed.id);
            self.record::<Folder>(folder, Key::folder(folder))
        };
        let folders: Vec<_> = stream::iter(listed.into_iter().map(read)).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(folders.into_iter().flatten().collect())
    }

    async fn cases_of(
        &self,
        recipient: &OrganizationKey,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseId>, ports::Error> {
        let (list, after) = (List::CasesOf(recipient.clone()), after.map(|after| *after.as_uuid()));
        let listed = self.shared.database.list(&list, Direction::Forward(after), limit).await?;
        Ok(listed.into_iter().map(|listed| CaseId::from_uuid(listed.id)).collect())
    }

    async fn purges(&self, recipient: Option<&OrganizationKey>, limit: usize) -> Result<Vec<Purge>, ports::Error> {
        Ok(self.shared.database.purges(recipient, limit).await?)
    }

    async fn statistics_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Statistic>, ports::Error> {
        let after = after.map(|after| *after.as_uuid());
        Ok(self.list(List::Statistics, Direction::Forward(after), limit).await?)
    }

    async fn acts(&self, before: Option<EntryId>, limit: usize) -> Result<Vec<Act>, ports::Error> {
        let before = before.map(|before| *before.as_uuid());
        Ok(self.list(List::Acts, Direction::Backward(before), limit).await?)
    }

    async fn mail(&self, id: MailId) -> Result<Option<Mail>, ports::Error> {
        Ok(self.shared.database.mail(id).await?.map(|(mail, _)| mail))
    }

    async fn mails_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Mail>, ports::Error> {
        Ok(self.shared.mails.due(&self.shared.database, now, limit).await?)
    }

    fn mails_waiting(&self) -> usize {
        self.shared.mails.waiting()
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, ports::Error> {
        Ok(self.found(Kind::Delivery, *id.as_uuid()).await?)
    }

    async fn deliveries(&self, folder: FolderId) -> Result<Vec<Delivery>, ports::Error> {
        Ok(self.records_of(folder, Kind::Delivery, *folder.as_uuid()).await?)
    }

    async fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, ports::Error> {
        self.latest_deliveries(&List::DeliveriesOf(recipient.clone()), before, limit).await
    }

    async fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, ports::Error> {
        self.latest_deliveries(&List::Awaited(subscription), before, limit).await
    }

    async fn deliveries_due(
        &self,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, ports::Error> {
        let due = self.shared.deliveries.due(&self.shared, subscription, until, limit).await?;
        let read = |(folder, id)| self.record::<Delivery>(folder, Key::delivery(folder, id));
        let read: Vec<_> = stream::iter(due.into_iter().map(read)).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(read.into_iter().flatten().filter(|row| row.due_at().is_some_and(|due_at| due_at <= until)).collect())
    }

    async fn locate(&self, id: Uuid) -> Result<Option<Located>, ports::Error> {
        let found = lookups::find(&self.shared.database, id).await?;
        Ok(found.and_then(|found| found.located()))
    }

    async fn history(&self, wanted: Wanted, limit: usize) -> Result<Vec<Entry>, ports::Error> {
        let decided = self.read_journal(wanted, limit).await?;
        Ok(decided.into_iter().map(|decided| decided.entry).collect())
    }

    fn referential<T>(&self, look: impl FnOnce(&Referential) -> T) -> T {
        self.shared.referential.look(look)
    }
}
