//! One thread makes bytes durable for everybody who is waiting: while one sync runs, the next group gathers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::error::{Error, is_no_space};
use super::shared::{Shared, count};
use super::volume::Volume;

/// Asks for all bytes written to a volume so far to be made durable.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) volume: Arc<Volume>,
    pub(super) done: oneshot::Sender<Outcome>,
}

/// What came of a sync.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Durable,
    NoSpace,
    Failed,
}

/// Waits until everything written to `volume` so far is durable.
pub(super) async fn sync(shared: &Shared, volume: &Arc<Volume>) -> Result<(), Error> {
    let (done, outcome) = oneshot::channel();
    shared.syncer.put(Request { volume: Arc::clone(volume), done }).map_err(|_| Error::Failed)?;
    match outcome.await {
        Ok(Outcome::Durable) => Ok(()),
        Ok(Outcome::NoSpace) => Err(Error::NoSpace { source: std::io::ErrorKind::StorageFull.into() }),
        Ok(Outcome::Failed) | Err(_) => Err(Error::Failed),
    }
}

/// Syncs until the store is closed and nobody waits any more.
pub(super) fn run(shared: &Shared) {
    while let Some(requests) = shared.syncer.take() {
        // Nearly always one volume; two when one was filled meanwhile.
        let mut outcomes: Vec<(u32, Outcome)> = Vec::with_capacity(2);
        for Request { volume, done } in requests {
            let known = outcomes.iter().find(|(number, _)| *number == volume.number).map(|(_, outcome)| *outcome);
            let outcome = known.unwrap_or_else(|| {
                let outcome = sync_volume(shared, &volume);
                outcomes.push((volume.number, outcome));
                outcome
            });
            // Whoever went away does not mind.
            done.send(outcome).ok();
        }
    }
}

fn sync_volume(shared: &Shared, volume: &Volume) -> Outcome {
    if shared.failed.load(Ordering::Acquire) {
        return Outcome::Failed;
    }
    match volume.file.sync_data() {
        Ok(()) => {
            count(&shared.counters.syncs, 1);
            Outcome::Durable
        }
        // Possible where blocks cannot be set aside. The system may have dropped the bytes: nothing more goes to this volume, and what
        // was synced before is not touched by it.
        Err(error) if is_no_space(&error) => {
            volume.close();
            Outcome::NoSpace
        }
        // A second sync could succeed although bytes of the first were dropped, so there is none.
        Err(error) => {
            shared.failed.store(true, Ordering::Release);
            tracing::error!(
                error = &error as &dyn std::error::Error,
                volume = volume.number,
                "a volume cannot be made durable; no attachment is stored until a restart"
            );
            Outcome::Failed
        }
    }
}
