//! Checkpoints: the view is made durable every so often, so that a restart replays no more than what came since, and the journal
//! may write over the segments before. They also see to it that what a crash kept from being removed is removed.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use parking_lot::{Condvar, Mutex};

use super::applier::{Progress, Ticket};
use super::attachments::{self, Remover};
use super::journal::{Journal, Position};
use super::view::{self, View};

/// How many dead attachments are removed at a time.
const DEAD_MAX: usize = 1_000;

/// Why a checkpoint cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the view cannot be made durable; the journal keeps growing")]
    View(#[from] view::Error),
    #[error("deleted attachments cannot be removed; their bytes stay on the disk")]
    Attachments(#[from] attachments::Error),
}

/// What a checkpoint needs.
pub(super) struct Checkpoint {
    pub(super) view: View,
    pub(super) progress: Arc<Progress>,
    pub(super) journal: Arc<Journal<Ticket>>,
    /// Entries before the checkpoint that the journal keeps.
    pub(super) retained_entries: u64,
    /// How long the journal keeps an entry at most.
    pub(super) retained_for: Duration,
    /// What removes dead attachments; set once they are open.
    pub(super) remover: Arc<OnceLock<Remover>>,
}

impl Checkpoint {
    /// Makes durable what is applied now, then releases what the journal need not keep any more.
    fn take(&self) -> Result<(), Error> {
        let applied = self.progress.applied.load(Ordering::Acquire);
        self.view.persist()?;
        self.journal.release(applied.saturating_sub(self.retained_entries));
        self.remove_dead()
    }

    /// Lets go of what the journal has kept for long enough. `taken` is the position that the last checkpoint made durable.
    fn forget(&self, taken: Position) {
        // In quarters, so that nothing is kept much longer than it should be because newer entries lie beside it.
        self.journal.seal_after(self.retained_for / 4);
        if let Some(until) = SystemTime::now().checked_sub(self.retained_for) {
            self.journal.forget(taken, until);
        }
    }

    /// Whoever deletes has the bytes removed at once, but may be killed in between: the view remembers them until they are gone.
    fn remove_dead(&self) -> Result<(), Error> {
        let Some(remover) = self.remover.get() else { return Ok(()) };
        loop {
            let dead = self.view.dead(DEAD_MAX)?;
            if dead.is_empty() {
                return Ok(());
            }
            remover.remove(&dead)?;
            self.view.forget_dead(&dead)?;
        }
    }
}

/// The thread that takes checkpoints; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Checkpoints {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn start(checkpoint: Checkpoint, interval: Duration) -> io::Result<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let told = Arc::clone(&stop);
        let run = move || {
            let mut taken = 0;
            while !wait(&told, interval) {
                checkpoint.forget(taken);
                let applied = checkpoint.progress.applied.load(Ordering::Acquire);
                if applied == taken {
                    continue;
                }
                match checkpoint.take() {
                    Ok(()) => taken = applied,
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, "a checkpoint failed");
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("checkpoint".to_owned()).spawn(run)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        *self.stop.0.lock() = true;
        self.stop.1.notify_all();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the checkpoint thread ended in a panic");
        }
    }
}

/// Waits for the interval to pass; true when it is time to stop.
fn wait(stop: &(Mutex<bool>, Condvar), interval: Duration) -> bool {
    let mut stopped = stop.0.lock();
    if !*stopped {
        stop.1.wait_for(&mut stopped, interval);
    }
    *stopped
}
