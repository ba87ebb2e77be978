//! Somebody ends a run before its time.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::fake::{FakeHub, Fault};
use crate::ground::{Ground, PROFILE, catches, ended, eventually, said_behind, signal};

#[tokio::test]
async fn a_run_that_is_interrupted_is_reported_and_decides_nothing() {
    let long = PROFILE.replace("duration = \"1s\"", "duration = \"10min\"");
    for asked in ["-INT", "-TERM", "-HUP"] {
        let ground = Ground::new(&long, &format!("http://{}", FakeHub::start(Fault::None).await));
        let mut child = ground.start(&["--metrics", "127.0.0.1:0"]);
        said_behind(&mut child, "cases acknowledged").await;
        signal(&child, asked).await;
        let (code, said) = ended(child).await;
        assert_eq!(code, 3, "{asked}: {said}");
        assert!(said.contains("interrupted") && said.contains("verdict: undecided"), "{asked}: {said}");
        let report = std::fs::read_to_string(ground.path().join("navette-load-report.html")).unwrap();
        assert!(report.contains("<strong>interrupted</strong>"), "{asked}");
    }
}

#[tokio::test]
async fn what_is_still_owed_when_it_is_interrupted_is_unknown_and_not_lost() {
    let long = PROFILE.replace("duration = \"1s\"", "duration = \"10min\"");
    // One case never comes: had the run ended by itself, it would be lost.
    let ground = Ground::new(&long, &format!("http://{}", FakeHub::start(Fault::Loses).await));
    let mut child = ground.start(&[]);
    said_behind(&mut child, "cases acknowledged").await;
    signal(&child, "-INT").await;
    let (code, said) = ended(child).await;
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("unknown whole run: lost == 0 (between 0 and "), "{said}");
    assert!(!said.contains("NOT MET") && said.contains("still owed when it was interrupted"), "{said}");
    let results = ground.results();
    assert_eq!(results["judgement"]["counts"]["lost"], 0);
    assert!(results["judgement"]["owed"].as_u64().unwrap() >= 1);
    let lost = results["total"]["objectives"].as_array().unwrap().iter().find(|row| row["objective"] == "lost == 0");
    assert!(lost.unwrap()["met"].is_null());
    let report = std::fs::read_to_string(ground.path().join("navette-load-report.html")).unwrap();
    assert!(report.contains("unknown") && !report.contains("not met"));
}

#[tokio::test]
async fn who_asked_for_it_to_outlive_the_terminal_is_heard() {
    let ground = Ground::new(PROFILE, "http://127.0.0.1:9");
    let mut program = Command::new("sh");
    program.args(["-c", "trap '' HUP && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_navette-load")]);
    // A hub that never listens.
    program.args(["run", "profile.toml", "--hub", "hub.json", "--quiet", "--server", "sleep 1000"]);
    let child = program.current_dir(ground.path()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    eventually("it listens to signals", || catches(&child, 15)).await;
    assert!(!catches(&child, 1), "SIGHUP stays ignored, as nohup has it");
    signal(&child, "-TERM").await;
    assert_eq!(ended(child).await.0, 2);
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
