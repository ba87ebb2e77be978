//! Retrieval: a case, its files, its status.

use std::ops::Range;

use crate::entry::Fact;
use crate::error::{Error, Noun};
use crate::lifecycle;
use crate::model::{
    Applicant, Attachment, AttachmentId, AttachmentStatus, Case, CaseId, EventId, EventStatus, FolderId, Owner, Status,
};
use crate::ports::{Attachments, Clock, Store};
use crate::rights::{Caller, Scope, Side};

use super::again::{Ground, Outcome, likely_or_again};
use super::folders::refusal_message;
use super::{EventView, Hub};

pub(super) const PARTIES: &[Scope] = &[Scope::Osl, Scope::Si, Scope::Admin];

/// A case as one side sees it.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The case.
    pub case: Case,
    /// In whose name it was deposited.
    pub applicant: Applicant,
    /// The files that list it; empty when a light view was asked for.
    pub attachments: Vec<Attachment>,
    /// What happened to it, oldest first; empty when a light view was asked for.
    pub events: Vec<EventView>,
}

/// A file on its way out.
#[derive(Debug)]
pub struct Download<R> {
    /// What it is.
    pub attachment: Attachment,
    /// Its bytes.
    pub bytes: R,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// A case as the caller's side sees it. `lite` leaves out files and events.
    pub async fn case(&self, caller: &Caller, id: CaseId, lite: bool) -> Result<CaseView, Error> {
        let (case, side) = self.own_case(caller, id).await?;
        let folder = self.store.folder(case.folder).await?.ok_or(Error::NotFound(Noun::Case))?;
        let applicant = folder.applicant;
        if lite {
            return Ok(CaseView { case, applicant, attachments: Vec::new(), events: Vec::new() });
        }
        let mut attachments = self.store.attachments(Owner::Folder(case.folder)).await?;
        attachments.retain(|attachment| attachment.recipients.contains(&case.external_id));
        let mut events = Vec::new();
        if case.events > 0 {
            for event in self.store.events(id).await? {
                if is_visible(event.status, event.side, side) {
                    let files = if event.attachments > 0 {
                        self.store.attachments(Owner::Event(event.id)).await?
                    } else {
                        Vec::new()
                    };
                    events.push(EventView::for_side(event, files, side));
                }
            }
        }
        Ok(CaseView { case, applicant, attachments, events })
    }

    /// Sets the status of a case.
    pub async fn update_case(&self, caller: &Caller, id: CaseId, status: Status) -> Result<(), Error> {
        let folder = self.own_case(caller, id).await?.0.folder;
        likely_or_again(|ground| self.update_case_once(caller, id, status, folder, ground)).await
    }

    async fn update_case_once(
        &self,
        caller: &Caller,
        id: CaseId,
        status: Status,
        folder: FolderId,
        ground: Ground,
    ) -> Result<Outcome, Error> {
        let Some(writer) = self.folder_writer(folder, ground).await? else { return Ok(Outcome::Unchanged) };
        let (case, side) = self.own_case(caller, id).await?;
        lifecycle::check(lifecycle::CASE, side, case.status, status)
            .map_err(|refusal| Error::invalid("status", refusal_message(refusal)))?;
        if case.status == status {
            return Ok(Outcome::Unchanged);
        }
        self.commit(writer, caller, self.now(), vec![Fact::CaseStatusSet { case: id, status }]).await?;
        Ok(Outcome::Committed)
    }

    /// The bytes of an attachment of a case, of which `select` chooses a range when told the size.
    pub async fn download_of_case(
        &self,
        caller: &Caller,
        case: CaseId,
        attachment: AttachmentId,
        select: impl FnOnce(u64) -> Range<u64>,
    ) -> Result<Download<A::Reader>, Error> {
        let (case, _) = self.own_case(caller, case).await?;
        let attachment =
            self.store.attachment(Owner::Folder(case.folder), attachment).await?.ok_or(Error::NotFound(Noun::File))?;
        if !attachment.recipients.contains(&case.external_id) {
            // To this case, the files of the others do not exist.
            return Err(Error::NotFound(Noun::File));
        }
        self.download(attachment, select)
    }

    /// The bytes of an attachment of an event, of which `select` chooses a range when told the size.
    pub async fn download_of_event(
        &self,
        caller: &Caller,
        case: CaseId,
        event: EventId,
        attachment: AttachmentId,
        select: impl FnOnce(u64) -> Range<u64>,
    ) -> Result<Download<A::Reader>, Error> {
        let (_, _, event) = self.visible_event(caller, case, event).await?;
        let attachment =
            self.store.attachment(Owner::Event(event.id), attachment).await?.ok_or(Error::NotFound(Noun::File))?;
        self.download(attachment, select)
    }

    fn download(
        &self,
        attachment: Attachment,
        select: impl FnOnce(u64) -> Range<u64>,
    ) -> Result<Download<A::Reader>, Error> {
        let readable = matches!(attachment.status, AttachmentStatus::Received | AttachmentStatus::Corrupted);
        let place = attachment.place.as_ref().filter(|_| readable).ok_or(Error::NotFound(Noun::File))?;
        let bytes = self.attachments.read(place, select(attachment.size_bytes))?;
        Ok(Download { attachment, bytes })
    }

    /// A case and the side on which the caller stands.
    pub(super) async fn own_case(&self, caller: &Caller, id: CaseId) -> Result<(Case, Side), Error> {
        caller.require(PARTIES)?;
        let case = self.store.case(id).await?.ok_or(Error::NotFound(Noun::Case))?;
        let side = caller.side_of_case(&case)?;
        Ok((case, side))
    }
}

/// Whether `viewer` sees an event: one that is still being put together is its author's alone.
pub(super) fn is_visible(status: EventStatus, author: Side, viewer: Side) -> bool {
    status != EventStatus::InProgress || author == viewer || viewer == Side::Administrator
}
