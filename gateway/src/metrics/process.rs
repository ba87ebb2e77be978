//! What the system says of this process, under the names that Prometheus clients agreed on.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};
use rustix::process::Resource;

use super::{DECLARED_ONCE, Limit, family};

type Read = fn() -> Option<f64>;

const METRICS: [(&str, &str, MetricType, Read); 6] = [
    (
        "process_resident_memory_bytes",
        "Memory of the process that is in RAM, in bytes.",
        MetricType::GAUGE,
        resident_memory,
    ),
    ("process_cpu_seconds_total", "CPU time of the process, user and system.", MetricType::COUNTER, cpu_seconds),
    ("navette_processors", "How many processors the process may use.", MetricType::GAUGE, processors),
    ("process_threads", "Threads of the process.", MetricType::GAUGE, threads),
    ("process_open_fds", "Open file descriptors.", MetricType::GAUGE, open_descriptors),
    ("process_max_fds", "How many file descriptors the process may open.", MetricType::GAUGE, max_descriptors),
];

/// What the system sets limits to.
pub(super) fn limits() -> [Limit; 2] {
    [
        Limit::new(
            "descriptors",
            || open_descriptors().unwrap_or_default(),
            || max_descriptors().unwrap_or(f64::INFINITY),
        ),
        Limit::new("memory", || resident_memory().unwrap_or_default(), || memory_limit().unwrap_or(f64::INFINITY)),
    ]
}

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

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; processors are counted in hundreds")]
fn processors() -> Option<f64> {
    std::thread::available_parallelism().ok().map(|count| count.get() as f64)
}

/// What the control group allows, or the machine has, whichever is less.
fn memory_limit() -> Option<f64> {
    let machine = fs::read_to_string("/proc/meminfo").ok()?;
    let kib: f64 =
        machine.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.split_whitespace().next()?.parse().ok()?;
    let machine = kib * 1024.0;
    Some(group_memory_limit().map_or(machine, |group| group.min(machine)))
}

/// `memory.max` of the control group (version 2) that this process is in, or of the nearest above it that has one.
fn group_memory_limit() -> Option<f64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let root = Path::new("/sys/fs/cgroup");
    let limit = |group: &Path| fs::read_to_string(root.join(group).join("memory.max")).ok()?.trim().parse::<f64>().ok();
    Path::new(own).ancestors().filter_map(limit).reduce(f64::min)
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
