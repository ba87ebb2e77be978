//! One writer at a time on a folder: whoever decides holds the lock of its subject until its entry is applied.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use navette_router::ports::Subject;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The exclusive right to decide on a subject. It travels with the entry, and ends when that is applied or refused.
#[derive(Debug)]
pub struct Writer {
    _guard: OwnedMutexGuard<()>,
}

/// The locks of all subjects: a fixed number, shared by hash, so that memory does not grow with the folders. Two folders that
/// share one wait for each other a little; nothing holds a lock while bytes of attachments come in.
#[derive(Debug)]
pub(crate) struct Writers {
    hasher: RandomState,
    folders: Vec<Arc<Mutex<()>>>,
    referential: Arc<Mutex<()>>,
    mails: Arc<Mutex<()>>,
}

impl Writers {
    pub(crate) fn new(stripes: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            folders: std::iter::repeat_with(Arc::default).take(stripes.max(1)).collect(),
            referential: Arc::default(),
            mails: Arc::default(),
        }
    }

    pub(crate) async fn lock(&self, subject: Subject) -> Writer {
        let lock = match subject {
            Subject::Folder(id) => {
                let stripe = self.hasher.hash_one(id) % self.folders.len() as u64;
                usize::try_from(stripe).ok().and_then(|stripe| self.folders.get(stripe)).unwrap_or(&self.referential)
            }
            Subject::Referential => &self.referential,
            Subject::Mails => &self.mails,
        };
        Writer { _guard: Arc::clone(lock).lock_owned().await }
    }
}
