//! The steps of a commit, behind each of which a gateway may die.

use super::error::Error;
use super::shared::Shared;

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The head was set and the intent kept.
    Decided,
    /// The journal has the entry.
    Appended,
    /// What is found by the folder's records is removed.
    Removed,
    /// The folder's records are changed.
    Changed,
    /// What they say is added elsewhere.
    Added,
    /// Those who read inboxes can know where to look.
    Announced,
}

impl Shared {
    /// Goes on, unless a test wants the gateway to die here.
    #[cfg(test)]
    pub(super) fn pass(&self, step: Step) -> Result<(), Error> {
        // Of all failures the one that says most that nothing was done.
        if *self.dies_behind.lock() == Some(step) { Err(Error::TooMany(0)) } else { Ok(()) }
    }

    /// Goes on.
    #[cfg(not(test))]
    pub(super) const fn pass(&self, _: Step) -> Result<(), Error> {
        Ok(())
    }
}
