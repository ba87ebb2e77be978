//! One thread makes bytes durable for everybody who is waiting: while one sync runs, the next group gathers.
//!
//! What an upload holds as a whole, because it is small, comes here unwritten, and goes to disk together with what others hold.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::buffer::Buffer;
use super::error::{Error, is_no_space};
use super::group::{self, Whole};
use super::shared::{Shared, count};
use super::volume::{Reservation, Volume};

/// Asks for bytes to be made durable.
#[derive(Debug)]
pub(super) enum Request {
    /// All that was written to a volume so far.
    Sync {
        /// Which one.
        volume: Arc<Volume>,
        /// Who waits.
        done: oneshot::Sender<Outcome>,
    },
    /// An extent of which nothing is written yet. It comes back once it is durable; if nobody waits for it any more, it is freed.
    Write {
        /// The extent and what belongs into it.
        whole: Whole,
        /// Who waits.
        done: oneshot::Sender<Result<Reservation, Outcome>>,
    },
}

/// What came of a sync.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Durable,
    NoSpace,
    Unwritten(io::ErrorKind),
    Failed,
}

impl Outcome {
    fn result(self) -> Result<(), Error> {
        match self {
            Self::Durable => Ok(()),
            Self::NoSpace => Err(Error::NoSpace { source: io::ErrorKind::StorageFull.into() }),
            Self::Unwritten(kind) => Err(Error::writing(kind.into())),
            Self::Failed => Err(Error::Failed),
        }
    }
}

/// Waits until everything written to `volume` so far is durable.
pub(super) async fn sync(shared: &Shared, volume: &Arc<Volume>) -> Result<(), Error> {
    let (done, outcome) = oneshot::channel();
    shared.syncer.put(Request::Sync { volume: Arc::clone(volume), done }).map_err(|_| Error::Failed)?;
    outcome.await.unwrap_or(Outcome::Failed).result()
}

/// Waits until an extent durably holds what is in the buffer.
pub(super) async fn write(shared: &Shared, reservation: Reservation, buffer: Buffer) -> Result<Reservation, Error> {
    let (done, outcome) = oneshot::channel();
    let whole = Whole { reservation, buffer };
    shared.syncer.put(Request::Write { whole, done }).map_err(|_| Error::Failed)?;
    match outcome.await.unwrap_or(Err(Outcome::Failed)) {
        Ok(reservation) => Ok(reservation),
        Err(outcome) => Err(outcome.result().err().unwrap_or(Error::Failed)),
    }
}

/// Syncs until the store is closed and nobody waits any more.
pub(super) fn run(shared: &Shared) {
    while let Some(requests) = shared.syncer.take() {
        shared.counters.syncer_busy.with(|| serve(shared, requests));
    }
}

/// Writes, then syncs each volume once for all who wait for it.
fn serve(shared: &Shared, requests: Vec<Request>) {
    // Nearly always one volume; two when one was filled meanwhile.
    let mut outcomes: Vec<(u32, Outcome)> = Vec::with_capacity(2);
    let mut outcome_of = |volume: &Volume| {
        let known = outcomes.iter().find(|(number, _)| *number == volume.number).map(|(_, outcome)| *outcome);
        known.unwrap_or_else(|| {
            let outcome = sync_volume(shared, volume);
            outcomes.push((volume.number, outcome));
            outcome
        })
    };
    let (mut syncs, mut writes) = (Vec::new(), Vec::new());
    for request in requests {
        match request {
            Request::Sync { volume, done } => syncs.push((volume, done)),
            Request::Write { whole, done } => writes.push((whole, done)),
        }
    }
    let written = group::write(writes);
    for (volume, done) in syncs {
        // Whoever went away does not mind.
        done.send(outcome_of(&volume)).ok();
    }
    for (Whole { reservation, buffer }, result, done) in written {
        shared.buffers.give(buffer);
        let outcome = match result {
            Ok(()) => outcome_of(&reservation.volume),
            Err(error) if is_no_space(&error) => Outcome::NoSpace,
            Err(error) => Outcome::Unwritten(error.kind()),
        };
        // When nobody waits any more, the extent comes back with the refusal to send it, and is freed by being dropped.
        drop(done.send(match outcome {
            Outcome::Durable => Ok(reservation),
            refused => Err(refused),
        }));
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
