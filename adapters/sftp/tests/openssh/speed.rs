//! How fast it is beside OpenSSH's own client, in the same run. Not a test: nothing fails by a clock. By hand, on a quiet machine:
//! `cargo test --release -p navette-adapter-sftp --test openssh speed -- --ignored --nocapture`.

#![expect(clippy::print_stderr, reason = "figures are for whoever runs it")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use navette_adapter_kit::{Memory, Parcel};
use navette_router::model::ProcessCode;
use navette_router::ports::{DynPush, Link};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;

use crate::account::{Account, adapter};

const LARGE_BYTES: u64 = 1 << 30;
const SMALL: u32 = 1_000;
const SMALL_BYTES: u64 = 20_000;
const ROUNDS: u32 = 3;
/// Deliveries to one endpoint at a time.
const AT_ONCE: usize = 8;

fn parcel(number: u32, size_bytes: u64) -> Parcel {
    Parcel::new(&ProcessCode::new("DAUA").unwrap(), number, &[("plan.pdf", size_bytes)])
}

/// A link that goes straight to the server.
async fn straight(account: &Account) -> Arc<dyn Link> {
    let port = account.server.lock().await.port();
    let adapter: Arc<dyn DynPush> = Arc::new(adapter());
    adapter
        .link(&account.endpoint().set("port", port.to_string()).set("connections_max", AT_ONCE.to_string()))
        .expect("right settings")
}

/// How long OpenSSH's client takes to put all files of a directory, with the cipher that we ask for.
async fn openssh(account: &Account, files: &Path) -> Duration {
    let server = account.server.lock().await;
    let begun = Instant::now();
    let mut client = Command::new("sftp")
        .args(["-q", "-b", "-", "-c", "aes128-gcm@openssh.com", "-o", "StrictHostKeyChecking=no"])
        .args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-P", &server.port().to_string(), "-i"])
        .arg(server.client_key_path())
        .arg(format!("{}@127.0.0.1", server.user()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the client runs");
    let command = format!("put -f {}/* out/\n", files.display());
    client.stdin.take().expect("an input").write_all(command.as_bytes()).expect("a command");
    let done = tokio::task::spawn_blocking(move || client.wait()).await.expect("it ends").expect("it ends");
    assert!(done.success(), "the client puts its files");
    begun.elapsed()
}

fn empty(directory: &Path) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            std::fs::remove_file(path).expect("removed");
        }
    }
}

/// The files of these sizes on disk, for a client that needs some.
async fn written(parcels: &[Parcel]) -> tempfile::TempDir {
    let directory = tempfile::TempDir::new().expect("a directory");
    for (number, parcel) in parcels.iter().enumerate() {
        let mut file = std::fs::File::create(directory.path().join(number.to_string())).expect("a file");
        let mut chunks = parcel.delivery.open(&parcel.delivery.attachments[0]).expect("a file");
        while let Some(chunk) = chunks.next().await {
            file.write_all(&chunk.expect("bytes")).expect("written");
        }
    }
    directory
}

async fn compare(account: &Account, what: &str, first: u32, count: u32, size_bytes: u64) {
    for round in 0..ROUNDS {
        let first = first + round * count;
        let parcels: Vec<_> = (first..first + count).map(|number| parcel(number, size_bytes)).collect();
        let files = written(&parcels).await;
        let theirs = openssh(account, files.path()).await;
        empty(&account.path("out"));
        let link = straight(account).await;
        let begun = Instant::now();
        let deliver = async |parcel: &Parcel| link.deliver(&parcel.delivery).await.expect("it is delivered");
        futures_util::stream::iter(&parcels)
            .for_each_concurrent(AT_ONCE, async |parcel| drop(deliver(parcel).await))
            .await;
        let ours = begun.elapsed();
        empty(&account.path("in"));
        eprintln!(
            "{what}: ours {ours:.2?}, OpenSSH {theirs:.2?}, {:.2} times as fast",
            theirs.as_secs_f64() / ours.as_secs_f64()
        );
    }
}

#[ignore = "measures; see the top of this file"]
#[tokio::test(flavor = "multi_thread")]
async fn beside_openssh() {
    let Some(account) = Account::open().await else { return };
    compare(&account, "one file of 1 GiB", 1, 1, LARGE_BYTES).await;
    compare(&account, "1000 files of 20 kB", 1_000, SMALL, SMALL_BYTES).await;
}

#[ignore = "measures; see the top of this file"]
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_once() {
    let Some(account) = Account::open().await else { return };
    let adapter: Arc<dyn DynPush> = Arc::new(navette_adapter_sftp::Sftp::new(navette_adapter_sftp::Options::default()));
    let port = account.server.lock().await.port().to_string();
    // Links that trust differently share no connections: as many servers as links.
    let links: Vec<_> = (0..200)
        .map(|number: u8| {
            let keys = format!("{},{}", account.endpoint().settings["host_key"], another_key(number));
            let endpoint = account.endpoint().set("port", &port).set("connections_max", "1").set("host_key", keys);
            adapter.clone().link(&endpoint).expect("right settings")
        })
        .collect();
    let parcels: Vec<_> = (0..200).map(|number| parcel(number, 5_000_000)).collect();
    let memory = Memory::watch().expect("a system that tells");
    let begun = Instant::now();
    let all = links.iter().zip(&parcels).map(async |(link, parcel)| link.deliver(&parcel.delivery).await.map(drop));
    for result in futures_util::future::join_all(all).await {
        result.expect("it is delivered");
    }
    eprintln!("200 at once: {:.2?}, {} MiB more", begun.elapsed(), memory.grown_bytes() >> 20);
}

/// A key that no server has.
fn another_key(number: u8) -> String {
    let key: PrivateKey = Ed25519Keypair::from_seed(&[number; 32]).into();
    key.public_key().to_openssh().expect("a key")
}
