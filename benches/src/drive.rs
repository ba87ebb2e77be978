//! Programs that take deposits, clients that make them, and what it took.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use navette_gateway::partner::{Access, Partner, Transport};
use navette_gateway::sandbox;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::{JoinHandle, JoinSet};

use crate::ground;

/// The process of every deposit.
pub const PROCESS: &str = "CERTDC";
/// How long a program is driven before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);
const START_LIMIT: Duration = Duration::from_secs(60);
/// Clock ticks of `/proc/PID/stat` in a second: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// What was measured.
#[derive(Debug, Default)]
pub struct Figures {
    /// How long each deposit took.
    pub deposits: Vec<Duration>,
    elapsed: Duration,
    cpu_seconds: f64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]
impl Figures {
    /// The sum of both.
    pub fn add(&mut self, other: Self) {
        self.deposits.extend(other.deposits);
        self.elapsed += other.elapsed;
        self.cpu_seconds += other.cpu_seconds;
    }

    /// Deposits a second.
    pub fn rate(&self) -> f64 {
        self.deposits.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// CPU-seconds of the program for a thousand deposits.
    pub fn cpu_per_thousand(&self) -> f64 {
        self.cpu_seconds * 1_000.0 / self.deposits.len() as f64
    }

    /// How long deposits took, in milliseconds.
    pub fn quantile(&mut self, quantile: f64) -> f64 {
        self.deposits.sort_unstable();
        let index = (self.deposits.len() as f64 * quantile) as usize;
        self.deposits.get(index).map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
    }
}

/// A program that takes deposits. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: String,
    /// The value of the header, and the recipient, for who asks.
    authorization: String,
    recipient: Value,
    /// How partners reach it; nothing but an address of a bare server.
    pub access: Option<Arc<Access>>,
}

impl Server {
    /// A sandbox that keeps its data in `directory`, with these variables and arguments.
    pub async fn hub(program: &Path, directory: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Result<Self> {
        let credentials = directory.join("credentials.json");
        // That of a former start says nothing of this one.
        drop(std::fs::remove_file(&credentials));
        let mut process = start(
            Command::new(program)
                .args(["sandbox", "--listen", "127.0.0.1:0", "--data"])
                .arg(directory.join("data"))
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
        let key = recipient.organization.clone().unwrap_or_default();
        let mut parts = key.split('-');
        let recipient = json!({ "type": parts.next(), "companyRegister": parts.next(), "branchCode": parts.next() });
        let transport = Transport::new(rustls::RootCertStore::empty(), START_LIMIT);
        let partner = Partner::new(transport, Arc::clone(&access), depositor.clone());
        partner.log_in().await?.expect(StatusCode::OK)?;
        let authorization = format!("Bearer {}", partner.token().context("no token")?);
        Ok(Self { process, address, authorization, recipient, access: Some(access) })
    }

    /// The bare server, which keeps its data in `directory`.
    pub async fn limit(program: &Path, directory: &Path) -> Result<Self> {
        let mut process = start(Command::new(program).arg("--data").arg(directory), &[])?;
        let file = directory.join("address");
        let address =
            appears(&mut process, || std::fs::read_to_string(&file).ok().filter(|text| !text.is_empty())).await?;
        let recipient = json!({ "type": "SI", "companyRegister": "00000000000000", "branchCode": "00000" });
        Ok(Self { process, address, authorization: "Bearer ".to_owned() + &"x".repeat(100), recipient, access: None })
    }

    /// Stops it, as an operator would.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.process.id().context("the program has ended")?;
        let stopped = Command::new("kill").arg(id.to_string()).status().await?;
        ensure!(stopped.success(), "the program cannot be told to stop");
        self.process.wait().await?;
        Ok(())
    }

    /// User and system time so far, in seconds.
    fn cpu_seconds(&self) -> Result<f64> {
        let id = self.process.id().context("the program has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).context("/proc says nothing of the time taken")?;
        Ok((user + system) / TICKS_PER_SECOND)
    }

    /// Not measured from the first moment: connections open, files grow and caches fill.
    pub async fn driven(&self, clients: usize, duration: Duration, size: usize) -> Result<Figures> {
        let load = Arc::new(Load::new(self, size));
        self.drive(clients, WARM_UP, &load).await?;
        self.drive(clients, duration, &load).await
    }

    /// Has `count` clients deposit for so long.
    pub async fn drive(&self, count: usize, duration: Duration, load: &Arc<Load>) -> Result<Figures> {
        let before = self.cpu_seconds()?;
        let began = Instant::now();
        let until = began + duration;
        let mut clients = JoinSet::new();
        for _ in 0..count {
            let load = Arc::clone(load);
            clients.spawn(async move { load.run(until).await });
        }
        let mut figures = Figures::default();
        while let Some(client) = clients.join_next().await {
            figures.deposits.extend(client??);
        }
        figures.elapsed = began.elapsed();
        figures.cpu_seconds = self.cpu_seconds()? - before;
        Ok(figures)
    }
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

/// A folder that was deposited.
#[derive(Debug, Clone)]
pub struct Deposited {
    /// Its identifier.
    pub id: String,
    /// That of its case; empty of a bare server.
    pub case: String,
}

/// What every client sends.
#[derive(Debug)]
pub struct Load {
    address: String,
    authorization: String,
    folder: Bytes,
    file: Bytes,
    digest: String,
    completed: Bytes,
}

impl Load {
    /// Deposits of a file of `size` bytes.
    pub fn new(server: &Server, size: usize) -> Self {
        let mut file = b"%PDF-1.4\n".to_vec();
        file.extend(ground::noise(size.saturating_sub(file.len())));
        let folder = json!({
            "processCode": PROCESS, "externalId": "COMPARE-1",
            "applicant": { "firstName": "SPECIMEN", "lastName": "SPECIMEN" },
            "cases": [{ "externalId": "CASE-1", "recipient": server.recipient }],
            "attachments": [{
                "fileName": "certificate.pdf", "type": "PIECE_JOINTE", "size": file.len(),
                "mimeType": "application/pdf", "recipients": ["CASE-1"],
            }],
        });
        Self {
            address: server.address.clone(),
            authorization: server.authorization.clone(),
            folder: folder.to_string().into(),
            digest: BASE64.encode(digest(&SHA256, &file)),
            file: file.into(),
            completed: Bytes::from_static(br#"{"globalStatus":"HUBEE_COMPLETED"}"#),
        }
    }

    /// Deposits until then; gives how long each took.
    async fn run(&self, until: Instant) -> Result<Vec<Duration>> {
        let (mut sender, connection) = self.connect().await?;
        let mut took = Vec::new();
        while Instant::now() < until {
            let began = Instant::now();
            self.deposit_one(&mut sender).await?;
            took.push(began.elapsed());
        }
        drop(sender);
        connection.await??;
        Ok(took)
    }

    /// Deposits so many, one after the other.
    pub async fn deposit(&self, count: usize) -> Result<Vec<Deposited>> {
        let (mut sender, connection) = self.connect().await?;
        let mut deposited = Vec::with_capacity(count);
        for _ in 0..count {
            deposited.push(self.deposit_one(&mut sender).await?);
        }
        drop(sender);
        connection.await??;
        Ok(deposited)
    }

    async fn connect(&self) -> Result<(SendRequest<Full<Bytes>>, JoinHandle<hyper::Result<()>>)> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        Ok((sender, tokio::spawn(connection)))
    }

    async fn deposit_one(&self, sender: &mut SendRequest<Full<Bytes>>) -> Result<Deposited> {
        let answer = self.send(sender, Method::POST, "folders", &self.folder, StatusCode::CREATED).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let folder = answer["id"].as_str().context("a folder without an identifier")?;
        let attachment = answer["attachments"][0]["id"].as_str().context("a file without an identifier")?;
        let path = format!("folders/{folder}/attachments/{attachment}");
        self.send(sender, Method::PUT, &path, &self.file, StatusCode::NO_CONTENT).await?;
        let path = format!("folders/{folder}");
        self.send(sender, Method::PATCH, &path, &self.completed, StatusCode::NO_CONTENT).await?;
        let case = answer["cases"][0]["id"].as_str().unwrap_or_default().to_owned();
        Ok(Deposited { id: folder.to_owned(), case })
    }

    async fn send(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        method: Method,
        path: &str,
        body: &Bytes,
        expected: StatusCode,
    ) -> Result<Bytes> {
        let mut request = Request::builder()
            .method(&method)
            .uri(format!("/teledossiers/v1/{path}"))
            .header(HOST, &self.address)
            .header(AUTHORIZATION, &self.authorization);
        if method == Method::PUT {
            request = request.header("digest", &self.digest).header("content-type", "application/octet-stream");
        } else {
            request = request.header("content-type", "application/json");
        }
        sender.ready().await?;
        let answer = sender.send_request(request.body(Full::from(body.clone()))?).await?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        ensure!(status == expected, "{method} {path} was answered {status}: {}", String::from_utf8_lossy(&bytes));
        Ok(bytes)
    }
}
