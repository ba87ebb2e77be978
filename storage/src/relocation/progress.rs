//! How far a move is, for whoever watches it.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Counting what is there.
    Counting,
    /// Copying the referential, and what is listed beside folders.
    Lists,
    /// Copying folders with their files.
    Folders,
    /// Copying what waits in the inboxes.
    Waiting,
    /// Comparing both sides.
    Comparing,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Counting, Self::Lists, Self::Folders, Self::Waiting, Self::Comparing];

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counting => "counting",
            Self::Lists => "lists",
            Self::Folders => "folders",
            Self::Waiting => "inboxes",
            Self::Comparing => "comparing",
        }
    }
}

/// How far a move is. Written by who moves, read by who watches.
#[derive(Debug, Default)]
pub struct Progress {
    stage: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// What is being done.
    pub fn stage(&self) -> Stage {
        Stage::ALL.get(usize::from(self.stage.load(Ordering::Relaxed))).copied().unwrap_or(Stage::Counting)
    }

    /// How many records of the stage are done.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// How many there are; 0 when that is not known.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// How many bytes of attachments were copied or read since the beginning.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self, stage: Stage, done: u64, total: u64) {
        let number = Stage::ALL.iter().position(|one| *one == stage).unwrap_or_default();
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.stage.store(u8::try_from(number).unwrap_or_default(), Ordering::Relaxed);
    }

    pub(super) fn add(&self, done: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
