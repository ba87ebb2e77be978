//! `navette-load knee`: the highest rate at which a hub keeps its word.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::Args;

use super::settings::Settings;
use super::{complain, show};
use crate::access::Access;
use crate::interruption::Interruption;
use crate::profile::{Phase, Profile, Shape};
use crate::quantity::{Rate, Seconds, duration, rate, spoken};
use crate::results::{Results, Verdict};
use crate::run::Run;

/// How the search is made.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Name of a profile that is built in, or a TOML file: its world, processes and objectives are taken, not its phases.
    #[arg(default_value = "constant")]
    profile: String,
    /// JSON file that names the hub and a credential of the scope ADMIN: what `navette sandbox` writes.
    #[arg(long, value_name = "FILE", default_value = "navette-credentials.json")]
    hub: PathBuf,
    /// Rate to begin with.
    #[arg(long, value_name = "RATE", default_value = "50/s")]
    from: String,
    /// How long each rate is held.
    #[arg(long, value_name = "DURATION", default_value = "15s")]
    hold: String,
    /// Difference between two rates at which the search ends, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    precision: f64,
    #[command(flatten)]
    pub(super) settings: Settings,
}

pub(super) async fn run(options: Options, threads: usize) -> Result<u8> {
    let profile = options.settings.profile(&options.profile)?;
    let access = Access::load(&options.hub)?;
    let hold = duration(&options.hold).map_err(anyhow::Error::msg)?;
    let mut wanted = rate(&options.from).map_err(anyhow::Error::msg)?;
    ensure!(wanted > 0.0, "--from: give more than 0/s");
    ensure!(!hold.is_zero(), "--hold: give more than 0s");
    let mut settings = options.settings.clone();
    let kept = tempfile::tempdir()?;
    if settings.world.is_none() {
        settings.world = Some(kept.path().join("world.json"));
    }
    let (mut met, mut unmet): (Option<f64>, Option<f64>) = (None, None);
    show(&format!("{:>10}  {:>9}  {:>9}  {:>9}  {:>7}  verdict", "rate", "p50", "p99", "visible", "missed"));
    loop {
        let held = holding(&profile, wanted, hold.as_secs_f64());
        let how = settings.options(&options.profile, threads);
        let run = Run::prepare(held, how, &access, Interruption::new(), &|_, _, _| {}).await?;
        let results = run.perform(None).await?.results;
        tell(wanted, &results);
        if results.limited.is_some() && results.verdict != Verdict::Met {
            complain("the load test itself is the limit: give it --threads, or another machine; the hub may do more");
            break;
        }
        match results.verdict {
            Verdict::Met => met = Some(wanted),
            Verdict::Unmet => unmet = Some(wanted),
            Verdict::Undecided => bail!(
                "{wanted:.0} deposits a second for {} are too few to measure everything: hold it longer with --hold, or begin higher with --from",
                spoken(hold.as_secs_f64())
            ),
        }
        wanted = match (met, unmet) {
            (Some(low), Some(high)) if high / low <= 1.0 + options.precision / 100.0 => break,
            (Some(low), Some(high)) => f64::midpoint(low, high),
            (Some(low), None) => low * 2.0,
            (None, Some(high)) if high < 1.0 => break,
            (None, Some(high)) => high / 2.0,
            (None, None) => break,
        };
    }
    match met {
        Some(rate) => {
            show(&format!("sustainable: {rate:.0} deposits a second"));
            Ok(0)
        }
        None => {
            show("no rate was found at which the objectives are met");
            Ok(1)
        }
    }
}

/// The profile, with one phase at this rate.
fn holding(profile: &Profile, rate: f64, seconds: f64) -> Profile {
    let mut held = profile.clone();
    let objectives = profile.phases.iter().flat_map(|phase| phase.objectives.clone()).collect();
    held.time_warp = 1.0;
    held.scale = 1.0;
    held.phases = vec![Phase {
        name: format!("{rate:.0}/s"),
        duration: Seconds(seconds),
        shape: Shape::Constant(Rate(rate)),
        daily: false,
        repeats: 0.0,
        objectives,
    }];
    held
}

fn tell(rate: f64, results: &Results) {
    let latency = |name: &str, pick: fn(&crate::results::Quantiles) -> f64| {
        results.total.latencies.get(name).map_or_else(|| "–".to_owned(), |row| spoken(pick(row)))
    };
    let unmet: Vec<&str> = results
        .objectives()
        .filter(|(_, checked)| checked.met == Some(false))
        .map(|(_, checked)| checked.objective.as_str())
        .collect();
    show(&format!(
        "{:>10}  {:>9}  {:>9}  {:>9}  {:>7}  {}{}",
        format!("{rate:.0}/s"),
        latency("deposit", |row| row.p50),
        latency("deposit", |row| row.p99),
        latency("visible", |row| row.p99),
        results.total.missed,
        results.verdict.said(),
        if unmet.is_empty() { String::new() } else { format!(": {}", unmet.join(", ")) }
    ));
}
