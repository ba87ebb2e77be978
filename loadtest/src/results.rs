//! What came of a run: measured, judged, and held against the objectives. What the JSON holds, and what reports are made of.

mod judgement;
mod knee;
mod phase;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use judgement::Judgement;
pub(crate) use knee::{Knee, Step};
pub(crate) use phase::{Checked, PhaseResults, Quantiles};

use crate::judge::Kind;
use crate::machine::Machine;
use crate::measure::{Moment, Operation, Slow};

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
    /// The slowest requests of each kind, in the order of a dossier's life.
    #[serde(default)]
    pub(crate) slowest_requests: Vec<Slow>,
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

impl Results {
    /// What a phase is called.
    pub(crate) fn phase_name(&self, phase: usize) -> &str {
        self.phases.get(phase).map_or("", |phase| phase.name.as_str())
    }

    /// The slowest requests of each kind, and of all kinds together: what it is for people, and the slowest of it first.
    pub(crate) fn slow_tables(&self, of_all: usize) -> Vec<(&'static str, Vec<&Slow>)> {
        let mut all: Vec<&Slow> = self.slowest_requests.iter().collect();
        all.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
        all.truncate(of_all);
        let kinds = Operation::ALL.iter().map(|operation| {
            let of_kind = self.slowest_requests.iter().filter(|slow| slow.operation == operation.as_str());
            (operation.said(), of_kind.collect::<Vec<_>>())
        });
        std::iter::once(("all kinds", all)).chain(kinds).filter(|(_, slow)| !slow.is_empty()).collect()
    }

    /// All objectives, with the phase that each belongs to.
    pub(crate) fn objectives(&self) -> impl Iterator<Item = (&str, &Checked)> {
        self.phases
            .iter()
            .chain([&self.total])
            .flat_map(|phase| phase.objectives.iter().map(|checked| (phase.name.as_str(), checked)))
    }

    /// What it all amounts to, never more than is known.
    pub(crate) fn decide(&self) -> Verdict {
        // Nothing is counted as lost that may still arrive, so that what is broken is sure however the run ended.
        if Kind::ALL.iter().any(|kind| *kind != Kind::Late && self.judgement.count(*kind) > 0) {
            return Verdict::Unmet;
        }
        if self.interrupted || self.unknown.is_some() {
            return Verdict::Undecided;
        }
        let any = |met: Option<bool>| self.objectives().any(|(_, checked)| checked.met == met && !checked.is_promise);
        let (unmet, unmeasured) = (any(Some(false)), any(None));
        if self.objectives().any(|(_, checked)| checked.met == Some(false) && checked.is_promise) {
            return Verdict::Unmet;
        }
        if self.total.acknowledged == 0 {
            return Verdict::Undecided;
        }
        match (unmet, unmeasured, &self.limited) {
            (true, _, None) => Verdict::Unmet,
            (true, _, Some(_)) | (false, true, _) => Verdict::Undecided,
            // A slow client makes nothing look faster than it is, unless it left some out.
            (false, false, Some(_)) if self.total.missed > 0 => Verdict::Undecided,
            (false, false, _) => Verdict::Met,
        }
    }
}
