//! Removal for whoever must know that it is done.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::reaper::Job;
use super::shared::Shared;
use super::{Error, Location};

/// Removes attachments and waits until they are gone from the disk. Outlives the store: then it only fails.
#[derive(Debug, Clone)]
pub struct Remover {
    pub(super) shared: Arc<Shared>,
}

impl Remover {
    /// Removes these, durably. Again, or for what was never there, it changes nothing. Blocks.
    ///
    /// # Errors
    /// [`Error::Failed`] when some removal failed; the log says which and why.
    pub fn remove(&self, locations: &[Location]) -> Result<(), Error> {
        let (done, succeeded) = oneshot::channel();
        let jobs = locations.iter().filter_map(Job::discard).chain([Job::Settle(done)]);
        for job in jobs {
            self.shared.reaper.put_or_wait(job).map_err(|_| Error::Failed)?;
        }
        if succeeded.blocking_recv().unwrap_or(false) { Ok(()) } else { Err(Error::Failed) }
    }
}
