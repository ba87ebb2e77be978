//! What was broken, by name.

use serde::{Deserialize, Serialize};

use super::CaseNumber;

/// In which way a promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Acknowledged and never delivered, or answered and never told.
    Lost,
    /// Delivered or told again.
    Doubled,
    /// Shown to somebody else.
    Crossed,
    /// Delivered with other bytes.
    Corrupted,
    /// Delivered behind the bound.
    Late,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[Self::Lost, Self::Doubled, Self::Crossed, Self::Corrupted, Self::Late];

    /// The word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Crossed => "crossed",
            Self::Corrupted => "corrupted",
            Self::Late => "late",
        }
    }
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// In which way.
    pub(crate) kind: Kind,
    /// Number of the dossier.
    pub(crate) dossier: u64,
    /// Which of its cases, from 0.
    pub(crate) case: usize,
    /// In which phase its dossier was to arrive, from 0.
    #[serde(default)]
    pub(crate) phase: usize,
    /// How.
    pub(crate) what: String,
}

impl Finding {
    pub(super) fn new(kind: Kind, number: CaseNumber, phase: usize, what: &str) -> Self {
        Self { kind, dossier: number.dossier, case: number.case, phase, what: what.to_owned() }
    }
}

/// Findings that are named, of each kind; more are counted.
const NAMED_MAX: u64 = 200;

/// How many promises were broken, by kind, and how many could no longer be kept or broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    kinds: [u64; Kind::ALL.len()],
    /// Still owed when the run was cut short: nobody can say what would have become of them.
    pub(crate) owed: u64,
}

impl Counts {
    /// How many there are of a kind.
    pub(crate) fn of(&self, kind: Kind) -> u64 {
        self.kinds.get(kind as usize).copied().unwrap_or_default()
    }

    fn add(&mut self, kind: Kind) -> u64 {
        let Some(count) = self.kinds.get_mut(kind as usize) else { return 0 };
        *count += 1;
        *count
    }
}

/// Broken promises: all are counted, the first ones are named.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    total: Counts,
    phases: Vec<Counts>,
    named: Vec<Finding>,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        if let Some(counts) = self.phase_mut(finding.phase) {
            counts.add(finding.kind);
        }
        if self.total.add(finding.kind) <= NAMED_MAX {
            self.named.push(finding);
        }
    }

    /// Something of a dossier of this phase is still owed.
    pub(super) fn owes(&mut self, phase: usize) {
        self.total.owed += 1;
        if let Some(counts) = self.phase_mut(phase) {
            counts.owed += 1;
        }
    }

    fn phase_mut(&mut self, phase: usize) -> Option<&mut Counts> {
        if self.phases.len() <= phase {
            self.phases.resize_with(phase + 1, Counts::default);
        }
        self.phases.get_mut(phase)
    }

    /// How many there are, of dossiers of all phases.
    pub(crate) const fn total(&self) -> &Counts {
        &self.total
    }

    /// How many there are of dossiers that were to arrive in this phase.
    pub(crate) fn of_phase(&self, phase: usize) -> Counts {
        self.phases.get(phase).copied().unwrap_or_default()
    }

    /// The first ones of each kind.
    pub(crate) fn named(&self) -> &[Finding] {
        &self.named
    }
}
