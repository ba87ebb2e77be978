//! The hub beside the bare server, over HTTP: the same client, the same requests, the same bytes, in turn.
//!
//! A deposit is three requests: announce a folder with one file, send the file, complete the folder. Build the release of the hub
//! and of both programs first: `cargo build --release -p navette-gateway -p navette-benches --bins`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use navette_benches::drive::{Figures, Server};
use navette_benches::ground;

/// Compares the hub with a bare server that does the same durable work.
#[derive(Debug, Parser)]
struct Options {
    /// The `navette` program; beside this one when nothing is said.
    #[arg(long)]
    hub: Option<PathBuf>,
    /// The `navette-limit` program; beside this one when nothing is said.
    #[arg(long)]
    limit: Option<PathBuf>,
    /// How many clients deposit at a time, each on its own connection.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Size of the file of a deposit, in bytes; several sizes after commas.
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 100])]
    sizes: Vec<usize>,
    /// How long each program is driven in each round, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How often the two take turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let beside = |given: &Option<PathBuf>, name: &str| -> Result<PathBuf> {
        Ok(given.clone().unwrap_or(std::env::current_exe()?.with_file_name(name)))
    };
    let (hub, limit) = (beside(&options.hub, "navette")?, beside(&options.limit, "navette-limit")?);
    for size in &options.sizes {
        let (mut of_hub, mut of_limit) = (Figures::default(), Figures::default());
        for _ in 0..options.rounds {
            let duration = Duration::from_secs(options.seconds);
            let directory = ground::directory();
            let server = Server::hub(&hub, directory.path(), &[], &[]).await?;
            of_hub.add(server.driven(options.clients, duration, *size).await?);
            drop(server);
            let directory = ground::directory();
            let server = Server::limit(&limit, directory.path()).await?;
            of_limit.add(server.driven(options.clients, duration, *size).await?);
        }
        report(&options, *size, &mut of_hub, &mut of_limit);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn report(options: &Options, size: usize, hub: &mut Figures, limit: &mut Figures) {
    println!(
        "deposits of a file of {size} bytes, {} clients, {} rounds of {} s",
        options.clients, options.rounds, options.seconds
    );
    println!("            deposits/s  requests/s   p50 ms   p99 ms   CPU-s per 1 000");
    for (name, figures) in [("limit", &mut *limit), ("navette", &mut *hub)] {
        println!(
            "  {name:<9} {:>10.0}  {:>10.0}  {:>7.2}  {:>7.2}  {:>15.3}",
            figures.rate(),
            3.0 * figures.rate(),
            figures.quantile(0.5),
            figures.quantile(0.99),
            figures.cpu_per_thousand()
        );
    }
    println!(
        "  navette does {:.2} of the deposits of the limit, for {:.2} times the CPU",
        hub.rate() / limit.rate(),
        hub.cpu_per_thousand() / limit.cpu_per_thousand()
    );
}
