//! The one thread that writes: whatever queued while the former group was being synced becomes the next group.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use super::format::{self, EntryHeader};
use super::segment::Segments;
use super::{Counters, Error, Group, Options, Position};

/// Buffers that grew larger than this for one large group are given back.
const BUFFER_KEPT_BYTES: usize = 4 << 20;

/// An entry that waits to be written.
pub(super) struct Pending<T> {
    pub(super) payload: Vec<u8>,
    pub(super) ticket: T,
}

struct Queue<T> {
    entries: Vec<Pending<T>>,
    bytes: usize,
    closed: bool,
    failed: bool,
    /// Whether a new segment is to be begun.
    seal: bool,
    /// Whether the committer must be woken.
    sleeping: bool,
}

/// What the committer is to do, beside writing entries.
struct Work {
    /// Begin a new segment.
    seal: bool,
    /// End: the journal is closed and nothing is left.
    over: bool,
}

/// What appenders and the committer share.
pub(super) struct Shared<T> {
    queue: Mutex<Queue<T>>,
    signal: Condvar,
    entry_max_bytes: usize,
    max_entries: usize,
    max_bytes: usize,
}

impl<T> Shared<T> {
    pub(super) fn new(options: &Options) -> Self {
        let largest = usize::try_from(options.segment_bytes).unwrap_or(usize::MAX);
        let largest = largest.saturating_sub(format::SEGMENT_HEADER_BYTES + format::ENTRY_HEADER_BYTES + 8);
        Self {
            queue: Mutex::new(Queue {
                entries: Vec::new(),
                bytes: 0,
                closed: false,
                failed: false,
                seal: false,
                sleeping: false,
            }),
            signal: Condvar::new(),
            entry_max_bytes: options.entry_max_bytes.min(largest),
            max_entries: options.queue_max_entries,
            max_bytes: options.queue_max_bytes,
        }
    }

    pub(super) fn push(&self, pending: Pending<T>) -> Result<(), (Error, T)> {
        let bytes = pending.payload.len();
        if bytes > self.entry_max_bytes {
            return Err((Error::TooLarge { bytes, max_bytes: self.entry_max_bytes }, pending.ticket));
        }
        let mut queue = self.queue.lock();
        if queue.failed || queue.closed {
            return Err((Error::Failed, pending.ticket));
        }
        let full = queue.entries.len() >= self.max_entries || queue.bytes + bytes > self.max_bytes;
        if full && !queue.entries.is_empty() {
            return Err((Error::QueueFull, pending.ticket));
        }
        queue.bytes += bytes;
        queue.entries.push(pending);
        let wake = std::mem::take(&mut queue.sleeping);
        drop(queue);
        if wake {
            self.signal.notify_one();
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        self.queue.lock().closed = true;
        self.signal.notify_all();
    }

    /// Has the committer begin a new segment.
    pub(super) fn seal(&self) {
        self.queue.lock().seal = true;
        self.signal.notify_all();
    }

    pub(super) fn failed(&self) -> bool {
        self.queue.lock().failed
    }

    pub(super) fn queued(&self) -> (usize, usize) {
        let queue = self.queue.lock();
        (queue.entries.len(), queue.bytes)
    }

    fn fail(&self) {
        self.queue.lock().failed = true;
    }

    /// Waits for something to do; puts entries into `taken`.
    fn take(&self, taken: &mut Vec<Pending<T>>) -> Work {
        let mut queue = self.queue.lock();
        while queue.entries.is_empty() && !queue.closed && !queue.seal {
            queue.sleeping = true;
            self.signal.wait(&mut queue);
        }
        queue.sleeping = false;
        std::mem::swap(&mut queue.entries, taken);
        queue.bytes = 0;
        let seal = std::mem::take(&mut queue.seal) && !queue.failed;
        Work { seal, over: queue.closed && taken.is_empty() }
    }
}

/// The segment being written.
pub(super) struct Current {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) number: u64,
    /// Where the next entry goes.
    pub(super) offset: u64,
    pub(super) next: Position,
    pub(super) group: u64,
    pub(super) segment_bytes: u64,
}

pub(super) struct Committer<T, F> {
    pub(super) shared: Arc<Shared<T>>,
    pub(super) segments: Arc<Segments>,
    pub(super) counters: Arc<Counters>,
    pub(super) current: Current,
    pub(super) new_segment_bytes: u64,
    pub(super) on_group: F,
}

impl<T, F: FnMut(Group<T>)> Committer<T, F> {
    pub(super) fn run(mut self) {
        let mut taken = Vec::new();
        let mut buffer = Vec::new();
        let counters = Arc::clone(&self.counters);
        loop {
            let work = self.shared.take(&mut taken);
            if work.over {
                return;
            }
            // Without room for another one, the present segment goes on.
            if work.seal
                && self.current.offset > format::SEGMENT_HEADER_BYTES as u64
                && let Err(error) = self.begin_segment()
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a new segment of the journal cannot be begun"
                );
            }
            let mut entries = taken.drain(..).peekable();
            while entries.peek().is_some() {
                let mut tickets = Vec::with_capacity(entries.len());
                match counters.busy.with(|| self.write_group(&mut entries, &mut buffer, &mut tickets)) {
                    Ok(()) => (self.on_group)(Group::Durable(tickets)),
                    Err(error) => {
                        let kind = Arc::new(error);
                        if !matches!(*kind, Error::NoSpace) {
                            self.shared.fail();
                            tracing::error!(
                                error = &*kind as &dyn std::error::Error,
                                "the journal failed and takes no more entries"
                            );
                        }
                        let refused = tickets
                            .into_iter()
                            .map(|(_, ticket)| ticket)
                            .chain(entries.by_ref().map(|entry| entry.ticket));
                        let refused = refused.collect();
                        (self.on_group)(Group::Refused(kind, refused));
                    }
                }
            }
            drop(entries);
            if buffer.capacity() > BUFFER_KEPT_BYTES {
                buffer = Vec::new();
            }
        }
    }

    /// Leaves the present segment for a new one.
    fn begin_segment(&mut self) -> Result<(), Error> {
        let (file, number, path) = self.segments.create(self.current.next)?;
        let current = &mut self.current;
        // Behind its end lies what the file held before it was recycled.
        if let Err(error) = current.file.set_len(current.offset) {
            tracing::warn!(error = &error as &dyn std::error::Error, path = %current.path.display(), "a segment of the journal cannot be cut");
        }
        (current.file, current.number, current.path) = (file, number, path);
        current.offset = format::SEGMENT_HEADER_BYTES as u64;
        current.segment_bytes = self.new_segment_bytes;
        Ok(())
    }

    /// Writes as many entries as fit the segment, and makes them durable.
    fn write_group(
        &mut self,
        entries: &mut std::iter::Peekable<std::vec::Drain<'_, Pending<T>>>,
        buffer: &mut Vec<u8>,
        tickets: &mut Vec<(Position, T)>,
    ) -> Result<(), Error> {
        let needed = entries.peek().map_or(0, |entry| format::entry_bytes(entry.payload.len()) as u64);
        if self.current.offset + needed > self.current.segment_bytes {
            self.begin_segment()?;
        }
        let current = &mut self.current;
        buffer.clear();
        while let Some(entry) = entries.next() {
            let length = entry.payload.len();
            let end = current.offset + (buffer.len() + format::entry_bytes(length)) as u64;
            let last_of_group = entries
                .peek()
                .is_none_or(|next| end + format::entry_bytes(next.payload.len()) as u64 > current.segment_bytes);
            let header = EntryHeader { length, position: current.next, group: current.group, last_of_group };
            format::encode(buffer, current.number, header, &entry.payload);
            tickets.push((current.next, entry.ticket));
            current.next += 1;
            if last_of_group {
                break;
            }
        }
        current.file.write_all_at(buffer, current.offset).map_err(|_| Error::Failed)?;
        let began = Instant::now();
        current.file.sync_data().map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, path = %current.path.display(), "a segment of the journal cannot be synced");
            Error::Failed
        })?;
        let waited = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        current.offset += buffer.len() as u64;
        current.group += 1;
        self.counters.sync_nanoseconds.fetch_add(waited, Ordering::Relaxed);
        self.counters.groups.fetch_add(1, Ordering::Relaxed);
        self.counters.entries.fetch_add(tickets.len() as u64, Ordering::Relaxed);
        self.counters.bytes.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.counters.last.store(current.next - 1, Ordering::Relaxed);
        Ok(())
    }
}
