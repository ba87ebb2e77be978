//! What came of a run: measured, judged, and held against the objectives. What the JSON holds, and what reports are made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::{Finding, Findings, Kind, Standing};
use crate::machine::Machine;
use crate::measure::{Latencies, Moment, Operation, PhaseMeasures, Slow, seconds_at};
use crate::profile::{Count, Measure, Objective};

/// What came of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Results {
    /// Version of this format.
    pub(crate) version: u32,
    /// Title of the profile.
    pub(crate) title: String,
    /// Its name.
    pub(crate) profile: String,
    /// Everything followed from it.
    pub(crate) seed: u64,
    /// What all numbers of the run began with.
    pub(crate) tag: String,
    /// When it began.
    pub(crate) began: String,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    /// How fast the profile's time passed.
    pub(crate) time_warp: f64,
    /// What all rates were multiplied by.
    pub(crate) scale: f64,
    /// Version of this program.
    pub(crate) program: String,
    /// What the hub says of itself, or was said of it.
    pub(crate) hub: String,
    /// Where it ran.
    pub(crate) machine: Machine,
    /// How it was called.
    pub(crate) command: String,
    /// What it replayed, and how.
    #[serde(default)]
    pub(crate) configuration: String,
    /// What was done to the hub meanwhile.
    pub(crate) chaos: Vec<String>,
    /// Phase by phase.
    pub(crate) phases: Vec<PhaseResults>,
    /// All phases together.
    pub(crate) total: PhaseResults,
    /// What was promised and kept.
    pub(crate) judgement: Judgement,
    /// How it went over time.
    pub(crate) timeline: Vec<Moment>,
    /// How long each moment of it is, in seconds.
    pub(crate) moment_seconds: f64,
    /// The slowest deposits.
    pub(crate) slowest: Vec<Slow>,
    /// Messages of failures, the first of each kind.
    pub(crate) examples: BTreeMap<String, String>,
    /// CPU-seconds of this program.
    pub(crate) client_cpu_seconds: f64,
    /// CPU-seconds of the hub, when its process is known.
    pub(crate) hub_cpu_seconds: Option<f64>,
    /// Memory of the hub at its highest, in bytes, when its process is known.
    pub(crate) hub_memory_bytes: Option<u64>,
    /// Why the figures may be those of the load test and not of the hub.
    pub(crate) limited: Option<String>,
    /// Why nobody can say what became of all that was promised.
    #[serde(default)]
    pub(crate) unknown: Option<String>,
    /// Whether somebody ended it before its time.
    pub(crate) interrupted: bool,
    /// What it all amounts to.
    pub(crate) verdict: Verdict,
}

/// What it all amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Every objective was met.
    Met,
    /// One was not.
    Unmet,
    /// Nobody can say.
    Undecided,
}

impl Verdict {
    /// What the program ends with.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Met => 0,
            Self::Unmet => 1,
            Self::Undecided => 3,
        }
    }

    /// For people.
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::Met => "every objective is met",
            Self::Unmet => "objectives are not met",
            Self::Undecided => "undecided",
        }
    }
}

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
    /// Whether it is met.
    pub(crate) met: bool,
    /// Whether there was anything to measure.
    #[serde(default = "yes")]
    pub(crate) measured_any: bool,
    /// Whether it speaks of promises, which no slow client excuses.
    pub(crate) is_promise: bool,
}

const fn yes() -> bool {
    true
}

/// What was promised and kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Judgement {
    /// Cases whose deposit was acknowledged.
    pub(crate) acknowledged: u64,
    /// Of those, delivered.
    pub(crate) delivered: u64,
    /// Answers that came back.
    pub(crate) returned: u64,
    /// Broken promises, by kind.
    pub(crate) counts: BTreeMap<String, u64>,
    /// The first of each kind, by name.
    pub(crate) findings: Vec<Finding>,
}

impl Judgement {
    pub(crate) fn of(standing: Standing, findings: &Findings) -> Self {
        Self {
            acknowledged: standing.acknowledged,
            delivered: standing.delivered,
            returned: standing.returned,
            counts: Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), findings.count(*kind))).collect(),
            findings: findings.named().to_vec(),
        }
    }

    /// How many of a kind.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.counts.get(kind.as_str()).copied().unwrap_or_default()
    }
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
        judgement: &Judgement,
    ) -> Self {
        // A phase in which nobody was to come says nothing of the hub; promises are those of the whole run.
        let empty = measures.intended == 0;
        let checked = objectives.iter().filter(|row| !empty || row.measure.is_promise()).map(|objective| {
            let value = measured(objective.measure, measures, judgement);
            Checked {
                objective: objective.to_string(),
                measured: objective.spoken(value),
                met: objective.is_met(value),
                measured_any: value.is_some(),
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
fn measured(measure: Measure, measures: &PhaseMeasures, judgement: &Judgement) -> Option<f64> {
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    match measure {
        Measure::Latency(Operation::Deposit, quantile) => {
            // Those that never began, or never ended, were longer under way than all others.
            let (ended, never) = (measures.acknowledged as f64, (measures.missed + measures.failed) as f64);
            let among_ended = quantile * (ended + never) / ended;
            match (never > 0.0, ended > 0.0 && among_ended <= 1.0) {
                (false, _) => seconds_at(measures.of(Operation::Deposit)?, quantile),
                (true, true) => seconds_at(measures.of(Operation::Deposit)?, among_ended),
                (true, false) => Some(f64::INFINITY),
            }
        }
        Measure::Latency(operation, quantile) => seconds_at(measures.of(operation)?, quantile),
        Measure::Errors => share(measures.errors_total(), measures.answered + measures.errors_total()),
        Measure::Achieved => share(measures.acknowledged, measures.intended),
        Measure::Count(count) => Some(match count {
            Count::Lost => judgement.count(Kind::Lost),
            Count::Doubled => judgement.count(Kind::Doubled),
            Count::Crossed => judgement.count(Kind::Crossed),
            Count::Corrupted => judgement.count(Kind::Corrupted),
            Count::Late => judgement.count(Kind::Late),
            Count::Missed => measures.missed,
            Count::Failed => measures.failed,
        } as f64),
    }
}

impl Results {
    /// All objectives, with the phase that each belongs to.
    pub(crate) fn objectives(&self) -> impl Iterator<Item = (&str, &Checked)> {
        self.phases
            .iter()
            .chain([&self.total])
            .flat_map(|phase| phase.objectives.iter().map(|checked| (phase.name.as_str(), checked)))
    }

    /// What it all amounts to, never more than is known.
    pub(crate) fn decide(&self) -> Verdict {
        let broken = Kind::ALL.iter().any(|kind| *kind != Kind::Late && self.judgement.count(*kind) > 0);
        let unmet = |of: fn(&Checked) -> bool| self.objectives().any(|(_, checked)| !checked.met && of(checked));
        let promise = unmet(|checked| checked.is_promise);
        let measured = unmet(|checked| !checked.is_promise && checked.measured_any);
        let unmeasured = unmet(|checked| !checked.is_promise && !checked.measured_any);
        // A run that was cut short delivered less than it would have: only what was doubled, crossed or corrupted is sure.
        let sure = [Kind::Doubled, Kind::Crossed, Kind::Corrupted].iter().any(|kind| self.judgement.count(*kind) > 0);
        if self.interrupted || self.unknown.is_some() {
            return if sure { Verdict::Unmet } else { Verdict::Undecided };
        }
        if broken || promise {
            return Verdict::Unmet;
        }
        if self.total.acknowledged == 0 {
            return Verdict::Undecided;
        }
        match (measured, unmeasured, &self.limited) {
            (true, _, None) => Verdict::Unmet,
            (true, _, Some(_)) | (false, true, _) => Verdict::Undecided,
            // A slow client makes nothing look faster than it is, unless it left some out.
            (false, false, Some(_)) if self.total.missed > 0 => Verdict::Undecided,
            (false, false, _) => Verdict::Met,
        }
    }
}
