//! What was measured in one phase.

use std::collections::BTreeMap;

use super::latencies::{Latencies, latencies};
use super::operation::Operation;

/// Digits of what is reported.
const DIGITS: u8 = 3;
/// What was measured in one phase.
#[derive(Debug)]
pub(crate) struct PhaseMeasures {
    /// By operation, as in [`Operation::ALL`].
    pub(crate) latencies: Vec<Latencies>,
    /// Of whole deposits, from the instant at which they began.
    pub(crate) service: Latencies,
    /// From the intended instant until a deposit began.
    pub(crate) delay: Latencies,
    /// Deposits that were to arrive.
    pub(crate) intended: u64,
    /// Those that could not begin.
    pub(crate) missed: u64,
    /// Those that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Those that the depositor gave up.
    pub(crate) failed: u64,
    /// Requests that were answered as the contract says.
    pub(crate) answered: u64,
    /// Requests that were not, by what happened.
    pub(crate) errors: BTreeMap<String, u64>,
}

impl PhaseMeasures {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            latencies: Operation::ALL.iter().map(|_| latencies(DIGITS)).collect(),
            service: latencies(DIGITS),
            delay: latencies(DIGITS),
            intended: 0,
            missed: 0,
            acknowledged: 0,
            failed: 0,
            answered: 0,
            errors: BTreeMap::new(),
        }
    }

    /// Those of an operation.
    pub(crate) fn of(&self, operation: Operation) -> Option<&Latencies> {
        self.latencies.get(operation as usize)
    }

    /// Requests that failed.
    pub(crate) fn errors_total(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Adds another phase: for the sum of all.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.latencies.iter_mut().zip(&other.latencies) {
            // Both resize themselves: adding cannot fail.
            mine.add(theirs).ok();
        }
        self.service.add(&other.service).ok();
        self.delay.add(&other.delay).ok();
        self.intended += other.intended;
        self.missed += other.missed;
        self.acknowledged += other.acknowledged;
        self.failed += other.failed;
        self.answered += other.answered;
        for (what, count) in &other.errors {
            *self.errors.entry(what.clone()).or_default() += count;
        }
    }

    /// The sum of several.
    pub(crate) fn sum<'a>(phases: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::new();
        for phase in phases {
            sum.add(phase);
        }
        sum
    }
}
