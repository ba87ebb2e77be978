//! What came of a phase, held against its objectives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::{Counts, Kind};
use crate::measure::{Latencies, Operation, PhaseMeasures, seconds_at};
use crate::profile::{Count, Known, Measure, Objective};

/// Quantiles of an operation, in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Quantiles {
    /// How often it was measured.
    pub(crate) count: u64,
    /// Half were quicker.
    pub(crate) p50: f64,
    /// Nine in ten were quicker.
    pub(crate) p90: f64,
    /// 99 in a hundred were quicker.
    pub(crate) p99: f64,
    /// 999 in a thousand were quicker.
    pub(crate) p999: f64,
    /// The slowest.
    pub(crate) max: f64,
}

/// What came of a phase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PhaseResults {
    /// What it is called.
    pub(crate) name: String,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
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
    /// Promises of its dossiers that were broken, by kind.
    #[serde(default)]
    pub(crate) broken: BTreeMap<String, u64>,
    /// Cases and answers of its dossiers that were still owed when the run was cut short.
    #[serde(default)]
    pub(crate) owed: u64,
    /// By operation.
    pub(crate) latencies: BTreeMap<String, Quantiles>,
    /// Of whole deposits, from the instant at which they began.
    pub(crate) service: Option<Quantiles>,
    /// From the intended instant until they began.
    pub(crate) delay: Option<Quantiles>,
    /// Held against.
    pub(crate) objectives: Vec<Checked>,
}

/// An objective, and what was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Checked {
    /// As written.
    pub(crate) objective: String,
    /// What was measured, for people.
    pub(crate) measured: String,
    /// Whether it is met; nothing when nobody can say.
    pub(crate) met: Option<bool>,
    /// Whether it speaks of promises, which no slow client excuses.
    pub(crate) is_promise: bool,
}

impl Quantiles {
    /// Of a histogram; nothing of an empty one.
    pub(crate) fn of(latencies: &Latencies) -> Option<Self> {
        let at = |quantile| seconds_at(latencies, quantile);
        Some(Self {
            count: latencies.len(),
            p50: at(0.5)?,
            p90: at(0.9)?,
            p99: at(0.99)?,
            p999: at(0.999)?,
            max: at(1.0)?,
        })
    }
}

impl PhaseResults {
    /// Those of a phase, held against its objectives.
    pub(crate) fn of(
        name: &str,
        seconds: f64,
        measures: &PhaseMeasures,
        objectives: &[Objective],
        broken: &Counts,
    ) -> Self {
        // A phase in which nobody was to come says nothing of the hub.
        let empty = measures.intended == 0;
        let checked = objectives.iter().filter(|_| !empty).map(|objective| {
            let known = known(objective.measure, measures, broken);
            Checked {
                objective: objective.to_string(),
                measured: objective.spoken(known),
                met: objective.is_met(known),
                is_promise: objective.measure.is_promise(),
            }
        });
        Self {
            name: name.to_owned(),
            seconds,
            intended: measures.intended,
            missed: measures.missed,
            acknowledged: measures.acknowledged,
            failed: measures.failed,
            answered: measures.answered,
            errors: measures.errors.clone(),
            broken: Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), broken.of(*kind))).collect(),
            owed: broken.owed,
            latencies: Operation::ALL
                .iter()
                .filter_map(|operation| Some((operation.as_str().to_owned(), Quantiles::of(measures.of(*operation)?)?)))
                .collect(),
            service: Quantiles::of(&measures.service),
            delay: Quantiles::of(&measures.delay),
            objectives: checked.collect(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts for people")]
fn known(measure: Measure, measures: &PhaseMeasures, broken: &Counts) -> Option<Known> {
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let exactly = |count: u64| Some(Known::exactly(count as f64));
    match measure {
        Measure::Latency(Operation::Deposit, quantile) => deposit_latency(measures, quantile).map(Known::exactly),
        Measure::Latency(operation, quantile) => seconds_at(measures.of(operation)?, quantile).map(Known::exactly),
        Measure::Errors => {
            share(measures.errors_total(), measures.answered + measures.errors_total()).map(Known::exactly)
        }
        Measure::Achieved => {
            // Deposits that were on their way when the run was cut short may yet have been acknowledged.
            let ended = measures.acknowledged + measures.missed + measures.failed;
            let under_way = measures.intended.saturating_sub(ended);
            let of = |acknowledged| share(acknowledged, measures.intended);
            Some(Known { least: of(measures.acknowledged)?, most: of(measures.acknowledged + under_way)? })
        }
        Measure::Count(Count::Lost) => {
            let lost = broken.of(Kind::Lost);
            Some(Known { least: lost as f64, most: (lost + broken.owed) as f64 })
        }
        Measure::Count(Count::Doubled) => exactly(broken.of(Kind::Doubled)),
        Measure::Count(Count::Crossed) => exactly(broken.of(Kind::Crossed)),
        Measure::Count(Count::Corrupted) => exactly(broken.of(Kind::Corrupted)),
        Measure::Count(Count::Late) => exactly(broken.of(Kind::Late)),
        Measure::Count(Count::Missed) => exactly(measures.missed),
        Measure::Count(Count::Failed) => exactly(measures.failed),
    }
}

/// Those that never began, or never ended, were longer under way than all others.
#[expect(clippy::cast_precision_loss, reason = "shares")]
fn deposit_latency(measures: &PhaseMeasures, quantile: f64) -> Option<f64> {
    let (ended, never) = (measures.acknowledged as f64, (measures.missed + measures.failed) as f64);
    let among_ended = quantile * (ended + never) / ended;
    match (never > 0.0, ended > 0.0 && among_ended <= 1.0) {
        (false, _) => seconds_at(measures.of(Operation::Deposit)?, quantile),
        (true, true) => seconds_at(measures.of(Operation::Deposit)?, among_ended),
        (true, false) => Some(f64::INFINITY),
    }
}
