//! How long a thread that does one thing after the other was at it: what no second thread can take from it is what ends first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Time that one thread spent working rather than waiting for work. Waiting for the disk is work.
#[derive(Debug, Default)]
pub(super) struct Busy(AtomicU64);

impl Busy {
    /// Does a piece of work, and adds how long it took.
    pub(super) fn with<T>(&self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = work();
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanoseconds, Ordering::Relaxed);
        result
    }

    /// All of it so far, in nanoseconds.
    pub(super) fn nanoseconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
