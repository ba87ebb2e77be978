//! Breaks a cluster in every way that is known, at each step of a dossier, and holds two gateways to what they acknowledged.
//!
//! `ops/faults` builds it, starts the servers, and runs it. The table of what was seen goes to a page.

mod fault;
mod gateway;
mod page;
mod proxy;
mod servers;
mod story;
mod trial;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use world::World;

/// Breaks a cluster and watches two gateways on it.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `navette` program, built with the feature `cluster`.
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// The folder of a cluster that `ops/cluster up --nodes 3` started.
    #[arg(long, value_name = "DIR")]
    cluster: PathBuf,
    /// Where the page goes; only shown when nothing is said.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Where the logs of the gateways stay; a temporary directory when nothing is said.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What is said of the machine on the page.
    #[arg(long, default_value = "")]
    machine: String,
    /// Only these faults.
    faults: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.context("no runtime").and_then(|runtime| runtime.block_on(run(&arguments))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("faults: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "what it found is what it is run for")]
fn say(text: &str) {
    println!("{text}");
}

/// Gives whether nothing was found.
async fn run(arguments: &Arguments) -> Result<bool> {
    let wanted =
        |fault: &fault::Fault| arguments.faults.is_empty() || arguments.faults.iter().any(|name| name == fault.name);
    let known = |name: &String| fault::ALL.iter().any(|fault| fault.name == name);
    let unknown: Vec<&String> = arguments.faults.iter().filter(|name| !known(name)).collect();
    let names: Vec<&str> = fault::ALL.iter().map(|fault| fault.name).collect();
    ensure!(unknown.is_empty(), "there is no fault {unknown:?}, only {}", names.join(", "));
    let mut world = World::start(&arguments.program, &arguments.cluster, arguments.data.as_deref()).await?;
    let mut reports = Vec::new();
    for (round, fault) in fault::ALL.into_iter().filter(wanted).enumerate() {
        let report = trial::run(fault, &mut world, round).await.with_context(|| fault.name)?;
        say(&format!(
            "{}: works again after {:.1} s, {} found",
            fault.name,
            report.recovery.as_secs_f64(),
            report.findings.len()
        ));
        report.findings.iter().for_each(|finding| say(&format!("  {finding}")));
        reports.push(report);
    }
    let page = page::page(&reports, &arguments.machine);
    match &arguments.page {
        Some(path) => std::fs::write(path, page).with_context(|| format!("{} cannot be written", path.display()))?,
        None => say(&page),
    }
    Ok(reports.iter().all(|report| report.findings.is_empty()))
}
