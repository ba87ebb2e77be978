//! What is to be delivered, and its files as streams.

use std::fmt;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;

use super::PeerWords;
use crate::model::{Attachment, Case, DeliveryId, Event, Folder, Organization, Process};
use crate::ports::{Attachments, Error, ErrorKind};

/// The bytes of a file as they are read, chunk by chunk. Nothing is read before it is asked for.
pub type FileStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Opens attachments. Whatever keeps them does, so an adapter is tested with something that makes bytes up.
pub trait Files: Send + Sync {
    /// A range of the bytes of an attachment, which ends at most at its size. As often as one likes: a transfer that
    /// goes on after a cut begins in the middle.
    fn open(&self, attachment: &Attachment, range: Range<u64>) -> Result<FileStream, Error>;
}

impl<A: Attachments> Files for A {
    fn open(&self, attachment: &Attachment, range: Range<u64>) -> Result<FileStream, Error> {
        let place = attachment.place.as_ref().ok_or(ErrorKind::Corrupt)?;
        Ok(Box::pin(self.read(place, range)?))
    }
}

/// One case, or one event of it, on its way to one endpoint: everything an adapter may need.
///
/// Each attempt gets the same one: the identifier, the sequence and every date in it stay, so that what an adapter makes of
/// it is the same byte for byte each time. Only [`attempt`](Self::attempt) tells the attempts apart.
#[derive(Clone)]
pub struct Delivery {
    /// Which delivery. A peer that looks at it can tell a repetition from something new.
    pub id: DeliveryId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The folder.
    pub folder: Folder,
    /// The case.
    pub case: Case,
    /// What happened to the case, when that is what is delivered; none: the case itself.
    pub event: Option<Event>,
    /// Who deposited.
    pub sender: Organization,
    /// Who receives.
    pub recipient: Organization,
    /// The online procedure.
    pub process: Process,
    /// The rank of this delivery among those of the same folder number and process to the same endpoint, from 1: what has new
    /// content has a new rank.
    pub sequence: u32,
    /// The attachments of the case, or those of the event, in the order they were announced. All were received whole.
    pub attachments: Vec<Attachment>,
    /// Opens them.
    pub files: Arc<dyn Files>,
}

impl Delivery {
    /// Opens a whole attachment.
    pub fn open(&self, attachment: &Attachment) -> Result<FileStream, Error> {
        self.files.open(attachment, 0..attachment.size_bytes)
    }

    /// How many bytes all attachments have together.
    pub fn size_bytes(&self) -> u64 {
        self.attachments.iter().map(|attachment| attachment.size_bytes).fold(0, u64::saturating_add)
    }

    /// What a peer said, fit to be kept: what it quotes of this delivery that is somebody's is blanked.
    pub fn words(&self, said: &str) -> PeerWords {
        let applicant = &self.folder.applicant;
        let names = self.attachments.iter().map(|attachment| attachment.file_name.as_str());
        let numbers = [self.folder.external_id.as_str(), &self.case.external_id];
        let person = [applicant.first_name.as_str(), &applicant.last_name];
        PeerWords::hiding(said, names.chain(numbers).chain(person).chain(applicant.email.as_deref()))
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .field("case", &self.case.id)
            .field("event", &self.event.as_ref().map(|event| event.id))
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}
