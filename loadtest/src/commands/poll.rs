//! `navette-load poll`: empty inboxes, as fast as it goes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use tokio::task::JoinSet;

use super::show;
use crate::access::Access;
use crate::bearer::Bearer;
use crate::hub::Hub;
use crate::machine::{ProcessClock, ensure_descriptors};
use crate::measure::{latencies, seconds_at};
use crate::quantity::{duration, grouped, spoken};

const PATIENCE: Duration = Duration::from_secs(30);
/// Of the threads of the load test, so much means that it was the limit.
const BUSY_SHARE: f64 = 0.92;

/// How inboxes are read.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// JSON file that names the hub and credentials of the scope SI: what `navette sandbox` writes.
    #[arg(long, value_name = "FILE", default_value = "navette-credentials.json")]
    hub: PathBuf,
    /// Readers at a time, each over its own connection.
    #[arg(long, value_name = "COUNT", default_value_t = 64)]
    closed: usize,
    /// How long they read.
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    duration: String,
    /// Threads of the load test; half of the cores when nothing is said.
    #[arg(long, value_name = "COUNT")]
    pub(super) threads: Option<usize>,
    /// PEM file of the authority that certifies the hub; those of the machine when nothing is said.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Process of the hub, to measure what it takes of the machine.
    #[arg(long, value_name = "PROCESS")]
    hub_process: Option<u32>,
}

pub(super) async fn run(options: Options, threads: usize) -> Result<u8> {
    ensure!(options.closed > 0, "--closed: give at least 1");
    ensure_descriptors(options.closed)?;
    let took = duration(&options.duration).map_err(anyhow::Error::msg)?;
    ensure!(!took.is_zero(), "--duration: give more than 0s");
    let access = Access::load(&options.hub)?;
    let hub = Hub::new(&access, options.ca.as_deref(), options.closed, PATIENCE)?;
    let bearers: Vec<Bearer> =
        access.credentials.iter().filter(|row| row.scope == "SI").cloned().map(Bearer::new).collect();
    ensure!(!bearers.is_empty(), "{} holds no credential of the scope SI", options.hub.display());
    for bearer in &bearers {
        bearer.log_in(&hub).await?;
    }
    let bearers = Arc::new(bearers);
    let of_hub = options.hub_process.map(ProcessClock::of);
    let client = ProcessClock::of(std::process::id());
    let before = (client.seconds(), of_hub.as_ref().and_then(ProcessClock::seconds));
    let began = Instant::now();
    let mut readers = JoinSet::new();
    for reader in 0..options.closed {
        let (hub, bearers) = (hub.clone(), Arc::clone(&bearers));
        readers.spawn(async move {
            let mut seen = latencies(3);
            let bearer = bearers.get(reader % bearers.len()).context("a reader without a credential")?;
            let token = bearer.token().context("a reader without a token")?;
            while began.elapsed() < took {
                let sent = Instant::now();
                hub.notifications(&token, 25).await?;
                seen.record(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX)).ok();
            }
            Ok::<_, anyhow::Error>(seen)
        });
    }
    let mut all = latencies(3);
    while let Some(seen) = readers.join_next().await {
        all.add(seen.context("a reader broke off")??).ok();
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu = client.seconds().zip(before.0).map_or(0.0, |(after, before)| after - before);
    let requests = all.len() as f64;
    show(&format!(
        "{} requests in {seconds:.1} s: {:.0} a second; p50 {}, p99 {}, longest {}",
        grouped(all.len()),
        requests / seconds,
        spoken(seconds_at(&all, 0.5).unwrap_or_default()),
        spoken(seconds_at(&all, 0.99).unwrap_or_default()),
        spoken(seconds_at(&all, 1.0).unwrap_or_default())
    ));
    let share = cpu / seconds / threads as f64;
    show(&format!(
        "load test: {:.1} µs of CPU each, {:.0} % of its {threads} threads: {:.0} a second of one core",
        cpu * 1e6 / requests,
        share * 100.0,
        requests / cpu
    ));
    if let Some((after, before)) = of_hub.as_ref().and_then(ProcessClock::seconds).zip(before.1) {
        show(&format!(
            "hub: {:.1} µs of CPU each, {:.3} CPU-seconds for a thousand",
            (after - before) * 1e6 / requests,
            (after - before) * 1e3 / requests
        ));
    }
    if share > BUSY_SHARE {
        show("the load test was the limit: the hub may do more; give it --threads");
    }
    Ok(0)
}
