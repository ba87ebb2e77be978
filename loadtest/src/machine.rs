//! The machine that the load test runs on, and what processes take of it.

use std::time::Instant;

use anyhow::{Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// Descriptors for everything that is no connection.
const DESCRIPTORS_BESIDES: u64 = 64;

/// What a report says of the machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Model of the processor.
    pub(crate) processor: String,
    /// How many of its cores can be used.
    pub(crate) cores: usize,
    /// Memory, in bytes.
    pub(crate) memory_bytes: u64,
    /// System and its version.
    pub(crate) system: String,
}

impl Machine {
    /// This one.
    pub(crate) fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = value(&read("/proc/meminfo"), "MemTotal");
        let kilobytes = memory.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        Self {
            processor: value(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: cores(),
            memory_bytes: kilobytes.unwrap_or_default() * 1_024,
            system: format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
        }
    }
}

/// Cores that can be used.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Makes sure that so many connections can be open at a time, raising the soft limit if that is enough.
///
/// # Errors
/// With what to raise when they cannot.
pub(crate) fn ensure_descriptors(connections: usize) -> Result<()> {
    let needed = connections as u64 + DESCRIPTORS_BESIDES;
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if enough(limit.current) {
        return Ok(());
    }
    ensure!(
        enough(limit.maximum),
        "{needed} descriptors are needed and the limit is {}: raise it with `ulimit -n {needed}`, or lower --in-flight, --connections and the `editors` of the profile",
        limit.maximum.unwrap_or_default()
    );
    setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum: limit.maximum })?;
    Ok(())
}

/// How much of the processor a process takes.
#[derive(Debug)]
pub(crate) struct ProcessClock {
    process: u32,
    last: Option<(Instant, f64)>,
}

/// Ticks of `/proc/PID/stat` in a second: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

impl ProcessClock {
    /// That of this process.
    pub(crate) const fn of(process: u32) -> Self {
        Self { process, last: None }
    }

    /// Which one.
    pub(crate) const fn process(&self) -> u32 {
        self.process
    }

    /// User and system time so far, in seconds.
    pub(crate) fn seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process)).ok()?;
        let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
        let user: f64 = fields.next()?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        Some((user + system) / TICKS_PER_SECOND)
    }

    /// Cores taken since the last look.
    pub(crate) fn share(&mut self) -> Option<f64> {
        let (now, seconds) = (Instant::now(), self.seconds()?);
        let last = self.last.replace((now, seconds))?;
        let elapsed = (now - last.0).as_secs_f64();
        (elapsed > 0.0 && seconds >= last.1).then(|| (seconds - last.1) / elapsed)
    }
}

/// Memory of a process that is in use, in bytes.
pub(crate) fn resident_bytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_descriptors_are_found_before_the_start() {
        assert!(ensure_descriptors(100).is_ok());
        let error = ensure_descriptors(usize::MAX / 2).map_err(|error| error.to_string());
        // Where there is no limit at all, there is nothing to raise.
        assert!(error.is_ok() || error.unwrap_err().contains("ulimit -n"));
    }

    #[test]
    fn this_process_takes_time_and_memory() {
        assert!(ProcessClock::of(std::process::id()).seconds().is_some());
        assert!(resident_bytes(std::process::id()).unwrap() > 1 << 20);
        assert!(Machine::this().memory_bytes > 1 << 28);
    }
}
