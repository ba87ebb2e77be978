//! The store port: journal, view and writers put together.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use navette_router::audit::Act;
use navette_router::entry::Entry;
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, Delivery, DeliveryId, EntryId, Event, EventId, Folder, FolderId, Mail,
    MailId, Notification, NotificationId, OrganizationKey, Owner, Purge, Statistic, SubscriptionId, Timestamp,
};
use navette_router::ports::{self, ErrorKind, InboxPage, InboxQuery, Located, Subject, Wanted};
use navette_router::referential::Referential;
use tokio::sync::{Mutex, oneshot};
use uuid::Uuid;

use super::applier::{self, Progress, Ticket};
use super::attachments::Remover;
use super::checkpoint::{Checkpoint, Checkpoints};
use super::codec;
use super::journal::{self, Journal, Position};
use super::overlay::Overlay;
use super::space::Space;
use super::view::{self, View};
use crate::writers::{Writer, Writers};

/// How many groups may wait to be applied while the journal goes on.
const GROUPS_WAITING_MAX: usize = 16;
/// How many records a replay gathers before it writes them.
const REPLAY_BATCH_RECORDS: usize = 4_096;

/// How the store is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the view lies.
    pub view_directory: PathBuf,
    /// How the journal is kept.
    pub journal: journal::Options,
    /// How much the view may take.
    pub view: view::Options,
    /// Locks that folders share; more of them, less waiting by chance.
    pub writer_stripes: usize,
    /// How often the view is made durable, so that a restart replays no more than that.
    pub checkpoint_interval: Duration,
    /// Room on the disk that entries leave free for the view and for what was taken already, in bytes; 0: none.
    pub reserve_bytes: u64,
    /// Entries behind the checkpoint that the journal keeps, for those who want to know what happened.
    pub retained_entries: u64,
    /// How long the journal keeps an entry at most: it may hold personal data.
    pub retained_for: Duration,
}

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The journal cannot be opened.
    #[error("the journal cannot be opened")]
    Journal(#[from] journal::Error),
    /// The view cannot be opened.
    #[error("the view cannot be opened")]
    View(#[from] view::Error),
    /// The journal begins after the position that the view has reached: something was deleted by hand.
    #[error(
        "the view ends at entry {applied} and the journal begins at entry {oldest}: entries are missing; restore both from the same backup"
    )]
    Gap {
        /// Where the view ends.
        applied: Position,
        /// Where the journal begins.
        oldest: Position,
    },
    /// The journal ends before the position that the view has reached.
    #[error(
        "the view has applied entry {applied} and the journal ends at entry {last}: the journal is older than the view; restore both from the same backup"
    )]
    Behind {
        /// Where the view ends.
        applied: Position,
        /// Where the journal ends.
        last: Position,
    },
    /// An entry of the journal is not what was written.
    #[error("entry {position} of the journal cannot be read")]
    Entry {
        /// Which one.
        position: Position,
        /// Why.
        #[source]
        source: codec::Error,
    },
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] std::io::Error),
}

/// How a start went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Entries that were replayed.
    pub replayed: u64,
    /// How long opening took.
    pub duration: Duration,
}

/// The journal and the view of it, on one machine.
#[derive(Debug)]
pub struct Store {
    journal: Option<Arc<Journal<Ticket>>>,
    view: View,
    writers: Writers,
    space: Space,
    progress: Arc<Progress>,
    start: Start,
    checkpoints: Option<Checkpoints>,
    remover: Arc<OnceLock<Remover>>,
    /// Whose turn it is to read the journal.
    reading: Arc<Mutex<()>>,
    applier: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens the store: verifies the journal, replays what the view has not applied, loads what lives in memory.
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        let began = Instant::now();
        let recovered = journal::Recovered::open(options.journal.clone())?;
        let view = View::open(&options.view_directory, &options.view)?;
        let applied = view.applied()?;
        let (oldest, last) = (recovered.oldest(), recovered.last());
        if applied > last {
            return Err(OpenError::Behind { applied, last });
        }
        if applied + 1 < oldest {
            return Err(OpenError::Gap { applied, oldest });
        }
        let replayed = replay(&recovered, &view, applied)?;
        view.load()?;

        let progress = Arc::new(Progress::default());
        progress.applied.store(last, Ordering::Release);
        let (groups, waiting) = mpsc::sync_channel(GROUPS_WAITING_MAX);
        let applier = {
            let (view, progress) = (view.clone(), Arc::clone(&progress));
            let run = move || applier::run(&view, &waiting, &progress);
            std::thread::Builder::new().name("applier".to_owned()).spawn(run).map_err(OpenError::Thread)?
        };
        let journal = recovered.start(move |group| {
            // The applier outlives the journal: it ends when this end of the channel is dropped.
            drop(groups.send(group));
        })?;
        let journal = Arc::new(journal);
        let remover = Arc::<OnceLock<Remover>>::default();
        let checkpoint = Checkpoint {
            view: view.clone(),
            progress: Arc::clone(&progress),
            journal: Arc::clone(&journal),
            retained_entries: options.retained_entries,
            retained_for: options.retained_for,
            remover: Arc::clone(&remover),
        };
        let checkpoints = Checkpoints::start(checkpoint, options.checkpoint_interval).map_err(OpenError::Thread)?;
        Ok(Self {
            journal: Some(journal),
            view,
            writers: Writers::new(options.writer_stripes),
            space: Space::new(options.view_directory.clone(), options.reserve_bytes),
            progress,
            start: Start { replayed, duration: began.elapsed() },
            checkpoints: Some(checkpoints),
            remover,
            reading: Arc::default(),
            applier: Some(applier),
        })
    }

    /// From now on has `remover` remove what was deleted and may not be gone because a crash came between. Once.
    pub fn remove_with(&self, remover: Remover) {
        // A second one would remove the same.
        self.remover.set(remover).ok();
    }

    /// How the start went.
    pub const fn start(&self) -> Start {
        self.start
    }

    /// Whether entries can be written.
    pub fn is_writable(&self) -> bool {
        !self.progress.failed.load(Ordering::Acquire) && self.journal.as_ref().is_some_and(|journal| !journal.failed())
    }

    /// The position up to which the view is applied.
    pub fn applied(&self) -> Position {
        self.progress.applied.load(Ordering::Acquire)
    }

    /// What the journal has done so far.
    pub fn journal_statistics(&self) -> Option<journal::Statistics> {
        self.journal.as_ref().map(|journal| journal.statistics())
    }

    /// What the unsorted log of the view takes on the disk, in bytes.
    pub fn view_log_bytes(&self) -> u64 {
        self.view.log_bytes()
    }

    /// How long the applier was at work, in nanoseconds.
    pub fn applier_busy_nanoseconds(&self) -> u64 {
        self.progress.busy.nanoseconds()
    }

    /// The view beneath, for whoever opens the attachments.
    pub const fn view(&self) -> &View {
        &self.view
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // First whoever else holds the journal; then closing the journal drains it, which ends the applier.
        drop(self.checkpoints.take());
        drop(self.journal.take());
        if self.applier.take().is_some_and(|applier| applier.join().is_err()) {
            tracing::error!("the applier ended in a panic");
        }
        if let Err(error) = self.view.persist() {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the view cannot be made durable; the next start replays the journal"
            );
        }
    }
}

/// Applies what the view may lack, in batches.
fn replay(recovered: &journal::Recovered, view: &View, applied: Position) -> Result<u64, OpenError> {
    let mut replayed = 0;
    let mut overlay = Overlay::new(view);
    recovered.replay(applied, |position, payload| -> Result<(), OpenError> {
        let entry: Entry = codec::decode(payload).map_err(|source| OpenError::Entry { position, source })?;
        overlay.begin(position);
        navette_router::view::apply(&entry, &mut overlay)?;
        replayed += 1;
        if overlay.len() >= REPLAY_BATCH_RECORDS {
            std::mem::replace(&mut overlay, Overlay::new(view)).commit()?;
        }
        Ok(())
    })?;
    if overlay.len() > 0 {
        overlay.commit()?;
    }
    Ok(replayed)
}

impl From<view::Error> for ports::Error {
    fn from(error: view::Error) -> Self {
        let kind = match &error {
            view::Error::Engine(_) => ErrorKind::Unavailable,
            view::Error::Record(_) | view::Error::UnknownFormat(_) => ErrorKind::Corrupt,
        };
        Self::new(kind, error)
    }
}

impl ports::Store for Store {
    type Writer = Writer;

    async fn writer(&self, subject: Subject) -> Result<Writer, ports::Error> {
        Ok(self.writers.lock(subject).await)
    }

    async fn commit(&self, writer: Writer, entry: Entry) -> Result<(), ports::Error> {
        if !self.space.admits(0) {
            return Err(ErrorKind::NoSpace.into());
        }
        let payload = codec::encode(&entry).map_err(|error| ports::Error::new(ErrorKind::Corrupt, error))?;
        let (answer, answered) = oneshot::channel();
        let journal = self.journal.as_ref().ok_or(ErrorKind::Unavailable)?;
        if let Err((error, _ticket)) = journal.append(payload, Ticket { entry, writer, answer }) {
            return Err(ports::Error::new(applier::refusal(&error), error));
        }
        answered.await.map_err(|error| ports::Error::new(ErrorKind::Unavailable, error))?
    }

    async fn folder(&self, id: FolderId) -> Result<Option<Folder>, ports::Error> {
        Ok(self.view.folder(id)?)
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, ports::Error> {
        Ok(self.view.case(id)?)
    }

    async fn cases(&self, ids: &[CaseId]) -> Result<Vec<Case>, ports::Error> {
        Ok(ids.iter().filter_map(|id| self.view.case(*id).transpose()).collect::<Result<_, _>>()?)
    }

    async fn attachment(&self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, ports::Error> {
        Ok(self.view.attachment(owner, id)?)
    }

    async fn attachments(&self, owner: Owner) -> Result<Vec<Attachment>, ports::Error> {
        Ok(self.view.attachments(owner)?)
    }

    async fn event(&self, case: CaseId, id: EventId) -> Result<Option<Event>, ports::Error> {
        Ok(self.view.event(case, id)?)
    }

    async fn events(&self, case: CaseId) -> Result<Vec<Event>, ports::Error> {
        Ok(self.view.events(case)?)
    }

    async fn notification(&self, id: NotificationId) -> Result<Option<Notification>, ports::Error> {
        Ok(self.view.notification(id)?)
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, ports::Error> {
        Ok(self.view.page(query)?)
    }

    async fn waiting(&self, folder: FolderId) -> Result<Vec<Notification>, ports::Error> {
        Ok(self.view.waiting(folder)?)
    }

    async fn folders_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Folder>, ports::Error> {
        Ok(self.view.folders_after(after, limit)?)
    }

    async fn cases_of(
        &self,
        recipient: &OrganizationKey,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseId>, ports::Error> {
        Ok(self.view.cases_of(recipient, after, limit)?)
    }

    async fn purges(&self, recipient: Option<&OrganizationKey>, limit: usize) -> Result<Vec<Purge>, ports::Error> {
        Ok(self.view.purges(recipient, limit)?)
    }

    async fn statistics_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Statistic>, ports::Error> {
        Ok(self.view.statistics_after(after, limit)?)
    }

    async fn acts(&self, before: Option<EntryId>, limit: usize) -> Result<Vec<Act>, ports::Error> {
        Ok(self.view.acts(before, limit)?)
    }

    async fn mail(&self, id: MailId) -> Result<Option<Mail>, ports::Error> {
        Ok(self.view.mail(id)?)
    }

    async fn mails_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Mail>, ports::Error> {
        Ok(self.view.mails_due(now, limit)?)
    }

    fn mails_waiting(&self) -> usize {
        self.view.memory.mails.load(Ordering::Relaxed)
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, ports::Error> {
        Ok(self.view.delivery(id)?)
    }

    async fn deliveries(&self, folder: FolderId) -> Result<Vec<Delivery>, ports::Error> {
        Ok(self.view.deliveries(folder)?)
    }

    async fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, ports::Error> {
        Ok(self.view.deliveries_of(recipient, before, limit)?)
    }

    async fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, ports::Error> {
        Ok(self.view.deliveries_awaited(subscription, before, limit)?)
    }

    async fn deliveries_due(
        &self,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, ports::Error> {
        Ok(self.view.deliveries_due(subscription, until, limit)?)
    }

    async fn locate(&self, id: Uuid) -> Result<Option<Located>, ports::Error> {
        Ok(self.view.locate(id)?)
    }

    async fn history(&self, wanted: Wanted, limit: usize) -> Result<Vec<Entry>, ports::Error> {
        let journal = Arc::clone(self.journal.as_ref().ok_or(ErrorKind::Unavailable)?);
        // One at a time: it reads all there is, and nobody else should feel it.
        let turn = Arc::clone(&self.reading).lock_owned().await;
        let read = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut picked = VecDeque::new();
            journal.read(|payload| {
                let Ok(entry) = codec::decode::<Entry>(payload) else { return };
                if wanted(&entry) {
                    picked.push_back(entry);
                }
                if picked.len() > limit {
                    picked.pop_front();
                }
            });
            Vec::from(picked)
        });
        read.await.map_err(|error| ports::Error::new(ErrorKind::Unavailable, error))
    }

    fn referential<T>(&self, look: impl FnOnce(&Referential) -> T) -> T {
        look(&self.view.memory.referential.read())
    }
}
