//! Room on the disk that deposits do not get.
//!
//! The view writes tables in the background and cannot go on when the disk refuses one. So the hub stops taking while there is
//! still room for what was taken, says so, and takes again when there is room again: nothing has to be restarted.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long an answer of the file system is believed.
const BELIEVED: Duration = Duration::from_millis(50);

/// Watches how much is free on the disk of a directory.
#[derive(Debug)]
pub(super) struct Space {
    directory: PathBuf,
    reserve_bytes: u64,
    began: Instant,
    /// When the file system is to be asked again, in milliseconds since `began`.
    ask_at: AtomicU64,
    free_bytes: AtomicU64,
}

impl Space {
    /// Keeps `reserve_bytes` free on the disk of `directory`; 0 keeps nothing.
    pub(super) fn new(directory: PathBuf, reserve_bytes: u64) -> Self {
        let (began, ask_at, free_bytes) = (Instant::now(), AtomicU64::new(0), AtomicU64::new(u64::MAX));
        Self { directory, reserve_bytes, began, ask_at, free_bytes }
    }

    /// Whether `bytes` more leave the reserve untouched.
    pub(super) fn admits(&self, bytes: u64) -> bool {
        if self.reserve_bytes == 0 {
            return true;
        }
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = self.ask_at.load(Ordering::Relaxed);
        let next = now + u64::try_from(BELIEVED.as_millis()).unwrap_or(u64::MAX);
        // Whoever moves the time asks; the others believe the former answer meanwhile.
        if now >= due && self.ask_at.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            match rustix::fs::statvfs(&self.directory) {
                Ok(disk) => self.free_bytes.store(disk.f_bavail.saturating_mul(disk.f_frsize), Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the disk cannot be asked how much is free"),
            }
        }
        self.free_bytes.load(Ordering::Relaxed).saturating_sub(bytes) >= self.reserve_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_touch_the_reserve_is_not_admitted() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let space = |reserve_bytes| Space::new(directory.path().to_owned(), reserve_bytes);
        assert!(space(0).admits(u64::MAX));
        assert!(space(1).admits(1));
        assert!(!space(1).admits(u64::MAX));
        assert!(!space(u64::MAX).admits(0));
    }
}
