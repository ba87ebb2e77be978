//! The store as a whole, on a real filesystem.

mod concurrency;
mod faults;
mod recovery;
mod removal;
mod storing;

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::task::Poll;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use bytes::Bytes;
use futures_util::TryStreamExt;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// What a view would know.
#[derive(Debug, Default)]
struct Known {
    live: Mutex<HashSet<Location>>,
    questions: Mutex<Vec<String>>,
}

impl Known {
    fn add(&self, stored: &Stored) -> Location {
        self.live.lock().insert(stored.location.clone());
        stored.location.clone()
    }
}

impl Live for Known {
    fn extents(&self, number: u32) -> Result<Vec<(u64, u64)>, BoxError> {
        self.questions.lock().push(format!("volume {number}"));
        let extent = |location: &Location| match location {
            Location::Volume { volume, offset, length } if *volume == number => Some((*offset, *length)),
            _ => None,
        };
        Ok(self.live.lock().iter().filter_map(extent).collect())
    }

    fn file(&self, id: Uuid) -> Result<bool, BoxError> {
        self.questions.lock().push(format!("file {id}"));
        Ok(self.live.lock().iter().any(|location| matches!(location, Location::File { id: other, .. } if *other == id)))
    }
}

/// A store in a directory of its own, which can be opened again.
struct Bench {
    runtime: Runtime,
    options: Options,
    known: Known,
    store: Option<Attachments>,
    _directory: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    /// A store with smaller limits than in real life, so that every path is taken by small tests.
    fn with(change: impl FnOnce(&mut Options)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut options = Options {
            volume_max_bytes: MIB,
            volume_bytes: 4 * MIB,
            write_batch_bytes: 64 * 1024,
            file_batch_bytes: 256 * 1024,
            cached_file_max_bytes: 2 * MIB,
            sync_range_bytes: MIB,
            read_chunk_bytes: 64 * 1024,
            ..Options::new(directory.path().join("attachments"))
        };
        change(&mut options);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let known = Known::default();
        let store = Attachments::open(options.clone(), &known).unwrap();
        Self { runtime, options, known, store: Some(store), _directory: directory }
    }

    fn store(&self) -> &Attachments {
        self.store.as_ref().unwrap()
    }

    fn reopen(&mut self) {
        self.store = None;
        self.known.questions.lock().clear();
        self.store = Some(Attachments::open(self.options.clone(), &self.known).unwrap());
    }

    fn put(&self, body: &[u8]) -> Stored {
        self.runtime.block_on(put(self.store(), body)).unwrap()
    }

    /// Stores, and tells the view.
    fn put_live(&self, body: &[u8]) -> Location {
        self.known.add(&self.put(body))
    }

    fn get(&self, location: &Location) -> std::io::Result<Vec<u8>> {
        self.get_range(location, 0..location.length())
    }

    fn get_range(&self, location: &Location, range: Range<u64>) -> std::io::Result<Vec<u8>> {
        let reader = self.store().read(location, range);
        self.runtime.block_on(collect(reader))
    }

    fn discard(&self, location: &Location) {
        self.known.live.lock().remove(location);
        self.store().discard(location);
    }

    fn settle(&self) {
        self.runtime.block_on(self.store().settle()).unwrap();
    }

    /// Waits until nothing is left of uploads that were given up: a blocking task that began ends although nobody waits for it.
    fn settle_uploads(&self) {
        wait_until(|| {
            let uploads = self.store().statistics().uploads;
            self.settle();
            uploads == 0 && self.names("incoming").is_empty()
        });
    }

    /// What the attachments take on disk, in bytes.
    fn disk_bytes(&self) -> u64 {
        ["volumes", "incoming", "files"].map(|part| disk_bytes(&self.options.directory.join(part))).iter().sum()
    }

    fn names(&self, part: &str) -> Vec<String> {
        let mut names: Vec<_> =
            files::list(&self.options.directory.join(part)).unwrap().into_iter().map(|(_, name)| name).collect();
        names.sort();
        names
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < end, "not in time");
        thread::yield_now();
    }
}

fn disk_bytes(path: &Path) -> u64 {
    let metadata = fs::metadata(path).unwrap();
    if metadata.is_file() {
        return metadata.blocks() * 512;
    }
    fs::read_dir(path).unwrap().map(|entry| disk_bytes(&entry.unwrap().path())).sum()
}

async fn put(store: &Attachments, body: &[u8]) -> Result<Stored, Error> {
    let mut upload = store.upload(Uuid::now_v7(), body.len() as u64)?;
    // Sizes of frames that are not those of blocks or batches.
    for frame in body.chunks(7001) {
        upload.write(Bytes::copy_from_slice(frame)).await?;
    }
    upload.finish().await
}

async fn collect(reader: Reader) -> std::io::Result<Vec<u8>> {
    let chunks: Vec<Bytes> = reader.try_collect().await?;
    Ok(chunks.concat())
}

/// Bytes that are different at every place and for every seed.
fn body(seed: u64, bytes: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut body = Vec::with_capacity(bytes as usize + 8);
    while body.len() < bytes as usize {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        body.extend_from_slice(&state.to_le_bytes());
    }
    body.truncate(bytes as usize);
    body
}

fn sha256(body: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, body).as_ref().try_into().unwrap()
}
