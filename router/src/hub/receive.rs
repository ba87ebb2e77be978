//! The bytes of an attachment come in: durable first, then judged, then told to the journal.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_core::Stream;

use crate::content;
use crate::entry::Fact;
use crate::error::{Error, Noun};
use crate::model::{
    Attachment, AttachmentId, AttachmentStatus, CaseId, Digest, EventId, EventStatus, Folder, FolderId, Owner, Place,
    Status,
};
use crate::ports::{self, Attachments, Clock, ErrorKind, Store, Stored, Subject, Upload};
use crate::rights::{Caller, Side};

use super::Hub;
use super::again::{Ground, Outcome, again, likely_or_again};
use super::folders::DEPOSITORS;

/// Which attachment an upload is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One of a folder.
    Folder {
        /// The folder.
        folder: FolderId,
        /// The attachment.
        attachment: AttachmentId,
    },
    /// One of an event.
    Event {
        /// The case.
        case: CaseId,
        /// The event.
        event: EventId,
        /// The attachment.
        attachment: AttachmentId,
    },
}

/// What the sender says of the bytes before they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Their SHA-256.
    pub digest: Option<Digest>,
    /// How many they are.
    pub length: Option<u64>,
}

/// Why an upload failed: the hub refused it, or its bytes did not come.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError<E> {
    /// The hub refused.
    #[error(transparent)]
    Hub(#[from] Error),
    /// The bytes did not come; nothing was kept and nothing was recorded.
    #[error("the bytes did not come")]
    Body(E),
}

impl<E> From<ports::Error> for ReceiveError<E> {
    fn from(error: ports::Error) -> Self {
        Self::Hub(Error::Port(error))
    }
}

/// Bytes that are durable but not yet named by the journal: they go away unless they are kept.
pub(super) struct Unclaimed<'a, A: Attachments> {
    attachments: &'a A,
    place: Place,
    is_kept: AtomicBool,
}

impl<'a, A: Attachments> Unclaimed<'a, A> {
    pub(super) fn new(attachments: &'a A, place: Place) -> Self {
        Self { attachments, place, is_kept: AtomicBool::new(false) }
    }

    pub(super) fn keep(&self, is_kept: bool) {
        self.is_kept.store(is_kept, Ordering::Relaxed);
    }
}

impl<A: Attachments> Drop for Unclaimed<'_, A> {
    fn drop(&mut self) {
        if !self.is_kept.load(Ordering::Relaxed) {
            self.attachments.discard(&self.place);
        }
    }
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Receives an attachment. When it returns `Ok`, the bytes are durable, are what was announced, and will stay.
    ///
    /// Bytes that are not what was announced make the attachment `REJECTED`; it may be sent again. An attachment that was
    /// received may be sent again too: the same bytes change nothing, others are refused.
    pub async fn receive<E>(
        &self,
        caller: &Caller,
        target: Target,
        expectation: Expectation,
        frames: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(), ReceiveError<E>> {
        // Whether it may be sent is decided once it is here; until then what is remembered will do.
        let attachment = match self.remembered(caller, target) {
            Some(attachment) => attachment,
            None => self.expected(caller, target).await?,
        };
        let size = attachment.size_bytes;
        if let Some(length) = expectation.length.filter(|length| *length != size) {
            return Err(self
                .reject(
                    caller,
                    target,
                    format!("the body has {length} bytes and size is {size}; send the announced file"),
                )
                .await
                .into());
        }
        let mut upload = self.attachments.upload(attachment.id, size).await?;
        let mut frames = pin!(frames);
        while let Some(frame) = poll_fn(|context| frames.as_mut().poll_next(context)).await {
            match upload.write(frame.map_err(ReceiveError::Body)?).await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::TooLong => {
                    drop(upload);
                    return Err(self
                        .reject(
                            caller,
                            target,
                            format!("the body has more bytes than size, which is {size}; send the announced file"),
                        )
                        .await
                        .into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        let stored = match upload.finish().await {
            Ok(stored) => stored,
            Err(error) if error.kind() == ErrorKind::TooShort => {
                return Err(self
                    .reject(
                        caller,
                        target,
                        format!("the body has fewer bytes than size, which is {size}; send the announced file"),
                    )
                    .await
                    .into());
            }
            Err(error) => return Err(error.into()),
        };
        let unclaimed = Unclaimed::new(&self.attachments, stored.place.clone());
        if let Some(complaint) = complaint(&attachment, &expectation, &stored) {
            return Err(self.reject(caller, target, complaint).await.into());
        }
        Ok(likely_or_again(|ground| self.claim(caller, target, &stored, &unclaimed, ground)).await?)
    }

    /// Tells the journal of bytes that are durable and right.
    async fn claim(
        &self,
        caller: &Caller,
        target: Target,
        stored: &Stored,
        unclaimed: &Unclaimed<'_, A>,
        ground: Ground,
    ) -> Result<Outcome, Error> {
        let folder = self.folder_of(target).await?;
        let Some(writer) = self.folder_writer(folder, ground).await? else { return Ok(Outcome::Unchanged) };
        // Much may have happened while the bytes came: another upload of the same file, a deletion, completion.
        let attachment = self.expected(caller, target).await?;
        if attachment.status == AttachmentStatus::Received {
            return if attachment.digest == Some(stored.digest) {
                Ok(Outcome::Unchanged)
            } else {
                Err(Error::invalid(
                    "",
                    "another content was already received for this attachment; announce a new attachment for it",
                ))
            };
        }
        let fact = Fact::AttachmentReceived {
            owner: attachment.owner,
            attachment: attachment.id,
            digest: stored.digest,
            place: stored.place.clone(),
        };
        // From here on the entry may become durable even if nobody waits for the answer.
        unclaimed.keep(true);
        let result = self.commit(writer, caller, self.now(), vec![fact]).await;
        if let Err(error) = &result {
            unclaimed.keep(!is_refused(error));
        }
        result.map(|()| Outcome::Committed)
    }

    /// Records that what came was not what was announced, and gives the refusal to answer.
    async fn reject(&self, caller: &Caller, target: Target, complaint: String) -> Error {
        match self.record_rejection(caller, target).await {
            Ok(()) => Error::invalid("", complaint),
            Err(error) => error,
        }
    }

    async fn record_rejection(&self, caller: &Caller, target: Target) -> Result<(), Error> {
        again(|| self.record_rejection_once(caller, target)).await
    }

    async fn record_rejection_once(&self, caller: &Caller, target: Target) -> Result<(), Error> {
        let folder = self.folder_of(target).await?;
        let writer = self.store.writer(Subject::Folder(folder)).await?;
        let attachment = self.expected(caller, target).await?;
        if attachment.status != AttachmentStatus::Pending {
            return Ok(());
        }
        let fact = Fact::AttachmentRejected { owner: attachment.owner, attachment: attachment.id };
        self.commit(writer, caller, self.now(), vec![fact]).await
    }

    async fn folder_of(&self, target: Target) -> Result<FolderId, Error> {
        match target {
            Target::Folder { folder, .. } => Ok(folder),
            Target::Event { case, .. } => Ok(self.store.case(case).await?.ok_or(Error::NotFound(Noun::Case))?.folder),
        }
    }

    /// The attachment of `target`, if `caller` may send it now.
    async fn expected(&self, caller: &Caller, target: Target) -> Result<Attachment, Error> {
        match target {
            Target::Folder { folder, attachment } => {
                caller.require(DEPOSITORS)?;
                let record = self.own_folder(caller, folder).await?;
                let attachment = self.announced(Owner::Folder(folder), attachment).await?;
                check_open(&record, &attachment)?;
                Ok(attachment)
            }
            Target::Event { case, event, attachment } => {
                let (_, side, event) = self.visible_event(caller, case, event).await?;
                let attachment = self.announced(Owner::Event(event.id), attachment).await?;
                if event.side != side && side != Side::Administrator {
                    return Err(Error::Forbidden);
                }
                if event.status != EventStatus::InProgress && attachment.status != AttachmentStatus::Received {
                    return Err(Error::invalid(
                        "",
                        "the event was sent: its attachments cannot be sent any more; post a new event",
                    ));
                }
                Ok(attachment)
            }
        }
    }

    /// The attachment of `target` as it is remembered, if `caller` may send it as far as that goes.
    fn remembered(&self, caller: &Caller, target: Target) -> Option<Attachment> {
        let Target::Folder { folder, attachment } = target else { return None };
        let (folder, attachment) = self.store.remembered(folder, attachment)?;
        let is_allowed = caller.require(DEPOSITORS).is_ok()
            && caller.side_of_folder(&folder).is_ok()
            && check_open(&folder, &attachment).is_ok();
        is_allowed.then_some(attachment)
    }

    async fn announced(&self, owner: Owner, id: AttachmentId) -> Result<Attachment, Error> {
        self.store.attachment(owner, id).await?.ok_or(Error::NotFound(Noun::Metadata))
    }
}

/// Whether an attachment of this folder may still be sent.
fn check_open(folder: &Folder, attachment: &Attachment) -> Result<(), Error> {
    if folder.status == Status::HubeeReceived || attachment.status == AttachmentStatus::Received {
        return Ok(());
    }
    Err(Error::invalid(
        "",
        "the folder was completed: its attachments cannot be sent any more; send an event with attachments",
    ))
}

/// Whether an entry was refused before anything was written. After any other failure it may be there: the bytes it names stay, and the
/// next start settles it.
pub(super) fn is_refused(error: &Error) -> bool {
    let refused =
        |error: &ports::Error| matches!(error.kind(), ErrorKind::NoSpace | ErrorKind::Overloaded | ErrorKind::Conflict);
    matches!(error, Error::Port(error) if refused(error))
}

/// What is wrong with bytes of the right length.
fn complaint(attachment: &Attachment, expectation: &Expectation, stored: &Stored) -> Option<String> {
    if expectation.digest.is_some_and(|digest| digest != stored.digest) {
        return Some(
            "digest is not the SHA-256 of the body; compute it over the bytes sent and write it in base64".to_owned(),
        );
    }
    if !content::agrees(&attachment.media_type, &stored.head) {
        return Some("the content is not what mimeType says; announce the file with its real media type".to_owned());
    }
    None
}
