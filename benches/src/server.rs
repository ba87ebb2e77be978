//! Programs that are measured: the hub, and the bare server beside it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use http::StatusCode;
use navette_gateway::admin::Administrator;
use navette_gateway::partner::{Access, Credential, Partner, Transport};
use navette_gateway::sandbox;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// The process of every deposit.
pub const PROCESS: &str = "CERTDC";
/// A start replays what was not applied.
const START_LIMIT: Duration = Duration::from_secs(120);
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
/// Clock ticks of `/proc/PID/stat` in a second: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;
/// As long as one of the hub.
const TOKEN_LENGTH: usize = 115;

/// A program that takes deposits. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: String,
    /// The header of who deposits.
    pub authorization: String,
    /// The header of who receives.
    pub recipient_authorization: String,
    /// Who receives, as a folder names it.
    pub recipient: Value,
    /// How partners reach it; nothing but an address of a bare server.
    pub access: Option<Arc<Access>>,
}

impl Server {
    /// Where a hub that was started in `directory` keeps its data.
    pub fn data(directory: &Path) -> PathBuf {
        directory.join("data")
    }

    /// A sandbox that keeps its data in `directory`, with these variables and arguments.
    pub async fn hub(program: &Path, directory: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Result<Self> {
        let credentials = directory.join("credentials.json");
        // That of a former start says nothing of this one.
        drop(std::fs::remove_file(&credentials));
        let mut process = start(
            Command::new(program)
                .args(["sandbox", "--listen", "127.0.0.1:0", "--data"])
                .arg(Self::data(directory))
                .arg("--credentials")
                .arg(&credentials)
                .args(arguments),
            variables,
        )?;
        let access: Access =
            appears(&mut process, || serde_json::from_slice(&std::fs::read(&credentials).ok()?).ok()).await?;
        let address = access.base_url().rsplit('/').next().unwrap_or_default().to_owned();
        let access = Arc::new(access);
        let owner = sandbox::depositor(PROCESS);
        let depositor = access.credentials.iter().find(|row| row.scope == "OSL" && row.organization == owner);
        let recipient = access.credentials.iter().find(|row| row.process.as_deref() == Some(PROCESS));
        let (depositor, recipient) = depositor.zip(recipient).context("a sandbox without partners")?;
        Ok(Self {
            process,
            address,
            authorization: authorization(&access, depositor).await?,
            recipient_authorization: authorization(&access, recipient).await?,
            recipient: address_of(recipient.organization.as_deref().unwrap_or_default()),
            access: Some(access),
        })
    }

    /// The bare server, which keeps its data in `directory`.
    pub async fn limit(program: &Path, directory: &Path) -> Result<Self> {
        Self::bare(Command::new(program).arg("--data").arg(directory), directory).await
    }

    /// The bare server that sends all bytes to a topic of these brokers; it was built with the feature `cluster`.
    pub async fn limit_on_kafka(program: &Path, directory: &Path, brokers: &str, prefix: &str) -> Result<Self> {
        let topic = format!("{prefix}.limit");
        let mut command = Command::new(program);
        command.arg("--data").arg(directory).args(["--kafka", brokers, "--topic", &topic]);
        Self::bare(&mut command, directory).await
    }

    async fn bare(command: &mut Command, directory: &Path) -> Result<Self> {
        let mut process = start(command, &[])?;
        let file = directory.join("address");
        let address =
            appears(&mut process, || std::fs::read_to_string(&file).ok().filter(|text| !text.is_empty())).await?;
        let authorization = "Bearer ".to_owned() + &"x".repeat(TOKEN_LENGTH);
        Ok(Self {
            process,
            address,
            recipient_authorization: authorization.clone(),
            authorization,
            recipient: address_of("SI-00000000000000-00000"),
            access: None,
        })
    }

    /// Stops it, as an operator would.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.process.id().context("the program has ended")?;
        let stopped = Command::new("kill").arg(id.to_string()).status().await?;
        ensure!(stopped.success(), "the program cannot be told to stop");
        self.process.wait().await?;
        Ok(())
    }

    /// An administrator of the hub.
    pub async fn administrator(&self) -> Result<Administrator> {
        let access = self.access.as_ref().context("a bare server has no administrator")?;
        Administrator::log_in(access.as_ref().clone(), None).await
    }

    /// User and system time so far, in seconds.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()?))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).context("/proc says nothing of the time taken")?;
        Ok((user + system) / TICKS_PER_SECOND)
    }

    /// Memory now, and the most it ever was since the last [`forget_peak`](Self::forget_peak), in bytes.
    pub fn memory_bytes(&self) -> Result<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()?))?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let (now, peak) = kib("VmRSS:").zip(kib("VmHWM:")).context("/proc says nothing of the memory")?;
        Ok((now << 10, peak << 10))
    }

    /// The peak of memory begins anew.
    pub fn forget_peak(&self) -> Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.id()?), "5")?)
    }

    fn id(&self) -> Result<u32> {
        self.process.id().context("the program has ended")
    }
}

/// What a partner with this credential sends as `Authorization`.
pub async fn authorization(access: &Arc<Access>, credential: &Credential) -> Result<String> {
    let transport = Transport::new(rustls::RootCertStore::empty(), REQUEST_LIMIT);
    let partner = Partner::new(transport, Arc::clone(access), credential.clone());
    partner.log_in().await?.expect(StatusCode::OK)?;
    Ok(format!("Bearer {}", partner.token().context("no token")?))
}

/// `SI-21129901100018-12202` as a folder names it.
pub fn address_of(key: &str) -> Value {
    let mut parts = key.splitn(3, '-');
    json!({ "type": parts.next(), "companyRegister": parts.next(), "branchCode": parts.next() })
}

fn start(command: &mut Command, variables: &[(&str, &str)]) -> Result<Child> {
    // Both run as they are by default.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NAVETTE_")) {
        command.env_remove(name);
    }
    let program = command.as_std().get_program().to_owned();
    command
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started; build it first", Path::new(&program).display()))
}

async fn appears<T>(process: &mut Child, mut look: impl FnMut() -> Option<T>) -> Result<T> {
    let began = Instant::now();
    let mut interval = tokio::time::interval(Duration::from_millis(5));
    loop {
        interval.tick().await;
        if let Some(found) = look() {
            return Ok(found);
        }
        if let Some(status) = process.try_wait()? {
            bail!("the program ended with {status} before it listened");
        }
        ensure!(began.elapsed() < START_LIMIT, "the program does not listen after {START_LIMIT:?}");
    }
}
