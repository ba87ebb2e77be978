//! Attachment bytes: inline, in volumes, or in files of their own.
//!
//! The store knows nothing of the domain. An [`Upload`] is put where an attachment of its declared size belongs:
//!
//! * up to [`inline_max_bytes`](Options::inline_max_bytes): given back, for the caller to keep beside its other data;
//! * up to [`volume_max_bytes`](Options::volume_max_bytes): into an extent of a volume, a large preallocated file. Reserving one is one
//!   atomic addition; one thread syncs for everybody who is waiting; a deleted extent is punched out, so its blocks are free at once;
//! * above: into a file of its own.
//!
//! ```text
//! format               the version of this layout
//! lock                 held while the store is open
//! examined             when the last start looked for dead files, in milliseconds since 1970
//! volumes/N.open       examined at the next start: extents that the view does not know are freed
//! volumes/N.sealed     all of it is known to the view or free; removed when nothing is left in it
//! incoming/<uuid>      uploads to files, emptied at start
//! files/<xx>/<uuid>    stored files, in 256 directories by the last byte of the id
//! ```
//!
//! What the filesystem must give: `rename` is atomic, and what `fdatasync` says is durable is. Where it cannot make holes, zeros are
//! written over deleted bytes instead, and the space returns only with the whole file.

mod batch;
mod buffer;
mod disk;
mod error;
mod extent;
mod files;
mod group;
mod location;
mod mailbox;
mod options;
mod reader;
mod reaper;
mod recovery;
mod remover;
mod shared;
mod syncer;
mod upload;
mod volume;
mod volumes;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;
use uuid::Uuid;

pub use error::{BoxError, Error};
pub use location::{Location, NotALocation};
pub use options::Options;
pub use reader::Reader;
pub use remover::Remover;
pub use upload::{Stored, Upload};

use buffer::Buffers;
use files::Files;
use mailbox::Mailbox;
use reaper::Job;
use shared::{Counters, Shared};
use volumes::Volumes;

use super::space::Space;

/// What the view knows, asked for when the store is opened: everything else that is found is dead, and freed.
pub trait Live {
    /// The live extents of a volume, as the offset and length of their [`Location::Volume`], in any order.
    ///
    /// # Errors
    /// Any; the store is not opened then.
    fn extents(&self, volume: u32) -> Result<Vec<(u64, u64)>, BoxError>;

    /// Whether a live attachment is in the file of this [`Location::File`].
    ///
    /// # Errors
    /// Any; the store is not opened then.
    fn file(&self, id: Uuid) -> Result<bool, BoxError>;
}

/// What has happened since the store was opened, and what is happening.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Uploads in progress.
    pub uploads: u64,
    /// Deletions and other work of the same thread that wait.
    pub waiting_removals: u64,
    /// Attachments stored, inline ones included.
    pub stored: u64,
    /// Syncs of volumes. Those who waited together share one.
    pub syncs: u64,
    /// Bytes of volumes that were freed.
    pub erased_bytes: u64,
    /// Volumes that were sealed.
    pub sealed_volumes: u64,
    /// Volumes removed because nothing was left in them.
    pub removed_volumes: u64,
    /// Files of their own that were removed.
    pub removed_files: u64,
    /// Removals that the disk refused.
    pub failed_removals: u64,
    /// Uploads that were refused because too many were in progress.
    pub refused_uploads: u64,
    /// Time the thread that makes attachments durable was at work, in nanoseconds.
    pub syncer_busy_nanoseconds: u64,
    /// Time the thread that removes was at work, in nanoseconds.
    pub reaper_busy_nanoseconds: u64,
    /// Whether the disk failed: nothing is stored any more until a restart.
    pub failed: bool,
}

/// A store of attachments in a directory.
///
/// Dropping it waits until deletions asked for are done. Uploads that are still in progress then fail, and must be gone before the directory is
/// opened again by the same process.
#[derive(Debug)]
pub struct Attachments {
    shared: Arc<Shared>,
    syncer: Option<JoinHandle<()>>,
    reaper: Option<JoinHandle<()>>,
    _lock: File,
}

impl Attachments {
    /// Opens the store: frees what uploads of a dead process left behind, and takes the directory for this process. Blocks.
    ///
    /// What `live` does not know is erased, so the whole journal must have been applied to it before.
    ///
    /// # Errors
    /// When options make no sense, the directory cannot be used, is in use, has another format, or does not hold what `live` knows.
    pub fn open(options: Options, live: &dyn Live) -> Result<Self, Error> {
        options.validate()?;
        let directory = options.directory.clone();
        let lock = recovery::lock(&directory)?;
        let volumes_directory = directory.join("volumes");
        let next_number = recovery::volumes(&volumes_directory, live)?;
        let files = Files::open(&directory, live)?;
        let shared = Arc::new(Shared {
            volumes: Volumes::new(volumes_directory, &options, next_number),
            files,
            buffers: Buffers::new(options.buffers_kept_bytes),
            // Nobody waits for room here: each upload in progress leaves one letter at most.
            syncer: Mailbox::new(options.uploads_max),
            reaper: Mailbox::new(options.discards_max),
            failed: false.into(),
            uploads: 0.into(),
            counters: Counters::default(),
            space: Space::new(directory.clone(), options.reserve_bytes),
            options,
        });
        let start = |name: &str, run: fn(&Shared)| {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name(name.into()).spawn(move || run(&shared));
            thread.map(Some).map_err(Error::at(&directory))
        };
        let mut attachments = Self { shared: Arc::clone(&shared), syncer: None, reaper: None, _lock: lock };
        attachments.syncer = start("attachment-sync", syncer::run)?;
        attachments.reaper = start("attachment-free", reaper::run)?;
        Ok(attachments)
    }

    /// Begins to store an attachment of exactly `declared_size` bytes. Takes no space on disk before bytes come.
    ///
    /// # Errors
    /// [`Error::NoSpace`] when it would touch the reserve, [`Error::Busy`] when too many uploads are in progress, [`Error::Failed`] once the disk has failed.
    pub fn upload(&self, id: Uuid, declared_size: u64) -> Result<Upload, Error> {
        if !self.shared.space.admits(declared_size) {
            return Err(Error::NoSpace { source: io::ErrorKind::StorageFull.into() });
        }
        Upload::new(Arc::clone(&self.shared), id, declared_size)
    }

    /// Reads bytes `range` of an attachment. Whatever is wrong, the range included, is the reader's first item.
    pub fn read(&self, location: &Location, range: Range<u64>) -> Reader {
        Reader::new(Arc::clone(&self.shared), location, range)
    }

    /// Makes the bytes of an attachment go away for good, soon, in another thread. Waits only when
    /// [`discards_max`](Options::discards_max) deletions do. Again, or for what was never there, it changes nothing.
    ///
    /// A crash may forget it: whoever discards remembers it until the store is [settled](Self::settle).
    pub fn discard(&self, location: &Location) {
        let Some(job) = Job::discard(location) else { return };
        // Refused only once the store is closed.
        drop(self.shared.reaper.put_or_wait(job));
    }

    /// Waits until everything discarded before is gone from the disk, durably.
    ///
    /// # Errors
    /// [`Error::Failed`] when some removal failed since the last time this was asked; the log says which and why.
    pub async fn settle(&self) -> Result<(), Error> {
        let (done, succeeded) = oneshot::channel();
        self.shared.reaper.put(Job::Settle(done)).map_err(|_| Error::Failed)?;
        if succeeded.await.unwrap_or(false) { Ok(()) } else { Err(Error::Failed) }
    }

    /// Removes attachments for whoever has to be certain that they are gone.
    pub fn remover(&self) -> Remover {
        Remover { shared: Arc::clone(&self.shared) }
    }

    /// What has happened since the store was opened.
    pub fn statistics(&self) -> Statistics {
        let Shared { counters, uploads, reaper, failed, .. } = &*self.shared;
        Statistics {
            uploads: uploads.load(Ordering::Relaxed) as u64,
            waiting_removals: reaper.len() as u64,
            stored: counters.stored.load(Ordering::Relaxed),
            syncs: counters.syncs.load(Ordering::Relaxed),
            erased_bytes: counters.erased_bytes.load(Ordering::Relaxed),
            sealed_volumes: counters.sealed_volumes.load(Ordering::Relaxed),
            removed_volumes: counters.removed_volumes.load(Ordering::Relaxed),
            removed_files: counters.removed_files.load(Ordering::Relaxed),
            failed_removals: counters.failed_removals.load(Ordering::Relaxed),
            refused_uploads: counters.refused_uploads.load(Ordering::Relaxed),
            syncer_busy_nanoseconds: counters.syncer_busy.nanoseconds(),
            reaper_busy_nanoseconds: counters.reaper_busy.nanoseconds(),
            failed: failed.load(Ordering::Acquire),
        }
    }
}

impl Drop for Attachments {
    fn drop(&mut self) {
        // The syncer first: whoever waits for it may still have something to free.
        self.shared.syncer.close();
        join(self.syncer.take());
        self.shared.reaper.close();
        join(self.reaper.take());
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    if let Some(Err(_)) = thread.map(JoinHandle::join) {
        tracing::error!("a thread of the attachment store panicked");
    }
}
