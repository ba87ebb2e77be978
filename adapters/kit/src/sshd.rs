//! A real SFTP server for tests: OpenSSH's, as `ops/test` installs it, with keys and files of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::maildev::free_port;

/// Names the program; without it a test that needs it says so and does nothing.
pub const VARIABLE: &str = "NAVETTE_TEST_SSHD";
/// Where Debian installs it.
const INSTALLED: &str = "/usr/sbin/sshd";
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// The file of its own key.
const OWN: &str = "host";
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// A server that knows one key, for the account that runs the test. It is killed when this is dropped.
#[derive(Debug)]
pub struct Sshd {
    program: PathBuf,
    directory: TempDir,
    port: u16,
    user: String,
    /// The key that it shows.
    shown: &'static str,
    process: Child,
}

/// Where the program is: where [`VARIABLE`] says, or where Debian puts it.
///
/// # Panics
/// When the variable names a program that is not there.
pub fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE).map(PathBuf::from) {
        assert!(named.exists(), "{VARIABLE} names a program that is there");
        return Some(named);
    }
    Some(PathBuf::from(INSTALLED)).filter(|path| path.exists())
}

impl Sshd {
    /// Starts `program`, and returns when it answers.
    pub async fn start(program: &Path) -> Self {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().to_owned();
        for name in [OWN, "client"] {
            new_key(&path.join(name)).await;
        }
        fs::create_dir(path.join("home")).expect("a directory for files");
        let named = Command::new("id").arg("-un").output().await.expect("an account");
        let user = String::from_utf8_lossy(&named.stdout).trim().to_owned();
        if user == "root" {
            // Where it separates its privileges; a system that starts it as a service makes this.
            fs::create_dir_all("/run/sshd").expect("the directory that sshd wants");
        }
        let port = free_port();
        let process = run(program, &path, port, OWN).await;
        let server = Self { program: program.to_owned(), directory, port, user, shown: OWN, process };
        server.knows_the_client(true);
        server
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The account.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The directory in which the account arrives.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// Its public key, without the comment.
    pub fn host_key(&self) -> String {
        let text = fs::read_to_string(self.directory.path().join("host.pub")).expect("a key");
        text.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// The private key that it lets in.
    pub fn client_key(&self) -> String {
        fs::read_to_string(self.client_key_path()).expect("a key")
    }

    /// The file of that key.
    pub fn client_key_path(&self) -> PathBuf {
        self.directory.path().join("client")
    }

    /// Whether it lets that key in.
    pub fn knows_the_client(&self, knows: bool) {
        let path = self.directory.path();
        let key = fs::read_to_string(path.join("client.pub")).expect("a key");
        fs::write(path.join("authorized"), if knows { key } else { String::new() }).expect("written");
    }

    /// Shows another key than its own, and starts again with it.
    pub async fn changes_its_key(&mut self) {
        if !self.directory.path().join("other").exists() {
            new_key(&self.directory.path().join("other")).await;
        }
        self.shown = "other";
        self.start_again().await;
    }

    /// Shows its own key again, if it did not.
    pub async fn takes_its_key_back(&mut self) {
        if self.shown != OWN {
            self.shown = OWN;
            self.start_again().await;
        }
    }

    /// Stops listening and starts again.
    pub async fn start_again(&mut self) {
        self.stop().await;
        self.process = run(&self.program, self.directory.path(), self.port, self.shown).await;
    }

    /// Crashes, with all who are connected, and starts again.
    pub async fn crash(&mut self) {
        let sessions = self.process.id().map(descendants).unwrap_or_default();
        self.stop().await;
        for session in sessions {
            // One that has ended meanwhile needs no signal.
            Command::new("kill").args(["-KILL", &session.to_string()]).stderr(Stdio::null()).status().await.ok();
        }
        self.process = run(&self.program, self.directory.path(), self.port, self.shown).await;
    }

    /// Stops listening. Who is connected stays so.
    pub async fn stop(&mut self) {
        self.process.kill().await.expect("sshd is stopped");
    }
}

/// The processes below a process, nearest first.
fn descendants(process: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let status = fs::read_to_string(entry.path().join("stat")).ok()?;
            // What follows the name in parentheses: the state, then the parent.
            let parent = status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((id, parent))
        })
        .collect();
    let mut found = vec![process];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}

async fn new_key(path: &Path) {
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(path).status();
    assert!(made.await.expect("ssh-keygen runs").success(), "a key is made");
}

async fn run(program: &Path, path: &Path, port: u16, shown: &str) -> Child {
    let show = |name: &str| path.join(name).display().to_string();
    let configuration = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nMaxStartups 500\nMaxSessions 500\n\
         Subsystem sftp internal-sftp -d {}\n",
        show(shown),
        show("authorized"),
        show("home"),
    );
    let file = path.join("sshd_config");
    // Newer ones punish who fails to log in, which is what some tests do; older ones do not know the word.
    fs::write(&file, format!("{configuration}PerSourcePenalties no\n")).expect("written");
    let is_known = Command::new(program).arg("-t").arg("-f").arg(&file).stderr(Stdio::null()).status().await;
    if !is_known.expect("sshd runs").success() {
        fs::write(&file, configuration).expect("written");
    }
    let log = fs::File::create(path.join("log")).expect("a log");
    let process = Command::new(program)
        .args(["-D", "-e", "-f"])
        .arg(&file)
        .stdin(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("sshd starts");
    let answers = async {
        let mut interval = tokio::time::interval(LOOK_INTERVAL);
        loop {
            interval.tick().await;
            let Ok(mut socket) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await else {
                continue;
            };
            if socket.read_u8().await.is_ok() {
                return;
            }
        }
    };
    if tokio::time::timeout(PATIENCE, answers).await.is_err() {
        panic!("in time, sshd answers: {}", fs::read_to_string(path.join("log")).unwrap_or_default());
    }
    process
}
