//! What uploads, readers and the two threads of the store have in common.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::buffer::Buffers;
use super::error::Error;
use super::files::Files;
use super::mailbox::Mailbox;
use super::options::Options;
use super::reaper::Job;
use super::syncer::Request;
use super::volumes::Volumes;
use crate::embedded::busy::Busy;
use crate::embedded::space::Space;

/// What uploads, readers and the two threads of the store have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) space: Space,
    pub(super) volumes: Volumes,
    pub(super) files: Files,
    pub(super) buffers: Buffers,
    pub(super) syncer: Mailbox<Request>,
    pub(super) reaper: Mailbox<Job>,
    /// Set when the disk failed to make bytes durable, and never cleared.
    pub(super) failed: AtomicBool,
    pub(super) uploads: AtomicUsize,
    pub(super) counters: Counters,
}

/// What has happened since the store was opened.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) stored: AtomicU64,
    pub(super) syncs: AtomicU64,
    pub(super) erased_bytes: AtomicU64,
    pub(super) sealed_volumes: AtomicU64,
    pub(super) removed_volumes: AtomicU64,
    pub(super) removed_files: AtomicU64,
    pub(super) failed_removals: AtomicU64,
    pub(super) refused_uploads: AtomicU64,
    pub(super) syncer_busy: Busy,
    pub(super) reaper_busy: Busy,
}

/// Adds to a counter that is only ever looked at.
pub(super) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl Shared {
    /// Refuses once the disk has failed.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.failed.load(Ordering::Acquire) { Err(Error::Failed) } else { Ok(()) }
    }
}

/// One of the uploads that may be in progress at a time.
#[derive(Debug)]
pub(super) struct Slot(Arc<Shared>);

impl Slot {
    /// Takes one, if there is one left.
    pub(super) fn take(shared: &Arc<Shared>) -> Result<Self, Error> {
        let uploads_max = shared.options.uploads_max;
        let slot = Self(Arc::clone(shared));
        if shared.uploads.fetch_add(1, Ordering::Relaxed) < uploads_max {
            Ok(slot)
        } else {
            count(&shared.counters.refused_uploads, 1);
            Err(Error::Busy { uploads_max })
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.uploads.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs what blocks away from the threads that serve connections. It ends even if nobody waits for it any more.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    Ok(tokio::task::spawn_blocking(work).await?)
}
