//! Where a run happens: who is there, what is promised, what is measured, and how far it is.

mod ask;
mod pools;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::judge::{CaseNumber, Judge};
use crate::measure::Measurements;
use crate::profile::Behaviour;
use crate::roster::Roster;
use crate::world::World;

pub(crate) use ask::Errand;
pub(crate) use pools::Pools;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// Deposits arrive.
    Running,
    /// None arrives any more; everybody, the dead included, takes what waits.
    Draining,
    /// Every inbox is looked into once more: nothing may be there.
    Sweeping,
}

/// Where a run happens.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Who takes part.
    pub(crate) roster: Arc<Roster>,
    /// With what they come.
    pub(crate) world: World,
    /// How they behave.
    pub(crate) behaviour: Behaviour,
    /// Connections of everybody.
    pub(crate) pools: Pools,
    /// What was promised.
    pub(crate) judge: Judge,
    /// What was measured.
    pub(crate) measurements: Measurements,
    /// What all numbers of this run begin with.
    pub(crate) tag: String,
    /// When it began.
    pub(crate) began: Instant,
    /// In which phase it is.
    pub(crate) phase: AtomicUsize,
    /// Requests that were sent.
    pub(crate) requests: AtomicU64,
    /// Deposits on their way.
    pub(crate) in_flight: AtomicU64,
    /// How far it is.
    pub(crate) pace: watch::Sender<Pace>,
    examples: Mutex<BTreeMap<String, String>>,
}

impl Stage {
    /// Before it begins.
    pub(crate) fn new(
        roster: Arc<Roster>,
        world: World,
        behaviour: Behaviour,
        pools: Pools,
        phases: usize,
        duration: Duration,
        tag: String,
    ) -> Self {
        let began = Instant::now();
        Self {
            roster,
            world,
            judge: Judge::new(began, behaviour.late_after.duration()),
            behaviour,
            pools,
            measurements: Measurements::new(phases, duration),
            tag,
            began,
            phase: AtomicUsize::new(0),
            requests: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            pace: watch::Sender::new(Pace::Running),
            examples: Mutex::default(),
        }
    }

    /// The phase of what happens now.
    pub(crate) fn phase(&self) -> usize {
        self.phase.load(Ordering::Relaxed)
    }

    /// The number that a depositor gives a dossier: at most 30 letters.
    pub(crate) fn external_id(&self, dossier: u64) -> String {
        format!("{}-{dossier}", self.tag)
    }

    /// The number that a depositor gives a case.
    pub(crate) fn case_external_id(&self, number: CaseNumber) -> String {
        format!("{}-{}-{}", self.tag, number.dossier, number.case)
    }

    /// Which case of this run has this number.
    pub(crate) fn number_of(&self, external_id: &str) -> Option<CaseNumber> {
        let rest = external_id.strip_prefix(&self.tag)?.strip_prefix('-')?;
        let (dossier, case) = rest.split_once('-')?;
        Some(CaseNumber { dossier: dossier.parse().ok()?, case: case.parse().ok()? })
    }

    /// Messages of failures, the first of each kind.
    pub(crate) fn examples(&self) -> BTreeMap<String, String> {
        self.examples.lock().clone()
    }
}
