//! A hub in a process of its own, so that it can be killed for good.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use crate::partner::Access;

/// How long a hub may take to start; the first time on a cluster it makes topics and tables.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How often its credentials are looked for meanwhile.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// A running hub of the sandbox.
#[derive(Debug)]
pub(super) struct HubProcess {
    process: Owned,
    access: Access,
    address: String,
}

/// A process that is killed when this is dropped, unless it was left running.
#[derive(Debug)]
struct Owned {
    child: Child,
    is_left_running: bool,
}

impl Drop for Owned {
    fn drop(&mut self) {
        if !self.is_left_running {
            // It may have ended by itself.
            self.child.start_kill().ok();
        }
    }
}

impl HubProcess {
    /// Starts a hub at `address` or at a free port, and waits until it listens. Its log and its credentials are in `directory`, and so is
    /// its data unless there is a configuration.
    pub(super) async fn start(directory: &Path, config: Option<&Path>, address: Option<&str>) -> Result<Self> {
        let program = std::env::current_exe().context("this program cannot find itself")?;
        let credentials = super::credentials_path(directory);
        if credentials.exists() {
            std::fs::remove_file(&credentials).context("the former credentials cannot be removed")?;
        }
        let log_path = directory.join("hub.log");
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log_path)
            .context("the log of the hub cannot be written")?;
        let mut command = Command::new(program);
        command.arg("sandbox");
        match config {
            // Where the configuration has metrics served, something may be running.
            Some(config) => command.env("NAVETTE_ADMIN_LISTEN", "127.0.0.1:0").arg("--config").arg(config),
            None => command.arg("--data").arg(directory.join("data")),
        };
        let child = command
            // Whom it calls is on this machine, and speaks no TLS.
            .envs([
                ("NAVETTE_DELIVERIES_BASE_URL", "http://localhost"),
                ("NAVETTE_DELIVERIES_HTTP_ALLOWED", "true"),
                ("NAVETTE_DELIVERIES_NETWORKS", "127.0.0.0/8"),
                ("NAVETTE_DELIVERIES_LOOK_INTERVAL", "20ms"),
                ("NAVETTE_SFTP_LISTEN", "127.0.0.1:0"),
            ])
            .args(["--listen", address.unwrap_or("127.0.0.1:0")])
            .arg("--credentials")
            .arg(&credentials)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("the log of the hub cannot be shared")?)
            .stderr(log)
            .spawn()
            .context("the hub cannot be started")?;
        let mut process = Owned { child, is_left_running: false };
        let access = wait_for(&mut process.child, &credentials, &log_path).await?;
        let address = access.base_url().rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Self { process, access, address })
    }

    pub(super) const fn access(&self) -> &Access {
        &self.access
    }

    /// Host and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// SIGKILL.
    pub(super) async fn kill(&mut self) -> Result<()> {
        self.process.child.kill().await.context("the hub cannot be killed")
    }

    /// SIGTERM, and waits until it has drained.
    pub(super) async fn terminate(&mut self) -> Result<()> {
        let id = self.process.child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            rustix::process::kill_process(id, rustix::process::Signal::TERM).context("the hub cannot be stopped")?;
        }
        let status =
            tokio::time::timeout(START_LIMIT, self.process.child.wait()).await.context("the hub does not stop")??;
        if !status.success() {
            bail!("the hub ended with {status}");
        }
        Ok(())
    }

    /// Lets the hub run on; gives its process id.
    pub(super) fn leave_running(&mut self) -> u32 {
        self.process.is_left_running = true;
        self.process.child.id().unwrap_or_default()
    }
}

async fn wait_for(child: &mut Child, credentials: &PathBuf, log: &Path) -> Result<Access> {
    let began = Instant::now();
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    loop {
        look.tick().await;
        if let Ok(bytes) = std::fs::read(credentials)
            && let Ok(access) = serde_json::from_slice(&bytes)
        {
            return Ok(access);
        }
        if let Some(status) = child.try_wait()? {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            bail!("the hub ended with {status} before it listened:\n{log}");
        }
        if began.elapsed() > START_LIMIT {
            bail!("the hub does not listen after {START_LIMIT:?}");
        }
    }
}
