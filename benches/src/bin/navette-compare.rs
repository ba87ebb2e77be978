//! The hub beside the bare server, over HTTP: the same client, the same requests, the same bytes, in turn.
//!
//! A deposit is three requests: announce a folder with one file, send the file, complete the folder. Build the release of the hub
//! and of both programs first: `cargo build --release -p navette-gateway -p navette-benches --bins`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use clap::Parser;
use http::header::{AUTHORIZATION, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use navette_benches::ground;
use navette_gateway::partner::{Access, Partner, Transport};
use navette_gateway::sandbox;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

const PROCESS: &str = "CERTDC";
/// How long a program is driven before it is measured.
const WARM_UP_SECONDS: u64 = 1;
const START_LIMIT: Duration = Duration::from_secs(60);
/// Clock ticks of `/proc/PID/stat` in a second: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Compares the hub with a bare server that does the same durable work.
#[derive(Debug, Parser)]
struct Options {
    /// The `navette` program; beside this one when nothing is said.
    #[arg(long)]
    hub: Option<PathBuf>,
    /// The `navette-limit` program; beside this one when nothing is said.
    #[arg(long)]
    limit: Option<PathBuf>,
    /// How many clients deposit at a time, each on its own connection.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Size of the file of a deposit, in bytes; several sizes after commas.
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 100])]
    sizes: Vec<usize>,
    /// How long each program is driven in each round, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How often the two take turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let beside = |given: &Option<PathBuf>, name: &str| -> Result<PathBuf> {
        Ok(given.clone().unwrap_or(std::env::current_exe()?.with_file_name(name)))
    };
    let (hub, limit) = (beside(&options.hub, "navette")?, beside(&options.limit, "navette-limit")?);
    for size in &options.sizes {
        let (mut of_hub, mut of_limit) = (Figures::default(), Figures::default());
        for _ in 0..options.rounds {
            let server = Server::hub(&hub).await?;
            of_hub.add(server.driven(&options, *size).await?);
            let server = Server::limit(&limit).await?;
            of_limit.add(server.driven(&options, *size).await?);
        }
        report(&options, *size, &mut of_hub, &mut of_limit);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn report(options: &Options, size: usize, hub: &mut Figures, limit: &mut Figures) {
    println!(
        "deposits of a file of {size} bytes, {} clients, {} rounds of {} s",
        options.clients, options.rounds, options.seconds
    );
    println!("            deposits/s  requests/s   p50 ms   p99 ms   CPU-s per 1 000");
    for (name, figures) in [("limit", &mut *limit), ("navette", &mut *hub)] {
        println!(
            "  {name:<9} {:>10.0}  {:>10.0}  {:>7.2}  {:>7.2}  {:>15.3}",
            figures.rate(),
            3.0 * figures.rate(),
            figures.quantile(0.5),
            figures.quantile(0.99),
            figures.cpu_per_thousand()
        );
    }
    println!(
        "  navette does {:.2} of the deposits of the limit, for {:.2} times the CPU",
        hub.rate() / limit.rate(),
        hub.cpu_per_thousand() / limit.cpu_per_thousand()
    );
}

/// What was measured.
#[derive(Default)]
struct Figures {
    /// How long each deposit took.
    deposits: Vec<Duration>,
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
    fn add(&mut self, other: Self) {
        self.deposits.extend(other.deposits);
        self.elapsed += other.elapsed;
        self.cpu_seconds += other.cpu_seconds;
    }

    fn rate(&self) -> f64 {
        self.deposits.len() as f64 / self.elapsed.as_secs_f64()
    }

    fn cpu_per_thousand(&self) -> f64 {
        self.cpu_seconds * 1_000.0 / self.deposits.len() as f64
    }

    /// In milliseconds.
    fn quantile(&mut self, quantile: f64) -> f64 {
        self.deposits.sort_unstable();
        let index = (self.deposits.len() as f64 * quantile) as usize;
        self.deposits.get(index).map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
    }
}

/// A program that takes deposits. Killed when dropped.
struct Server {
    process: Child,
    address: String,
    /// The value of the header, and the recipient, for who asks.
    authorization: String,
    recipient: Value,
    _directory: tempfile::TempDir,
}

impl Server {
    async fn hub(program: &Path) -> Result<Self> {
        let directory = ground::directory();
        let credentials = directory.path().join("credentials.json");
        let mut process = start(
            Command::new(program)
                .args(["sandbox", "--listen", "127.0.0.1:0", "--data"])
                .arg(directory.path().join("data"))
                .arg("--credentials")
                .arg(&credentials),
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
        Ok(Self { process, address, authorization, recipient, _directory: directory })
    }

    async fn limit(program: &Path) -> Result<Self> {
        let directory = ground::directory();
        let mut process = start(Command::new(program).arg("--data").arg(directory.path()))?;
        let file = directory.path().join("address");
        let address =
            appears(&mut process, || std::fs::read_to_string(&file).ok().filter(|text| !text.is_empty())).await?;
        let recipient = json!({ "type": "SI", "companyRegister": "00000000000000", "branchCode": "00000" });
        Ok(Self {
            process,
            address,
            authorization: "Bearer ".to_owned() + &"x".repeat(100),
            recipient,
            _directory: directory,
        })
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
    async fn driven(&self, options: &Options, size: usize) -> Result<Figures> {
        let load = Arc::new(Load::new(self, size));
        self.drive(options.clients, Duration::from_secs(WARM_UP_SECONDS), &load).await?;
        self.drive(options.clients, Duration::from_secs(options.seconds), &load).await
    }

    async fn drive(&self, count: usize, duration: Duration, load: &Arc<Load>) -> Result<Figures> {
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

fn start(command: &mut Command) -> Result<Child> {
    // Both run as they are by default.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NAVETTE_")) {
        command.env_remove(name);
    }
    let program = command.as_std().get_program().to_owned();
    command
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

/// What every client sends.
struct Load {
    address: String,
    authorization: String,
    folder: Bytes,
    file: Bytes,
    digest: String,
    completed: Bytes,
}

impl Load {
    fn new(server: &Server, size: usize) -> Self {
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
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut took = Vec::new();
        while Instant::now() < until {
            let began = Instant::now();
            let answer = self.send(&mut sender, Method::POST, "folders", &self.folder, StatusCode::CREATED).await?;
            let answer: Value = serde_json::from_slice(&answer)?;
            let folder = answer["id"].as_str().context("a folder without an identifier")?;
            let attachment = answer["attachments"][0]["id"].as_str().context("a file without an identifier")?;
            let path = format!("folders/{folder}/attachments/{attachment}");
            self.send(&mut sender, Method::PUT, &path, &self.file, StatusCode::NO_CONTENT).await?;
            let path = format!("folders/{folder}");
            self.send(&mut sender, Method::PATCH, &path, &self.completed, StatusCode::NO_CONTENT).await?;
            took.push(began.elapsed());
        }
        drop(sender);
        connection.await??;
        Ok(took)
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
