//! Files whose bytes are made up as they are read, so that a gigabyte costs nothing.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use navette_router::model::{Attachment, AttachmentId, Digest};
use navette_router::ports::{Error, ErrorKind, FileStream, Files};
use navette_storage::conformance::fixtures::noise;
use tokio::sync::Notify;

/// How much is handed out at once.
const CHUNK_BYTES: u64 = 64 * 1024;
/// A prime: no two places that a fault would exchange hold the same bytes.
const PATTERN_BYTES: usize = 1_048_573;
/// Never: the place in a file that is not reached.
const NOWHERE: u64 = u64::MAX;

static PATTERN: LazyLock<Bytes> = LazyLock::new(|| noise(1, PATTERN_BYTES));

/// What a file holds: these bytes, or bytes that no compressor shrinks, cut from one pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Where in the pattern it begins: files of different seeds differ.
    seed: u64,
    /// How long it is.
    pub size_bytes: u64,
    bytes: Option<Bytes>,
}

impl From<Bytes> for Contents {
    fn from(bytes: Bytes) -> Self {
        Self { seed: 0, size_bytes: bytes.len() as u64, bytes: Some(bytes) }
    }
}

impl Contents {
    /// Some that are made up as they are read.
    pub const fn made(seed: u64, size_bytes: u64) -> Self {
        Self { seed, size_bytes, bytes: None }
    }

    /// The bytes from `at` on, at most `most` of them.
    fn chunk(&self, at: u64, most: u64) -> Bytes {
        let length = (self.size_bytes - at).min(most);
        if let Some(bytes) = &self.bytes {
            let [start, length] = [at, length].map(|place| usize::try_from(place).expect("in memory"));
            return bytes.slice(start..start + length);
        }
        let period = PATTERN_BYTES as u64;
        let start = usize::try_from((self.seed * 7_919 + at) % period).expect("less than the pattern");
        let length = usize::try_from(length).expect("a chunk").min(PATTERN_BYTES - start);
        PATTERN.slice(start..start + length)
    }

    /// Its SHA-256.
    pub fn digest(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        let mut at = 0;
        while at < self.size_bytes {
            let chunk = self.chunk(at, self.size_bytes);
            context.update(&chunk);
            at += chunk.len() as u64;
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Digest(digest)
    }
}

/// The files of a delivery, which can be made to fail or to stop in the middle.
#[derive(Debug)]
pub struct MadeFiles {
    contents: HashMap<AttachmentId, Contents>,
    handed_out_bytes: AtomicU64,
    fails_at: AtomicU64,
    stops_at: AtomicU64,
    stopped: Notify,
}

impl MadeFiles {
    /// The files of these attachments.
    pub fn new(contents: HashMap<AttachmentId, Contents>) -> Self {
        let [handed_out_bytes, fails_at, stops_at] = [0, NOWHERE, NOWHERE].map(AtomicU64::new);
        Self { contents, handed_out_bytes, fails_at, stops_at, stopped: Notify::new() }
    }

    /// How many bytes were handed out so far, whoever asked.
    pub fn handed_out_bytes(&self) -> u64 {
        self.handed_out_bytes.load(Ordering::SeqCst)
    }

    /// From now on reading fails after so many bytes of all files together.
    pub fn fail_after(&self, bytes: u64) {
        self.fails_at.store(self.handed_out_bytes() + bytes, Ordering::SeqCst);
    }

    /// From now on reading stops after so many bytes, and waits for ever.
    pub fn stop_after(&self, bytes: u64) {
        self.stops_at.store(self.handed_out_bytes() + bytes, Ordering::SeqCst);
    }

    /// Waits until a reader waits for ever.
    pub async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// From now on everything can be read.
    pub fn mend(&self) {
        self.fails_at.store(NOWHERE, Ordering::SeqCst);
        self.stops_at.store(NOWHERE, Ordering::SeqCst);
    }
}

/// A reader: the files it reads from are shared with the test.
struct Reading {
    files: std::sync::Arc<MadeFiles>,
    contents: Contents,
    left: Range<u64>,
}

impl Reading {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.left.is_empty() {
            return None;
        }
        let so_far = self.files.handed_out_bytes();
        if so_far >= self.files.fails_at.load(Ordering::SeqCst) {
            self.left = 0..0;
            return Some(Err(io::Error::other("the disk cannot be read")));
        }
        if so_far >= self.files.stops_at.load(Ordering::SeqCst) {
            self.files.stopped.notify_one();
            return std::future::pending().await;
        }
        let chunk = self.contents.chunk(self.left.start, CHUNK_BYTES.min(self.left.end - self.left.start));
        self.left.start += chunk.len() as u64;
        self.files.handed_out_bytes.fetch_add(chunk.len() as u64, Ordering::SeqCst);
        Some(Ok(chunk))
    }
}

/// Shared: a stream outlives the call that opened it.
#[derive(Debug, Clone)]
pub(crate) struct Shared(pub(crate) std::sync::Arc<MadeFiles>);

impl Files for Shared {
    fn open(&self, attachment: &Attachment, range: Range<u64>) -> Result<FileStream, Error> {
        let contents = self.0.contents.get(&attachment.id).ok_or(ErrorKind::Corrupt)?.clone();
        if range.end > contents.size_bytes || range.start > range.end {
            return Err(ErrorKind::Corrupt.into());
        }
        let reading = Reading { files: std::sync::Arc::clone(&self.0), contents, left: range };
        Ok(Box::pin(futures_util::stream::unfold(reading, async |mut reading| {
            let next = reading.next().await?;
            Some((next, reading))
        })))
    }
}
