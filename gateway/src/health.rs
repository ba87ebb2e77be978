//! Whether the hub lives and is ready, and the second listener that says so.

mod admin;
mod disk;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde::Serialize;

pub use admin::AdminListener;
pub use disk::disk_above_floor;

type Probe = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Whether the hub is ready to be sent requests: all checks pass, and it is not stopping.
#[derive(Default)]
pub struct Readiness {
    draining: AtomicBool,
    checks: Mutex<Vec<(&'static str, Probe)>>,
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Readiness").field("draining", &self.draining).finish_non_exhaustive()
    }
}

/// Something that must be done before the hub is ready, such as the replay of the journal.
#[derive(Debug, Clone)]
pub struct Step(Arc<AtomicBool>);

impl Step {
    /// It is done.
    pub fn done(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// What `/health/ready` answers.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether requests should be sent here.
    pub ready: bool,
    /// Each check.
    pub checks: Vec<Check>,
}

/// One check of a [`Report`].
#[derive(Debug, Serialize)]
pub struct Check {
    /// Which.
    pub name: &'static str,
    /// Whether it passes.
    pub ok: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Readiness {
    /// Ready as soon as nothing says otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a check. It is called whenever somebody asks, and must answer at once; its reason goes to the operator.
    pub fn add(&self, name: &'static str, probe: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.checks.lock().push((name, Box::new(probe)));
    }

    /// Adds something that has yet to be done.
    pub fn step(&self, name: &'static str) -> Step {
        let step = Step(Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&step.0);
        self.add(name, move || if flag.load(Ordering::Acquire) { Ok(()) } else { Err("not finished yet".to_owned()) });
        step
    }

    /// Says no from now on: the hub is stopping.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Runs every check.
    pub fn report(&self) -> Report {
        let draining = self.draining.load(Ordering::Acquire);
        let not_stopping = if draining { Err("the hub is stopping".to_owned()) } else { Ok(()) };
        let mut checks = vec![Check::new("draining", not_stopping)];
        checks.extend(self.checks.lock().iter().map(|(name, probe)| Check::new(name, probe())));
        Report { ready: checks.iter().all(|check| check.ok), checks }
    }
}

impl Check {
    fn new(name: &'static str, outcome: Result<(), String>) -> Self {
        Self { name, ok: outcome.is_ok(), reason: outcome.err() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_is_ready_when_every_step_is_done_and_until_it_drains() {
        let readiness = Readiness::new();
        assert!(readiness.report().ready);
        let replay = readiness.step("replay");
        assert!(!readiness.report().ready);
        replay.done();
        assert!(readiness.report().ready);
        readiness.add("journal", || Err("the disk failed".to_owned()));
        let report = serde_json::to_value(readiness.report()).unwrap();
        assert_eq!(
            report,
            serde_json::json!({ "ready": false, "checks": [
                { "name": "draining", "ok": true },
                { "name": "replay", "ok": true },
                { "name": "journal", "ok": false, "reason": "the disk failed" },
            ] })
        );
        readiness.drain();
        assert!(!readiness.report().checks[0].ok);
    }
}
