//! What came of the search for the sustainable rate.

use serde::{Deserialize, Serialize};

use super::{Quantiles, Results, Verdict};
use crate::machine::Machine;
use crate::measure::Operation;
use crate::quantity::spoken;

/// What came of the search: what its JSON holds, and what its report is made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Knee {
    /// Version of this format.
    pub(crate) version: u32,
    /// Title of the profile.
    pub(crate) title: String,
    /// Its name.
    pub(crate) profile: String,
    /// Everything followed from it.
    pub(crate) seed: u64,
    /// When it began.
    pub(crate) began: String,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    /// Version of this program, with its revision.
    pub(crate) program: String,
    /// What the hub says of itself.
    pub(crate) hub: String,
    /// Where it ran.
    pub(crate) machine: Machine,
    /// How it was called.
    pub(crate) command: String,
    /// What was replayed, and how.
    pub(crate) configuration: String,
    /// How long each rate was held, in seconds.
    pub(crate) hold_seconds: f64,
    /// Difference between two rates at which the search was to end, in percent.
    pub(crate) precision_percent: f64,
    /// Rates that were tried, in that order.
    pub(crate) steps: Vec<Step>,
    /// The highest one at which every objective was met, in deposits a second.
    pub(crate) sustainable: Option<f64>,
    /// Why the hub may be able to do more than that, or nobody can say.
    pub(crate) unknown: Option<String>,
    /// Whether somebody ended it before its time.
    pub(crate) interrupted: bool,
}

/// A rate that was tried.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Deposits a second.
    pub(crate) rate: f64,
    /// What came of it.
    pub(crate) verdict: Verdict,
    /// Objectives that were not met, each with what was measured.
    pub(crate) unmet: Vec<String>,
    /// Deposits that were to arrive.
    pub(crate) intended: u64,
    /// Those that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Those that could not begin.
    pub(crate) missed: u64,
    /// Those that were given up.
    pub(crate) failed: u64,
    /// Latency of whole deposits, from the intended instant.
    pub(crate) deposit: Option<Quantiles>,
    /// From the acknowledgement to the inbox.
    pub(crate) visible: Option<Quantiles>,
    /// How long it took with all that was waited for, in seconds.
    pub(crate) seconds: f64,
    /// CPU-seconds of this program.
    pub(crate) client_cpu_seconds: f64,
    /// Why the figures may be those of the load test and not of the hub.
    pub(crate) limited: Option<String>,
}

impl Step {
    /// What came of a run at this rate, before which this program had taken so many CPU-seconds.
    pub(crate) fn of(rate: f64, results: &Results, cpu_seconds_before: f64) -> Self {
        let latencies = |operation: Operation| results.total.latencies.get(operation.as_str()).cloned();
        let unmet = results.objectives().filter(|(_, checked)| checked.met == Some(false));
        Self {
            rate,
            verdict: results.verdict,
            unmet: unmet.map(|(_, checked)| format!("{} ({})", checked.objective, checked.measured)).collect(),
            intended: results.total.intended,
            acknowledged: results.total.acknowledged,
            missed: results.total.missed,
            failed: results.total.failed,
            deposit: latencies(Operation::Deposit),
            visible: latencies(Operation::Visible),
            seconds: results.seconds,
            client_cpu_seconds: results.client_cpu_seconds - cpu_seconds_before,
            limited: results.limited.clone(),
        }
    }

    /// Half of the deposits took at most this, for people.
    pub(crate) fn p50(&self) -> String {
        told(self.deposit.as_ref().map(|row| row.p50))
    }

    /// 99 in a hundred deposits took at most this, for people.
    pub(crate) fn p99(&self) -> String {
        told(self.deposit.as_ref().map(|row| row.p99))
    }

    /// The longest deposit took this, for people.
    pub(crate) fn longest(&self) -> String {
        told(self.deposit.as_ref().map(|row| row.max))
    }

    /// 99 in a hundred were visible after this, for people.
    pub(crate) fn visible_p99(&self) -> String {
        told(self.visible.as_ref().map(|row| row.p99))
    }
}

fn told(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "–".to_owned(), spoken)
}

impl Knee {
    /// What was found, in one sentence.
    pub(crate) fn said(&self) -> String {
        match (self.sustainable, self.interrupted || self.unknown.is_some()) {
            (Some(rate), false) => format!("sustainable: {rate:.0} deposits a second"),
            (Some(rate), true) => format!("sustainable: {rate:.0} deposits a second at least"),
            (None, false) => "no rate was found at which the objectives are met".to_owned(),
            (None, true) => "nobody can say which rate is sustainable".to_owned(),
        }
    }

    /// What it amounts to.
    pub(crate) const fn verdict(&self) -> Verdict {
        match (self.sustainable, self.interrupted, self.unknown.is_some()) {
            (_, true, _) | (None, false, true) => Verdict::Undecided,
            (Some(_), false, _) => Verdict::Met,
            (None, false, false) => Verdict::Unmet,
        }
    }
}
