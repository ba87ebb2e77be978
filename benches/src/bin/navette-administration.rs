//! The hub at work while it is administered: what deposits feel of an enrolment of 35 000 organizations that are listed and looked
//! up, and of a year that passes over 10 000 folders.
//!
//! Build the release first: `cargo build --release -p navette-gateway -p navette-benches --bins`.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use http::{Method, StatusCode};
use navette_benches::deposits::Load;
use navette_benches::enrolment::{siret, table};
use navette_benches::figures::Figures;
use navette_benches::ground;
use navette_benches::server::Server;
use navette_gateway::admin::{Administrator, Kind, Plan};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const PAGE_ROWS: usize = 5_000;
/// Longer than any sweep takes.
const SWEEP_LIMIT: Duration = Duration::from_secs(60);
const SLICE: Duration = Duration::from_secs(1);
const FILE_BYTES: usize = 100_000;

/// What deposits feel of administration.
#[derive(Debug, Parser)]
struct Options {
    /// The `navette` program; beside this one when nothing is said.
    #[arg(long)]
    hub: Option<PathBuf>,
    /// How many clients deposit at a time, each on its own connection.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How many organizations are imported.
    #[arg(long, default_value_t = 35_000)]
    organizations: usize,
    /// Over how many closed folders a year passes.
    #[arg(long, default_value_t = 10_000)]
    folders: usize,
    /// How long is measured, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let hub = options.hub.clone().unwrap_or(std::env::current_exe()?.with_file_name("navette"));
    enrolment(&options, &hub).await?;
    year(&options, &hub).await
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn say(line: &str) {
    println!("{line}");
}

fn figures(what: &str, figures: &mut Figures) {
    say(&format!(
        "  {what:<34} {:>6.0} deposits/s, p50 {:>6.1} ms, p99 {:>6.1} ms",
        figures.rate(),
        figures.quantile(0.5),
        figures.quantile(0.99)
    ));
}

async fn enrolment(options: &Options, program: &Path) -> Result<()> {
    let directory = ground::directory();
    let server = Server::hub(program, directory.path(), &[], &[]).await?;
    let administrator = Arc::new(server.administrator().await?);
    let began = Instant::now();
    let plan = Plan::make(&administrator, Kind::Organizations, table(options.organizations).as_bytes(), Path::new("."))
        .await?;
    ensure!(plan.faults.is_empty(), "the table has faults: {:?}", plan.faults.first());
    let outcome = plan.carry_out(&administrator, |_, _| {}).await;
    say(&format!("{} organizations imported in {:.1} s", outcome.created, began.elapsed().as_secs_f64()));

    let duration = Duration::from_secs(options.seconds);
    let mut alone = Arc::new(Load::new(&server, FILE_BYTES)).measure(&server, options.clients, duration).await?;
    let until = Instant::now() + duration;
    let listing = tokio::spawn(lists(Arc::clone(&administrator), until));
    let finding = tokio::spawn(finds(Arc::clone(&administrator), options.organizations, until));
    let load = Arc::new(Load::new(&server, FILE_BYTES));
    let mut beside = load.drive(&server, options.clients, duration).await?;
    let (lists, listed) = listing.await??;
    let mut found = finding.await??;
    found.sort_unstable();
    let at = |share: usize| found.get(found.len() * share / 100).map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0);
    figures("deposits alone", &mut alone);
    figures("while organizations are read", &mut beside);
    say(&format!(
        "  meanwhile: {lists} times all {listed} listed by pages of {PAGE_ROWS}; {} found by SIRET, p50 {:.1} ms, p99 {:.1} ms",
        found.len(),
        at(50),
        at(99)
    ));
    Ok(())
}

/// Lists everything again and again; says how often, and how many there were.
async fn lists(administrator: Arc<Administrator>, until: Instant) -> Result<(usize, usize)> {
    let (mut times, mut rows) = (0, 0);
    while Instant::now() < until {
        rows = administrator.list("/organizations").await?.len();
        times += 1;
    }
    Ok((times, rows))
}

/// Looks organizations up, one after the other; says how long each took.
async fn finds(administrator: Arc<Administrator>, organizations: usize, until: Instant) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    let mut number = 0;
    while Instant::now() < until {
        // A step that has no divisor in common with most counts: all over the place.
        number = (number + 7_919) % organizations;
        let path = format!("/organizations?companyRegister={}", siret(number));
        let began = Instant::now();
        let answer = administrator.send(Method::GET, &path, &Value::Null).await?.expect(StatusCode::OK)?;
        took.push(began.elapsed());
        ensure!(answer.json().as_array().map(Vec::len) == Some(1), "{path} finds one");
    }
    Ok(took)
}

fn disk_bytes(path: &Path) -> Result<u64> {
    let metadata = std::fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.blocks() * 512);
    }
    std::fs::read_dir(path)?.map(|row| disk_bytes(&row?.path())).sum()
}

async fn year(options: &Options, program: &Path) -> Result<()> {
    let directory = ground::directory();
    let server = Server::hub(program, directory.path(), &[("NAVETTE_RETENTION_ENABLED", "false")], &[]).await?;
    let load = Arc::new(Load::new(&server, FILE_BYTES));
    let administrator = Arc::new(server.administrator().await?);
    let mut clients = JoinSet::new();
    for client in 0..options.clients {
        let (load, administrator) = (Arc::clone(&load), Arc::clone(&administrator));
        let count = options.folders / options.clients + usize::from(client < options.folders % options.clients);
        clients.spawn(async move { closes(&load, &administrator, count).await });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    server.stop().await?;
    let attachments = directory.path().join("data/attachments");
    let before = disk_bytes(&attachments)?;

    // The hub slept all the while: on the first day files go and folders are archived; those go at the end of their last delay.
    let mut held = before;
    let stages: [(&str, &str, &[&str]); 2] =
        [("365", "files", &["delete_file", "archive_case", "archive_folder"]), ("500", "folders", &["delete_folder"])];
    for (days, what, left) in stages {
        let server = Server::hub(program, directory.path(), &[], &["--days-ahead", days]).await?;
        let administrator = server.administrator().await?;
        let load = Arc::new(Load::new(&server, FILE_BYTES));
        let began = Instant::now();
        let mut during = Figures::default();
        let swept = loop {
            during.add(load.drive(&server, options.clients, SLICE).await?);
            if due(&administrator, left, options.folders).await? == 0 {
                break began.elapsed();
            }
            ensure!(began.elapsed() < SWEEP_LIMIT, "the sweep does not end");
        };
        let mut usual = Figures::default();
        for _ in 0..options.seconds {
            usual.add(load.drive(&server, options.clients, SLICE).await?);
        }
        let deposited = (during.took.len() + usual.took.len()) as u64 * FILE_BYTES as u64;
        server.stop().await?;
        let after = disk_bytes(&attachments)?;
        let swept = swept.as_secs_f64();
        say(&format!("{days} days over {} closed folders: their {what} are gone after {swept:.1} s", options.folders));
        figures("deposits while they go", &mut during);
        figures("deposits afterwards", &mut usual);
        say(&format!(
            "  p99 while they go: {:.2} of the usual; attachments on disk: {} MiB before, {} MiB after, {} MiB deposited meanwhile",
            during.quantile(0.99) / usual.quantile(0.99),
            held >> 20,
            after >> 20,
            deposited >> 20
        ));
        held = after;
    }
    Ok(())
}

/// Deposits folders and closes them.
async fn closes(load: &Load, administrator: &Administrator, count: usize) -> Result<()> {
    for folder in load.deposit(count).await? {
        let closed = json!({ "status": "CLOSED" });
        administrator.teledossiers(Method::PATCH, &format!("/cases/{}", folder.case), &closed).await?;
        let closed = json!({ "globalStatus": "CLOSED" });
        administrator.teledossiers(Method::PATCH, &format!("/folders/{}", folder.id), &closed).await?;
    }
    Ok(())
}

/// How much of this is still to be done for the oldest folders, `folders` of them at least.
async fn due(administrator: &Administrator, actions: &[&str], folders: usize) -> Result<usize> {
    let (mut left, mut path) = (0, "/retention?maxResult=5000".to_owned());
    for _ in 0..folders.div_ceil(PAGE_ROWS) {
        let page = administrator.ask(Method::GET, &path, &Value::Null, StatusCode::OK).await?;
        let rows = page["folders"].as_array().into_iter().flatten();
        let rows = rows.flat_map(|folder| folder["due"].as_array().into_iter().flatten());
        left += rows.filter(|row| row["action"].as_str().is_some_and(|action| actions.contains(&action))).count();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/retention?maxResult=5000&after={next}");
    }
    Ok(left)
}
