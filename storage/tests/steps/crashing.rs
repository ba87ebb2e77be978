//! A store that has the process killed at one of its commits.

use std::sync::atomic::{AtomicUsize, Ordering};

use navette_router::audit::Act;
use navette_router::entry::Entry;
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, Delivery, DeliveryId, EntryId, Event, EventId, Folder, FolderId, Mail,
    MailId, Notification, NotificationId, OrganizationKey, Owner, Purge, Statistic, SubscriptionId, Timestamp,
};
use navette_router::ports::{Error, InboxPage, InboxQuery, Located, Store, Subject, Wanted};
use navette_router::referential::Referential;
use rustix::process::{Signal, getpid, kill_process};
use uuid::Uuid;

/// When the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instant {
    /// Before the entry is written.
    Before,
    /// When it is durable, applied, and nobody was told.
    After,
}

/// A store that counts its commits, and dies at one of them.
pub(crate) struct Crashing<S> {
    pub(crate) inner: S,
    pub(crate) commits: AtomicUsize,
    pub(crate) at: Option<(usize, Instant)>,
}

impl<S> Crashing<S> {
    fn dies(&self, commit: usize, instant: Instant) {
        if self.at == Some((commit, instant)) {
            kill_process(getpid(), Signal::KILL).expect("a process may kill itself");
        }
    }
}

impl<S: Store> Store for Crashing<S> {
    type Writer = S::Writer;

    async fn writer(&self, subject: Subject) -> Result<Self::Writer, Error> {
        self.inner.writer(subject).await
    }

    async fn commit(&self, writer: Self::Writer, entry: Entry) -> Result<(), Error> {
        let commit = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        self.dies(commit, Instant::Before);
        let done = self.inner.commit(writer, entry).await;
        self.dies(commit, Instant::After);
        done
    }

    async fn folder(&self, id: FolderId) -> Result<Option<Folder>, Error> {
        self.inner.folder(id).await
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, Error> {
        self.inner.case(id).await
    }

    async fn cases(&self, ids: &[CaseId]) -> Result<Vec<Case>, Error> {
        self.inner.cases(ids).await
    }

    async fn attachment(&self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Error> {
        self.inner.attachment(owner, id).await
    }

    async fn attachments(&self, owner: Owner) -> Result<Vec<Attachment>, Error> {
        self.inner.attachments(owner).await
    }

    async fn event(&self, case: CaseId, id: EventId) -> Result<Option<Event>, Error> {
        self.inner.event(case, id).await
    }

    async fn events(&self, case: CaseId) -> Result<Vec<Event>, Error> {
        self.inner.events(case).await
    }

    async fn notification(&self, id: NotificationId) -> Result<Option<Notification>, Error> {
        self.inner.notification(id).await
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, Error> {
        self.inner.inbox(query).await
    }

    async fn waiting(&self, folder: FolderId) -> Result<Vec<Notification>, Error> {
        self.inner.waiting(folder).await
    }

    async fn folders_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Folder>, Error> {
        self.inner.folders_after(after, limit).await
    }

    async fn cases_of(
        &self,
        recipient: &OrganizationKey,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseId>, Error> {
        self.inner.cases_of(recipient, after, limit).await
    }

    async fn purges(&self, recipient: Option<&OrganizationKey>, limit: usize) -> Result<Vec<Purge>, Error> {
        self.inner.purges(recipient, limit).await
    }

    async fn statistics_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Statistic>, Error> {
        self.inner.statistics_after(after, limit).await
    }

    async fn acts(&self, before: Option<EntryId>, limit: usize) -> Result<Vec<Act>, Error> {
        self.inner.acts(before, limit).await
    }

    async fn mail(&self, id: MailId) -> Result<Option<Mail>, Error> {
        self.inner.mail(id).await
    }

    async fn mails_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Mail>, Error> {
        self.inner.mails_due(now, limit).await
    }

    fn mails_waiting(&self) -> usize {
        self.inner.mails_waiting()
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        self.inner.delivery(id).await
    }

    async fn deliveries(&self, folder: FolderId) -> Result<Vec<Delivery>, Error> {
        self.inner.deliveries(folder).await
    }

    async fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.inner.deliveries_of(recipient, before, limit).await
    }

    async fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.inner.deliveries_awaited(subscription, before, limit).await
    }

    async fn deliveries_due(
        &self,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.inner.deliveries_due(subscription, until, limit).await
    }

    async fn locate(&self, id: Uuid) -> Result<Option<Located>, Error> {
        self.inner.locate(id).await
    }

    async fn history(&self, wanted: Wanted, limit: usize) -> Result<Vec<Entry>, Error> {
        self.inner.history(wanted, limit).await
    }

    fn referential<T>(&self, look: impl FnOnce(&Referential) -> T) -> T {
        self.inner.referential(look)
    }
}
