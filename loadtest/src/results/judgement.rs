//! What was promised and kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::{Finding, Findings, Kind, Standing};

/// What was promised and kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Judgement {
    /// Cases whose deposit was acknowledged.
    pub(crate) acknowledged: u64,
    /// Of those, delivered.
    pub(crate) delivered: u64,
    /// Answers that came back.
    pub(crate) returned: u64,
    /// Cases and answers that were still owed when the run was cut short: nobody can say what would have become of them.
    #[serde(default)]
    pub(crate) owed: u64,
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
            owed: findings.total().owed,
            counts: Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), findings.total().of(*kind))).collect(),
            findings: findings.named().to_vec(),
        }
    }

    /// How many of a kind.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.counts.get(kind.as_str()).copied().unwrap_or_default()
    }
}
