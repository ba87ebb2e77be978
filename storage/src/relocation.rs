//! Moves everything of a hub from one backend to another, through the ports: records as they are, bytes with their digests checked on
//! the way, what waits in its order.
//!
//! Nobody else uses either side meanwhile. The destination takes entries of its own journal, so that its journal stays the truth of its
//! view. A [`Journey`] keeps how far it came in a small file; taken up again, it copies at most the last records once more, which
//! changes nothing. [`verify()`] then reads both sides again and compares them by digest.

mod attachments;
mod digest;
mod error;
mod folders;
mod journey;
mod lists;
mod measure;
mod port;
mod progress;
mod queue;
mod retry;
mod state;
mod verify;
mod waiting;
mod whole;

pub use digest::{Difference, What};
pub use error::Error;
pub use journey::Journey;
pub use measure::{Measured, Section, measure};
pub use port::{Arrival, Parts, Relocatable};
pub use progress::{Progress, Stage};
pub use state::{State, StateError};
pub use verify::{Report, verify};
pub use whole::Whole;

/// One side of a move.
#[derive(Debug)]
pub struct Side<S, A> {
    /// Journal and view.
    pub store: S,
    /// The bytes.
    pub attachments: A,
}

/// How much is under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Folders that are copied or compared at a time. Each holds its records and a few buffers in memory.
    pub folders_in_flight: usize,
    /// What one entry of the destination may take, in bytes as JSON: a folder with more is written in several.
    pub entry_bytes: usize,
}
