//! How busy the threads are that do one thing after the other: none does more than a second's work in a second.

use std::collections::HashMap;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::limits::labelled;
use super::{DECLARED_ONCE, Read};

const NAME: &str = "navette_worker_busy_seconds_total";
const HELP: &str = "Time a thread that works alone was at work, the wait for the disk included: near 1 s in a second, it is what limits.";

/// Each thread's name and how long it was busy, in seconds.
pub(super) struct Workers {
    description: Desc,
    workers: Vec<(&'static str, Read)>,
}

impl Workers {
    pub(super) fn new(workers: Vec<(&'static str, Read)>) -> Self {
        let description = Desc::new(NAME.to_owned(), HELP.to_owned(), vec!["worker".to_owned()], HashMap::new());
        Self { description: description.expect(DECLARED_ONCE), workers }
    }
}

impl Collector for Workers {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.description]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let values: Vec<(&str, f64)> = self.workers.iter().map(|(name, read)| (*name, read())).collect();
        vec![labelled(NAME, HELP, MetricType::COUNTER, "worker", &values)]
    }
}
