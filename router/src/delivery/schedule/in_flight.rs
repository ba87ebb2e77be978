//! The attempts that are under way, and whose places they take.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::{Lane, Limits, Waiting};
use crate::model::{DeliveryId, SubscriptionId, Timestamp};

/// An attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pub(super) endpoint: SubscriptionId,
    lane: Lane,
    began_at: Timestamp,
    is_slow: bool,
}

impl Attempt {
    /// How long it took, if it ends now.
    pub(super) fn took(&self, now: Timestamp) -> Duration {
        let took = now.milliseconds().saturating_sub(self.began_at.milliseconds());
        Duration::from_millis(u64::try_from(took).unwrap_or_default())
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    attempts: HashMap<DeliveryId, Attempt>,
    /// Small ones that are not slow yet, the oldest first.
    quick: BTreeSet<(Timestamp, DeliveryId)>,
    large: usize,
    slow: usize,
}

impl InFlight {
    pub(super) fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Whether there is a place left.
    pub(super) fn has_room(&self, lane: Lane, is_slow: bool, limits: &Limits) -> bool {
        match lane {
            Lane::Large => self.large < limits.large,
            Lane::Small if is_slow => self.slow < limits.slow,
            Lane::Small => self.quick.len() < limits.small,
        }
    }

    pub(super) fn begin(&mut self, waiting: &Waiting, is_slow: bool, now: Timestamp) {
        let attempt = Attempt { endpoint: waiting.endpoint, lane: waiting.lane, began_at: now, is_slow };
        self.attempts.insert(waiting.delivery, attempt);
        match waiting.lane {
            Lane::Large => self.large += 1,
            Lane::Small if is_slow => self.slow += 1,
            Lane::Small => drop(self.quick.insert((now, waiting.delivery))),
        }
    }

    pub(super) fn end(&mut self, delivery: DeliveryId) -> Option<Attempt> {
        let attempt = self.attempts.remove(&delivery)?;
        match attempt.lane {
            Lane::Large => self.large -= 1,
            Lane::Small if attempt.is_slow => self.slow -= 1,
            Lane::Small => drop(self.quick.remove(&(attempt.began_at, delivery))),
        }
        Some(attempt)
    }

    /// Attempts that have become slow give their places back to the quick ones, as long as there are places for slow ones. Their
    /// endpoints.
    pub(super) fn ripen(&mut self, now: Timestamp, limits: &Limits) -> Vec<SubscriptionId> {
        let mut ripe = Vec::new();
        while self.slow < limits.slow
            && let Some((began_at, delivery)) = self.quick.first().copied()
        {
            let Some(attempt) =
                self.attempts.get_mut(&delivery).filter(|attempt| attempt.took(now) >= limits.slow_after)
            else {
                break;
            };
            self.quick.remove(&(began_at, delivery));
            attempt.is_slow = true;
            self.slow += 1;
            ripe.push(attempt.endpoint);
        }
        ripe
    }

    /// When the next one gives its place back.
    pub(super) fn next_ripe(&self, limits: &Limits) -> Option<Timestamp> {
        let period = i64::try_from(limits.slow_after.as_millis()).unwrap_or(i64::MAX);
        let (began_at, _) = self.quick.first().filter(|_| self.slow < limits.slow)?;
        Some(Timestamp::from_milliseconds(began_at.milliseconds().saturating_add(period)))
    }
}
