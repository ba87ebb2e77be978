//! A download in progress: what the system has in memory is read at once, the rest by a thread for what blocks.

use std::fmt;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use rustix::io::{Errno, ReadWriteFlags};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

use super::disk::{self, Caching};
use super::extent::{self, HEADER_BYTES, Place, State as ExtentState};
use super::location::Location;
use super::shared::Shared;

/// A download in progress: a stream of chunks, each at most [`read_chunk_bytes`](super::Options::read_chunk_bytes) long.
///
/// It ends after the last byte of the range or after the first error; it never ends early in silence. Must be polled on a tokio runtime.
/// An attachment that is deleted meanwhile is an error in a volume, and is still read to its end from a file of its own.
pub struct Reader {
    shared: Arc<Shared>,
    state: State,
    /// What is still to be read, in bytes of the attachment.
    left: Range<u64>,
}

enum State {
    Memory(Bytes),
    Refused(io::Error),
    Unopened(Target),
    Opening(JoinHandle<io::Result<Source>>),
    Idle(Source),
    Reading(JoinHandle<(Source, io::Result<Bytes>)>),
    Done,
}

#[derive(Debug, Clone, Copy)]
enum Target {
    Extent(Place),
    File { id: Uuid, length: u64 },
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, location: &Location, range: Range<u64>) -> Self {
        let state = if range.start > range.end || range.end > location.length() {
            State::Refused(io::Error::new(io::ErrorKind::InvalidInput, "the range is not inside the attachment"))
        } else if range.is_empty() {
            State::Done
        } else {
            match location {
                // Lossless: inside the bytes.
                Location::Inline(bytes) => State::Memory(bytes.slice(range.start as usize..range.end as usize)),
                Location::Volume { volume, offset, length } if extent::end(*offset, *length).is_some() => {
                    State::Unopened(Target::Extent(Place { volume: *volume, offset: *offset, length: *length }))
                }
                Location::Volume { .. } => State::Refused(missing()),
                Location::File { id, length } => State::Unopened(Target::File { id: *id, length: *length }),
            }
        };
        Self { shared, state, left: range }
    }

    fn next_chunk(&self) -> usize {
        let left = usize::try_from(self.left.end - self.left.start).unwrap_or(usize::MAX);
        left.min(self.shared.options.read_chunk_bytes)
    }
}

impl Stream for Reader {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let this = self.get_mut();
        loop {
            let result = match &mut this.state {
                State::Opening(opening) => {
                    match ready!(Pin::new(opening).poll(context)).map_err(io::Error::from).flatten() {
                        Ok(source) => {
                            this.state = State::Idle(source);
                            continue;
                        }
                        Err(error) => Err(error),
                    }
                }
                State::Reading(reading) => match ready!(Pin::new(reading).poll(context)) {
                    Ok((source, chunk)) => {
                        this.state = State::Idle(source);
                        chunk
                    }
                    Err(error) => Err(error.into()),
                },
                state => match std::mem::replace(state, State::Done) {
                    State::Unopened(target) => {
                        this.state = target.open(&this.shared);
                        continue;
                    }
                    State::Idle(mut source) => match source.read_cached(this.left.start, this.next_chunk()) {
                        Ok(Cached::Chunk(chunk)) => {
                            this.state = State::Idle(source);
                            Ok(chunk)
                        }
                        Ok(Cached::Miss(buffer)) => {
                            let start = this.left.start;
                            this.state = State::Reading(spawn_blocking(move || {
                                let chunk = source.read(start, buffer);
                                (source, chunk)
                            }));
                            continue;
                        }
                        Err(error) => Err(error),
                    },
                    State::Memory(bytes) => Ok(bytes),
                    State::Refused(error) => Err(error),
                    State::Done | State::Opening(_) | State::Reading(_) => return Poll::Ready(None),
                },
            };
            match &result {
                Ok(chunk) => this.left.start += chunk.len() as u64,
                Err(_) => this.state = State::Done,
            }
            if this.left.is_empty() {
                this.state = State::Done;
            }
            return Poll::Ready(Some(result));
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reader").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Target {
    /// To open a file may need the disk, unless it is open already.
    fn open(self, shared: &Arc<Shared>) -> State {
        if let Self::Extent(place) = self
            && let Some(file) = shared.volumes.readable(place.volume)
        {
            return State::Idle(Source::extent(file, place));
        }
        let shared = Arc::clone(shared);
        State::Opening(spawn_blocking(move || match self {
            Self::Extent(place) => Ok(Source::extent(shared.volumes.open_to_read(place.volume)?, place)),
            Self::File { id, length } => {
                let file = File::open(shared.files.path(id))?;
                if file.metadata()?.len() != length {
                    return Err(missing());
                }
                disk::read_ahead(&file);
                Ok(Source::file(file, shared.options.caching(length)))
            }
        }))
    }
}

/// An open file and where in it the attachment is.
struct Source {
    file: Arc<File>,
    /// Where the attachment's own bytes begin.
    content: u64,
    extent: Option<Place>,
    caching: Caching,
}

enum Cached {
    Chunk(Bytes),
    Miss(Vec<u8>),
}

impl Source {
    fn extent(file: Arc<File>, place: Place) -> Self {
        Self { file, content: extent::content(place.offset), extent: Some(place), caching: Caching::Kept }
    }

    fn file(file: File, caching: Caching) -> Self {
        Self { file: Arc::new(file), content: 0, extent: None, caching }
    }

    /// Reads at most `bytes` from `start`, if that needs no disk. May read less.
    fn read_cached(&mut self, start: u64, bytes: usize) -> io::Result<Cached> {
        let mut buffer = vec![0; bytes];
        let read = self.read_once(&mut buffer, self.content + start, ReadWriteFlags::NOWAIT);
        let Some(read) = in_memory(read)? else { return Ok(Cached::Miss(buffer)) };
        if let Some(place) = self.extent {
            let mut header = [0; HEADER_BYTES];
            match in_memory(self.read_once(&mut header, place.offset, ReadWriteFlags::NOWAIT))? {
                Some(HEADER_BYTES) => check(place, &header)?,
                Some(_) | None => return Ok(Cached::Miss(buffer)),
            }
        }
        buffer.truncate(read);
        Ok(Cached::Chunk(buffer.into()))
    }

    /// Fills the buffer from `start`.
    fn read(&mut self, start: u64, mut buffer: Vec<u8>) -> io::Result<Bytes> {
        self.read_exact(&mut buffer, self.content + start)?;
        if let Some(place) = self.extent {
            let mut header = [0; HEADER_BYTES];
            self.read_exact(&mut header, place.offset)?;
            check(place, &header)?;
        }
        Ok(buffer.into())
    }

    fn read_exact(&mut self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_once(buffer, offset, ReadWriteFlags::empty()) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buffer = buffer.split_at_mut(read).1;
                    offset += read as u64;
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn read_once(&mut self, buffer: &mut [u8], offset: u64, flags: ReadWriteFlags) -> Result<usize, Errno> {
        let buffers = &mut [IoSliceMut::new(buffer)];
        match rustix::io::preadv2(&self.file, buffers, offset, flags | self.caching.flags()) {
            Err(error) if self.caching.is_refused(error) => {
                self.caching = Caching::Kept;
                rustix::io::preadv2(&self.file, buffers, offset, flags)
            }
            read => read,
        }
    }
}

/// What was read without waiting. `None` if the system would have to wait, or cannot tell.
fn in_memory(read: Result<usize, Errno>) -> io::Result<Option<usize>> {
    match read {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(read) => Ok(Some(read)),
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Judged after the bytes were read: a removal marks the header before it takes the bytes, so these were all there.
fn check(place: Place, header: &[u8; HEADER_BYTES]) -> io::Result<()> {
    if place.judge(header) == ExtentState::Live { Ok(()) } else { Err(missing()) }
}

fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the attachment is not there, or not whole")
}
