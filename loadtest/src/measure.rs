//! What was measured: latencies by phase and operation, what failed, and how it went over time.

mod latencies;
mod operation;
mod phase;
mod slowest;
mod timeline;

use std::time::Duration;

use parking_lot::Mutex;

pub(crate) use latencies::{Latencies, latencies, seconds_at};
pub(crate) use operation::Operation;
pub(crate) use phase::PhaseMeasures;
pub(crate) use slowest::Slow;
pub(crate) use timeline::{BANDS, Moment, Timeline, band_seconds};

use latencies::micros;
use slowest::Slowest;

/// Where everything that is measured goes.
#[derive(Debug)]
pub(crate) struct Measurements {
    phases: Vec<Mutex<PhaseMeasures>>,
    /// How it goes over time.
    pub(crate) timeline: Mutex<Timeline>,
    /// What took longest, by operation, as in [`Operation::ALL`].
    slowest: Vec<Mutex<Slowest>>,
}

/// How many of the slowest are kept of each operation.
const SLOWEST_KEPT: usize = 20;
/// Kinds of error that are told apart in a phase; what else comes is counted together.
const ERROR_KINDS_MAX: usize = 50;

impl Measurements {
    /// For so many phases, which take so long.
    pub(crate) fn new(phases: usize, duration: Duration) -> Self {
        Self {
            phases: (0..phases).map(|_| Mutex::new(PhaseMeasures::new())).collect(),
            timeline: Mutex::new(Timeline::new(duration)),
            slowest: Operation::ALL.iter().map(|_| Mutex::new(Slowest::new(SLOWEST_KEPT))).collect(),
        }
    }

    fn with(&self, phase: usize, change: impl FnOnce(&mut PhaseMeasures)) {
        if let Some(measures) = self.phases.get(phase) {
            change(&mut measures.lock());
        }
    }

    /// An operation succeeded.
    pub(crate) fn took(&self, phase: usize, operation: Operation, latency: Duration) {
        self.with(phase, |measures| {
            if let Some(latencies) = measures.latencies.get_mut(operation as usize) {
                latencies.saturating_record(micros(latency));
            }
        });
    }

    /// A request was answered as the contract says.
    pub(crate) fn answered(&self, phase: usize, operation: Operation, latency: Duration) {
        self.with(phase, |measures| {
            measures.answered += 1;
            if let Some(latencies) = measures.latencies.get_mut(operation as usize) {
                latencies.saturating_record(micros(latency));
            }
        });
    }

    /// A request failed.
    pub(crate) fn failed(&self, phase: usize, at: Duration, operation: Operation, what: &str) {
        self.with(phase, |measures| {
            let mut what = format!("{}: {what}", operation.as_str());
            if measures.errors.len() >= ERROR_KINDS_MAX && !measures.errors.contains_key(&what) {
                "others".clone_into(&mut what);
            }
            *measures.errors.entry(what).or_default() += 1;
        });
        self.timeline.lock().moment(at).errors += 1;
    }

    /// A deposit was to arrive at this instant.
    pub(crate) fn intended(&self, phase: usize, at: Duration) {
        self.with(phase, |measures| measures.intended += 1);
        self.timeline.lock().moment(at).intended += 1;
    }

    /// It could not begin.
    pub(crate) fn missed(&self, phase: usize, at: Duration) {
        self.with(phase, |measures| measures.missed += 1);
        self.timeline.lock().moment(at).missed += 1;
    }

    /// The depositor gave it up.
    pub(crate) fn gave_up(&self, phase: usize) {
        self.with(phase, |measures| measures.failed += 1);
    }

    /// It was acknowledged: after `delay` it began, and took `service`.
    pub(crate) fn acknowledged(&self, phase: usize, intended: Duration, delay: Duration, service: Duration) {
        self.with(phase, |measures| {
            measures.acknowledged += 1;
            measures.delay.saturating_record(micros(delay));
            measures.service.saturating_record(micros(service));
            if let Some(latencies) = measures.latencies.get_mut(Operation::Deposit as usize) {
                latencies.saturating_record(micros(delay + service));
            }
        });
        self.timeline.lock().acknowledged(intended, delay + service);
    }

    /// Something took so long: it is kept by name if it is among the slowest of its kind.
    pub(crate) fn offer(&self, operation: Operation, took: Duration, tell: impl FnOnce() -> Slow) {
        if let Some(slowest) = self.slowest.get(operation as usize) {
            slowest.lock().offer(took.as_secs_f64(), tell);
        }
    }

    /// The sum of all phases so far.
    pub(crate) fn total(&self) -> PhaseMeasures {
        let mut sum = PhaseMeasures::new();
        for phase in &self.phases {
            sum.add(&phase.lock());
        }
        sum
    }

    /// Ends the measurement: what comes later is measured by nobody.
    pub(crate) fn take(&self) -> Taken {
        Taken {
            phases: self
                .phases
                .iter()
                .map(|phase| std::mem::replace(&mut *phase.lock(), PhaseMeasures::new()))
                .collect(),
            timeline: std::mem::replace(&mut *self.timeline.lock(), Timeline::new(Duration::ZERO)),
            slowest: self
                .slowest
                .iter()
                .map(|slowest| std::mem::replace(&mut *slowest.lock(), Slowest::new(0)).into_sorted())
                .collect(),
        }
    }
}

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Taken {
    /// By phase.
    pub(crate) phases: Vec<PhaseMeasures>,
    /// Over time.
    pub(crate) timeline: Timeline,
    /// What took longest, by operation, as in [`Operation::ALL`]; the slowest first.
    pub(crate) slowest: Vec<Vec<Slow>>,
}
