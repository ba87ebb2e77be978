//! A real server that speaks S3, for tests: moto's, as `ops/test` installs it, with a bucket of its own. It keeps what it is given in
//! memory.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::cluster::attachments::Bucket;

/// Names the program.
const VARIABLE: &str = "NAVETTE_TEST_MOTO";
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const NAME: &str = "navette";
const KEY: &str = "specimen";

/// A server with an empty bucket. It is killed when this is dropped.
#[derive(Debug)]
pub struct ObjectServer {
    _process: Child,
    port: u16,
}

impl ObjectServer {
    /// Starts one, and returns when its bucket is there.
    ///
    /// # Panics
    /// When the environment names no program, or it does not answer.
    pub async fn start() -> Self {
        let program = std::env::var_os(VARIABLE).map(PathBuf::from).unwrap_or_else(|| {
            panic!("{VARIABLE} does not say where moto_server is, which this test needs: ops/test installs it below target/tools")
        });
        let port = free_port();
        let process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("moto_server starts");
        let server = Self { _process: process, port };
        server.makes_its_bucket().await;
        server
    }

    /// Makes its bucket, as soon as it answers.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn makes_its_bucket(&self) {
        let began = Instant::now();
        while !self.ask("PUT", &format!("/{NAME}")).await.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            assert!(began.elapsed() < PATIENCE, "moto_server does not answer after {PATIENCE:?}");
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Removes its bucket, with what is not complete in it: whatever is asked of it fails.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn removes_its_bucket(&self) {
        let answer = self.ask("DELETE", &format!("/{NAME}")).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its bucket.
    pub fn bucket(&self) -> Bucket {
        Bucket {
            name: NAME.to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint()),
            prefix: "test".to_owned(),
            login: Some((KEY.to_owned(), SecretString::from(KEY))),
            authorities: None,
            request_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(5),
            upload_parts_in_flight: 2,
        }
    }

    /// How many objects it has, and how many that are not complete.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn counts(&self) -> (usize, usize) {
        let objects = self.ask("GET", &format!("/{NAME}?list-type=2")).await.expect("a list of objects");
        let uploads = self.ask("GET", &format!("/{NAME}?uploads")).await.expect("a list of uploads");
        (objects.matches("<Contents>").count(), uploads.matches("<Upload>").count())
    }

    /// Its whole answer, if it gives one.
    async fn ask(&self, method: &str, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.ok()?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.port
        );
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
