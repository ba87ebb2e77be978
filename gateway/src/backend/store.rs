//! Journal and view, wherever the configuration keeps them.

use navette_router::audit::Act;
use navette_router::entry::Entry;
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, Delivery, DeliveryId, EntryId, Event, EventId, Folder, FolderId, Mail,
    MailId, Notification, NotificationId, OrganizationKey, Owner, Purge, Statistic, SubscriptionId, Timestamp,
};
use navette_router::ports::{self, Error, InboxPage, InboxQuery, Located, Subject, Wanted};
use navette_router::referential::Referential;
#[cfg(feature = "cluster")]
use navette_storage::cluster;
use navette_storage::embedded::store as embedded;
use uuid::Uuid;

/// Where journal and view are kept.
#[derive(Debug)]
pub enum Store {
    /// On this machine.
    Embedded(Box<embedded::Store>),
    /// On servers that several gateways share.
    #[cfg(feature = "cluster")]
    Cluster(Box<cluster::Store>),
}

/// Whose turn it is to decide about a subject.
#[derive(Debug)]
pub enum Writer {
    /// On this machine.
    Embedded(<embedded::Store as ports::Store>::Writer),
    /// On shared servers.
    #[cfg(feature = "cluster")]
    Cluster(Box<cluster::Writer>),
}

impl Store {
    /// That of this machine, if it is kept there.
    pub fn embedded(&self) -> Option<&embedded::Store> {
        match self {
            Self::Embedded(store) => Some(store),
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => None,
        }
    }

    /// How many entries this gateway made durable.
    pub fn entries(&self) -> u64 {
        match self {
            Self::Embedded(store) => store.journal_statistics().map_or(0, |statistics| statistics.entries),
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => store.statistics().commits,
        }
    }

    /// Whether what is to be done about `id`, and by one gateway only, is for this one now.
    #[cfg_attr(not(feature = "cluster"), expect(unused_variables, reason = "a gateway that is alone does everything"))]
    pub fn is_ours(&self, id: Uuid) -> bool {
        match self {
            Self::Embedded(_) => true,
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => store.is_ours(id),
        }
    }

    /// Waits until this gateway is the one that does what only one should do. One that is alone always is.
    pub async fn chores_turn(&self) {
        match self {
            Self::Embedded(_) => {}
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => store.chores_turn().await,
        }
    }

    /// That of shared servers, if it is kept there.
    #[cfg(feature = "cluster")]
    pub fn cluster(&self) -> Option<&cluster::Store> {
        match self {
            Self::Embedded(_) => None,
            Self::Cluster(store) => Some(store),
        }
    }
}

/// Asks whichever there is. What asks servers is large, and the requests of the embedded store should not carry it: so it is boxed.
macro_rules! ask {
    ($store:expr, $one:ident => $question:expr) => {
        match $store {
            Store::Embedded($one) => $question.await,
            #[cfg(feature = "cluster")]
            Store::Cluster($one) => Box::pin($question).await,
        }
    };
}

impl ports::Store for Store {
    type Writer = Writer;

    async fn writer(&self, subject: Subject) -> Result<Writer, Error> {
        match self {
            Self::Embedded(store) => store.writer(subject).await.map(Writer::Embedded),
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => Ok(Writer::Cluster(Box::new(Box::pin(store.writer(subject)).await?))),
        }
    }

    async fn first_writer(&self, folder: FolderId) -> Result<Writer, Error> {
        match self {
            Self::Embedded(store) => store.first_writer(folder).await.map(Writer::Embedded),
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => Ok(Writer::Cluster(Box::new(Box::pin(store.first_writer(folder)).await?))),
        }
    }

    async fn likely_writer(&self, folder: FolderId) -> Option<Writer> {
        match self {
            Self::Embedded(store) => store.likely_writer(folder).await.map(Writer::Embedded),
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => {
                let writer = Box::pin(store.likely_writer(folder)).await?;
                Some(Writer::Cluster(Box::new(writer)))
            }
        }
    }

    fn remembered(&self, folder: FolderId, attachment: AttachmentId) -> Option<(Folder, Attachment)> {
        match self {
            Self::Embedded(store) => store.remembered(folder, attachment),
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => store.remembered(folder, attachment),
        }
    }

    async fn commit(&self, writer: Writer, entry: Entry) -> Result<(), Error> {
        match (self, writer) {
            (Self::Embedded(store), Writer::Embedded(writer)) => store.commit(writer, entry).await,
            #[cfg(feature = "cluster")]
            (Self::Cluster(store), Writer::Cluster(writer)) => Box::pin(store.commit(*writer, entry)).await,
            // There is one store, and it made the writer.
            #[cfg(feature = "cluster")]
            (Self::Embedded(_), Writer::Cluster(_)) | (Self::Cluster(_), Writer::Embedded(_)) => {
                Err(ports::ErrorKind::Unavailable.into())
            }
        }
    }

    async fn folder(&self, id: FolderId) -> Result<Option<Folder>, Error> {
        ask!(self, store => store.folder(id))
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, Error> {
        ask!(self, store => store.case(id))
    }

    async fn cases(&self, ids: &[CaseId]) -> Result<Vec<Case>, Error> {
        ask!(self, store => store.cases(ids))
    }

    async fn attachment(&self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Error> {
        ask!(self, store => store.attachment(owner, id))
    }

    async fn attachments(&self, owner: Owner) -> Result<Vec<Attachment>, Error> {
        ask!(self, store => store.attachments(owner))
    }

    async fn event(&self, case: CaseId, id: EventId) -> Result<Option<Event>, Error> {
        ask!(self, store => store.event(case, id))
    }

    async fn events(&self, case: CaseId) -> Result<Vec<Event>, Error> {
        ask!(self, store => store.events(case))
    }

    async fn notification(&self, id: NotificationId) -> Result<Option<Notification>, Error> {
        ask!(self, store => store.notification(id))
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, Error> {
        ask!(self, store => store.inbox(query))
    }

    async fn waiting(&self, folder: FolderId) -> Result<Vec<Notification>, Error> {
        ask!(self, store => store.waiting(folder))
    }

    async fn folders_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Folder>, Error> {
        ask!(self, store => store.folders_after(after, limit))
    }

    async fn cases_of(
        &self,
        recipient: &OrganizationKey,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseId>, Error> {
        ask!(self, store => store.cases_of(recipient, after, limit))
    }

    async fn purges(&self, recipient: Option<&OrganizationKey>, limit: usize) -> Result<Vec<Purge>, Error> {
        ask!(self, store => store.purges(recipient, limit))
    }

    async fn statistics_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Statistic>, Error> {
        ask!(self, store => store.statistics_after(after, limit))
    }

    async fn acts(&self, before: Option<EntryId>, limit: usize) -> Result<Vec<Act>, Error> {
        ask!(self, store => store.acts(before, limit))
    }

    async fn mail(&self, id: MailId) -> Result<Option<Mail>, Error> {
        ask!(self, store => store.mail(id))
    }

    async fn mails_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Mail>, Error> {
        ask!(self, store => store.mails_due(now, limit))
    }

    fn mails_waiting(&self) -> usize {
        match self {
            Self::Embedded(store) => store.mails_waiting(),
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => store.mails_waiting(),
        }
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        ask!(self, store => store.delivery(id))
    }

    async fn deliveries(&self, folder: FolderId) -> Result<Vec<Delivery>, Error> {
        ask!(self, store => store.deliveries(folder))
    }

    async fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        ask!(self, store => store.deliveries_of(recipient, before, limit))
    }

    async fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        ask!(self, store => store.deliveries_awaited(subscription, before, limit))
    }

    async fn deliveries_due(
        &self,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        ask!(self, store => store.deliveries_due(subscription, until, limit))
    }

    async fn locate(&self, id: Uuid) -> Result<Option<Located>, Error> {
        ask!(self, store => store.locate(id))
    }

    async fn history(&self, wanted: Wanted, limit: usize) -> Result<Vec<Entry>, Error> {
        ask!(self, store => store.history(wanted, limit))
    }

    fn referential<T>(&self, look: impl FnOnce(&Referential) -> T) -> T {
        match self {
            Self::Embedded(store) => store.referential(look),
            #[cfg(feature = "cluster")]
            Self::Cluster(store) => store.referential(look),
        }
    }
}
