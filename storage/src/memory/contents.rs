//! The bytes of attachments, and how much room they take.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use navette_router::content::HEAD_BYTES;
use navette_router::model::{Digest, Place};
use navette_router::ports::{self, Error, ErrorKind};
use parking_lot::Mutex;

/// What addresses begin with.
const PREFIX: &str = "memory/";
/// The largest chunk that a reader gives, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// What attachments take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// How many contents are stored.
    pub contents: usize,
    /// Their sizes together, in bytes.
    pub content_bytes: u64,
    /// How many uploads are in progress.
    pub uploads: usize,
    /// What those declared together, in bytes.
    pub upload_bytes: u64,
}

#[derive(Debug, Default)]
struct Inner {
    stored: BTreeMap<u64, Bytes>,
    next: u64,
    held: Held,
}

impl Inner {
    fn remove(&mut self, number: u64) {
        if let Some(bytes) = self.stored.remove(&number) {
            self.held.contents -= 1;
            self.held.content_bytes -= bytes.len() as u64;
        }
    }
}

/// Contents by number, within a room.
#[derive(Debug)]
pub(super) struct Contents {
    room_bytes: u64,
    inner: Mutex<Inner>,
}

impl Default for Contents {
    fn default() -> Self {
        Self::with_room(u64::MAX)
    }
}

impl Contents {
    pub(super) fn with_room(room_bytes: u64) -> Self {
        Self { room_bytes, inner: Mutex::default() }
    }

    pub(super) fn held(&self) -> Held {
        self.inner.lock().held
    }

    pub(super) fn upload(contents: &Arc<Self>, declared_bytes: u64) -> Result<Upload, Error> {
        let held = &mut contents.inner.lock().held;
        let taken = held.content_bytes.saturating_add(held.upload_bytes);
        if declared_bytes > contents.room_bytes.saturating_sub(taken) {
            return Err(ErrorKind::NoSpace.into());
        }
        held.uploads += 1;
        held.upload_bytes += declared_bytes;
        let room = Room { contents: Arc::clone(contents), declared_bytes };
        Ok(Upload { room, gathered: BytesMut::new(), overrun: false })
    }

    pub(super) fn read(&self, place: &Place, range: Range<u64>) -> Result<Reader, Error> {
        let content = match place {
            Place::Inline(bytes) => Some(bytes.clone()),
            Place::Stored(address) => {
                let number = number(address).ok_or(ErrorKind::Corrupt)?;
                self.inner.lock().stored.get(&number).cloned()
            }
        };
        Ok(Reader(
            content.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)).and_then(|bytes| slice(&bytes, range)),
        ))
    }

    pub(super) fn discard(&self, place: &Place) {
        let Place::Stored(address) = place else { return };
        if let Some(number) = number(address) {
            self.inner.lock().remove(number);
        }
    }

    /// Frees everything but what is `live`.
    pub(super) fn keep_only(&self, live: &HashSet<Place>) {
        let mut inner = self.inner.lock();
        let dead: Vec<u64> = inner.stored.keys().copied().filter(|number| !live.contains(&address(*number))).collect();
        dead.into_iter().for_each(|number| inner.remove(number));
    }
}

fn address(number: u64) -> Place {
    Place::Stored(format!("{PREFIX}{number}").into())
}

fn number(address: &str) -> Option<u64> {
    address.strip_prefix(PREFIX)?.parse().ok()
}

fn slice(bytes: &Bytes, range: Range<u64>) -> io::Result<Bytes> {
    let end = usize::try_from(range.end).ok().filter(|end| *end <= bytes.len());
    let start = usize::try_from(range.start).ok().filter(|start| end.is_some_and(|end| *start <= end));
    match (start, end) {
        (Some(start), Some(end)) => Ok(bytes.slice(start..end)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// What an upload declared; given back when dropped.
#[derive(Debug)]
struct Room {
    contents: Arc<Contents>,
    declared_bytes: u64,
}

impl Drop for Room {
    fn drop(&mut self) {
        let held = &mut self.contents.inner.lock().held;
        held.uploads -= 1;
        held.upload_bytes -= self.declared_bytes;
    }
}

/// An upload in progress.
#[derive(Debug)]
pub struct Upload {
    room: Room,
    gathered: BytesMut,
    overrun: bool,
}

impl ports::Upload for Upload {
    async fn write(&mut self, frame: Bytes) -> Result<(), Error> {
        tokio::task::yield_now().await;
        let received_bytes = (self.gathered.len() as u64).saturating_add(frame.len() as u64);
        self.overrun |= received_bytes > self.room.declared_bytes;
        if self.overrun {
            return Err(ErrorKind::TooLong.into());
        }
        self.gathered.extend_from_slice(&frame);
        Ok(())
    }

    async fn finish(self) -> Result<ports::Stored, Error> {
        tokio::task::yield_now().await;
        let Self { room, gathered, overrun } = self;
        if overrun {
            return Err(ErrorKind::TooLong.into());
        }
        let bytes = gathered.freeze();
        if (bytes.len() as u64) < room.declared_bytes {
            return Err(ErrorKind::TooShort.into());
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &bytes).as_ref());
        // A copy, so that whoever keeps it does not keep the whole content.
        let head = Bytes::copy_from_slice(bytes.get(..HEAD_BYTES).unwrap_or(&bytes));
        let mut inner = room.contents.inner.lock();
        let number = inner.next;
        inner.next += 1;
        inner.held.contents += 1;
        inner.held.content_bytes += bytes.len() as u64;
        inner.stored.insert(number, bytes);
        drop(inner);
        Ok(ports::Stored { place: address(number), digest: Digest(sha256), head })
    }
}

/// A download in progress. What is wrong is its only item.
#[derive(Debug)]
pub struct Reader(io::Result<Bytes>);

impl Stream for Reader {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let state = &mut self.get_mut().0;
        match state {
            Ok(bytes) if bytes.is_empty() => Poll::Ready(None),
            Ok(bytes) => Poll::Ready(Some(Ok(bytes.split_to(bytes.len().min(CHUNK_BYTES))))),
            Err(_) => Poll::Ready(Some(std::mem::replace(state, Ok(Bytes::new())))),
        }
    }
}
