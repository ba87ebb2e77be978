//! A hub with partners, and what tests say about it over and over.

use std::convert::Infallible;
use std::fmt::Debug;

use bytes::Bytes;
use navette_router::hub::{EventView, FolderView, NotificationView, ReceiveError, Target};
use navette_router::model::{ActionType, AttachmentStatus, CaseId, EventDraft, ProcessCode, Status};
use navette_router::{Caller, Error, Hub, Limits};
use navette_storage::conformance::fixtures::{self, Clock, File, ordinary_process, osl, si};
use navette_storage::conformance::steps;
use navette_storage::memory::Memory;

/// A hub that knows both depositors, three processes and three recipients, with a clock of its own.
pub(crate) struct Stage {
    pub(crate) memory: Memory,
    pub(crate) clock: Clock,
    pub(crate) hub: Hub<Memory, Memory, Clock>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::over(Memory::new(), Limits::default()).await
    }

    pub(crate) async fn over(memory: Memory, limits: Limits) -> Self {
        let clock = Clock::new();
        let hub = Hub::new(memory.clone(), memory.clone(), clock.clone(), limits);
        hub.seed(fixtures::referential(3)).await.unwrap();
        Self { memory, clock, hub }
    }

    /// A folder of the ordinary process for recipient 0 with one PDF, announced only.
    pub(crate) async fn announced(&self) -> FolderView {
        self.announced_with(&[File::pdf(1)]).await
    }

    pub(crate) async fn announced_with(&self, files: &[File]) -> FolderView {
        steps::announce(&self.hub, &osl(), &ordinary_process(), &[0], files).await.unwrap()
    }

    /// The same folder, notified.
    pub(crate) async fn notified(&self) -> FolderView {
        self.notified_of(&ordinary_process()).await
    }

    pub(crate) async fn notified_of(&self, process: &ProcessCode) -> FolderView {
        steps::deposit(&self.hub, &osl(), process, &[0], &[File::pdf(1)]).await
    }

    /// A case that was notified to recipient 0.
    pub(crate) async fn case(&self) -> CaseId {
        self.notified().await.cases[0].id
    }

    /// A case that was notified to recipient 0, and taken to `status`.
    pub(crate) async fn case_at(&self, status: Status) -> CaseId {
        let case = self.case().await;
        self.hub.update_case(&administrator(), case, status).await.unwrap();
        case
    }

    pub(crate) async fn status(&self, case: CaseId) -> Status {
        self.hub.case(&administrator(), case, true).await.unwrap().case.status
    }

    pub(crate) async fn folder(&self, folder: &FolderView) -> FolderView {
        self.hub.folder(&osl(), folder.folder.id).await.unwrap()
    }

    /// Where the first attachment of a folder stands.
    pub(crate) async fn attachment_status(&self, folder: &FolderView) -> AttachmentStatus {
        self.folder(folder).await.attachments[0].status
    }

    pub(crate) async fn post(&self, caller: &Caller, case: CaseId, draft: EventDraft) -> Result<EventView, Error> {
        steps::post(&self.hub, caller, case, draft).await
    }

    pub(crate) async fn send(
        &self,
        target: Target,
        bytes: impl Into<Bytes> + Send,
    ) -> Result<(), ReceiveError<Infallible>> {
        steps::send(&self.hub, &osl(), target, bytes.into()).await
    }

    pub(crate) async fn inbox(&self, caller: &Caller) -> Vec<NotificationView> {
        steps::waiting(&self.hub, caller).await
    }

    /// How many entries the journal has.
    pub(crate) fn entries(&self) -> usize {
        self.memory.journal().len()
    }
}

pub(crate) use navette_storage::conformance::fixtures::administrator;

/// The recipient of [`Stage::notified`].
pub(crate) fn recipient() -> Caller {
    si(0, &ordinary_process())
}

/// The upload of the first attachment of a folder.
pub(crate) fn first_file(folder: &FolderView) -> Target {
    Target::Folder { folder: folder.folder.id, attachment: folder.attachments[0].id }
}

/// An event that says that a case has a new status.
pub(crate) fn status_event(status: Status) -> EventDraft {
    EventDraft { case_new_status: Some(status.to_string()), ..fixtures::event_draft(ActionType::StatusUpdate) }
}

/// The faults for which something was refused, as a client reads them.
#[track_caller]
pub(crate) fn faults<T: Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(faults)) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("not refused for its faults: {other:?}"),
    }
}

/// The single fault of an upload.
#[track_caller]
pub(crate) fn complaint<E: Debug>(result: Result<(), ReceiveError<E>>) -> String {
    match result {
        Err(ReceiveError::Hub(error)) => faults::<()>(Err(error)).concat(),
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn forbidden<T: Debug>(result: Result<T, Error>) {
    match result {
        Err(Error::Forbidden) => {}
        other => panic!("not forbidden: {other:?}"),
    }
}
