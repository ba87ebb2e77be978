//! `navette capacity`: which limit will be reached first, and how much is left until then.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use clap::Args;
use http::{Request, StatusCode};
use http_body_util::Full;
use rustls::RootCertStore;

use crate::capacity::{Scrape, assess, render};
use crate::configuration::{Configuration, Period};
use crate::partner::Transport;

/// Longer than a hub takes that can hardly breathe.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at least: the system counts processor time in hundredths of a second.
const INTERVAL_MIN: Duration = Duration::from_millis(500);

/// Which hub, and how long to look.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Where the hub serves `/metrics`: `admin.listen` of its configuration.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090", conflicts_with = "config")]
    admin: SocketAddr,
    /// The configuration of the hub, to take the address from.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Between the two looks that are compared.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    interval: Period,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: Options) -> Result<()> {
    ensure!(options.interval.0 >= INTERVAL_MIN, "--interval must be at least {} ms", INTERVAL_MIN.as_millis());
    let address = match &options.config {
        Some(path) => Configuration::load(path)?.admin.listen,
        None => options.admin,
    };
    let transport = Transport::new(RootCertStore::empty(), REQUEST_LIMIT);
    let before = look(&transport, address).await?;
    let began = Instant::now();
    tokio::time::sleep(options.interval.0).await;
    let after = look(&transport, address).await?;
    let assessment = assess(&before, &after, began.elapsed());
    if options.json {
        super::show(&serde_json::to_string_pretty(&assessment)?);
    } else {
        super::show(&render(&assessment));
    }
    Ok(())
}

async fn look(transport: &Transport, address: SocketAddr) -> Result<Scrape> {
    let request = Request::get(format!("http://{address}/metrics")).body(Full::<Bytes>::default())?;
    let answer = transport.send(request).await.and_then(|answer| answer.expect(StatusCode::OK));
    let answer = answer
        .with_context(|| format!("http://{address}/metrics cannot be read; --admin takes what admin.listen says"))?;
    let scrape = Scrape::parse(&String::from_utf8_lossy(&answer.body));
    ensure!(
        scrape.is_of_a_hub(),
        "http://{address}/metrics is not that of a hub that has started and shows its limits"
    );
    Ok(scrape)
}
