//! A directory with a profile and the access to a hub, and the program that runs there.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::fake::{FakeHub, Fault};

/// A few seconds of everything.
pub(crate) const PROFILE: &str = r#"
title = "A few seconds"
objectives = ["lost == 0", "doubled == 0", "crossed == 0", "corrupted == 0", "failed == 0", "achieved >= 100%"]
[world]
communes = 5
departments = 0
operators = 3
idle_pollers = 2
editors = 1
desks_per_editor = 2
[behaviour]
poll_every = "100ms"
idle_poll_every = "200ms"
drain = "3s"
retries = 0
watched = 0.5
[[process]]
code = "LT-UN"
name = "Un"
weight = 3
recipients = "commune"
files = [1, 2]
median = "2 kB"
[[process]]
code = "LT-DEUX"
name = "Deux"
weight = 1
recipients = "movers"
median = "1 kB"
[[phase]]
name = "all of it"
duration = "1s"
shape = { constant = "60/s" }
repeats = 0.2
objectives = ["p99 < 5s"]
"#;

/// Where a test runs the program.
pub(crate) struct Ground {
    directory: TempDir,
}

impl Ground {
    pub(crate) fn new(profile: &str, url: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("profile.toml"), profile).unwrap();
        let access = json!({
            "token_url": format!("{url}/token"), "teledossiers_url": format!("{url}/teledossiers/v1"),
            "referential_url": format!("{url}/referential/v1"),
            "credentials": [{ "scope": "ADMIN", "client_id": "admin", "client_secret": "secret" }],
        });
        std::fs::write(directory.path().join("hub.json"), access.to_string()).unwrap();
        Self { directory }
    }

    pub(crate) async fn beside(fault: Fault) -> Self {
        Self::new(PROFILE, &format!("http://{}", FakeHub::start(fault).await))
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new("env")
            .args(HEARS_HANG_UP)
            .arg(env!("CARGO_BIN_EXE_navette-load"))
            .current_dir(self.path())
            .args(["run", "profile.toml", "--hub", "hub.json", "--quiet", "--json", "results.json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Runs it; gives the exit code and all that was said.
    pub(crate) async fn run(&self, arguments: &[&str]) -> (i32, String) {
        ended(self.start(arguments)).await
    }

    pub(crate) fn results(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path().join("results.json")).unwrap()).unwrap()
    }
}

/// What `env` is told, so that a program hears a hang-up even when whoever runs the tests, under `nohup`, does not.
pub(crate) const HEARS_HANG_UP: [&str; 1] = ["--default-signal=HUP"];

/// The exit code and all that was said.
pub(crate) async fn ended(child: Child) -> (i32, String) {
    let output = tokio::time::timeout(Duration::from_secs(120), child.wait_with_output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), said)
}

/// Sends a signal.
pub(crate) async fn signal(child: &Child, signal: &str) {
    let process = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([signal, &process]).status().await.unwrap().success());
}

/// Reads what a program complains of until it says this.
pub(crate) async fn said_behind(child: &mut Child, expected: &str) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let said = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(expected) {
                return true;
            }
        }
        false
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), said).await.unwrap(), "{expected:?} was never said");
}

/// Waits for a condition, for a minute.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap_or_else(|_| panic!("{what}: not in a minute"));
}

/// Whether a process has a handler for a signal, by the bits that Linux shows.
pub(crate) fn catches(child: &Child, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or_default();
    u64::from_str_radix(caught.trim(), 16).is_ok_and(|bits| bits >> (signal - 1) & 1 == 1)
}
