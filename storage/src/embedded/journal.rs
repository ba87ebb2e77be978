//! The journal: our own segmented log.
//!
//! One committer thread writes whatever queued while the former group was being synced: one write, one `fdatasync`, no timer.
//! Segments are preallocated, and recycled once they are released: a file whose pages were written before costs half as much to
//! write as a growing one.
//!
//! An entry is kept until it is applied and enough others came behind it, or until it has been kept for long enough: it may hold
//! personal data. A segment that is no longer written is cut to what it holds, so that nothing older lies behind its end; one that
//! waits to be written over for too long is removed.
//!
//! # What recovery can tell apart
//!
//! A group lies in one segment, and the next one is written only when it is durable. The pages of one write may reach the disk in
//! any order, so after a power cut any part of the *last* group may be missing while other parts of it are there: nothing of that
//! group was acknowledged, and it is cut where it first fails to verify. An intact entry of a *later* group beyond a damaged one
//! proves that the damaged one had been durable: then the journal refuses to open. For this each entry carries the number of its
//! group, and the last of a group says so. The checksum covers the number of the segment, so that what a recycled segment held
//! before never verifies; intact entries beyond a cut are overwritten with zeros before anything new is written.
//!
//! A segment gets its name only when its header is durable, and its header says where it begins: a segment that ends too early is
//! found out by the next one.

mod committer;
mod error;
mod format;
mod reader;
mod recovery;
mod segment;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::busy::Busy;
use committer::{Pending, Shared};
pub use error::Error;
pub use recovery::Recovered;
use segment::Segments;

/// The number of an entry: 1 for the first, never used twice.
pub type Position = u64;

/// How the journal is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where its segments lie.
    pub directory: PathBuf,
    /// Size of a segment, in bytes.
    pub segment_bytes: u64,
    /// Largest entry, in bytes; it must fit a segment.
    pub entry_max_bytes: usize,
    /// How many entries may wait to be written.
    pub queue_max_entries: usize,
    /// How many bytes may wait to be written.
    pub queue_max_bytes: usize,
    /// How many released segments are kept for writing over.
    pub spare_segments: usize,
}

impl Options {
    /// The defaults, for a journal in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            segment_bytes: 64 << 20,
            entry_max_bytes: 8 << 20,
            queue_max_entries: 65_536,
            queue_max_bytes: 64 << 20,
            spare_segments: 4,
        }
    }
}

/// Entries whose fate was decided together; told on the committer's thread, in the order of the journal.
#[derive(Debug)]
pub enum Group<T> {
    /// They are durable, at these positions.
    Durable(Vec<(Position, T)>),
    /// They are not in the journal and never will be.
    Refused(Arc<Error>, Vec<T>),
}

/// What the journal has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Entries made durable.
    pub entries: u64,
    /// Groups they were written in.
    pub groups: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Time spent waiting for the disk, in nanoseconds.
    pub sync_nanoseconds: u64,
    /// Time its thread was at work, the wait for the disk included, in nanoseconds.
    pub busy_nanoseconds: u64,
    /// Entries that were refused because too many waited.
    pub refused: u64,
    /// Entries that wait now.
    pub queued_entries: usize,
    /// Bytes that wait now.
    pub queued_bytes: usize,
    /// Segments that hold entries.
    pub segments: usize,
    /// The last durable position.
    pub last: Position,
}

#[derive(Debug, Default)]
struct Counters {
    entries: AtomicU64,
    groups: AtomicU64,
    bytes: AtomicU64,
    sync_nanoseconds: AtomicU64,
    busy: Busy,
    refused: AtomicU64,
    last: AtomicU64,
}

/// An open journal. Dropping it writes what is queued, then ends its thread.
pub struct Journal<T> {
    shared: Arc<Shared<T>>,
    segments: Arc<Segments>,
    counters: Arc<Counters>,
    thread: Option<JoinHandle<()>>,
}

impl<T> fmt::Debug for Journal<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Journal").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}

impl<T> Journal<T> {
    /// Queues an entry; `ticket` comes back in a [`Group`] when its fate is known. Never waits: when a maximum is reached, or the
    /// journal failed, the ticket comes back at once.
    pub fn append(&self, payload: Vec<u8>, ticket: T) -> Result<(), (Error, T)> {
        let pushed = self.shared.push(Pending { payload, ticket });
        if matches!(pushed, Err((Error::QueueFull, _))) {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
        }
        pushed
    }

    /// Lets segments that hold nothing after `up_to` be written over.
    pub fn release(&self, up_to: Position) {
        self.segments.release(up_to);
    }

    /// Begins a new segment when the present one was begun longer ago than `age`, so that the former one can be let go.
    pub fn seal_after(&self, age: Duration) {
        if self.segments.began_before(age) {
            self.shared.seal();
        }
    }

    /// Removes segments whose last entry was written before `until`, if nothing in them lies behind `up_to`; and what released
    /// segments still held from then.
    pub fn forget(&self, up_to: Position, until: SystemTime) {
        self.segments.forget(up_to, until);
    }

    /// Gives the entries that are held and durable, oldest first. Segments that are released meanwhile are passed over.
    pub fn read(&self, each: impl FnMut(&[u8])) {
        reader::read(&self.segments.paths(), self.counters.last.load(Ordering::Relaxed), each);
    }

    /// Whether a write or a sync failed: then nothing can be appended until the journal is opened again.
    pub fn failed(&self) -> bool {
        self.shared.failed()
    }

    /// What it has done so far.
    pub fn statistics(&self) -> Statistics {
        let (queued_entries, queued_bytes) = self.shared.queued();
        Statistics {
            entries: self.counters.entries.load(Ordering::Relaxed),
            groups: self.counters.groups.load(Ordering::Relaxed),
            bytes: self.counters.bytes.load(Ordering::Relaxed),
            sync_nanoseconds: self.counters.sync_nanoseconds.load(Ordering::Relaxed),
            busy_nanoseconds: self.counters.busy.nanoseconds(),
            refused: self.counters.refused.load(Ordering::Relaxed),
            queued_entries,
            queued_bytes,
            segments: self.segments.len(),
            last: self.counters.last.load(Ordering::Relaxed),
        }
    }
}

impl<T> Drop for Journal<T> {
    fn drop(&mut self) {
        self.shared.close();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the committer of the journal ended in a panic");
        }
    }
}

#[cfg(test)]
mod tests;
