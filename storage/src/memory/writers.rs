//! One writer at a time on a subject, and never two subjects behind one lock.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use navette_router::ports::Subject;
use parking_lot::Mutex;
use tokio::sync::{Mutex as Lock, OwnedMutexGuard};

/// Above so many locks, those that nobody holds or waits for are forgotten.
const LOCKS_KEPT: usize = 1_024;

/// The exclusive right to decide on a subject; given back when dropped.
#[derive(Debug)]
pub struct Writer {
    _guard: OwnedMutexGuard<()>,
}

/// The locks that somebody holds or waits for.
#[derive(Debug, Default)]
pub(super) struct Writers {
    locks: Mutex<HashMap<Subject, Weak<Lock<()>>>>,
}

impl Writers {
    pub(super) async fn lock(&self, subject: Subject) -> Writer {
        let lock = self.lock_of(subject);
        Writer { _guard: lock.lock_owned().await }
    }

    fn lock_of(&self, subject: Subject) -> Arc<Lock<()>> {
        let mut locks = self.locks.lock();
        if let Some(lock) = locks.get(&subject).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= LOCKS_KEPT {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::default();
        locks.insert(subject, Arc::downgrade(&lock));
        lock
    }
}
