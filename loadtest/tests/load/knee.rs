//! The search for the highest sustainable rate.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::fake::{FakeHub, Fault};
use crate::ground::{Ground, PROFILE, catches, ended, eventually, signal};

/// At the same distance, so that each rate has a known number of deposits.
async fn ground(fault: Fault, objectives: &str) -> Ground {
    let even = PROFILE.replace("[world]", "arrivals = \"even\"\n[world]").replace("\"p99 < 5s\"", objectives);
    Ground::new(&even, &format!("http://{}", FakeHub::start(fault).await))
}

fn start(ground: &Ground, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_navette-load"));
    command.current_dir(ground.path()).args(["knee", "profile.toml", "--hub", "hub.json"]);
    command.args(["--json", "knee.json"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true).spawn().unwrap()
}

async fn knee(ground: &Ground, arguments: &[&str]) -> (i32, String) {
    ended(start(ground, arguments)).await
}

fn found(ground: &Ground) -> (Value, String) {
    let read = |name: &str| std::fs::read_to_string(ground.path().join(name)).unwrap();
    (serde_json::from_str(&read("knee.json")).unwrap(), read("navette-load-knee.html"))
}

#[tokio::test]
async fn the_rates_that_were_tried_and_what_came_of_each_are_written() {
    // The tenth deposit of all is lost: at the second of these rates.
    let ground = ground(Fault::Loses, "\"p99 < 5s\"").await;
    let (code, said) = knee(&ground, &["--from", "4/s", "--hold", "1s", "--precision", "50"]).await;
    assert!(code == 0 && said.contains("sustainable: 6 deposits a second"), "{code} {said}");
    let (found, page) = found(&ground);
    let rates: Vec<f64> =
        found["steps"].as_array().unwrap().iter().map(|step| step["rate"].as_f64().unwrap()).collect();
    assert_eq!(rates, [4.0, 8.0, 6.0]);
    let verdicts: Vec<&Value> = found["steps"].as_array().unwrap().iter().map(|step| &step["verdict"]).collect();
    assert_eq!(verdicts, ["met", "unmet", "met"]);
    assert_eq!(found["steps"][1]["unmet"][0], "lost == 0 (1)");
    assert_eq!(found["sustainable"], 6.0);
    assert!(found["program"].as_str().unwrap().contains('+') && found["machine"]["cores"].is_u64());
    assert!(page.contains("sustainable: 6 deposits a second") && page.contains("lost == 0 (1)"), "{page}");
    assert!(!page.contains("http://www"), "one file, nothing from elsewhere");
}

#[tokio::test]
async fn a_hub_that_can_do_nothing_is_said_to_do_so() {
    let ground = ground(Fault::None, "\"p99 < 0ms\"").await;
    let (code, said) = knee(&ground, &["--from", "1/s", "--hold", "3s"]).await;
    assert!(code == 1 && said.contains("no rate was found"), "{code} {said}");
    assert!(found(&ground).0["sustainable"].is_null());
}

#[tokio::test]
async fn a_report_that_cannot_be_written_is_told_before_the_search() {
    let ground = ground(Fault::None, "\"p99 < 5s\"").await;
    let (code, said) = knee(&ground, &["--report", "no/such/report.html"]).await;
    assert!(code == 2 && said.contains("--report: no/such/report.html cannot be written"), "{code} {said}");
}

#[tokio::test]
async fn a_search_that_is_interrupted_leaves_what_it_tried() {
    let ground = ground(Fault::None, "\"p99 < 5s\"").await;
    let child = start(&ground, &["--hold", "10min"]);
    eventually("it listens to signals", || catches(&child, 15)).await;
    signal(&child, "-TERM").await;
    let (code, said) = ended(child).await;
    assert!(code == 3 && said.contains("nobody can say which rate is sustainable"), "{code} {said}");
    let (found, page) = found(&ground);
    assert_eq!(found["interrupted"], true);
    assert!(page.contains("<strong>interrupted</strong>"));
}
