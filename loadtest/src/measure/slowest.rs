//! The slowest of many, by name.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

/// Something that took long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slow {
    /// How long, in seconds.
    pub(crate) seconds: f64,
    /// What it was.
    pub(crate) operation: String,
    /// Of which dossier.
    pub(crate) dossier: u64,
    /// When it was to begin, in seconds from the start.
    pub(crate) at: f64,
    /// Of that, how long it waited to begin, in seconds.
    pub(crate) delay: f64,
}

/// The slowest of all that were offered, a bounded number of them.
#[derive(Debug)]
pub(crate) struct Slowest {
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
    pub(crate) fn offer(&mut self, seconds: f64, tell: impl FnOnce() -> Slow) {
        if self.heap.len() < self.kept || self.heap.peek().is_some_and(|quickest| quickest.0.0.seconds < seconds) {
            self.heap.push(Reverse(Ranked(tell())));
            if self.heap.len() > self.kept {
                self.heap.pop();
            }
        }
    }

    /// The slowest first.
    pub(crate) fn into_sorted(self) -> Vec<Slow> {
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
            let slow = Slow { seconds, operation: "deposit".to_owned(), dossier: 1, at: 0.0, delay: 0.0 };
            slowest.offer(seconds, || slow);
        }
        let kept: Vec<f64> = slowest.into_sorted().into_iter().map(|slow| slow.seconds).collect();
        assert_eq!(kept, [5.0, 4.0, 3.0]);
    }
}
