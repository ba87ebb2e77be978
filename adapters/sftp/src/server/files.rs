//! What one session has open.

use std::collections::HashMap;

use navette_router::ports::DeliveryError;

use super::listing::Listing;
use super::reader::{Manners, Reader};
use super::refusal::Refusal;

/// What is behind a handle.
pub(super) enum Open {
    /// The inbox, as it is listed.
    Inbox(Listing),
    /// The directory in which nothing is.
    Empty,
    /// A message.
    File(Box<OpenFile>),
}

/// A message that is open.
pub(super) struct OpenFile {
    pub(super) reader: Reader,
    /// When it was read, in the order of all reads.
    read_at: u64,
    /// Whether its end was read.
    was_read: bool,
}

/// What was read.
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    /// Whether this is the first time that the end was reached.
    pub(super) is_the_end: bool,
}

impl OpenFile {
    pub(super) const fn new(reader: Reader) -> Self {
        Self { reader, read_at: 0, was_read: false }
    }
}

/// What one session has open.
pub(super) struct Files {
    open: HashMap<String, Open>,
    /// The last handle that was given.
    last: u64,
    reads: u64,
    most: usize,
    ready_max: usize,
}

impl Files {
    /// Nothing is open yet; at most `most` will be, of which `ready_max` are kept ready to go on.
    pub(super) fn new(most: usize, ready_max: usize) -> Self {
        Self { open: HashMap::new(), last: 0, reads: 0, most, ready_max }
    }

    /// Whether one more may be opened.
    pub(super) fn has_room(&self) -> Result<(), Refusal> {
        if self.open.len() < self.most { Ok(()) } else { Err(Refusal::TOO_MANY_HANDLES) }
    }

    /// Its handle, which is never given again. Short: clients repeat it in every request.
    pub(super) fn open(&mut self, open: Open) -> Result<String, Refusal> {
        self.has_room()?;
        self.last += 1;
        let handle = self.last.to_string();
        self.open.insert(handle.clone(), open);
        Ok(handle)
    }

    pub(super) fn close(&mut self, handle: &str) -> Result<(), Refusal> {
        self.open.remove(handle).map(drop).ok_or(Refusal::NO_SUCH_HANDLE)
    }

    pub(super) fn get(&mut self, handle: &str) -> Result<&mut Open, Refusal> {
        self.open.get_mut(handle).ok_or(Refusal::NO_SUCH_HANDLE)
    }

    /// Reads from a message. Those that were not read for longest give back what they hold when too many hold something.
    pub(super) async fn read(
        &mut self,
        handle: &str,
        at: u64,
        most: u32,
        manners: Manners<'_>,
    ) -> Result<Result<Part, DeliveryError>, Refusal> {
        self.make_room(handle);
        self.reads += 1;
        let reads = self.reads;
        let Open::File(file) = self.get(handle)? else { return Err(Refusal::NOT_A_FILE) };
        file.read_at = reads;
        Ok(file.read(at, most, manners).await)
    }

    fn make_room(&mut self, handle: &str) {
        let ready = |open: &Open| matches!(open, Open::File(file) if file.reader.is_ready());
        let begins = self.open.get(handle).is_some_and(|open| matches!(open, Open::File(_)) && !ready(open));
        if !begins {
            return;
        }
        while self.open.values().filter(|open| ready(open)).count() >= self.ready_max {
            let files = self.open.values_mut().filter_map(|open| match open {
                Open::File(file) if file.reader.is_ready() => Some(file),
                Open::File(_) | Open::Inbox(_) | Open::Empty => None,
            });
            match files.min_by_key(|file| file.read_at) {
                Some(oldest) => oldest.reader.rest(),
                None => return,
            }
        }
    }
}

impl OpenFile {
    async fn read(&mut self, at: u64, most: u32, manners: Manners<'_>) -> Result<Part, DeliveryError> {
        let bytes = self.reader.read(at, most, manners).await?;
        let reaches_the_end = !bytes.is_empty() && at + bytes.len() as u64 == self.reader.size_bytes();
        let is_the_end = reaches_the_end && !self.was_read;
        self.was_read |= reaches_the_end;
        Ok(Part { bytes, is_the_end })
    }
}
