//! What is told of a run: a summary, one HTML page, an HdrHistogram log.

mod chart;

use std::io::Write;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use askama::Template;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::measure::{Operation, PhaseMeasures, Slow};
use crate::quantity::{grouped, spoken};
use crate::results::{Knee, PhaseResults, Quantiles, Results, Verdict};

/// Requests of all kinds that the page lists; of each kind it lists all that are kept.
const SLOWEST_OF_ALL: usize = 20;
/// Findings that a summary names.
const NAMED: usize = 10;

/// What is said at the end.
pub(crate) fn summary(results: &Results) -> String {
    let total = &results.total;
    let mut lines = vec![
        format!("{}: {}", results.title, spoken(results.seconds)),
        format!(
            "  deposits    {} wanted, {} acknowledged, {} failed, {} missed",
            grouped(total.intended),
            grouped(total.acknowledged),
            grouped(total.failed),
            grouped(total.missed)
        ),
        format!(
            "  cases       {} acknowledged, {} delivered, {} answers back",
            grouped(results.judgement.acknowledged),
            grouped(results.judgement.delivered),
            grouped(results.judgement.returned)
        ),
        format!("  promises    {}", promises(results)),
        format!("  requests    {} answered, {} failed", grouped(total.answered), grouped(errors(total))),
        format!("  load test   {:.1} CPU-seconds", results.client_cpu_seconds),
    ];
    if let Some(seconds) = results.hub_cpu_seconds {
        let memory = results.hub_memory_bytes.unwrap_or_default() >> 20;
        let each = seconds * 1_000.0 / total.acknowledged.max(1) as f64;
        lines.push(format!(
            "  hub         {seconds:.1} CPU-seconds, {each:.2} for a thousand deposits, at most {memory} MiB"
        ));
    }
    lines.push(format!("  {:<34} {:>9} {:>9} {:>9} {:>9}", "latency", "p50", "p99", "p99.9", "longest"));
    for operation in Operation::ALL {
        let Some(row) = total.latencies.get(operation.as_str()) else { continue };
        lines.push(format!(
            "    {:<32} {:>9} {:>9} {:>9} {:>9}",
            operation.as_str(),
            spoken(row.p50),
            spoken(row.p99),
            spoken(row.p999),
            spoken(row.max)
        ));
    }
    for (what, count) in &total.errors {
        let example = results.examples.get(what).map_or(String::new(), |example| format!(", first: {example}"));
        lines.push(format!("  error       {} × {what}{example}", grouped(*count)));
    }
    for finding in results.judgement.findings.iter().take(NAMED) {
        lines.push(format!(
            "  {:<11} dossier {} case {} ({}): {}",
            finding.kind.as_str(),
            finding.dossier,
            finding.case,
            results.phase_name(finding.phase),
            finding.what
        ));
    }
    lines.push("  objectives".to_owned());
    for (phase, checked) in results.objectives() {
        let sign = match checked.met {
            Some(true) => "met    ",
            Some(false) => "NOT MET",
            None => "unknown",
        };
        lines.push(format!("    {sign} {phase}: {} ({})", checked.objective, checked.measured));
    }
    if let Some(limited) = &results.limited {
        lines.push(format!("  the load test was the limit: {limited}"));
    }
    if let Some(unknown) = &results.unknown {
        lines.push(format!("  nobody can say: {unknown}"));
    }
    if results.interrupted {
        lines.push("  interrupted: nothing is decided by what had not yet arrived".to_owned());
    }
    lines.push(format!("verdict: {}", results.verdict.said()));
    lines.join("\n")
}

fn promises(results: &Results) -> String {
    let counts = results.judgement.counts.iter().filter(|(_, count)| **count > 0);
    let broken: Vec<String> = counts.map(|(word, count)| format!("{count} {word}")).collect();
    let (broken, owed) = (broken.join(", "), results.judgement.owed);
    let when = if results.interrupted { "when it was interrupted" } else { "when it ended" };
    match (broken.is_empty(), owed) {
        (true, 0) => "all kept: none lost, doubled, crossed, corrupted or late".to_owned(),
        (false, 0) => broken,
        (true, owed) => format!("none broken, and {} still owed {when}", grouped(owed)),
        (false, owed) => format!("{broken}, and {} still owed {when}", grouped(owed)),
    }
}

fn errors(phase: &PhaseResults) -> u64 {
    phase.errors.values().sum()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    results: &'a Results,
    class: &'static str,
    promises: String,
    rate: String,
    percentiles: String,
    heat: String,
    processors: String,
}

#[derive(Template)]
#[template(path = "knee.html")]
struct KneePage<'a> {
    found: &'a Knee,
    class: &'static str,
}

/// What a verdict looks like.
const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Unmet => "unmet",
        Verdict::Undecided => "undecided",
    }
}

impl Page<'_> {
    /// A request: what for, and for which dossier.
    fn named(slow: &Slow, results: &Results) -> String {
        let dossier = slow.dossier.map(|dossier| format!(", {}-{dossier}", results.tag));
        format!("{}{}", slow.operation, dossier.unwrap_or_default())
    }

    fn latencies(phase: &PhaseResults) -> Vec<(&'static str, &Quantiles)> {
        let of = |operation: &Operation| Some((operation.said(), phase.latencies.get(operation.as_str())?));
        Operation::ALL.iter().filter_map(of).collect()
    }
}

/// One page that needs nothing else.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn html(results: &Results) -> Result<String> {
    let page = Page {
        results,
        class: class(results.verdict),
        promises: promises(results),
        rate: chart::rate(results),
        percentiles: chart::percentiles(results),
        heat: chart::heat(results),
        processors: chart::processors(results),
    };
    page.render().context("the report cannot be made")
}

/// One page about the search for the sustainable rate.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn knee(found: &Knee) -> Result<String> {
    KneePage { found, class: class(found.verdict()) }.render().context("the report cannot be made")
}

/// Every operation of every phase, for tools that read HdrHistogram logs. Values are microseconds.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn hdr(results: &Results, phases: &[PhaseMeasures], mut writer: impl Write) -> Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment(&format!("navette-load, {}: microseconds, one interval for each phase", results.title))
        .with_start_time(SystemTime::now())
        .with_base_time(SystemTime::UNIX_EPOCH)
        .begin_log_with(&mut writer, &mut serializer)?;
    let mut began = Duration::ZERO;
    for (phase, measures) in results.phases.iter().zip(phases) {
        let took = Duration::from_secs_f64(phase.seconds);
        for operation in Operation::ALL {
            let Some(latencies) = measures.of(*operation).filter(|latencies| !latencies.is_empty()) else { continue };
            log.write_histogram(latencies, began, took, Tag::new(operation.as_str()))
                .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        }
        began += took;
    }
    Ok(())
}
