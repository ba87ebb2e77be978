//! Carries a move out, shows how far it is, and says what came of it.

use std::io::IsTerminal as _;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use navette_storage::relocation::{Error, Measured, Progress, Report};
use tokio::signal::unix::{SignalKind, signal};

use super::{Options, bar};
use crate::configuration::{Backend, Configuration, Log, LogFormat};
use crate::relocation::{Outcome, Task};
use crate::{logging, relocation};

pub(super) async fn run(options: Options) -> Result<()> {
    let configuration = Configuration::load(&options.config)?;
    configuration.check_paths()?;
    logging::init(&quiet(&configuration.log))?;
    let between = (Backend::from(options.from), Backend::from(options.to));
    let task = match (options.dry_run, options.verify_only) {
        (true, _) => Task::Foresee,
        (false, true) => Task::Compare,
        (false, false) => Task::Move,
    };
    let progress = Arc::new(Progress::default());
    let bar = bar::Bar::show(Arc::clone(&progress));
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be waited for")?;
    let outcome = tokio::select! {
        outcome = relocation::run(&configuration, between, task, options.folders_in_flight, &progress) => Some(outcome),
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    bar.end().await;
    match outcome {
        None => bail!("interrupted; the same command goes on from here"),
        Some(Err(error)) if error.is::<Error>() && task == Task::Move => {
            Err(error.context("not everything is moved; the same command goes on from here"))
        }
        Some(Err(error)) => Err(error),
        Some(Ok(Outcome::Foreseen(measured))) => {
            show(&measured);
            Ok(())
        }
        Some(Ok(Outcome::Compared(report))) => judge(&report, between, task),
    }
}

/// What is no warning would be in the way of the bar.
fn quiet(log: &Log) -> Log {
    let format = if std::io::stderr().is_terminal() { LogFormat::Text } else { log.format };
    Log { format, filter: "warn".to_owned() }
}

fn show(measured: &Measured) {
    for section in &measured.sections {
        crate::commands::show(&format!("{:<14}{:>14}", section.name, section.records));
    }
    crate::commands::show(&format!("{:<14}{:>14}", "attachments", measured.attachments));
    crate::commands::show(&format!("{:<14}{:>14}", "bytes", measured.bytes));
    crate::commands::show(&format!("{:<14}{}", "digest", measured.digest()));
}

fn judge(report: &Report, (_, to): (Backend, Backend), task: Task) -> Result<()> {
    show(&report.source);
    if report.is_same() {
        crate::commands::show("both sides are the same");
        if task == Task::Move {
            let backend = if to == Backend::Cluster { "cluster" } else { "embedded" };
            crate::commands::show(&format!("set storage.backend to {backend:?}, then start the hub"));
        }
        return Ok(());
    }
    for difference in &report.differences {
        crate::commands::show(&difference.to_string());
    }
    if report.there_are_more {
        crate::commands::show("there are more");
    }
    bail!(
        "the two sides differ: digest {} at the source, {} at the destination; nothing may be served from there",
        report.source.digest(),
        report.destination.digest()
    )
}
