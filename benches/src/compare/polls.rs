//! Thousands of recipients that look into empty inboxes, each over a connection of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use tokio::task::JoinSet;

use super::{Programs, say};
use crate::enrolment::enrol;
use crate::figures::Figures;
use crate::ground;
use crate::server::Server;
use crate::wire::Wire;

/// Who polls.
#[derive(Debug, Args)]
pub struct Options {
    /// How many recipients there are.
    #[arg(long, default_value_t = 10_000)]
    recipients: usize,
    /// How many of them poll at the same instant.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How long each program is driven in each round, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How often the two take turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// Compares the hub with the bare server.
pub async fn run(options: &Options, programs: &Programs) -> Result<()> {
    let hub_directory = ground::directory();
    let hub = Server::hub(&programs.hub, hub_directory.path(), &[], &[]).await?;
    let enrolled = enrol(&hub, options.recipients).await?;
    let limit_directory = ground::directory();
    let limit = Server::limit(&programs.limit, limit_directory.path()).await?;
    let of_recipients: Vec<String> = enrolled.into_iter().map(|recipient| recipient.authorization).collect();
    let of_nobody = vec![limit.authorization.clone(); options.recipients];
    let mut figures = [Figures::default(), Figures::default()];
    for _ in 0..options.rounds {
        let servers = [(&hub, &of_recipients), (&limit, &of_nobody)];
        for ((server, authorizations), figures) in servers.into_iter().zip(&mut figures) {
            // Of one server at a time: few systems let a program have both.
            let rounds = connect(options, server, authorizations).await?;
            figures.add(drive(options, server, rounds).await?);
        }
    }
    let [of_hub, of_limit] = &mut figures;
    say(&format!(
        "{} recipients poll empty inboxes, {} at the same instant, {} rounds of {} s",
        options.recipients, options.clients, options.rounds, options.seconds
    ));
    say("              polls/s   p50 ms   p99 ms   CPU-s per 1 000");
    for (name, figures) in [("limit", &mut *of_limit), ("navette", &mut *of_hub)] {
        say(&format!(
            "  {name:<9} {:>9.0}  {:>7.2}  {:>7.2}  {:>16.4}",
            figures.rate(),
            figures.quantile(0.5),
            figures.quantile(0.99),
            figures.cpu_per_thousand()
        ));
    }
    say(&format!(
        "  CPU of navette ÷ CPU of the limit: {:.2}",
        of_hub.cpu_per_thousand() / of_limit.cpu_per_thousand()
    ));
    Ok(())
}

/// The connections that one client goes around, each with what it sends as `Authorization`.
type Round = Vec<(Wire, String)>;

async fn connect(options: &Options, server: &Server, authorizations: &[String]) -> Result<Vec<Round>> {
    let mut rounds: Vec<Round> = (0..options.clients).map(|_| Vec::new()).collect();
    for (index, authorization) in authorizations.iter().enumerate() {
        let wire = Wire::connect(&server.address).await?;
        rounds[index % options.clients].push((wire, authorization.clone()));
    }
    Ok(rounds)
}

async fn drive(options: &Options, server: &Server, rounds: Vec<Round>) -> Result<Figures> {
    let before = server.cpu_seconds()?;
    let began = Instant::now();
    let until = began + Duration::from_secs(options.seconds);
    let mut clients = JoinSet::new();
    let empty = Arc::new(bytes::Bytes::from_static(b"[]"));
    for mut round in rounds {
        let empty = Arc::clone(&empty);
        clients.spawn(async move {
            let mut took = Vec::new();
            'time: loop {
                for (wire, authorization) in &mut round {
                    if Instant::now() >= until {
                        break 'time;
                    }
                    let sent = Instant::now();
                    let answer = wire.get("notifications?maxResult=25", authorization).await?;
                    took.push(sent.elapsed());
                    ensure!(answer == *empty, "an inbox is not empty");
                }
            }
            Ok::<_, anyhow::Error>((round, took))
        });
    }
    let (mut figures, mut connected) = (Figures::default(), Vec::new());
    while let Some(client) = clients.join_next().await {
        let (round, took) = client??;
        figures.took.extend(took);
        connected.push(round);
    }
    figures.elapsed = began.elapsed();
    figures.cpu_seconds = server.cpu_seconds()? - before;
    // Hanging up is no part of it.
    drop(connected);
    Ok(figures)
}
