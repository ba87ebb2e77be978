//! What the system says of this process, under the names that Prometheus clients agreed on.

use std::collections::HashMap;
use std::fs;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};
use rustix::process::Resource;

use super::{DECLARED_ONCE, family};

type Read = fn() -> Option<f64>;

const METRICS: [(&str, &str, MetricType, Read); 5] = [
    (
        "process_resident_memory_bytes",
        "Memory of the process that is in RAM, in bytes.",
        MetricType::GAUGE,
        resident_memory,
    ),
    ("process_cpu_seconds_total", "CPU time of the process, user and system.", MetricType::COUNTER, cpu_seconds),
    ("process_threads", "Threads of the process.", MetricType::GAUGE, threads),
    ("process_open_fds", "Open file descriptors.", MetricType::GAUGE, open_descriptors),
    ("process_max_fds", "How many file descriptors the process may open.", MetricType::GAUGE, max_descriptors),
];

/// Reads `/proc` when asked.
pub(super) struct ProcessCollector {
    descriptions: Vec<Desc>,
}

impl ProcessCollector {
    pub(super) fn new() -> Self {
        let describe = |name: &str, help: &str| Desc::new(name.to_owned(), help.to_owned(), Vec::new(), HashMap::new());
        Self {
            descriptions: METRICS.iter().map(|(name, help, ..)| describe(name, help).expect(DECLARED_ONCE)).collect(),
        }
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        METRICS.iter().filter_map(|(name, help, kind, read)| Some(family(name, help, *kind, read()?))).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; no process has 8 PB of memory")]
fn resident_memory() -> Option<f64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some((pages * rustix::param::page_size() as u64) as f64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a counter is a float; ticks of a hundredth of a second fit for a million years"
)]
fn cpu_seconds() -> Option<f64> {
    let ticks: u64 = stat_field(11)?.parse::<u64>().ok()? + stat_field(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

fn threads() -> Option<f64> {
    stat_field(17)?.parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; descriptors are counted in thousands")]
fn open_descriptors() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; descriptors are counted in thousands")]
fn max_descriptors() -> Option<f64> {
    rustix::process::getrlimit(Resource::Nofile).current.map(|limit| limit as f64)
}

/// The fields after the name of the program, which may itself hold spaces and parentheses; 0 is the state.
fn stat_field(index: usize) -> Option<String> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(index).map(str::to_owned)
}
