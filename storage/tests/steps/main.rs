//! A SIGKILL at each step. The steps are not chosen: a first run counts every commit of a whole life of the hub; then the process is
//! killed before and behind each of them, started again, and must come to the same end.

mod crashing;
mod script;

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use navette_router::{Hub, Limits};
use navette_storage::conformance::fixtures::Clock;
use navette_storage::embedded::store::{self};
use navette_storage::embedded::{attachments, journal, open, view};

use crashing::{Crashing, Instant};

const DIRECTORY: &str = "NAVETTE_STEPS_DIRECTORY";
const STEP: &str = "NAVETTE_STEPS_STEP";
const SIGKILL: i32 = 9;

fn options(directory: &Path) -> store::Options {
    store::Options {
        view_directory: directory.join("view"),
        journal: journal::Options {
            segment_bytes: 8 << 20,
            entry_max_bytes: 4 << 20,
            ..journal::Options::new(directory.join("journal"))
        },
        view: view::Options::default(),
        writer_stripes: 16,
        reserve_bytes: 0,
        checkpoint_interval: Duration::from_millis(10),
        retained_entries: 0,
        retained_for: Duration::from_secs(3_600),
    }
}

/// The process that is killed: it does nothing unless it is told where.
#[tokio::test]
async fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    let at = std::env::var(STEP).ok().map(|step| match step.split_once(' ').expect("a step and an instant") {
        (step, "before") => (step.parse().expect("a number"), Instant::Before),
        (step, _) => (step.parse().expect("a number"), Instant::After),
    });
    let (inner, attachments) = open(&options(directory), attachments::Options::new(directory.join("attachments")))
        .expect("the data are opened");
    let store = Crashing { inner, commits: AtomicUsize::new(0), at };
    let clock = Clock::new();
    let hub = Hub::new(store, attachments, clock.clone(), Limits::default()).with_mail(script::rules());
    script::lives(&hub, &clock).await;
    let commits = hub.store().commits.load(Ordering::SeqCst);
    let summary = script::summary(&hub).await;
    drop(hub);
    std::fs::write(directory.join("summary"), format!("{commits}\n{summary}")).expect("the summary is written");
}

fn runs(directory: &Path, step: Option<&str>) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "child", "--nocapture", "--test-threads", "1"]).env(DIRECTORY, directory);
    match step {
        Some(step) => command.env(STEP, step),
        None => command.env_remove(STEP),
    };
    command.stdout(Stdio::null()).stderr(Stdio::inherit()).status().expect("it runs")
}

/// How many commits it took, and what there was in the end.
fn end(directory: &Path) -> (usize, String) {
    let text = std::fs::read_to_string(directory.join("summary")).expect("a summary");
    let (commits, summary) = text.split_once('\n').expect("two parts");
    (commits.parse().expect("a number"), summary.to_owned())
}

fn disk_bytes(path: &Path) -> u64 {
    let metadata = std::fs::symlink_metadata(path).expect("metadata");
    if metadata.is_dir() {
        return std::fs::read_dir(path).expect("a directory").map(|row| disk_bytes(&row.expect("a row").path())).sum();
    }
    metadata.blocks() * 512
}

#[test]
fn killed_before_and_behind_each_step_the_hub_comes_to_the_same_end() {
    let first = tempfile::tempdir().expect("a directory");
    assert!(runs(first.path(), None).success());
    let (steps, expected) = end(first.path());
    assert!(steps >= 25, "{steps} steps");
    // It can be told again, and nothing is done twice.
    assert!(runs(first.path(), None).success());
    assert_eq!(end(first.path()).1, expected);

    for step in 1..=steps {
        for instant in ["before", "after"] {
            let directory = tempfile::tempdir().expect("a directory");
            let place = format!("{step} {instant}");
            let killed = runs(directory.path(), Some(&place));
            assert_eq!(killed.signal(), Some(SIGKILL), "step {place}: {killed}");
            assert!(runs(directory.path(), None).success(), "step {place}: it does not come to an end");
            assert_eq!(end(directory.path()).1, expected, "step {place}");
            // Files of 200 kB and 150 kB were there and are gone.
            assert!(runs(directory.path(), None).success());
            let held = disk_bytes(&directory.path().join("attachments"));
            assert!(held < 150_000, "step {place}: {held} bytes of attachments stay");
        }
    }
    eprintln!("killed at each of {steps} steps, before and behind it");
}
