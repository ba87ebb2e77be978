//! Two runs, one beside the other.

use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;

use crate::fake::Fault;
use crate::ground::{Ground, ended};

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
