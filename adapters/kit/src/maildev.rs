//! A real SMTP server that keeps what it is sent, for tests: maildev, as `ops/test` installs it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Names the program; without it a test that needs it says so and does nothing.
pub const VARIABLE: &str = "NAVETTE_MAILDEV";
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// How the server is run.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The SMTP port; a free one when it is 0.
    pub port: u16,
    /// The certificate and its key: then it speaks TLS from the first byte.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The user and the password it asks for.
    pub login: Option<(String, String)>,
}

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Maildev {
    process: Child,
    smtp: u16,
    web: u16,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Where the program is, if it was installed.
pub fn program() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from).filter(|path| path.exists())
}

impl Maildev {
    /// Starts `program`, and returns when it answers.
    pub async fn start(program: &Path, setup: &Setup) -> Self {
        let smtp = if setup.port == 0 { free_port() } else { setup.port };
        let web = free_port();
        let mut command = Command::new(program);
        command.args(["--ip", "127.0.0.1", "--smtp", &smtp.to_string(), "--web", &web.to_string()]);
        if let Some((certificate, key)) = &setup.certificate {
            command.arg("--incoming-secure").arg("--incoming-cert").arg(certificate).arg("--incoming-key").arg(key);
        }
        if let Some((user, password)) = &setup.login {
            command.args(["--incoming-user", user, "--incoming-pass", password]);
        }
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().expect("maildev starts");
        // It is not tried out: over TLS a client that goes away at once ends it.
        let mut said = BufReader::new(process.stdout.take().expect("what it says")).lines();
        let ready = async {
            while let Ok(Some(line)) = said.next_line().await {
                if line.contains("SMTP Server running") {
                    return true;
                }
            }
            false
        };
        assert_eq!(tokio::time::timeout(PATIENCE, ready).await, Ok(true), "maildev runs");
        // It goes on talking, and must not be kept waiting.
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        let web_answers = async || TcpStream::connect((Ipv4Addr::LOCALHOST, web)).await.ok();
        until("maildev shows what it was sent", web_answers).await;
        Self { process, smtp, web }
    }

    /// Its SMTP port.
    pub const fn port(&self) -> u16 {
        self.smtp
    }

    /// Stops it.
    pub async fn stop(mut self) {
        self.process.kill().await.expect("maildev is stopped");
    }

    /// What it was sent, oldest first.
    pub async fn mails(&self) -> Vec<Value> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.web));
        let mut socket = TcpStream::connect(address).await.expect("maildev answers");
        socket.write_all(b"GET /email HTTP/1.0\r\n\r\n").await.expect("a request is sent");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.expect("an answer comes");
        let start = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("a head") + 4;
        let body: Value = serde_json::from_slice(answer.get(start..).unwrap_or_default()).expect("a JSON body");
        body.as_array().expect("a list of mails").clone()
    }

    /// Waits until it was sent `count`.
    pub async fn receives(&self, count: usize) -> Vec<Value> {
        until("the mails arrive", async || Some(self.mails().await).filter(|mails| mails.len() >= count)).await
    }
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        let mut interval = tokio::time::interval(LOOK_INTERVAL);
        loop {
            interval.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("in time, {what}"))
}
