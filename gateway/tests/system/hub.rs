//! A hub in a process of its own, and the ways to reach it.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use navette_gateway::partner::{Access, Answer, Transport};
use rustix::process::{Pid, Signal, kill_process};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_rustls::TlsConnector;

/// Far more than anything here takes, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// Waits for something that must happen.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} does not happen"))
}

/// Waits until a look finds something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    soon(what, async {
        let mut interval = tokio::time::interval(LOOK_INTERVAL);
        loop {
            interval.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    })
    .await
}

/// How a hub is set up.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    secure: bool,
    data: Option<PathBuf>,
    environment: Vec<(String, String)>,
    days_ahead: u32,
    /// What is to live as long as the hub.
    _held: Option<Arc<dyn std::any::Any + Send + Sync>>,
}

/// A hub that speaks HTTP.
pub(crate) fn over_http() -> Setup {
    Setup::default()
}

/// A hub that speaks HTTPS.
pub(crate) fn over_https() -> Setup {
    Setup { secure: true, ..Setup::default() }
}

impl Setup {
    /// Sets a key of the configuration, written as its variable without the prefix: `TIMEOUTS_HEAD`.
    pub(crate) fn configured(mut self, key: &str, value: &str) -> Self {
        self.environment.push((format!("NAVETTE_{key}"), value.to_owned()));
        self
    }

    /// Keeps the data in this directory.
    pub(crate) fn data(mut self, directory: &Path) -> Self {
        self.data = Some(directory.to_owned());
        self
    }

    /// Keeps something for as long as the hub.
    #[cfg(feature = "cluster")]
    pub(crate) fn holding(mut self, held: Arc<dyn std::any::Any + Send + Sync>) -> Self {
        self._held = Some(held);
        self
    }

    /// What a key was set to last.
    #[cfg(feature = "cluster")]
    pub(crate) fn value(&self, key: &str) -> &str {
        let name = format!("NAVETTE_{key}");
        self.environment.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap()
    }

    /// A command of the program on the same configuration; its file lies in `directory`.
    pub(crate) fn command(&self, name: &str, directory: &Path) -> Command {
        let file = directory.join("navette.toml");
        std::fs::write(&file, "").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_navette"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NAVETTE_")) {
            command.env_remove(name);
        }
        command.arg(name).arg("--config").arg(file).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    pub(crate) async fn start(self) -> Hub {
        Hub::start(self).await
    }
}

/// Both ends of a certificate.
struct Certificate {
    files: [PathBuf; 2],
    der: CertificateDer<'static>,
}

impl Certificate {
    fn write(directory: &Path) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let files = [directory.join("certificate.pem"), directory.join("key.pem")];
        std::fs::write(&files[0], made.cert.pem()).unwrap();
        std::fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
        Self { files, der: made.cert.der().clone() }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        roots
    }
}

/// A stream of bytes, encrypted or not.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}
pub(crate) type Wire = Box<dyn Socket>;

/// A running hub. It is killed when this is dropped.
pub(crate) struct Hub {
    pub(crate) access: Arc<Access>,
    pub(crate) transport: Transport,
    process: Child,
    admin: SocketAddr,
    setup: Setup,
    certificate: Option<Certificate>,
    directory: TempDir,
    starts: u32,
}

impl Hub {
    async fn start(setup: Setup) -> Self {
        let directory = tempfile::Builder::new().prefix("navette-system-").tempdir().unwrap();
        let certificate = setup.secure.then(|| Certificate::write(directory.path()));
        let data = setup.data.clone().unwrap_or_else(|| directory.path().join("data"));
        let (process, access, admin) = launch(&setup, certificate.as_ref(), directory.path(), &data, 0).await;
        let roots = certificate.as_ref().map_or_else(RootCertStore::empty, Certificate::roots);
        let transport = Transport::new(roots, PATIENCE);
        Self { access: Arc::new(access), transport, process, admin, setup, certificate, directory, starts: 1 }
    }

    /// From the next start on, the clock runs this far ahead.
    pub(crate) fn wakes_up_later(&mut self, days: u32) {
        self.setup.days_ahead = days;
    }

    /// Starts again on the same data, at another port; whoever was logged in comes again.
    pub(crate) async fn start_again(&mut self) {
        let (data, certificate) = (self.data(), self.certificate.as_ref());
        let (process, access, admin) =
            launch(&self.setup, certificate, self.directory.path(), &data, self.starts).await;
        (self.process, self.access, self.admin) = (process, Arc::new(access), admin);
        self.starts += 1;
    }

    /// SIGKILL.
    pub(crate) async fn is_killed(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// SIGTERM.
    pub(crate) fn is_told_to_stop(&self) {
        kill_process(self.id(), Signal::TERM).unwrap();
    }

    /// Waits until the process has ended.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        soon("the end of the hub", self.process.wait()).await.unwrap()
    }

    /// All that it has logged, over all its starts.
    pub(crate) fn log(&self) -> String {
        let file = |number| self.directory.path().join(format!("hub-{number}.log"));
        (0..self.starts).filter_map(|number| std::fs::read_to_string(file(number)).ok()).collect()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.setup.data.clone().unwrap_or_else(|| self.directory.path().join("data"))
    }

    /// The file of the certificate, of a hub that speaks HTTPS.
    pub(crate) fn certificate(&self) -> Option<&Path> {
        self.certificate.as_ref().map(|certificate| certificate.files[0].as_path())
    }

    pub(crate) fn id(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.process.id().expect("the hub runs")).unwrap()).unwrap()
    }

    /// Host and port of the public listener.
    pub(crate) fn address(&self) -> SocketAddr {
        self.access.base_url().rsplit('/').next().unwrap().parse().unwrap()
    }

    /// A connection to the public listener.
    pub(crate) async fn connect(&self) -> Wire {
        self.connect_speaking("http/1.1").await
    }

    /// A connection on which this protocol is spoken.
    pub(crate) async fn connect_speaking(&self, protocol: &str) -> Wire {
        let stream = soon("a connection", TcpStream::connect(self.address())).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let Some(certificate) = &self.certificate else { return Box::new(stream) };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(certificate.roots())
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        Box::new(soon("a handshake", handshake).await.unwrap())
    }

    /// Sends bytes on a connection of their own and gives all that comes until it is closed.
    pub(crate) async fn told(&self, request: impl AsRef<[u8]>) -> Told {
        let mut wire = self.connect().await;
        // The hub may refuse before it has read everything.
        drop(wire.write_all(request.as_ref()).await);
        drop(wire.flush().await);
        Told::read(&mut wire).await
    }

    /// A page of the second listener.
    pub(crate) async fn admin(&self, path: &str) -> Answer {
        let request = Request::get(format!("http://{}{path}", self.admin)).body(Full::new(Bytes::new())).unwrap();
        self.transport.send(request).await.unwrap()
    }

    /// Where metrics and health are served.
    pub(crate) const fn admin_address(&self) -> SocketAddr {
        self.admin
    }

    /// The value of a metric, its labels written as in the page.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let page = self.admin("/metrics").await;
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        let line = text.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_else(|| panic!("{name}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Waits until a metric has a value.
    pub(crate) async fn metric_becomes(&self, name: &str, value: f64) {
        eventually(&format!("{name} {value}"), async || {
            ((self.metric(name).await - value).abs() < f64::EPSILON).then_some(())
        })
        .await;
    }
}

impl Drop for Hub {
    /// What the hub said of itself is gone with its directory: of a test that failed it is shown.
    fn drop(&mut self) {
        if std::thread::panicking() {
            for number in 0..self.starts {
                let log = std::fs::read_to_string(self.directory.path().join(format!("hub-{number}.log")));
                eprintln!("start {number} of the hub:\n{}", log.unwrap_or_default());
            }
        }
    }
}

/// What came back on a connection until its end.
pub(crate) struct Told(pub(crate) String);

impl Told {
    pub(crate) async fn read(wire: &mut Wire) -> Self {
        let mut bytes = Vec::new();
        // A reset is an end too.
        drop(soon("the end of the connection", wire.read_to_end(&mut bytes)).await);
        Self(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The statuses of all answers.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.0.split("HTTP/1.1 ").skip(1).map(|rest| rest.get(..3).unwrap().parse().unwrap()).collect()
    }

    /// The status of the only answer.
    #[track_caller]
    pub(crate) fn status(&self) -> u16 {
        match self.statuses().as_slice() {
            [status] => *status,
            _ => panic!("not one answer: {:?}", self.0),
        }
    }

    /// The body of the last answer.
    pub(crate) fn json(&self) -> Value {
        let body = self.0.rsplit("\r\n\r\n").next().unwrap_or_default();
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

async fn launch(
    setup: &Setup,
    certificate: Option<&Certificate>,
    directory: &Path,
    data: &Path,
    number: u32,
) -> (Child, Access, SocketAddr) {
    let credentials = directory.join(format!("credentials-{number}.json"));
    let log = directory.join(format!("hub-{number}.log"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_navette"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NAVETTE_")) {
        command.env_remove(name);
    }
    command.args(["sandbox", "--listen", "127.0.0.1:0", "--data"]).arg(data).arg("--credentials").arg(&credentials);
    if setup.days_ahead > 0 {
        command.args(["--days-ahead", &setup.days_ahead.to_string()]);
    }
    if let Some(certificate) = certificate {
        command.arg("--tls-certificate").arg(&certificate.files[0]).arg("--tls-key").arg(&certificate.files[1]);
    }
    let mut process = command
        .env("NAVETTE_LOG_FORMAT", "json")
        .envs(setup.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let access = eventually("the hub listens", async || {
        if let Some(status) = process.try_wait().unwrap() {
            panic!("the hub ended with {status}: {}", std::fs::read_to_string(&log).unwrap());
        }
        serde_json::from_slice(&std::fs::read(&credentials).ok()?).ok()
    })
    .await;
    let log = std::fs::read_to_string(&log).unwrap();
    let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let served = lines.find(|line| line["message"] == "metrics and health are served").expect("the second listener");
    (process, access, served["address"].as_str().unwrap().parse().unwrap())
}
