//! What was measured: latencies by phase and operation, what failed, and how it went over time.

mod slowest;
mod timeline;

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::Mutex;

pub(crate) use slowest::{Slow, Slowest};
pub(crate) use timeline::{BANDS, Moment, Timeline, band_seconds};

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $said:literal;)*) => {
        /// What takes time.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Operation { $($(#[$doc])* $variant,)* }

        impl Operation {
            /// All of them, in the order of a dossier's life.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word of objectives and results.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What it is, for people.
            pub(crate) const fn said(self) -> &'static str {
                match self { $(Self::$variant => $said,)* }
            }
        }
    };
}

operations! {
    /// A token is asked for.
    Token = "token", "token asked for";
    /// A folder is announced.
    Announce = "announce", "folder announced";
    /// A file is sent.
    Upload = "upload", "file sent, to its acknowledgement";
    /// A folder is completed.
    Complete = "complete", "folder completed";
    /// All of a deposit, from the instant at which it was to arrive.
    Deposit = "deposit", "whole deposit, from the intended instant";
    /// From the acknowledgement of a deposit until it is seen in the inbox of a recipient that looks again and again.
    Visible = "visible", "acknowledged to visible in a watched inbox";
    /// An inbox is read.
    Poll = "poll", "inbox read";
    /// A case is read.
    Read = "read", "case read";
    /// A file is fetched.
    Fetch = "fetch", "file fetched and compared";
    /// An event is posted.
    Answer = "answer", "event posted";
    /// A notification is deleted.
    Delete = "delete", "notification deleted";
    /// From the acknowledgement of a deposit until a recipient, at its own pace, has all of it.
    Delivered = "delivered", "acknowledged to delivered, at the recipient's pace";
    /// The depositor reads an event and sets it to received.
    Acknowledge = "acknowledge", "answer read and acknowledged";
    /// From the answer of a recipient until the depositor is told.
    Returned = "returned", "answered to known by the depositor";
}

/// Digits of what is reported.
const DIGITS: u8 = 3;
/// A histogram of microseconds.
pub(crate) type Latencies = Histogram<u64>;

/// The longest duration that is told from longer ones, in microseconds: two hours.
const LONGEST_MICROS: u64 = 7_200_000_000;

/// So many digits of any duration up to two hours.
pub(crate) fn latencies(digits: u8) -> Latencies {
    Histogram::new_with_bounds(1, LONGEST_MICROS, digits)
        .unwrap_or_else(|error| unreachable!("the bounds of a histogram are constants: {error}"))
}

/// Seconds at this quantile; nothing when nothing was measured.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn seconds_at(latencies: &Latencies, quantile: f64) -> Option<f64> {
    (!latencies.is_empty()).then(|| latencies.value_at_quantile(quantile) as f64 / 1e6)
}

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
    fn new() -> Self {
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

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Where everything that is measured goes.
#[derive(Debug)]
pub(crate) struct Measurements {
    phases: Vec<Mutex<PhaseMeasures>>,
    /// How it goes over time.
    pub(crate) timeline: Mutex<Timeline>,
    /// The deposits and requests that took longest.
    pub(crate) slowest: Mutex<Slowest>,
}

/// How many of the slowest are kept.
const SLOWEST_KEPT: usize = 25;
/// Kinds of error that are told apart in a phase; what else comes is counted together.
const ERROR_KINDS_MAX: usize = 50;

impl Measurements {
    /// For so many phases, which take so long.
    pub(crate) fn new(phases: usize, duration: Duration) -> Self {
        Self {
            phases: (0..phases).map(|_| Mutex::new(PhaseMeasures::new())).collect(),
            timeline: Mutex::new(Timeline::new(duration)),
            slowest: Mutex::new(Slowest::new(SLOWEST_KEPT)),
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
            slowest: std::mem::replace(&mut *self.slowest.lock(), Slowest::new(0)),
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
    /// The slowest deposits.
    pub(crate) slowest: Slowest,
}
