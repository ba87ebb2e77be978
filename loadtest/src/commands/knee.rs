//! `navette-load knee`: the highest rate at which a hub keeps its word.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;

use super::interruption::{Insisted, listen};
use super::settings::Settings;
use super::{complain, show, writable};
use crate::access::Access;
use crate::interruption::Interruption;
use crate::knee::Search;
use crate::machine::Machine;
use crate::profile::{Phase, Profile, Shape};
use crate::quantity::{Rate, Seconds, duration, rate, spoken};
use crate::report;
use crate::results::{Knee, Results, Step, Verdict};
use crate::run::{self, Run};

/// Version of the results.
const RESULTS_VERSION: u32 = 1;

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
    /// HTML report, in one file.
    #[arg(long, value_name = "FILE", default_value = "navette-load-knee.html")]
    report: PathBuf,
    /// What was found as JSON, for programs.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    pub(super) settings: Settings,
}

pub(super) async fn run(options: Options, threads: usize) -> Result<u8> {
    let profile = options.settings.profile(&options.profile)?;
    options.settings.check()?;
    writable::ensure_all(&[("--report", Some(&options.report)), ("--json", options.json.as_ref())])?;
    let hold = duration(&options.hold).map_err(anyhow::Error::msg)?;
    let from = rate(&options.from).map_err(anyhow::Error::msg)?;
    ensure!(from > 0.0, "--from: give more than 0/s");
    ensure!(!hold.is_zero(), "--hold: give more than 0s");
    ensure!(options.precision > 0.0, "--precision: give more than 0");
    let access = Access::load(&options.hub)?;
    let interruption = listen()?;
    let mut settings = options.settings.clone();
    let kept = tempfile::tempdir()?;
    if settings.world.is_none() {
        settings.world = Some(kept.path().join("world.json"));
    }
    let how = settings.options(&options.profile, threads);
    let mut found = Knee {
        version: RESULTS_VERSION,
        title: profile.title.clone(),
        profile: options.profile.clone(),
        seed: profile.seed,
        began: jiff::Timestamp::now().to_string(),
        seconds: 0.0,
        program: format!("navette-load {}", crate::VERSION),
        hub: access.teledossiers_url.clone(),
        machine: Machine::this(),
        command: how.command.clone(),
        configuration: how.configuration(&profile),
        hold_seconds: hold.as_secs_f64(),
        precision_percent: options.precision,
        steps: Vec::new(),
        sustainable: None,
        unknown: None,
        interrupted: false,
    };
    let began = Instant::now();
    let search = Search::from(from, options.precision / 100.0);
    let searched = Box::pin(look(&mut found, search, &profile, &how, &access, &interruption));
    tokio::select! {
        biased;
        () = interruption.insisted() => return Err(Insisted.into()),
        searched = searched => searched?,
    }
    found.seconds = began.elapsed().as_secs_f64();
    if let Some(unknown) = &found.unknown {
        complain(unknown);
    }
    show(&found.said());
    let page = report::knee(&found)?;
    let written = writable::write(&options.report, &page);
    let json = serde_json::to_string_pretty(&found)? + "\n";
    options.json.as_deref().map_or(Ok(()), |path| writable::write(path, &json)).and(written)?;
    show(&format!("report: {}", options.report.display()));
    Ok(found.verdict().exit_code())
}

/// Tries one rate behind the other, and notes what comes of each.
async fn look(
    found: &mut Knee,
    mut search: Search,
    profile: &Profile,
    how: &run::Options,
    access: &Access,
    interruption: &Interruption,
) -> Result<()> {
    show(&format!("{:>10}  {:>9}  {:>9}  {:>9}  {:>7}  verdict", "rate", "p50", "p99", "visible", "missed"));
    let mut goes_on = true;
    let mut cpu_seconds = 0.0;
    while goes_on {
        let held = holding(profile, search.wanted(), found.hold_seconds);
        let prepared = tokio::select! {
            prepared = Run::prepare(held, how.clone(), access, interruption.clone(), &|_, _, _| {}) => Some(prepared?),
            () = interruption.asked() => None,
        };
        let Some(run) = prepared else {
            found.interrupted = true;
            return Ok(());
        };
        let results = run.perform(None).await?.results;
        let step = Step::of(search.wanted(), &results, cpu_seconds);
        cpu_seconds = results.client_cpu_seconds;
        tell(&step);
        found.hub.clone_from(&results.hub);
        found.steps.push(step);
        if results.interrupted {
            found.interrupted = true;
            return Ok(());
        }
        if let Some(unknown) = undecided(search.wanted(), found.hold_seconds, &results) {
            found.unknown = Some(unknown);
            return Ok(());
        }
        (search, goes_on) = search.tried(results.verdict == Verdict::Met);
        found.sustainable = search.sustainable();
    }
    Ok(())
}

/// Why a rate cannot be said to be sustainable or too much.
fn undecided(rate: f64, hold_seconds: f64, results: &Results) -> Option<String> {
    match (results.verdict, &results.limited) {
        (Verdict::Met, _) | (Verdict::Unmet, None) => None,
        (_, Some(_)) => Some(format!(
            "at {rate:.0} deposits a second the load test itself is the limit: give it --threads, or another machine; the hub may do more"
        )),
        (Verdict::Undecided, None) => Some(results.unknown.clone().unwrap_or_else(|| {
            format!(
                "{rate:.0} deposits a second for {} are too few to measure everything: hold it longer with --hold, or begin higher with --from",
                spoken(hold_seconds)
            )
        })),
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

fn tell(step: &Step) {
    show(&format!(
        "{:>10}  {:>9}  {:>9}  {:>9}  {:>7}  {}{}",
        format!("{:.0}/s", step.rate),
        step.p50(),
        step.p99(),
        step.visible_p99(),
        step.missed,
        step.verdict.said(),
        if step.unmet.is_empty() { String::new() } else { format!(": {}", step.unmet.join(", ")) }
    ));
}
