//! What the machine can do at most, with nothing in the way: a log that commits in groups, a volume that syncs for all who wait.
//!
//! Both write over and over into a file whose every page was written before, which is the cheapest a durable write can be. Neither
//! can be read back, recovers anything or says when the disk is full.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

/// Size of the file that a log writes over and over, in bytes.
const LOG_BYTES: u64 = 64 << 20;
/// Of memory and of disk, in bytes.
const PAGE_BYTES: u64 = 4_096;
/// What is written before at a time, in bytes.
const FILL_BYTES: usize = 1 << 20;

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    waiters: Vec<oneshot::Sender<()>>,
    closed: bool,
}

type Shared = Arc<(Mutex<Queue>, Condvar)>;

/// One thread that makes durable, for all who wait, what they queued meanwhile.
struct Committer {
    shared: Shared,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// `write` gets what was queued, before the sync.
    fn start(file: Arc<File>, mut write: impl FnMut(&File, &[u8]) -> io::Result<()> + Send + 'static) -> Self {
        let shared = Shared::default();
        let queue = Arc::clone(&shared);
        let run = move || {
            let (mut bytes, mut waiters) = (Vec::new(), Vec::new());
            while take(&queue, &mut bytes, &mut waiters) {
                write(&file, &bytes).expect("the disk takes the bytes");
                file.sync_data().expect("the disk syncs");
                bytes.clear();
                for waiter in waiters.drain(..) {
                    // Whoever went away does not mind.
                    waiter.send(()).ok();
                }
            }
        };
        Self { shared, thread: Some(std::thread::spawn(run)) }
    }

    fn queue(&self, bytes: &[u8]) -> oneshot::Receiver<()> {
        let (waiter, durable) = oneshot::channel();
        let (queue, signal) = &*self.shared;
        let mut queue = queue.lock();
        queue.bytes.extend_from_slice(bytes);
        queue.waiters.push(waiter);
        if queue.waiters.len() == 1 {
            signal.notify_one();
        }
        durable
    }
}

fn take(shared: &Shared, bytes: &mut Vec<u8>, waiters: &mut Vec<oneshot::Sender<()>>) -> bool {
    let (queue, signal) = &**shared;
    let mut queue = queue.lock();
    signal.wait_while(&mut queue, |queue| queue.waiters.is_empty() && !queue.closed);
    std::mem::swap(&mut queue.bytes, bytes);
    std::mem::swap(&mut queue.waiters, waiters);
    !waiters.is_empty()
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.shared.0.lock().closed = true;
        self.shared.1.notify_all();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the committer ends");
        }
    }
}

/// A file of this size, every page of which was written.
fn recycled(path: &Path, size_bytes: u64) -> io::Result<File> {
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
    let zeros = vec![0; FILL_BYTES];
    let mut offset = 0;
    while offset < size_bytes {
        file.write_all_at(&zeros, offset)?;
        offset += FILL_BYTES as u64;
    }
    file.sync_all()?;
    Ok(file)
}

/// A log: one buffer, one write, one sync for all who queued while the last one was synced.
pub struct Log(Committer);

impl std::fmt::Debug for Log {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Log")
    }
}

impl Log {
    /// A log in a new file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = Arc::new(recycled(path, LOG_BYTES)?);
        let mut offset = 0;
        Ok(Self(Committer::start(file, move |file, bytes| {
            let length = bytes.len() as u64;
            if offset + length > LOG_BYTES {
                offset = 0;
            }
            file.write_all_at(bytes, offset)?;
            offset += length;
            Ok(())
        })))
    }

    /// Queues an entry; the receiver says when it is durable.
    pub fn append(&self, entry: &[u8]) -> oneshot::Receiver<()> {
        self.0.queue(entry)
    }
}

/// A volume: whoever writes has an extent, and all who wait share a sync.
pub struct Volume {
    file: Arc<File>,
    next: AtomicU64,
    size_bytes: u64,
    committer: Committer,
}

impl std::fmt::Debug for Volume {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Volume").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

impl Volume {
    /// A volume in a new file of `size_bytes`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path, size_bytes: u64) -> io::Result<Self> {
        let file = Arc::new(recycled(path, size_bytes)?);
        let committer = Committer::start(Arc::clone(&file), |_, _| Ok(()));
        Ok(Self { file, next: AtomicU64::new(0), size_bytes, committer })
    }

    /// An extent of `length` bytes that shares no page with another; those of long ago are written over.
    ///
    /// # Panics
    /// When it is larger than the volume.
    pub fn reserve(&self, length: u64) -> u64 {
        assert!(length <= self.size_bytes, "an extent is larger than the volume");
        let pages = length.div_ceil(PAGE_BYTES);
        let room = self.size_bytes / PAGE_BYTES - pages + 1;
        self.next.fetch_add(pages, Ordering::Relaxed) % room * PAGE_BYTES
    }

    /// Writes at `offset`.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    /// The receiver says when all that was written before is durable.
    pub fn sync(&self) -> oneshot::Receiver<()> {
        self.committer.queue(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_the_limit_is_told() {
        let directory = crate::ground::directory();
        let log = Log::create(&directory.path().join("log")).unwrap();
        let volume = Volume::create(&directory.path().join("volume"), 4 << 20).unwrap();
        for _ in 0..10 {
            let offset = volume.reserve(1_000);
            volume.write(&[1; 1_000], offset).unwrap();
            volume.sync().await.unwrap();
            log.append(&[2; 1_000]).await.unwrap();
        }
        drop(log);
        let written = std::fs::read(directory.path().join("log")).unwrap();
        assert!(written[..10_000].iter().all(|byte| *byte == 2) && written[10_000] == 0);
    }
}
