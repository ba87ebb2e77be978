//! A hub that the load test starts itself, and may kill.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group};

/// How long it may take to stop when it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A hub in a process group of its own. Ended with the load test.
#[derive(Debug)]
pub(crate) struct HubProcess {
    arguments: Vec<String>,
    child: Child,
}

impl HubProcess {
    /// Starts this program with these arguments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(arguments: Vec<String>) -> Result<Self> {
        let child = spawn(&arguments)?;
        Ok(Self { arguments, child })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself, and how.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// Kills it as a power cut would, and starts it again.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn kill_and_restart(&mut self) -> Result<()> {
        self.signal(Signal::KILL);
        self.child.wait().context("the hub cannot be waited for")?;
        self.child = spawn(&self.arguments)?;
        Ok(())
    }

    /// Asks it to stop, and waits.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        let asked = tokio::time::Instant::now();
        while self.ended().is_none() && asked.elapsed() < STOP_LIMIT {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended already.
            kill_process_group(group, signal).ok();
        }
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.signal(Signal::KILL);
            self.child.wait().ok();
        }
    }
}

fn spawn(arguments: &[String]) -> Result<Child> {
    let (program, arguments) = arguments.split_first().context("the command that starts the hub is empty")?;
    Command::new(program)
        .args(arguments)
        // What the hub has to say of each start and stop is not what this program is run for.
        .env("NAVETTE_LOG_FILTER", std::env::var("NAVETTE_LOG_FILTER").unwrap_or_else(|_| "warn".to_owned()))
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("the hub cannot be started with {program}"))
}
