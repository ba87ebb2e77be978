//! The journal and the view of it, as the use cases see them.

use std::future::Future;

use uuid::Uuid;

use super::Error;
use crate::audit::Act;
use crate::entry::Entry;
use crate::model::{
    Attachment, AttachmentId, Case, CaseId, Delivery, DeliveryId, EntryId, Event, EventId, Folder, FolderId, Mail,
    MailId, Notification, NotificationId, OrganizationKey, Owner, ProcessCode, Purge, Statistic, SubscriptionId,
    Timestamp,
};
use crate::referential::Referential;

/// What an entry is about; entries about one subject are decided one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A folder, its cases, their events, notifications and deliveries.
    Folder(FolderId),
    /// Organizations, processes, subscriptions and credentials.
    Referential,
    /// E-mails that wait.
    Mails,
}

/// Where notifications wait: one inbox for each organization and process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inbox {
    /// Whose it is.
    pub recipient: OrganizationKey,
    /// Of which process.
    pub process: ProcessCode,
}

/// What of the inboxes is asked for.
#[derive(Debug, Clone)]
pub struct InboxQuery {
    /// Whose; none: everybody's.
    pub recipient: Option<OrganizationKey>,
    /// Of which processes; empty: of all.
    pub processes: Vec<ProcessCode>,
    /// Which processes come first.
    pub priority: Vec<ProcessCode>,
    /// How many to pass over.
    pub offset: usize,
    /// How many at most.
    pub limit: usize,
}

/// A page of what waits.
#[derive(Debug, Clone, Default)]
pub struct InboxPage {
    /// Prioritized processes first, then oldest first.
    pub notifications: Vec<Notification>,
    /// How many wait in all.
    pub total: u64,
}

/// Where something belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Located {
    /// An attachment, to its folder or event.
    Attachment(Owner),
    /// An event, to its case.
    Event(CaseId),
}

/// Picks entries of the journal.
pub type Wanted = Box<dyn Fn(&Entry) -> bool + Send>;

/// The journal and the view of it.
///
/// A use case goes: take the [`writer`](Self::writer) of its subject, read, decide, [`commit`](Self::commit). What was committed
/// is durable, and seen by every later read. Reads without a writer see some moment between two commits.
pub trait Store: Send + Sync + 'static {
    /// The exclusive right to decide on a subject; given back when dropped.
    type Writer: Send + 'static;

    /// Waits for the right to decide on `subject`.
    fn writer(&self, subject: Subject) -> impl Future<Output = Result<Self::Writer, Error>> + Send;

    /// The right to decide on a folder that is yet to be made, whose identifier nobody else knows.
    fn first_writer(&self, folder: FolderId) -> impl Future<Output = Result<Self::Writer, Error>> + Send {
        self.writer(Subject::Folder(folder))
    }

    /// The right to decide on a folder upon what this process remembers of it: what others changed since is not seen, and a commit is
    /// then refused as a [`Conflict`](super::ErrorKind::Conflict). None when nothing is remembered, as in a store that nobody else
    /// writes to, where asking costs nothing.
    fn likely_writer(&self, folder: FolderId) -> impl Future<Output = Option<Self::Writer>> + Send {
        let _ = folder;
        std::future::ready(None)
    }

    /// A folder and one of its attachments as this process remembers them, which others may have changed since. None as for
    /// [`likely_writer`](Self::likely_writer).
    fn remembered(&self, folder: FolderId, attachment: AttachmentId) -> Option<(Folder, Attachment)> {
        let _ = (folder, attachment);
        None
    }

    /// Makes `entry` durable, applies it to the view, and gives the writer back. Once begun it happens whole or not at all, even
    /// if nobody waits for the answer. [`Conflict`](super::ErrorKind::Conflict) means: decide again.
    fn commit(&self, writer: Self::Writer, entry: Entry) -> impl Future<Output = Result<(), Error>> + Send;

    /// A folder.
    fn folder(&self, id: FolderId) -> impl Future<Output = Result<Option<Folder>, Error>> + Send;

    /// A case.
    fn case(&self, id: CaseId) -> impl Future<Output = Result<Option<Case>, Error>> + Send;

    /// Several cases, in the order asked; those that are gone are left out.
    fn cases(&self, ids: &[CaseId]) -> impl Future<Output = Result<Vec<Case>, Error>> + Send;

    /// One attachment.
    fn attachment(
        &self,
        owner: Owner,
        id: AttachmentId,
    ) -> impl Future<Output = Result<Option<Attachment>, Error>> + Send;

    /// All attachments of a folder or of an event, in the order they were announced.
    fn attachments(&self, owner: Owner) -> impl Future<Output = Result<Vec<Attachment>, Error>> + Send;

    /// One event.
    fn event(&self, case: CaseId, id: EventId) -> impl Future<Output = Result<Option<Event>, Error>> + Send;

    /// All events of a case, oldest first.
    fn events(&self, case: CaseId) -> impl Future<Output = Result<Vec<Event>, Error>> + Send;

    /// One notification that still waits.
    fn notification(&self, id: NotificationId) -> impl Future<Output = Result<Option<Notification>, Error>> + Send;

    /// A page of what waits. When nothing waits, nothing but memory is touched.
    fn inbox(&self, query: &InboxQuery) -> impl Future<Output = Result<InboxPage, Error>> + Send;

    /// The notifications about a folder that still wait.
    fn waiting(&self, folder: FolderId) -> impl Future<Output = Result<Vec<Notification>, Error>> + Send;

    /// Some of the folders, in the order of their identifiers: those after `after`, at most `limit`.
    fn folders_after(
        &self,
        after: Option<FolderId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Folder>, Error>> + Send;

    /// Some of the cases of a recipient, in the order of their identifiers: those after `after`, at most `limit`.
    fn cases_of(
        &self,
        recipient: &OrganizationKey,
        after: Option<CaseId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<CaseId>, Error>> + Send;

    /// Copies that portals are to delete, of one recipient or of all, at most `limit`.
    fn purges(
        &self,
        recipient: Option<&OrganizationKey>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Purge>, Error>> + Send;

    /// What is kept of deleted folders, in the order of their identifiers: those after `after`, at most `limit`.
    fn statistics_after(
        &self,
        after: Option<FolderId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Statistic>, Error>> + Send;

    /// What administrators did, the latest first: those before `before`, at most `limit`.
    fn acts(&self, before: Option<EntryId>, limit: usize) -> impl Future<Output = Result<Vec<Act>, Error>> + Send;

    /// An e-mail that waits.
    fn mail(&self, id: MailId) -> impl Future<Output = Result<Option<Mail>, Error>> + Send;

    /// E-mails whose time has come at `now`, the longest due first, at most `limit`.
    fn mails_due(&self, now: Timestamp, limit: usize) -> impl Future<Output = Result<Vec<Mail>, Error>> + Send;

    /// How many e-mails wait; nothing but memory is touched.
    fn mails_waiting(&self) -> usize;

    /// A delivery.
    fn delivery(&self, id: DeliveryId) -> impl Future<Output = Result<Option<Delivery>, Error>> + Send;

    /// The deliveries of a folder, in the order of their identifiers.
    fn deliveries(&self, folder: FolderId) -> impl Future<Output = Result<Vec<Delivery>, Error>> + Send;

    /// Some of the deliveries to a recipient, the latest first: those before `before`, at most `limit`.
    fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Delivery>, Error>> + Send;

    /// Some of the deliveries to the endpoint of a subscription of which something may come back, the latest first: those before
    /// `before`, at most `limit`.
    fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Delivery>, Error>> + Send;

    /// Deliveries to the endpoint of a subscription that are due at `until`, the longest due first, at most `limit`. One that was put
    /// a moment ago through another process may be found a moment later.
    fn deliveries_due(
        &self,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Delivery>, Error>> + Send;

    /// Where an attachment or an event of this identifier belongs; an identifier alone does not say it.
    fn locate(&self, id: Uuid) -> impl Future<Output = Result<Option<Located>, Error>> + Send;

    /// The entries that the journal still holds and `wanted` picks, oldest first, the last `limit` of them. Slow: the whole journal
    /// is read.
    fn history(&self, wanted: Wanted, limit: usize) -> impl Future<Output = Result<Vec<Entry>, Error>> + Send;

    /// Looks into the referential.
    fn referential<T>(&self, look: impl FnOnce(&Referential) -> T) -> T;
}
