//! `navette demo --config`: the whole story where a configuration says, more than once, and never among the partners of others.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::hub::{Setup, eventually, over_http, soon};

/// Far more than a demo takes, also where other tests keep three nodes busy.
const LIMIT: Duration = Duration::from_secs(300);
/// Within which a demo that is told to stop does so.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What is said of a demo that went well.
fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (told, complaint) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}\n{complaint}");
    assert!(told.contains("The server is killed with SIGKILL, and started again"), "{told}");
    assert!(told.contains("All is well"), "{told}");
    told
}

/// A demo that keeps its data in this directory, and where.
fn kept_in(directory: &Path) -> (Setup, PathBuf) {
    let data = directory.join("data");
    (over_http().configured("STORAGE_DIRECTORY", data.to_str().unwrap()), data)
}

async fn shown(setup: &Setup, directory: &Path) -> Output {
    let demo = setup.command("demo", directory).spawn().unwrap();
    let id = demo.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).expect("it runs");
    let mut output = std::pin::pin!(demo.wait_with_output());
    if let Ok(output) = tokio::time::timeout(LIMIT, &mut output).await {
        return output.unwrap();
    }
    // So that its hub goes, too, and leaves the servers to the next test.
    kill_process(id, Signal::TERM).unwrap();
    panic!("the demo does not come to its end: {:?}", tokio::time::timeout(STOP_LIMIT, output).await)
}

#[tokio::test]
async fn a_directory_keeps_what_was_shown_and_it_can_be_shown_again() {
    let directory = tempfile::tempdir().unwrap();
    let (setup, data) = kept_in(directory.path());
    let first = told(&shown(&setup, directory.path()).await);
    assert!(first.contains(&format!("data in {}", data.display())), "{first}");
    assert!(data.join("journal").is_dir());
    let second = told(&shown(&setup, directory.path()).await);
    assert!(second.contains("notifications that a demo left here before are taken away"), "{second}");
}

#[tokio::test]
async fn nothing_is_shown_among_the_partners_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let (setup, data) = kept_in(directory.path());
    told(&shown(&setup, directory.path()).await);
    // Without this file the partners could be anybody's.
    std::fs::remove_file(data.join("sandbox-secrets.json")).unwrap();
    let output = shown(&setup, directory.path()).await;
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("there are partners or credentials already"), "{complaint}");
    assert!(complaint.contains("storage.directory"), "{complaint}");
}

#[tokio::test]
async fn nothing_is_shown_where_secrets_of_another_sandbox_lie_or_an_administrator_waits() {
    let [directory, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [(sandbox, own), (setup, data)] = [&directory, &other].map(|directory| kept_in(directory.path()));
    told(&shown(&sandbox, directory.path()).await);
    let begun = setup.command("init", other.path()).output().await.unwrap();
    assert!(begun.status.success(), "{}", String::from_utf8_lossy(&begun.stderr));
    std::fs::copy(own.join("sandbox-secrets.json"), data.join("sandbox-secrets.json")).unwrap();
    let output = shown(&setup, other.path()).await;
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("there are partners or credentials already"), "{complaint}");
}

#[tokio::test]
async fn a_demo_that_is_told_to_stop_takes_its_hub_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let (setup, data) = kept_in(directory.path());
    let mut demo = setup.command("demo", directory.path()).spawn().unwrap();
    eventually("the hub has begun", async || data.join("sandbox-secrets.json").exists().then_some(())).await;
    assert!(File::open(data.join("sandbox.lock")).unwrap().try_lock().is_err(), "the hub has it");
    kill_process(Pid::from_raw(i32::try_from(demo.id().expect("it runs")).unwrap()).unwrap(), Signal::TERM).unwrap();
    assert_eq!(soon("the end of the demo", demo.wait()).await.unwrap().code(), Some(1));
    eventually("its hub is gone", async || File::open(data.join("sandbox.lock")).unwrap().try_lock().ok()).await;
}

#[cfg(feature = "cluster")]
#[tokio::test]
async fn the_servers_of_a_cluster_have_what_was_shown_and_it_can_be_shown_again() {
    use navette_storage::conformance::servers::{options, session};

    let directory = tempfile::tempdir().unwrap();
    let setup = crate::cluster::on_a_cluster().await;
    let setup = setup.configured("STORAGE_DIRECTORY", directory.path().join("keys").to_str().unwrap());
    let told =
        [shown(&setup, directory.path()).await, shown(&setup, directory.path()).await].map(|output| told(&output));

    let session = session(&options().cassandra).await;
    for told in told {
        let (prefix, keyspace) =
            (setup.value("STORAGE_CLUSTER_KAFKA_PREFIX"), setup.value("STORAGE_CLUSTER_CASSANDRA_KEYSPACE"));
        assert!(told.contains(&format!(" -t {prefix}.journal ")), "{told}");
        // The command that the demo shows, as cqlsh would send it.
        let query = told.lines().find_map(|line| line.split_once(" -e \"")).expect("a query").1.trim_end_matches('"');
        assert!(query.contains(keyspace), "{query}");
        let rows = session.query_unpaged(query, ()).await.expect("an answer").into_rows_result().expect("rows");
        let cases = rows.rows::<(uuid::Uuid, String)>().expect("columns").map(|row| row.expect("a row"));
        let statuses = cases.map(|(_, record)| {
            let case: serde_json::Value = serde_json::from_str(&record).expect("JSON");
            case["status"].as_str().expect("a status").to_owned()
        });
        let mut statuses: Vec<String> = statuses.collect();
        statuses.sort_unstable();
        assert_eq!(statuses, ["DONE", "DONE", "SI_RECEIVED"]);
    }
}
