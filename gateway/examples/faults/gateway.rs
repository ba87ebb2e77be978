//! Gateways as processes, and who speaks to them.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use http::StatusCode;
use navette_gateway::partner::{Access, Credential, Partner, Transport};
use navette_gateway::sandbox;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// What is deposited.
pub(crate) const PROCESS: &str = "CERTDC";
/// How long a start may take on servers that come back themselves.
const START_LIMIT: Duration = Duration::from_secs(120);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// How long a caller waits for an answer: longer than any time limit of a gateway.
pub(crate) const CALLER_PATIENCE: Duration = Duration::from_secs(20);

/// How a gateway is started.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) program: PathBuf,
    /// Where both find the master key, and each keeps its log.
    pub(crate) directory: PathBuf,
    pub(crate) name: &'static str,
    pub(crate) environment: Vec<(String, String)>,
}

/// A gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    setup: Setup,
    child: Child,
    /// Host and port of its public listener.
    pub(crate) address: SocketAddr,
    pub(crate) access: Access,
}

impl Gateway {
    /// Starts one at a free port, and waits until it listens.
    pub(crate) async fn start(setup: Setup) -> Result<Self> {
        let (child, access) = launch(&setup, "127.0.0.1:0", 0).await?;
        let address = access.base_url().rsplit('/').next().unwrap_or_default().parse().context("no address")?;
        Ok(Self { setup, child, address, access })
    }

    /// Starts it again at the same address, with a clock that is so many minutes ahead.
    pub(crate) async fn start_again(&mut self, minutes_ahead: i32) -> Result<()> {
        let (child, access) = launch(&self.setup, &self.address.to_string(), minutes_ahead).await?;
        (self.child, self.access) = (child, access);
        Ok(())
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("a gateway cannot be killed")
    }

    /// SIGSTOP, SIGCONT.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let id = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).context("it does not run")?;
        kill_process(id, signal).context("a gateway cannot be signalled")
    }

    /// The value of a metric, added up over its labels.
    pub(crate) async fn metric(&self, name: &str) -> Result<f64> {
        let log = std::fs::read_to_string(log(&self.setup))?;
        let served = log.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let served = served.into_iter().find(|line| line["message"] == "metrics and health are served");
        let address =
            served.and_then(|line| line["address"].as_str().map(str::to_owned)).context("no second listener")?;
        let request = http::Request::get(format!("http://{address}/metrics")).body(http_body_util::Full::default())?;
        let page = Transport::new(rustls::RootCertStore::empty(), CALLER_PATIENCE).send(request).await?;
        let page = String::from_utf8_lossy(&page.body).into_owned();
        let values = page.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        Ok(values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }
}

/// A depositor and a recipient, who have tokens of one gateway.
#[derive(Debug)]
pub(crate) struct Parties {
    pub(crate) depositor: Partner,
    pub(crate) recipient: Partner,
}

impl Parties {
    /// Those of a gateway that is reached at this address.
    pub(crate) async fn at(address: SocketAddr, access: &Access) -> Result<Self> {
        let transport = Transport::new(rustls::RootCertStore::empty(), CALLER_PATIENCE);
        let base = access.base_url();
        let there = |url: &str| url.replacen(base, &format!("http://{address}"), 1);
        let there = Arc::new(Access {
            token_url: there(&access.token_url),
            teledossiers_url: there(&access.teledossiers_url),
            referential_url: there(&access.referential_url),
            credentials: Vec::new(),
            sftp: None,
        });
        let log_in = async |credential: Option<&Credential>| -> Result<Partner> {
            let credential = credential.context("the sandbox lacks a credential")?.clone();
            let partner = Partner::new(transport.clone(), Arc::clone(&there), credential);
            partner.log_in().await?.expect(StatusCode::OK)?;
            Ok(partner)
        };
        let owner = sandbox::depositor(PROCESS);
        let is_depositor = |row: &&Credential| row.scope == "OSL" && row.organization == owner;
        let depositor = log_in(access.credentials.iter().find(is_depositor)).await?;
        let recipient = log_in(access.credential("SI", Some(PROCESS))).await?;
        Ok(Self { depositor, recipient })
    }

    /// The recipient, as the contract writes it.
    pub(crate) fn recipient_key(&self) -> Value {
        let key = self.recipient.credential().organization.clone().unwrap_or_default();
        let mut parts = key.split('-');
        json!({ "type": parts.next(), "companyRegister": parts.next(), "branchCode": parts.next() })
    }
}

fn log(setup: &Setup) -> PathBuf {
    setup.directory.join(format!("{}.log", setup.name))
}

async fn launch(setup: &Setup, listen: &str, minutes_ahead: i32) -> Result<(Child, Access)> {
    let credentials = setup.directory.join(format!("{}.json", setup.name));
    if credentials.exists() {
        std::fs::remove_file(&credentials).context("the former credentials cannot be removed")?;
    }
    let mut child = spawn(setup, listen, &credentials, minutes_ahead)?;
    let began = Instant::now();
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    loop {
        look.tick().await;
        if let Ok(bytes) = std::fs::read(&credentials)
            && let Ok(access) = serde_json::from_slice(&bytes)
        {
            return Ok((child, access));
        }
        if let Some(status) = child.try_wait()? {
            bail!("{} ended with {status}:\n{}", setup.name, std::fs::read_to_string(log(setup)).unwrap_or_default());
        }
        if began.elapsed() > START_LIMIT {
            bail!("{} does not listen after {START_LIMIT:?}; see {}", setup.name, log(setup).display());
        }
    }
}

fn spawn(setup: &Setup, listen: &str, credentials: &Path, minutes_ahead: i32) -> Result<Child> {
    let log = File::options().create(true).append(true).open(log(setup)).context("a log cannot be written")?;
    let mut command = Command::new(&setup.program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NAVETTE_")) {
        command.env_remove(name);
    }
    command
        .args(["sandbox", "--listen", listen, "--data"])
        .arg(setup.directory.join("data"))
        .arg("--credentials")
        .arg(credentials)
        .args(["--minutes-ahead", &minutes_ahead.to_string()])
        .envs(setup.environment.iter().map(|(name, value)| (name, value)))
        .env("NAVETTE_LOG_FORMAT", "json")
        .env("NAVETTE_STORAGE_CLUSTER_GATEWAY", setup.name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started", setup.program.display()))
}
