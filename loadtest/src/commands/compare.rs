//! `navette-load compare`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use super::show;
use crate::judge::Kind;
use crate::quantity::spoken;
use crate::results::{Results, Verdict};

/// Differences below it are noise, in seconds.
const NOISE_SECONDS: f64 = 0.002;

/// What is compared.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// JSON results of the first run.
    first: PathBuf,
    /// JSON results of the second run.
    second: PathBuf,
    /// How much slower the second may be, in percent, before the exit code is 1.
    #[arg(long, value_name = "PERCENT", default_value_t = 20.0)]
    tolerance: f64,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let (first, second) = (load(&options.first)?, load(&options.second)?);
    show(&format!("first:  {} · {} · {}", first.began, first.title, first.verdict.said()));
    show(&format!("second: {} · {} · {}", second.began, second.title, second.verdict.said()));
    if (&first.profile, first.seed, first.scale.to_bits(), first.time_warp.to_bits())
        != (&second.profile, second.seed, second.scale.to_bits(), second.time_warp.to_bits())
    {
        show("note: the two did not replay the same");
    }
    let mut worse = false;
    show(&format!("{:<24} {:<12} {:>12} {:>12} {:>8}", "phase", "measure", "first", "second", "ratio"));
    for one in first.phases.iter().chain([&first.total]) {
        let Some(other) = second.phases.iter().chain([&second.total]).find(|other| other.name == one.name) else {
            show(&format!("{:<24} is not in the second", one.name));
            worse = true;
            continue;
        };
        for (what, before, after) in [("failed", one.failed, other.failed), ("missed", one.missed, other.missed)] {
            if before != after {
                show(&format!("{:<24} {what}: {before} and {after}", one.name));
            }
            worse |= after > before;
        }
        for (operation, before) in &one.latencies {
            let Some(after) = other.latencies.get(operation) else {
                show(&format!("{:<24} {operation}: not in the second", one.name));
                worse = true;
                continue;
            };
            let ratio = after.p99 / before.p99;
            let slower = ratio > 1.0 + options.tolerance / 100.0 && after.p99 - before.p99 > NOISE_SECONDS;
            worse |= slower;
            let sign = if slower { "  slower" } else { "" };
            let measure = format!("{operation} p99");
            show(&format!(
                "{:<24} {measure:<16} {:>8} {:>12} {ratio:>8.2}{sign}",
                one.name,
                spoken(before.p99),
                spoken(after.p99)
            ));
        }
    }
    let cpu = |results: &Results| Some(results.hub_cpu_seconds? * 1_000.0 / results.total.acknowledged.max(1) as f64);
    if let Some((before, after)) = cpu(&first).zip(cpu(&second)) {
        show(&format!(
            "hub, CPU-seconds for a thousand deposits: {before:.2} and {after:.2}, ratio {:.2}",
            after / before
        ));
    }
    for kind in Kind::ALL {
        let (before, after) = (first.judgement.count(*kind), second.judgement.count(*kind));
        if before != after {
            show(&format!("{}: {before} and {after}", kind.as_str()));
        }
        worse |= after > before;
    }
    worse |= first.verdict == Verdict::Met && second.verdict != Verdict::Met;
    show(if worse { "the second is worse" } else { "the second is not worse" });
    Ok(u8::from(worse))
}

fn load(path: &Path) -> Result<Results> {
    let text = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let results: Results = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not what a run wrote with --json", path.display()))?;
    ensure!(results.version == 1, "{} was written by another version of this program", path.display());
    Ok(results)
}
