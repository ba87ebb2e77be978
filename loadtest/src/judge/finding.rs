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
    /// How.
    pub(crate) what: String,
}

impl Finding {
    pub(super) fn new(kind: Kind, number: CaseNumber, what: &str) -> Self {
        Self { kind, dossier: number.dossier, case: number.case, what: what.to_owned() }
    }
}

/// Findings that are named, of each kind; more are counted.
const NAMED_MAX: u64 = 200;

/// Broken promises: all are counted, the first ones are named.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    counts: [u64; Kind::ALL.len()],
    named: Vec<Finding>,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        let Some(count) = self.counts.get_mut(finding.kind as usize) else { return };
        *count += 1;
        if *count <= NAMED_MAX {
            self.named.push(finding);
        }
    }

    /// How many there are of a kind.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.counts.get(kind as usize).copied().unwrap_or_default()
    }

    /// The first ones of each kind.
    pub(crate) fn named(&self) -> &[Finding] {
        &self.named
    }
}
