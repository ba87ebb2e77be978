//! Both storage ports in memory: the same meaning as a durable backend, without the durability. A double for tests.
//!
//! Every operation lets other tasks run once, as a real store would, so that use cases interleave at each call of a port even on
//! a runtime of one thread, and what they forget to guard shows.

mod contents;
mod records;
mod writers;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use navette_router::audit::Act;
use navette_router::entry::Entry;
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, Delivery, DeliveryId, EntryId, Event, EventId, Folder, FolderId, Mail,
    MailId, Notification, NotificationId, OrganizationKey, Owner, Place, Purge, Statistic, SubscriptionId, Timestamp,
};
use navette_router::ports::{self, Error, ErrorKind, InboxPage, InboxQuery, Located, Subject, Wanted};
use navette_router::referential::Referential;
use parking_lot::{Mutex, RwLock};
use tokio::task::yield_now;
use uuid::Uuid;

pub use contents::{Held, Reader, Upload};
pub use writers::Writer;

use contents::Contents;
use records::Records;
use writers::Writers;

/// A store and a place for attachments, in memory. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: RwLock<State>,
    writers: Writers,
    contents: Arc<Contents>,
    refusal: Mutex<Option<ErrorKind>>,
    conflicts: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    journal: Vec<Entry>,
    records: Records,
}

impl State {
    fn apply(&mut self, entry: &Entry) {
        let Ok(()) = navette_router::view::apply(entry, &mut self.records);
    }

    fn append(&mut self, entry: Entry) {
        self.apply(&entry);
        self.journal.push(entry);
    }
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one in which attachments, uploads in progress included, take at most `room_bytes` bytes.
    pub fn with_room(room_bytes: u64) -> Self {
        let contents = Arc::new(Contents::with_room(room_bytes));
        Self { shared: Arc::new(Shared { contents, ..Shared::default() }) }
    }

    /// One whose view is what `entries` amount to. The bytes of their attachments are not there, unless they are in the entries.
    pub fn replayed(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self::opened(entries, Arc::default())
    }

    /// What a start after a crash finds: the view, made anew from the journal, and the attachments that this names; those that
    /// nobody told the journal of are freed. The one it was made from must not be used any more.
    pub fn reopened(&self) -> Self {
        let reopened = Self::opened(self.journal(), Arc::clone(&self.shared.contents));
        let live: HashSet<Place> = reopened.shared.state.read().records.places().cloned().collect();
        reopened.shared.contents.keep_only(&live);
        reopened
    }

    fn opened(entries: impl IntoIterator<Item = Entry>, contents: Arc<Contents>) -> Self {
        let mut state = State::default();
        entries.into_iter().for_each(|entry| state.append(entry));
        Self { shared: Arc::new(Shared { state: RwLock::new(state), contents, ..Shared::default() }) }
    }

    /// Every entry committed so far, in order.
    pub fn journal(&self) -> Vec<Entry> {
        self.shared.state.read().journal.clone()
    }

    /// Applies the last `entries` of the journal, or all of it, once more to the view as it is; nothing may have changed afterwards.
    pub fn replay_again(&self, entries: usize) {
        let mut state = self.shared.state.write();
        let first = state.journal.len().saturating_sub(entries);
        for entry in state.journal.split_off(first) {
            state.append(entry);
        }
    }

    /// From now on commits are refused in this way, before anything is written; none: they succeed again.
    pub fn refuse_commits(&self, kind: Option<ErrorKind>) {
        *self.shared.refusal.lock() = kind;
    }

    /// The next so many commits find that somebody else decided first, as if another gateway did.
    pub fn conflict_commits(&self, conflicts: usize) {
        self.shared.conflicts.store(conflicts, Ordering::Relaxed);
    }

    /// What attachments take now.
    pub fn held(&self) -> Held {
        self.shared.contents.held()
    }

    async fn look<T>(&self, look: impl FnOnce(&Records) -> T) -> Result<T, Error> {
        yield_now().await;
        Ok(look(&self.shared.state.read().records))
    }
}

impl ports::Store for Memory {
    type Writer = Writer;

    async fn writer(&self, subject: Subject) -> Result<Writer, Error> {
        yield_now().await;
        Ok(self.shared.writers.lock(subject).await)
    }

    async fn commit(&self, writer: Writer, entry: Entry) -> Result<(), Error> {
        // Dropped here, nothing happened; dropped at the other one, all of it did.
        yield_now().await;
        if let Some(kind) = *self.shared.refusal.lock() {
            return Err(kind.into());
        }
        let one_less = |conflicts: usize| conflicts.checked_sub(1);
        if self.shared.conflicts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
            return Err(ErrorKind::Conflict.into());
        }
        self.shared.state.write().append(entry);
        drop(writer);
        yield_now().await;
        Ok(())
    }

    async fn folder(&self, id: FolderId) -> Result<Option<Folder>, Error> {
        self.look(|records| records.folder(id).cloned()).await
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, Error> {
        self.look(|records| records.case(id).cloned()).await
    }

    async fn cases(&self, ids: &[CaseId]) -> Result<Vec<Case>, Error> {
        self.look(|records| ids.iter().filter_map(|id| records.case(*id)).cloned().collect()).await
    }

    async fn attachment(&self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Error> {
        self.look(|records| records.attachment(owner, id).cloned()).await
    }

    async fn attachments(&self, owner: Owner) -> Result<Vec<Attachment>, Error> {
        self.look(|records| records.attachments(owner)).await
    }

    async fn event(&self, case: CaseId, id: EventId) -> Result<Option<Event>, Error> {
        self.look(|records| records.event(case, id).cloned()).await
    }

    async fn events(&self, case: CaseId) -> Result<Vec<Event>, Error> {
        self.look(|records| records.events(case)).await
    }

    async fn notification(&self, id: NotificationId) -> Result<Option<Notification>, Error> {
        self.look(|records| records.notification(id).cloned()).await
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, Error> {
        self.look(|records| records.inbox(query)).await
    }

    async fn waiting(&self, folder: FolderId) -> Result<Vec<Notification>, Error> {
        self.look(|records| records.waiting(folder)).await
    }

    async fn folders_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Folder>, Error> {
        self.look(|records| records.folders_after(after, limit)).await
    }

    async fn cases_of(
        &self,
        recipient: &OrganizationKey,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseId>, Error> {
        self.look(|records| records.cases_of(recipient, after, limit)).await
    }

    async fn purges(&self, recipient: Option<&OrganizationKey>, limit: usize) -> Result<Vec<Purge>, Error> {
        self.look(|records| records.purges(recipient, limit)).await
    }

    async fn statistics_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Statistic>, Error> {
        self.look(|records| records.statistics_after(after, limit)).await
    }

    async fn acts(&self, before: Option<EntryId>, limit: usize) -> Result<Vec<Act>, Error> {
        self.look(|records| records.acts(before, limit)).await
    }

    async fn mail(&self, id: MailId) -> Result<Option<Mail>, Error> {
        self.look(|records| records.mail(id).cloned()).await
    }

    async fn mails_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Mail>, Error> {
        self.look(|records| records.mails_due(now, limit)).await
    }

    fn mails_waiting(&self) -> usize {
        self.shared.state.read().records.mails_waiting()
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        self.look(|records| records.delivery(id).cloned()).await
    }

    async fn deliveries(&self, folder: FolderId) -> Result<Vec<Delivery>, Error> {
        self.look(|records| records.deliveries(folder)).await
    }

    async fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.look(|records| records.deliveries_of(recipient, before, limit)).await
    }

    async fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.look(|records| records.deliveries_awaited(subscription, before, limit)).await
    }

    async fn deliveries_due(
        &self,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.look(|records| records.deliveries_due(subscription, until, limit)).await
    }

    async fn locate(&self, id: Uuid) -> Result<Option<Located>, Error> {
        self.look(|records| records.locate(id)).await
    }

    async fn history(&self, wanted: Wanted, limit: usize) -> Result<Vec<Entry>, Error> {
        let mut picked = self.journal();
        picked.retain(|entry| wanted(entry));
        Ok(picked.split_off(picked.len().saturating_sub(limit)))
    }

    fn referential<T>(&self, look: impl FnOnce(&Referential) -> T) -> T {
        look(self.shared.state.read().records.referential())
    }
}

impl ports::Attachments for Memory {
    type Upload = Upload;
    type Reader = Reader;

    async fn upload(&self, _id: AttachmentId, declared_bytes: u64) -> Result<Upload, Error> {
        yield_now().await;
        Contents::upload(&self.shared.contents, declared_bytes)
    }

    fn read(&self, place: &Place, range: Range<u64>) -> Result<Reader, Error> {
        self.shared.contents.read(place, range)
    }

    fn discard(&self, place: &Place) {
        self.shared.contents.discard(place);
    }
}

#[cfg(test)]
mod tests;
