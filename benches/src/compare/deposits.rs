//! Deposits: announce a folder with one file, send the file, complete the folder.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::{Programs, say};
use crate::deposits::Load;
use crate::figures::Figures;
use crate::ground;
use crate::server::Server;

/// What is deposited.
#[derive(Debug, Args)]
pub struct Options {
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

/// Compares the hub with the bare server.
pub async fn run(options: &Options, programs: &Programs) -> Result<()> {
    for size in &options.sizes {
        let (mut of_hub, mut of_limit) = (Figures::default(), Figures::default());
        for _ in 0..options.rounds {
            let directory = ground::directory();
            let server = Server::hub(&programs.hub, directory.path(), &[], &[]).await?;
            of_hub.add(measure(options, &server, *size).await?);
            drop(server);
            let directory = ground::directory();
            let server = Server::limit(&programs.limit, directory.path()).await?;
            of_limit.add(measure(options, &server, *size).await?);
        }
        report(options, *size, &mut of_hub, &mut of_limit);
    }
    Ok(())
}

async fn measure(options: &Options, server: &Server, size: usize) -> Result<Figures> {
    let load = Arc::new(Load::new(server, size));
    load.measure(server, options.clients, Duration::from_secs(options.seconds)).await
}

fn report(options: &Options, size: usize, hub: &mut Figures, limit: &mut Figures) {
    say(&format!(
        "deposits of a file of {size} bytes, {} clients, {} rounds of {} s",
        options.clients, options.rounds, options.seconds
    ));
    say("            deposits/s  requests/s   p50 ms   p99 ms   CPU-s per 1 000");
    for (name, figures) in [("limit", &mut *limit), ("navette", &mut *hub)] {
        say(&format!(
            "  {name:<9} {:>10.0}  {:>10.0}  {:>7.2}  {:>7.2}  {:>15.3}",
            figures.rate(),
            3.0 * figures.rate(),
            figures.quantile(0.5),
            figures.quantile(0.99),
            figures.cpu_per_thousand()
        ));
    }
    say(&format!(
        "  CPU of the limit ÷ CPU of navette: {:.2}; deposits of navette ÷ deposits of the limit: {:.2}",
        limit.cpu_per_thousand() / hub.cpu_per_thousand(),
        hub.rate() / limit.rate(),
    ));
}
