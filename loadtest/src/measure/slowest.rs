//! The slowest of many, by name.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

/// Something that took long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slow {
    /// What it was.
    pub(crate) operation: String,
    /// Of which dossier, if it was of one.
    pub(crate) dossier: Option<u64>,
    /// When it was to begin, in seconds from the start.
    pub(crate) at: f64,
    /// How long it waited to begin, in seconds: a deposit for its turn, a request for a free connection.
    pub(crate) delay: f64,
    /// How long it took once it had begun, in seconds.
    #[serde(default)]
    pub(crate) service: f64,
    /// How long it took in all, in seconds.
    pub(crate) seconds: f64,
    /// The status, or what happened in its place.
    #[serde(default)]
    pub(crate) status: String,
}

/// The slowest of all that were offered, a bounded number of them.
#[derive(Debug)]
pub(super) struct Slowest {
    kept: usize,
    heap: BinaryHeap<Reverse<Ranked>>,
}

#[derive(Debug)]
struct Ranked(Slow);

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Ranked {}
impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.seconds.total_cmp(&other.0.seconds)
    }
}

impl Slowest {
    pub(super) fn new(kept: usize) -> Self {
        Self { kept, heap: BinaryHeap::with_capacity(kept + 1) }
    }

    /// Keeps it if it is one of the slowest; `tell` is asked only then.
    pub(super) fn offer(&mut self, seconds: f64, tell: impl FnOnce() -> Slow) {
        if self.heap.len() < self.kept || self.heap.peek().is_some_and(|quickest| quickest.0.0.seconds < seconds) {
            self.heap.push(Reverse(Ranked(tell())));
            if self.heap.len() > self.kept {
                self.heap.pop();
            }
        }
    }

    /// The slowest first.
    pub(super) fn into_sorted(self) -> Vec<Slow> {
        // The heap is of reversed values: its ascending order is our descending one.
        self.heap.into_sorted_vec().into_iter().map(|Reverse(Ranked(slow))| slow).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_slowest_are_kept_the_slowest_first() {
        let mut slowest = Slowest::new(3);
        for seconds in [1.0, 5.0, 2.0, 4.0, 3.0] {
            let slow = Slow {
                operation: "poll".to_owned(),
                dossier: None,
                at: 0.0,
                delay: 0.0,
                service: seconds,
                seconds,
                status: "200".to_owned(),
            };
            slowest.offer(seconds, || slow);
        }
        let kept: Vec<f64> = slowest.into_sorted().into_iter().map(|slow| slow.seconds).collect();
        assert_eq!(kept, [5.0, 4.0, 3.0]);
    }
}
