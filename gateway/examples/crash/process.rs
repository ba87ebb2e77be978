//! The hub as a process that is killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use navette_gateway::partner::Access;
use tokio::process::{Child, Command};

/// How long a start may take, replay included.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How often the hub is looked for meanwhile.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

pub(crate) struct Hub {
    child: Child,
    pub(crate) access: Access,
}

impl Hub {
    /// Starts the hub and waits until it listens.
    pub(crate) async fn start(program: &Path, directory: &Path) -> Result<Self> {
        let credentials = credentials(directory);
        if credentials.exists() {
            std::fs::remove_file(&credentials).context("the former credentials cannot be removed")?;
        }
        let mut child = spawn(program, directory)?;
        let began = Instant::now();
        let mut look = tokio::time::interval(LOOK_INTERVAL);
        loop {
            look.tick().await;
            if let Ok(bytes) = std::fs::read(&credentials)
                && let Ok(access) = serde_json::from_slice(&bytes)
            {
                return Ok(Self { child, access });
            }
            if let Some(status) = child.try_wait()? {
                let log = std::fs::read_to_string(log(directory)).unwrap_or_default();
                bail!("the hub ended with {status} before it listened:\n{log}");
            }
            if began.elapsed() > START_LIMIT {
                bail!("the hub does not listen after {START_LIMIT:?}");
            }
        }
    }

    /// Starts the hub and kills it so much later, wherever it stands then.
    pub(crate) async fn start_and_kill(program: &Path, directory: &Path, after: Duration) -> Result<()> {
        let mut child = spawn(program, directory)?;
        // Not a wait for something: the instant is the test.
        tokio::time::sleep(after).await;
        child.kill().await.context("the hub cannot be killed")
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the hub had ended by itself: {status}");
        }
        self.child.kill().await.context("the hub cannot be killed")
    }
}

fn credentials(directory: &Path) -> PathBuf {
    directory.join("credentials.json")
}

fn log(directory: &Path) -> PathBuf {
    directory.join("hub.log")
}

fn spawn(program: &Path, directory: &Path) -> Result<Child> {
    let log = File::create(log(directory)).context("the log of the hub cannot be written")?;
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NAVETTE_")) {
        command.env_remove(name);
    }
    command
        .args(["sandbox", "--listen", "127.0.0.1:0", "--data"])
        .arg(directory.join("data"))
        .arg("--credentials")
        .arg(credentials(directory))
        // Small, so that files of the journal and volumes fill up, are sealed and recycled within a round.
        .env("NAVETTE_STORAGE_JOURNAL_SEGMENT_BYTES", "2 MiB")
        .env("NAVETTE_STORAGE_JOURNAL_ENTRY_MAX_BYTES", "1 MiB")
        .env("NAVETTE_STORAGE_JOURNAL_RETAINED_ENTRIES", "100")
        .env("NAVETTE_STORAGE_ATTACHMENTS_VOLUME_BYTES", "16 MiB")
        .env("NAVETTE_STORAGE_CHECKPOINT_INTERVAL", "200ms")
        .env("NAVETTE_STORAGE_VIEW_MEMTABLE_BYTES", "1 MiB")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started", program.display()))
}
