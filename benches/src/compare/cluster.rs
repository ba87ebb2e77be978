//! Deposits on a cluster: beside the hub on one machine, and beside a bare server that sends the same bytes to the same Kafka.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::servers::{Names, Servers};
use super::{Programs, say};
use crate::deposits::Load;
use crate::figures::Figures;
use crate::ground;
use crate::server::Server;

/// Which servers, and what is deposited.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    servers: Servers,
    /// How many clients deposit at a time, each on its own connection.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Size of the file of a deposit, in bytes; several sizes after commas.
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 100])]
    sizes: Vec<usize>,
    /// How long each program is driven in each round, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many deposits a second each program is sent; as many as it takes when nothing is said. What a program saves by doing much at
    /// once, it saves at its own rate: only at the same rate does that not count.
    #[arg(long)]
    rate: Option<NonZeroU32>,
    /// How often the three take turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// Compares the three.
pub async fn run(options: &Options, programs: &Programs) -> Result<()> {
    let names = Names::new();
    let variables = options.servers.variables(&names);
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Its master key is that of the cluster, so all its starts share a directory.
    let of_cluster = ground::directory();
    for size in &options.sizes {
        let mut figures: [Figures; 3] = Default::default();
        for _ in 0..options.rounds {
            let directory = ground::directory();
            let limit =
                Server::limit_on_kafka(&programs.limit, directory.path(), options.servers.kafka(), &names.prefix)
                    .await?;
            figures[0].add(measure(options, &limit, *size).await?);
            drop(limit);
            let directory = ground::directory();
            let embedded = Server::hub(&programs.hub, directory.path(), &[], &[]).await?;
            figures[1].add(measure(options, &embedded, *size).await?);
            drop(embedded);
            let cluster = Server::hub(&programs.hub, of_cluster.path(), &variables, &[]).await?;
            figures[2].add(measure(options, &cluster, *size).await?);
            cluster.stop().await?;
        }
        report(options, *size, &mut figures);
    }
    say(&names.to_string());
    Ok(())
}

async fn measure(options: &Options, server: &Server, size: usize) -> Result<Figures> {
    let mut load = Load::new(server, size);
    if let Some(rate) = options.rate {
        load = load.paced(Duration::from_secs(1).mul_f64(options.clients as f64 / f64::from(rate.get())));
    }
    let load = Arc::new(load);
    load.measure(server, options.clients, Duration::from_secs(options.seconds)).await
}

fn report(options: &Options, size: usize, figures: &mut [Figures; 3]) {
    say(&format!(
        "deposits of a file of {size} bytes, {} clients, {} rounds of {} s",
        options.clients, options.rounds, options.seconds
    ));
    say("               deposits/s   p50 ms   p99 ms   CPU-s per 1 000");
    for (name, figures) in ["limit", "one machine", "cluster"].into_iter().zip(figures.iter_mut()) {
        say(&format!(
            "  {name:<12} {:>10.0}  {:>7.2}  {:>7.2}  {:>15.3}",
            figures.rate(),
            figures.quantile(0.5),
            figures.quantile(0.99),
            figures.cpu_per_thousand()
        ));
    }
    let [limit, embedded, cluster] = figures;
    say(&format!(
        "  CPU of the cluster ÷ CPU on one machine: {:.2}; CPU of the limit ÷ CPU of the cluster: {:.2}",
        cluster.cpu_per_thousand() / embedded.cpu_per_thousand(),
        limit.cpu_per_thousand() / cluster.cpu_per_thousand(),
    ));
}
