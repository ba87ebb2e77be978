//! What is shown of a run, and what is written of it.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::net::TcpListener;

use super::interruption::Insisted;
use super::{show, writable};
use crate::hub_process::HubProcess;
use crate::results::Results;
use crate::run::{Outcome, Run};
use crate::{exposition, progress, report, screen};

/// What is shown and written.
#[derive(Debug, Clone, Args)]
pub(super) struct Output {
    /// No live view: one line of progress now and then, as for a build machine.
    #[arg(long)]
    quiet: bool,
    /// HTML report, in one file.
    #[arg(long, value_name = "FILE", default_value = "navette-load-report.html")]
    report: PathBuf,
    /// Results as JSON, for `compare` and for programs.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// HdrHistogram log of every operation.
    #[arg(long, value_name = "FILE")]
    hdr: Option<PathBuf>,
    /// Where Prometheus may read how it goes.
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<SocketAddr>,
}

/// What is shown and written, once it is known that it can be.
#[derive(Debug)]
pub(super) struct Ready {
    output: Output,
    metrics: Option<TcpListener>,
}

impl Output {
    /// Makes sure that everything can be written and listened at, before anything begins.
    ///
    /// # Errors
    /// With the name of what cannot.
    pub(super) async fn ready(self) -> Result<Ready> {
        let Self { report, json, hdr, .. } = &self;
        writable::ensure_all(&[("--report", Some(report)), ("--json", json.as_ref()), ("--hdr", hdr.as_ref())])?;
        let metrics = match self.metrics {
            Some(address) => Some(exposition::bind(address).await?),
            None => None,
        };
        Ok(Ready { output: self, metrics })
    }
}

impl Ready {
    /// Makes the run, shows it, writes what came of it, and gives the exit code.
    ///
    /// # Errors
    /// When the hub does not come back, nothing can be written, or somebody insists on the end: then there is no verdict.
    pub(super) async fn perform(self, run: Run, hub_process: Option<&mut HubProcess>) -> Result<u8> {
        let Self { output, metrics } = self;
        let interruption = run.interruption().clone();
        let metrics = metrics.map(|listener| tokio::spawn(exposition::serve(listener, Arc::clone(&run.sampler))));
        let live = !output.quiet && std::io::stdout().is_terminal();
        let view = if live {
            tokio::spawn(screen::show(run.phases(), run.arrivals(), Arc::clone(&run.sampler), interruption.clone()))
        } else {
            tokio::spawn(progress::show(run.phases(), run.arrivals(), Arc::clone(&run.sampler)))
        };
        let outcome = tokio::select! {
            biased;
            () = interruption.insisted() => Err(Insisted.into()),
            outcome = run.perform(hub_process) => outcome,
        };
        view.abort();
        drop(view.await);
        if live {
            screen::restore();
        }
        if let Some(metrics) = metrics {
            metrics.abort();
        }
        let outcome = outcome?;
        // If a file cannot be written all the same, the results still are told.
        let written = write_all(&output, &outcome);
        show(&report::summary(&outcome.results));
        written?;
        show(&format!("report: {}", output.report.display()));
        Ok(outcome.results.verdict.exit_code())
    }
}

fn write_all(output: &Output, outcome: &Outcome) -> Result<()> {
    // Each in its own right: what one disk does not take, another may.
    let results = &outcome.results;
    let report = report::html(results).and_then(|page| writable::write(&output.report, &page));
    let json = output.json.as_deref().map_or(Ok(()), |path| write_json(path, results));
    let hdr = output.hdr.as_deref().map_or(Ok(()), |path| write_hdr(path, outcome));
    report.and(json).and(hdr)
}

fn write_hdr(path: &Path, outcome: &Outcome) -> Result<()> {
    let written = || -> Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        report::hdr(&outcome.results, &outcome.phases, &mut file)?;
        Ok(file.flush()?)
    };
    written().with_context(|| format!("{} cannot be written", path.display()))
}

fn write_json(path: &Path, results: &Results) -> Result<()> {
    writable::write(path, &(serde_json::to_string_pretty(results)? + "\n"))
}
