//! The judge, before hubs that keep their word and hubs that do not.

mod fake;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fake::{FakeHub, Fault};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const PROFILE: &str = r#"
title = "A few seconds"
objectives = ["lost == 0", "doubled == 0", "crossed == 0", "corrupted == 0", "failed == 0", "achieved >= 100%"]
[world]
communes = 5
departments = 0
operators = 3
idle_pollers = 2
editors = 1
desks_per_editor = 2
[behaviour]
poll_every = "100ms"
idle_poll_every = "200ms"
drain = "3s"
retries = 0
watched = 0.5
[[process]]
code = "LT-UN"
name = "Un"
weight = 3
recipients = "commune"
files = [1, 2]
median = "2 kB"
[[process]]
code = "LT-DEUX"
name = "Deux"
weight = 1
recipients = "movers"
median = "1 kB"
[[phase]]
name = "all of it"
duration = "1s"
shape = { constant = "60/s" }
repeats = 0.2
objectives = ["p99 < 5s"]
"#;

struct Ground {
    directory: TempDir,
}

impl Ground {
    fn new(profile: &str, url: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("profile.toml"), profile).unwrap();
        let access = json!({
            "token_url": format!("{url}/token"), "teledossiers_url": format!("{url}/teledossiers/v1"),
            "referential_url": format!("{url}/referential/v1"),
            "credentials": [{ "scope": "ADMIN", "client_id": "admin", "client_secret": "secret" }],
        });
        std::fs::write(directory.path().join("hub.json"), access.to_string()).unwrap();
        Self { directory }
    }

    async fn beside(fault: Fault) -> Self {
        Self::new(PROFILE, &format!("http://{}", FakeHub::start(fault).await))
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_navette-load"))
            .current_dir(self.path())
            .args(["run", "profile.toml", "--hub", "hub.json", "--quiet", "--json", "results.json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Runs it; gives the exit code and all that was said.
    async fn run(&self, arguments: &[&str]) -> (i32, String) {
        ended(self.start(arguments)).await
    }

    fn results(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path().join("results.json")).unwrap()).unwrap()
    }
}

async fn ended(child: Child) -> (i32, String) {
    let output = tokio::time::timeout(Duration::from_secs(120), child.wait_with_output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), said)
}

#[tokio::test]
async fn a_hub_that_keeps_its_word_is_found_to_do_so() {
    let ground = Ground::beside(Fault::None).await;
    let (code, said) = ground.run(&["--hdr", "all.hlog"]).await;
    assert_eq!(code, 0, "{said}");
    let results = ground.results();
    let acknowledged = results["judgement"]["acknowledged"].as_u64().unwrap();
    assert!(acknowledged > 40, "{said}");
    assert_eq!(results["judgement"]["delivered"], acknowledged);
    assert_eq!(results["judgement"]["returned"], acknowledged);
    assert!(results["total"]["latencies"]["visible"]["count"].as_u64().is_some(), "{said}");
    let report = std::fs::read_to_string(ground.path().join("navette-load-report.html")).unwrap();
    assert!(
        report.contains("every objective is met") && !report.contains("http://www"),
        "one file, nothing from elsewhere"
    );
    assert!(std::fs::read_to_string(ground.path().join("all.hlog")).unwrap().contains("Tag=deposit,"));
}

#[tokio::test]
async fn each_broken_promise_is_named_and_decides_the_verdict() {
    for (fault, kind) in [
        (Fault::Loses, "lost"),
        (Fault::Doubles, "doubled"),
        (Fault::Crosses, "crossed"),
        (Fault::Corrupts, "corrupted"),
        (Fault::SwallowsAnswer, "lost"),
    ] {
        let ground = Ground::beside(fault).await;
        let (code, said) = ground.run(&[]).await;
        assert_eq!(code, 1, "{fault:?}: {said}");
        let results = ground.results();
        let judgement = &results["judgement"];
        assert!(judgement["counts"][kind].as_u64().unwrap() >= 1, "{fault:?}: {judgement}");
        for (other, count) in judgement["counts"].as_object().unwrap() {
            assert!(other == kind || count == 0, "{fault:?}: {judgement}");
        }
        let finding = &judgement["findings"][0];
        assert!(finding["kind"] == kind && finding["dossier"].is_u64(), "{finding}");
        assert!(said.contains(&format!("dossier {} case", finding["dossier"])), "{said}");
    }
}

#[tokio::test]
async fn a_broken_promise_is_held_against_the_phase_of_its_dossier_alone() {
    let phase = "objectives = [\"lost == 0\"]\n[[phase]]\nname = \"afterwards\"\nduration = \"1s\"\n\
        shape = { constant = \"60/s\" }\nobjectives = [\"lost == 0\"]";
    let profile = PROFILE.replace("objectives = [\"p99 < 5s\"]", phase);
    let ground = Ground::new(&profile, &format!("http://{}", FakeHub::start(Fault::Loses).await));
    let (code, said) = ground.run(&[]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("NOT MET all of it: lost == 0") && said.contains("met     afterwards: lost == 0"), "{said}");
    assert!(
        said.contains("case 0 (all of it): never seen") || said.contains("case 1 (all of it): never seen"),
        "{said}"
    );
    let results = ground.results();
    assert_eq!(results["phases"][1]["broken"]["lost"], 0);
    assert_eq!(results["judgement"]["findings"][0]["phase"], 0);
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_no_deposit_and_no_verdict_in_favour() {
    for (fault, says) in [(Fault::TalksNonsense, "answer not understood"), (Fault::Fails, "status 500")] {
        let ground = Ground::beside(fault).await;
        let (code, said) = ground.run(&[]).await;
        assert!(code == 1 || code == 3, "{fault:?}: {code} {said}");
        assert!(said.contains(says), "{said}");
        assert_eq!(ground.results()["total"]["acknowledged"], 0);
    }
}

#[tokio::test]
async fn nobody_listens_a_hub_that_is_none_and_a_stranger_are_told_before_the_start() {
    let ground = Ground::new(PROFILE, "http://127.0.0.1:9");
    let (code, said) = ground.run(&[]).await;
    assert!(code == 2 && said.contains("the hub cannot be reached"), "{code} {said}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ground = Ground::new(PROFILE, &format!("http://{}", listener.local_addr().unwrap()));
    let nonsense = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4_096]).await.ok();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail ready\r\n\r\n").await.ok();
        }
    });
    let (code, said) = ground.run(&[]).await;
    assert!(code == 2 && said.contains("not understood"), "{code} {said}");
    nonsense.abort();
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_is_told_before_the_start() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let configuration = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(configuration));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            acceptor.accept(stream).await.ok();
        }
    });
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let ground = Ground::new(PROFILE, &url);
    std::fs::write(ground.path().join("other.pem"), other.cert.pem()).unwrap();
    let (code, said) = ground.run(&["--ca", "other.pem"]).await;
    assert!(code == 2 && said.contains("does not prove who it is"), "{code} {said}");
}

#[tokio::test]
async fn a_run_that_is_interrupted_is_reported_and_decides_nothing() {
    let long = PROFILE.replace("duration = \"1s\"", "duration = \"10min\"");
    let ground = Ground::new(&long, &format!("http://{}", FakeHub::start(Fault::None).await));
    let mut child = ground.start(&["--metrics", "127.0.0.1:0"]);
    said_behind(&mut child, "cases acknowledged").await;
    signal(&child, "-INT").await;
    let (code, said) = ended(child).await;
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("interrupted") && said.contains("verdict: undecided"), "{said}");
    let report = std::fs::read_to_string(ground.path().join("navette-load-report.html")).unwrap();
    assert!(report.contains("<strong>interrupted</strong>"));
}

#[tokio::test]
async fn who_gives_up_before_the_first_deposit_is_told_so_and_leaves_no_hub_behind() {
    let ground = Ground::new(PROFILE, "http://127.0.0.1:9");
    // A hub that never listens.
    let mut child = ground.start(&["--server", "sh -c 'echo $$ > hub.pid; exec sleep 1000'"]);
    let hub = ground.path().join("hub.pid");
    eventually("the hub is started", || std::fs::read_to_string(&hub).is_ok_and(|text| text.ends_with('\n'))).await;
    eventually("it listens to signals", || catches(&child, 15)).await;
    signal(&child, "-TERM").await;
    said_behind(&mut child, "interrupted before the first deposit").await;
    assert_eq!(child.wait().await.unwrap().code(), Some(2));
    let hub = std::fs::read_to_string(&hub).unwrap();
    eventually("the hub is gone", || !Path::new(&format!("/proc/{}", hub.trim())).exists()).await;
}

async fn signal(child: &Child, signal: &str) {
    let process = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([signal, &process]).status().await.unwrap().success());
}

/// Reads what a program complains of until it says this.
async fn said_behind(child: &mut Child, expected: &str) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let said = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(expected) {
                return true;
            }
        }
        false
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), said).await.unwrap(), "{expected:?} was never said");
}

async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap_or_else(|_| panic!("{what}: not in a minute"));
}

/// Whether a process has a handler for a signal, by the bits that Linux shows.
fn catches(child: &Child, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or_default();
    u64::from_str_radix(caught.trim(), 16).is_ok_and(|bits| bits >> (signal - 1) & 1 == 1)
}

#[tokio::test]
async fn what_cannot_be_written_and_what_cannot_be_meant_is_told_before_the_start() {
    let ground = Ground::new("title = 't'\nspeed = 3\n", "http://127.0.0.1:9");
    let (code, said) = ground.run(&[]).await;
    assert!(code == 2 && said.contains("unknown field `speed`"), "{said}");
    let ground = Ground::new(PROFILE, "http://127.0.0.1:9");
    let (code, said) = ground.run(&["--report", "no/such/directory.html"]).await;
    assert!(code == 2 && said.contains("no/such/directory.html cannot be written"), "{said}");
    let (code, said) = ground.run(&["--in-flight", "0"]).await;
    assert!(code == 2 && said.contains("give a number from 1"), "{said}");
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 500 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_navette-load")]);
    limited.args(["run", "profile.toml", "--hub", "hub.json"]).current_dir(ground.path());
    let (code, said) = ended(limited.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).await;
    assert!(code == 2 && said.contains("raise it with `ulimit -n"), "{said}");
}

#[tokio::test]
async fn the_world_is_registered_once_and_belongs_to_its_hub() {
    let ground = Ground::beside(Fault::None).await;
    let (code, said) = ground.run(&["--world", "world.json"]).await;
    assert!(code == 0 && said.contains("registering credentials"), "{said}");
    let (code, said) = ground.run(&["--world", "world.json"]).await;
    assert!(code == 0 && !said.contains("registering"), "{said}");
    let other = Ground::beside(Fault::None).await;
    std::fs::copy(ground.path().join("world.json"), other.path().join("world.json")).unwrap();
    let (code, said) = other.run(&["--world", "world.json"]).await;
    assert!(code == 2 && said.contains("belongs to the hub at"), "{said}");
}

#[tokio::test]
async fn two_runs_are_compared() {
    let ground = Ground::beside(Fault::None).await;
    ground.run(&[]).await;
    std::fs::copy(ground.path().join("results.json"), ground.path().join("first.json")).unwrap();
    let compare = |second: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_navette-load"));
        command.current_dir(ground.path()).args(["compare", "first.json", second]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        ended(command.spawn().unwrap())
    };
    let (code, said) = compare("first.json").await;
    assert!(code == 0 && said.contains("deposit p99"), "{said}");
    let mut worse = ground.results();
    worse["judgement"]["counts"]["lost"] = json!(1);
    std::fs::write(ground.path().join("second.json"), worse.to_string()).unwrap();
    let (code, said) = compare("second.json").await;
    assert!(code == 1 && said.contains("lost: 0 and 1"), "{said}");
}
