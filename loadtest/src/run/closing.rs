//! The books are closed: what was measured and judged becomes results.

use super::{Outcome, Run};
use crate::chaos::Chaos;
use crate::judge::Ending;
use crate::machine::Machine;
use crate::measure::{Operation, PhaseMeasures, Slow};
use crate::quantity::spoken;
use crate::results::{Judgement, PhaseResults, Results, Verdict};

/// Version of the results.
const RESULTS_VERSION: u32 = 1;
/// From this delay of one in a hundred deposits on, the load test did not keep its own time.
const DELAY_LIMIT_SECONDS: f64 = 0.25;

/// What is known at the end beside what was measured.
#[derive(Debug)]
pub(super) struct End {
    /// When the run began.
    pub(super) began: jiff::Timestamp,
    /// What was done to the hub.
    pub(super) chaos: Vec<Chaos>,
    /// Whether somebody ended it before its time.
    pub(super) interrupted: bool,
    /// Whether what is still owed had its time to arrive.
    pub(super) ending: Ending,
    /// Why nobody can say what became of everything.
    pub(super) unknown: Option<String>,
}

/// Holds everything against the objectives.
pub(super) fn close(run: &Run, end: End) -> Outcome {
    let (stage, profile) = (&run.stage, &run.profile);
    let seconds = stage.began.elapsed().as_secs_f64();
    let (standing, findings) = stage.judge.close(end.ending);
    let judgement = Judgement::of(standing, &findings);
    let taken = stage.measurements.take();
    let (width, timeline) = taken.timeline.finish();
    let is_deposit = |slow: &Slow| slow.operation == Operation::Deposit.as_str();
    let (slowest, slowest_requests) = taken.slowest.into_iter().flatten().partition(is_deposit);
    let phases: Vec<PhaseResults> = profile
        .phases
        .iter()
        .zip(&taken.phases)
        .zip(0..)
        .map(|((phase, measures), index)| {
            let seconds = phase.duration.0 / profile.time_warp;
            PhaseResults::of(&phase.name, seconds, measures, &phase.objectives, &findings.of_phase(index))
        })
        .collect();
    let sum = PhaseMeasures::sum(&taken.phases);
    let total = PhaseResults::of("whole run", seconds, &sum, &profile.objectives, findings.total());
    let mut results = Results {
        version: RESULTS_VERSION,
        title: profile.title.clone(),
        profile: run.options.name.clone(),
        seed: profile.seed,
        tag: stage.tag.clone(),
        began: end.began.to_string(),
        seconds,
        time_warp: profile.time_warp,
        scale: profile.scale,
        program: format!("navette-load {}", crate::VERSION),
        hub: run.hub.clone(),
        machine: Machine::this(),
        command: run.options.command.clone(),
        configuration: run.options.configuration(profile),
        chaos: end.chaos.iter().map(ToString::to_string).collect(),
        limited: limit(run, &total),
        phases,
        total,
        judgement,
        timeline,
        moment_seconds: width.as_secs_f64(),
        slowest,
        slowest_requests,
        examples: stage.examples(),
        client_cpu_seconds: run.sampler.client_seconds(),
        hub_cpu_seconds: run.sampler.hub_seconds(),
        hub_memory_bytes: run.sampler.hub_memory(),
        unknown: end.unknown,
        interrupted: end.interrupted,
        verdict: Verdict::Undecided,
    };
    results.verdict = results.decide();
    Outcome { results, phases: taken.phases }
}

/// Why the figures may be those of the load test and not of the hub.
fn limit(run: &Run, total: &PhaseResults) -> Option<String> {
    run.sampler.limit().or_else(|| {
        let delay = total.delay.as_ref().map_or(0.0, |delay| delay.p99);
        (run.options.closed.is_none() && delay > DELAY_LIMIT_SECONDS)
            .then(|| format!("one deposit in a hundred began {} behind its time", spoken(delay)))
    })
}
