//! Opening: every segment is verified, a torn tail is cut, a hole is refused.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustix::fs::{FlockOperation, flock};

use super::committer::{Committer, Current, Shared};
use super::format::{self, EntryHeader, HeaderFault, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::segment::{self, Segments};
use super::{Counters, Error, Group, Journal, Options, Position};

/// A journal whose segments were all verified.
#[derive(Debug)]
pub struct Recovered {
    options: Options,
    segments: Segments,
    /// Number and first position of each segment.
    held: Vec<(u64, Position)>,
    tail: Tail,
    /// Held for as long as the journal is open, so that no second process writes to it.
    lock: File,
}

/// Where the journal ends.
#[derive(Debug, Clone, Copy)]
struct Tail {
    offset: u64,
    next: Position,
    /// The number of the next group: greater than any that was ever written.
    group: u64,
}

/// What one segment holds.
struct Scan {
    /// Where the first entry that does not verify begins.
    end: usize,
    next: Position,
    /// The last entry that does, and where it begins.
    last: Option<(usize, EntryHeader)>,
}

impl Recovered {
    /// Opens the journal of `options.directory`, or makes a new one.
    pub fn open(options: Options) -> Result<Self, Error> {
        let directory = options.directory.clone();
        fs::create_dir_all(&directory).map_err(Error::io("creating", &directory))?;
        let lock = lock(&directory)?;
        let (numbers, spares) = segment::list(&directory)?;
        if let Some(missing) = numbers.windows(2).find(|pair| pair[0] + 1 != pair[1]) {
            return Err(Error::MissingSegment { path: directory, number: missing[0] + 1 });
        }
        let mut held = Vec::with_capacity(numbers.len());
        let mut tail = Tail { offset: SEGMENT_HEADER_BYTES as u64, next: 1, group: 1 };
        let mut ended: Option<(PathBuf, Tail)> = None;
        for (index, number) in numbers.iter().copied().enumerate() {
            let path = segment::path(&directory, number);
            let bytes = fs::read(&path).map_err(Error::io("reading", &path))?;
            let header = header(&path, &bytes, number)?;
            if let Some((former, end)) = ended.take()
                && header.first != end.next
            {
                // The former segment should go on to where this one begins.
                return Err(Error::Hole { path: former, offset: end.offset, position: end.next });
            }
            let scan = scan(&bytes, number, header.first, (index > 0).then_some(tail.group));
            if index + 1 == numbers.len() {
                settle(&path, &bytes, number, &scan)?;
            }
            let group = scan.last.map_or(tail.group, |(_, last)| last.group + 1);
            tail = Tail { offset: scan.end as u64, next: scan.next, group };
            ended = Some((path, tail));
            held.push((number, header.first));
        }
        let segments = Segments::new(directory, options.segment_bytes, options.spare_segments, held.clone(), spares);
        Ok(Self { options, segments, held, tail, lock })
    }

    /// The last position; 0 when there is none yet.
    pub fn last(&self) -> Position {
        self.tail.next - 1
    }

    /// The position at which the journal begins, whether an entry is there yet or not.
    pub fn oldest(&self) -> Position {
        self.held.first().map_or(1, |(_, first)| *first)
    }

    /// Gives every entry after `after`, in order. One segment at a time is in memory.
    pub fn replay<E: From<Error>>(
        &self,
        after: Position,
        mut each: impl FnMut(Position, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for (index, (number, _)) in self.held.iter().enumerate() {
            let superfluous = self.held.get(index + 1).is_some_and(|(_, first)| *first <= after.saturating_add(1));
            if superfluous {
                continue;
            }
            let path = segment::path(&self.options.directory, *number);
            let bytes = fs::read(&path).map_err(Error::io("reading", &path))?;
            let mut offset = SEGMENT_HEADER_BYTES;
            while let Some((header, payload)) = bytes.get(offset..).and_then(|rest| format::decode(rest, *number)) {
                if header.position >= self.tail.next {
                    break;
                }
                if header.position > after {
                    each(header.position, payload)?;
                }
                offset += format::entry_bytes(header.length);
            }
        }
        Ok(())
    }

    /// Starts the committer. `on_group` is called on its thread; while it runs nothing is written.
    pub fn start<T: Send + 'static>(
        self,
        on_group: impl FnMut(Group<T>) + Send + 'static,
    ) -> Result<Journal<T>, Error> {
        let Self { options, segments, held, tail, lock } = self;
        let segments = Arc::new(segments);
        let (file, number, path, segment_bytes) = match held.last() {
            Some((number, _)) => {
                let path = segment::path(&options.directory, *number);
                let file = File::options().read(true).write(true).open(&path).map_err(Error::io("opening", &path))?;
                // A segment keeps the size it was made with.
                let bytes = file.metadata().map_err(Error::io("reading", &path))?.len();
                (file, *number, path, bytes.min(options.segment_bytes))
            }
            None => {
                let (file, number, path) = segments.create(tail.next)?;
                (file, number, path, options.segment_bytes)
            }
        };
        let shared = Arc::new(Shared::new(&options));
        let counters = Arc::new(Counters::default());
        counters.last.store(tail.next - 1, Ordering::Relaxed);
        let current =
            Current { file, path, number, offset: tail.offset, next: tail.next, group: tail.group, segment_bytes };
        let committer = Committer {
            shared: Arc::clone(&shared),
            segments: Arc::clone(&segments),
            counters: Arc::clone(&counters),
            current,
            new_segment_bytes: options.segment_bytes,
            on_group,
        };
        let run = move || {
            committer.run();
            drop(lock);
        };
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(run)
            .map_err(Error::io("starting the committer of", &options.directory))?;
        Ok(Journal { shared, segments, counters, thread: Some(thread) })
    }
}

fn lock(directory: &Path) -> Result<File, Error> {
    let path = directory.join("lock");
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(Error::io("opening", &path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::InUse { path: directory.to_owned() }),
        Err(error) => Err(Error::io("locking", &path)(error.into())),
    }
}

fn header(path: &Path, bytes: &[u8], number: u64) -> Result<SegmentHeader, Error> {
    let damaged = || Error::BadHeader { path: path.to_owned() };
    let bytes = bytes.first_chunk::<SEGMENT_HEADER_BYTES>().ok_or_else(damaged)?;
    match SegmentHeader::decode(bytes) {
        Ok(header) if header.number == number => Ok(header),
        Ok(_) | Err(HeaderFault::Damaged) => Err(damaged()),
        Err(HeaderFault::UnknownFormat(format)) => Err(Error::UnknownFormat { path: path.to_owned(), format }),
    }
}

/// Reads entries as long as they verify and follow one another: positions without a gap, groups without a gap, `first_group`
/// first when it is known.
fn scan(bytes: &[u8], number: u64, first: Position, first_group: Option<u64>) -> Scan {
    let mut scan = Scan { end: SEGMENT_HEADER_BYTES, next: first, last: None };
    while let Some((header, _)) = bytes.get(scan.end..).and_then(|rest| format::decode(rest, number)) {
        let group = match scan.last {
            Some((_, last)) => Some(if last.last_of_group { last.group + 1 } else { last.group }),
            None => first_group,
        };
        if header.position != scan.next || group.is_some_and(|group| group != header.group) {
            break;
        }
        scan.last = Some((scan.end, header));
        scan.end += format::entry_bytes(header.length);
        scan.next += 1;
    }
    scan
}

/// Decides on the end of the last segment: whatever lies beyond the first entry that does not verify either belongs to the group
/// that was being written when the machine stopped, and is overwritten, or proves a hole.
fn settle(path: &Path, bytes: &[u8], number: u64, scan: &Scan) -> Result<(), Error> {
    let beyond: Vec<(usize, EntryHeader)> = (scan.end..bytes.len())
        .step_by(8)
        .filter_map(|offset| Some((offset, format::decode(bytes.get(offset..)?, number)?.0)))
        .collect();
    let torn = match scan.last {
        Some((_, last)) if last.last_of_group => last.group + 1,
        Some((_, last)) => last.group,
        None => beyond.iter().map(|(_, header)| header.group).min().unwrap_or_default(),
    };
    if beyond.iter().any(|(_, header)| header.group > torn) {
        return Err(Error::Hole { path: path.to_owned(), offset: scan.end as u64, position: scan.next });
    }
    let file = File::options().write(true).open(path).map_err(Error::io("opening", path))?;
    if let Some((offset, last)) = scan.last.filter(|(_, last)| !last.last_of_group) {
        // The rest of its group is gone: it is the last of it now, so that the next group follows a complete one.
        let payload = bytes.get(offset + format::ENTRY_HEADER_BYTES..).and_then(|rest| rest.get(..last.length));
        let mut entry = Vec::with_capacity(format::entry_bytes(last.length));
        format::encode(&mut entry, number, EntryHeader { last_of_group: true, ..last }, payload.unwrap_or_default());
        file.write_all_at(&entry, offset as u64).map_err(Error::io("writing", path))?;
    }
    if let Some(end) = beyond.iter().map(|(offset, header)| offset + format::entry_bytes(header.length)).max() {
        tracing::warn!(path = %path.display(), offset = scan.end, entries = beyond.len(), "cutting a group that was torn when the machine stopped");
        let end = end.min(bytes.len());
        file.write_all_at(&vec![0; end - scan.end], scan.end as u64).map_err(Error::io("writing", path))?;
    }
    file.sync_all().map_err(Error::io("syncing", path))
}
