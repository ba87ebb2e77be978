//! What OpenSSH's client does, as people and scripts use it.

#![expect(clippy::print_stderr, reason = "what was skipped is for whoever runs the tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use navette_adapter_kit::sshd;
use navette_adapter_sftp::server::Options;
use tempfile::TempDir;
use tokio::process::Command;

use crate::hub::{PASSWORD, USER, parcel};
use crate::reading::plain;
use crate::running::{Running, in_time, options};

/// A technician's account on another machine.
struct Technician {
    directory: TempDir,
    port: u16,
}

impl Technician {
    /// None when there is no OpenSSH.
    fn new(server: &Running) -> Option<Self> {
        if sshd::program().is_none() {
            eprintln!("skipped: there is no OpenSSH, and {} names none; ops/test installs it", sshd::VARIABLE);
            return None;
        }
        let technician = Self { directory: TempDir::new().expect("a directory"), port: server.address().port() };
        technician.knows(&Running::key().to_openssh().expect("a key"));
        technician.remembers(PASSWORD);
        Some(technician)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn knows(&self, key: &str) {
        fs::write(self.path("known_hosts"), format!("[127.0.0.1]:{} {key}\n", self.port)).expect("written");
    }

    /// What is answered when a password is asked for.
    fn remembers(&self, password: &str) {
        let path = self.path("askpass");
        fs::write(&path, format!("#!/bin/sh\necho '{password}'\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("executable");
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.directory.path())
            .env("SSH_ASKPASS", self.path("askpass"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .args(["-F", "none", "-o", "BatchMode=no", "-o", "StrictHostKeyChecking=yes"])
            .args(["-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=30"])
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", self.path("known_hosts").display()))
            .kill_on_drop(true);
        command
    }

    /// Runs a batch, which ends at the first command that fails unless a `-` stands before it.
    async fn sftp(&self, batch: &str) -> Output {
        fs::write(self.path("batch"), batch).expect("written");
        let mut command = self.command("sftp");
        command.args(["-P", &self.port.to_string(), "-b", "batch", &format!("{USER}@127.0.0.1")]);
        in_time("sftp ends", command.output()).await.expect("sftp runs; install openssh-client")
    }

    async fn succeeds(&self, batch: &str) -> String {
        let output = self.sftp(batch).await;
        assert!(output.status.success(), "{batch}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What it says, if it fails.
    async fn fails(&self, batch: &str) -> String {
        let output = self.sftp(batch).await;
        assert!(!output.status.success(), "{batch}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn holds(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.directory.path().join(name)).expect("it was fetched")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_lists_fetches_and_acknowledges() {
    let server = Running::start(options()).await;
    let Some(technician) = Technician::new(&server) else { return };
    let parcels = [(1, 3_000_007), (2, 20_000_000), (3, 0)]
        .map(|(number, size)| parcel(number, &[("flux.xml", 70_001), ("a.pdf", size)]));
    let ids = [0, 1, 2].map(|index: usize| server.hub.put(USER, &parcels[index].delivery));
    let listed = technician.succeeds("ls -l\nls -l done\npwd\n").await;
    for parcel in &parcels {
        let (plan, bytes) = plain(parcel).await;
        let line = listed.lines().find(|line| line.ends_with(&plan.name)).unwrap_or_else(|| panic!("{listed}"));
        assert!(line.starts_with("-rw-r--r--") && line.contains(&format!(" {} ", bytes.len())), "{line}");
    }
    assert!(listed.contains("drwxr-xr-x") && listed.contains("Remote working directory: /"), "{listed}");
    technician
        .succeeds(
            "get *.zip\nrename A-9-X3UGO001-DAUA-1.zip done/A-9-X3UGO001-DAUA-1.zip\nrm A-9-X3UGO002-DAUA-1.zip\n",
        )
        .await;
    for parcel in &parcels {
        let (plan, bytes) = plain(parcel).await;
        assert!(technician.holds(&plan.name) == bytes, "{} is fetched byte for byte", plan.name);
    }
    assert_eq!(ids.map(|id| server.hub.waits(USER, id)), [false, false, true]);
    let left = technician.succeeds("-mkdir done\ncd done\nls\ncd ..\nls -1\n").await;
    assert!(
        left.contains("A-9-X3UGO003") && !left.contains("A-9-X3UGO001") && !left.contains("A-9-X3UGO002"),
        "{left}"
    );
    let counts = server.counts();
    assert_eq!((counts.read, counts.acknowledged, counts.refused), (3, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_goes_on_with_what_was_cut() {
    let server = Running::start(options()).await;
    let Some(technician) = Technician::new(&server) else { return };
    let parcel = parcel(1, &[("a.pdf", 30_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, bytes) = plain(&parcel).await;
    fs::write(technician.path(&plan.name), &bytes[..12_345_678]).expect("written");
    technician.succeeds(&format!("reget {}\n", plan.name)).await;
    assert!(technician.holds(&plan.name) == bytes);
    assert_eq!(server.counts().bytes, (bytes.len() - 12_345_678) as u64, "only the rest is fetched");
    // Small pieces, one at a time, and many large ones at once.
    for (requests, buffer) in [("1", "10000"), ("256", "32768"), ("128", "261120")] {
        fs::remove_file(technician.path(&plan.name)).expect("removed");
        fs::write(technician.path("batch"), format!("get {}\n", plan.name)).expect("written");
        let mut command = technician.command("sftp");
        command.args(["-R", requests, "-B", buffer, "-P", &technician.port.to_string(), "-b", "batch"]);
        let output = in_time("sftp ends", command.arg(format!("{USER}@127.0.0.1")).output()).await.expect("sftp runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(technician.holds(&plan.name) == bytes, "{requests} requests of {buffer} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_renews_keys_while_it_fetches() {
    let server = Running::start(Options { rekey_bytes: 1 << 20, ..options() }).await;
    let Some(technician) = Technician::new(&server) else { return };
    let parcel = parcel(1, &[("a.pdf", 30_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, bytes) = plain(&parcel).await;
    technician.succeeds(&format!("get {}\n", plan.name)).await;
    assert!(technician.holds(&plan.name) == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_says_what_cannot_be_done() {
    let server = Running::start(options()).await;
    let Some(technician) = Technician::new(&server) else { return };
    let id = server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    fs::write(technician.path("mine.zip"), "x").expect("written");
    for batch in [
        "put mine.zip\n",
        "put mine.zip done/mine.zip\n",
        "rename A-9-X3UGO001-DAUA-1.zip other.zip\n",
        "symlink /etc/passwd link\n",
        "ln A-9-X3UGO001-DAUA-1.zip link\n",
        "chmod 777 A-9-X3UGO001-DAUA-1.zip\n",
        "mkdir other\n",
        "rmdir done\n",
        "get ../../etc/passwd\n",
        "cd /etc\n",
    ] {
        let said = technician.fails(batch).await;
        let clear = ["ermission denied", "nsupported", "not support", "not found", "No such file"];
        assert!(clear.iter().any(|words| said.contains(words)), "{batch}: {said}");
    }
    assert!(server.hub.waits(USER, id));
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_lets_nobody_in_without_the_password_nor_to_anything_else() {
    let server = Running::start(options()).await;
    let Some(technician) = Technician::new(&server) else { return };
    technician.remembers("un autre");
    let said = technician.fails("ls\n").await;
    assert!(said.contains("Permission denied (password)"), "{said}");
    technician.remembers(PASSWORD);
    for command in [["-T", "id"].as_slice(), &["-T"], &["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"]]
    {
        let mut ssh = technician.command("ssh");
        ssh.args(["-p", &technician.port.to_string()]);
        let (flags, rest) = if command.first() == Some(&"-N") { (command, [].as_slice()) } else { command.split_at(1) };
        ssh.args(flags).arg(format!("{USER}@127.0.0.1")).args(rest);
        let output = in_time("ssh ends", ssh.output()).await.expect("ssh runs");
        assert!(!output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
    // Another key: somebody who is not the server.
    let other = russh::keys::PrivateKey::from(russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&[8; 32]));
    technician.knows(&other.public_key().to_openssh().expect("a key"));
    let said = technician.fails("ls\n").await;
    assert!(said.contains("HOST IDENTIFICATION HAS CHANGED"), "{said}");
}
