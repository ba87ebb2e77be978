//! A volume: one large preallocated file, in which extents are given out one after the other and never twice.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::extent::{self, Place};
use super::reaper::Job;
use super::shared::Shared;

/// A volume into which uploads write.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) number: u32,
    pub(super) file: File,
    /// The same file, past the system's memory; nothing where the filesystem cannot do that.
    pub(super) direct: Option<File>,
    size_bytes: u64,
    /// Where the next extent begins. Beyond the size once the volume is closed.
    next: AtomicU64,
    /// Where the last extent ends.
    end: AtomicU64,
    /// Uploads that have not ended.
    uploads: AtomicU64,
}

impl Volume {
    /// An empty volume.
    pub(super) fn new(number: u32, file: File, direct: Option<File>, size_bytes: u64) -> Self {
        let [next, end, uploads] = Default::default();
        Self { number, file, direct, size_bytes, next, end, uploads }
    }

    /// Gives out an extent and counts its upload. `None` when it does not fit, and then nothing fits any more: the volume is full.
    fn reserve(&self, bytes: u64) -> Option<u64> {
        // Counted first: whoever finds a closed volume without uploads knows that none can begin.
        self.uploads.fetch_add(1, Ordering::SeqCst);
        let offset = self.next.fetch_add(bytes, Ordering::SeqCst);
        if offset.saturating_add(bytes) <= self.size_bytes {
            self.end.fetch_max(offset + bytes, Ordering::SeqCst);
            Some(offset)
        } else {
            self.leave();
            None
        }
    }

    /// Gives out nothing any more.
    pub(super) fn close(&self) {
        self.next.fetch_add(self.size_bytes + 1, Ordering::SeqCst);
    }

    /// One upload has ended.
    pub(super) fn leave(&self) {
        self.uploads.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether no upload writes here now or ever again.
    pub(super) fn is_over(&self) -> bool {
        self.is_closed() && self.uploads.load(Ordering::SeqCst) == 0
    }

    fn is_closed(&self) -> bool {
        self.next.load(Ordering::SeqCst) > self.size_bytes
    }

    /// Where the last extent ends, in bytes.
    pub(super) fn end_bytes(&self) -> u64 {
        self.end.load(Ordering::SeqCst)
    }
}

/// The names of a volume in its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Uploads may be writing to it, or may have been when the process died: it is examined at start.
    Open,
    /// Everything in it is known to the view or was freed: it is not examined any more.
    Sealed,
}

impl Phase {
    /// The path of a volume.
    pub(super) fn path(self, directory: &Path, number: u32) -> PathBuf {
        directory.join(match self {
            Self::Open => format!("{number:010}.open"),
            Self::Sealed => format!("{number:010}.sealed"),
        })
    }

    /// Reads the name of a volume. `None` if it is not exactly as we write it.
    pub(super) fn read(name: &str) -> Option<(u32, Self)> {
        let (digits, suffix) = name.split_once('.')?;
        let number = digits.parse().ok()?;
        let phase = match suffix {
            "open" => Self::Open,
            "sealed" => Self::Sealed,
            _ => return None,
        };
        (format!("{number:010}") == digits).then_some((number, phase))
    }
}

/// An extent while its upload goes on. Dropped before it is [kept](Self::keep), it is freed.
#[derive(Debug)]
pub(super) struct Reservation {
    shared: Arc<Shared>,
    pub(super) volume: Arc<Volume>,
    pub(super) place: Place,
    kept: bool,
}

impl Reservation {
    /// Reserves an extent for an attachment of `length` bytes. `None` when the volume is full.
    pub(super) fn new(shared: &Arc<Shared>, volume: Arc<Volume>, length: u64) -> Option<Self> {
        let offset = volume.reserve(extent::reserved(length)?)?;
        let place = Place { volume: volume.number, offset, length };
        Some(Self { shared: Arc::clone(shared), volume, place, kept: false })
    }

    /// The header to be written before the attachment's bytes.
    pub(super) fn header(&self, id: Uuid) -> [u8; extent::HEADER_BYTES] {
        self.place.header(id)
    }

    /// The attachment is durable and belongs to whoever gets its place.
    pub(super) fn keep(mut self) -> Place {
        self.kept = true;
        self.place
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let job = if self.kept {
            self.volume.leave();
            if !self.volume.is_over() {
                return;
            }
            Job::Seal
        } else {
            Job::Free(Arc::clone(&self.volume), self.place)
        };
        // Refused only once the store is closed: the volume is still named open then, and the next start frees what is dead in it.
        drop(self.shared.reaper.put(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(size_bytes: u64) -> Volume {
        Volume::new(1, tempfile::tempfile().unwrap(), None, size_bytes)
    }

    #[test]
    fn extents_do_not_overlap_and_a_full_volume_stays_full() {
        let volume = volume(3 * 4096);
        assert_eq!(volume.reserve(4096), Some(0));
        assert_eq!(volume.reserve(4096), Some(4096));
        assert_eq!(volume.reserve(8192), None);
        assert_eq!(volume.reserve(4096), None);
        assert_eq!(volume.end_bytes(), 8192);
        assert!(!volume.is_over());
        volume.leave();
        volume.leave();
        assert!(volume.is_over());
    }

    #[test]
    fn a_volume_filled_to_the_last_byte_is_still_open() {
        let volume = volume(4096);
        assert_eq!(volume.reserve(4096), Some(0));
        volume.leave();
        assert!(!volume.is_over());
        volume.close();
        assert!(volume.is_over());
        assert_eq!(volume.reserve(4096), None);
    }

    #[test]
    fn the_names_of_volumes_are_read_strictly() {
        for phase in [Phase::Open, Phase::Sealed] {
            let path = phase.path(Path::new("volumes"), 7);
            assert_eq!(Phase::read(path.file_name().unwrap().to_str().unwrap()), Some((7, phase)));
        }
        for name in ["7.open", "0000000007", "0000000007.", "0000000007.open.new", "+000000007.open", "4294967296.open"]
        {
            assert_eq!(Phase::read(name), None, "{name}");
        }
    }
}
