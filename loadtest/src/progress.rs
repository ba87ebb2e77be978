//! A line now and then, for build machines and logs.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::arrivals::Arrivals;
use crate::quantity::{grouped, passing, spoken};
use crate::run::Sampler;

const EVERY: Duration = Duration::from_secs(5);

/// Says how it goes until it is no longer polled.
pub(crate) async fn show(phases: Vec<(String, Duration)>, arrivals: Arrivals, sampler: Arc<Sampler>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        say(&line(&phases, &arrivals, &sampler));
    }
}

fn say(text: &str) {
    // Whoever no longer listens is told by the report.
    writeln!(std::io::stderr(), "{text}").ok();
}

fn line(phases: &[(String, Duration)], arrivals: &Arrivals, sampler: &Sampler) -> String {
    let seen = sampler.snapshot();
    let phase = phases.iter().find(|(_, end)| seen.elapsed < *end).map_or("what waits is taken", |(name, _)| name);
    let p99 = seen
        .moment
        .as_ref()
        .and_then(|(_, quantiles)| *quantiles)
        .map_or_else(|| "–".to_owned(), |[_, _, p99, _]| spoken(p99));
    let errors = seen.moment.as_ref().map_or(0, |(moment, _)| moment.errors);
    format!(
        "{:>7}  {phase}: {:.0}/s wanted, {} cases acknowledged, {} delivered, {} answers back, {} owed, {} on their way, p99 {p99}, {errors} errors, load test {:.0} % of its {} threads{}",
        passing(seen.elapsed.as_secs_f64()),
        arrivals.rate_at(seen.elapsed),
        grouped(seen.standing.acknowledged),
        grouped(seen.standing.delivered),
        grouped(seen.standing.returned),
        grouped(seen.standing.outstanding),
        seen.in_flight,
        seen.client_part() * 100.0,
        seen.threads,
        seen.hub_share.map_or(String::new(), |share| format!(", hub {:.0} % of a core", share * 100.0)),
    )
}
