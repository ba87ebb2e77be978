//! Deposits into a hub that holds millions of folders, beside deposits into an empty one; and how long the full one takes to start.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use super::{Programs, say};
use crate::deposits::Load;
use crate::figures::Figures;
use crate::fill::fill;
use crate::ground;
use crate::server::Server;

/// How much is stored.
#[derive(Debug, Args)]
pub struct Options {
    /// How many folders are stored before anything is measured.
    #[arg(long, default_value_t = 10_000_000)]
    folders: usize,
    /// How many inboxes they are spread over.
    #[arg(long, default_value_t = 1_000)]
    recipients: usize,
    /// Where the full hub keeps its data; it is kept, and taken up again. A directory that goes with the run when nothing is said.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many clients deposit at a time, each on its own connection.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Size of the file of a deposit that is measured, in bytes.
    #[arg(long, default_value_t = 100_000)]
    size: usize,
    /// How long each is driven in each round, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How often the two take turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// Compares the full hub with the empty one.
pub async fn run(options: &Options, programs: &Programs) -> Result<()> {
    let own = ground::directory();
    let directory = options.data.as_deref().unwrap_or_else(|| own.path());
    std::fs::create_dir_all(directory)?;
    let marker = directory.join("filled");
    if !marker.exists() {
        // Its first start registers the partners.
        Server::hub(&programs.hub, directory, &[], &[]).await?.stop().await?;
        let began = Instant::now();
        fill(&Server::data(directory), options.folders, options.recipients).await?;
        say(&format!("{} folders stored in {:.0} s", options.folders, began.elapsed().as_secs_f64()));
        std::fs::write(&marker, options.folders.to_string())?;
    }
    let (mut empty, mut full) = (Figures::default(), Figures::default());
    let mut starts = Vec::new();
    for _ in 0..options.rounds {
        let fresh = ground::directory();
        let server = Server::hub(&programs.hub, fresh.path(), &[], &[]).await?;
        empty.add(measure(options, &server).await?);
        drop(server);
        let began = Instant::now();
        // Each former one was killed in the middle of its work.
        let server = Server::hub(&programs.hub, directory, &[], &[]).await?;
        starts.push(began.elapsed().as_secs_f64());
        full.add(measure(options, &server).await?);
        drop(server);
    }
    let filled = std::fs::read_to_string(&marker)?;
    say(&format!("deposits of a file of {} bytes into an empty hub, and into one with {filled} folders", options.size));
    for (name, figures) in [("empty", &mut empty), ("full", &mut full)] {
        say(&format!(
            "  {name:<9} {:>8.0} deposits/s, p50 {:.2} ms, p99 {:.2} ms, {:.3} CPU-s per 1 000",
            figures.rate(),
            figures.quantile(0.5),
            figures.quantile(0.99),
            figures.cpu_per_thousand()
        ));
    }
    say(&format!("  deposits of the full one ÷ those of the empty one: {:.2}", full.rate() / empty.rate()));
    let starts: Vec<String> = starts.iter().map(|seconds| format!("{seconds:.2} s")).collect();
    say(&format!(
        "  starts of the full one, the first after it was stopped, the others after it was killed: {}",
        starts.join(", ")
    ));
    Ok(())
}

async fn measure(options: &Options, server: &Server) -> Result<Figures> {
    let load = Arc::new(Load::new(server, options.size));
    load.measure(server, options.clients, Duration::from_secs(options.seconds)).await
}
