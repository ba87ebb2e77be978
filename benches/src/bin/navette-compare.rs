//! The hub beside the bare server, over HTTP: the same client, the same requests, the same bytes, in turn.
//!
//! Build the release of the hub and of both programs first: `cargo build --release -p navette-gateway -p navette-benches --bins`,
//! with `--features navette-gateway/cluster,navette-benches/cluster` for a cluster.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use navette_benches::compare::{Programs, cluster, crowd, deliveries, deposits, files, polls, stored};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Compares the hub with a bare server that does the same durable work, or with itself under other circumstances.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `navette` program; beside this one when nothing is said.
    #[arg(long, global = true)]
    hub: Option<PathBuf>,
    /// The `navette-limit` program; beside this one when nothing is said.
    #[arg(long, global = true)]
    limit: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Deposits of one file, durable and notified, beside the bare server.
    Deposits(deposits::Options),
    /// Deposits on a cluster, beside the hub on one machine and a bare server that sends the same bytes to the same Kafka.
    Cluster(cluster::Options),
    /// Polls of empty inboxes by thousands of recipients, beside the bare server.
    Polls(polls::Options),
    /// Very large files up and down, several at a time, beside the bare server.
    Files(files::Options),
    /// Deposits into a hub that holds millions of folders, beside an empty one.
    Stored(stored::Options),
    /// What the others feel of a recipient with a very long inbox, and of one that reads very slowly.
    Crowd(crowd::Options),
    /// What the healthy endpoints of recipients feel of sick ones, and of one with a very long backlog.
    Deliveries(deliveries::Options),
}

/// Thousands of connections, of this program and of those that it starts.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    // What cannot be raised is found out by who needs it.
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).ok();
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    raise_descriptor_limit();
    let beside = |given: Option<PathBuf>, name: &str| -> Result<PathBuf> {
        Ok(given.unwrap_or(std::env::current_exe()?.with_file_name(name)))
    };
    let programs =
        Programs { hub: beside(arguments.hub, "navette")?, limit: beside(arguments.limit, "navette-limit")? };
    match arguments.what {
        What::Deposits(options) => deposits::run(&options, &programs).await,
        What::Cluster(options) => cluster::run(&options, &programs).await,
        What::Polls(options) => polls::run(&options, &programs).await,
        What::Files(options) => files::run(&options, &programs).await,
        What::Stored(options) => stored::run(&options, &programs).await,
        What::Crowd(options) => crowd::run(&options, &programs).await,
        What::Deliveries(options) => deliveries::run(&options).await,
    }
}
