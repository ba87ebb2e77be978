//! How far a move is: a bar on a terminal, elsewhere a line now and then.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use navette_storage::relocation::{Progress, Stage};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How often it is looked, and a terminal is written anew.
const INTERVAL: Duration = Duration::from_millis(200);
/// How often a line is written elsewhere, but for when another stage begins.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// Over how much of the past the rate is taken.
const RATE_OVER: Duration = Duration::from_secs(20);
const BAR_WIDTH: usize = 24;

/// Shows how far a move is until it is told to end.
pub(super) struct Bar {
    told_to_end: oneshot::Sender<()>,
    showing: JoinHandle<()>,
}

impl Bar {
    pub(super) fn show(progress: Arc<Progress>) -> Self {
        let (told_to_end, end) = oneshot::channel();
        Self { told_to_end, showing: tokio::spawn(show(progress, end)) }
    }

    pub(super) async fn end(self) {
        // It may have ended because nobody reads any more.
        self.told_to_end.send(()).ok();
        self.showing.await.ok();
    }
}

async fn show(progress: Arc<Progress>, mut end: oneshot::Receiver<()>) {
    let is_terminal = io::stderr().is_terminal();
    let mut ticks = tokio::time::interval(INTERVAL);
    // That it begins is known.
    let (mut pace, mut told) = (Pace::default(), (progress.stage(), Instant::now()));
    loop {
        let has_ended = tokio::select! {
            _ = ticks.tick() => false,
            _ = &mut end => true,
        };
        let (now, stage) = (Instant::now(), progress.stage());
        let line = line(&progress, pace.rate(&progress, now));
        let is_told = told.0 == stage && now.duration_since(told.1) < LINE_INTERVAL;
        let written = match (is_terminal, has_ended) {
            (true, false) => write!(io::stderr(), "\r\x1b[K{line}").and_then(|()| io::stderr().flush()),
            (true, true) => write!(io::stderr(), "\r\x1b[K"),
            (false, false) if !is_told => {
                told = (stage, now);
                writeln!(io::stderr(), "{line}")
            }
            (false, _) => Ok(()),
        };
        if written.is_err() || has_ended {
            return;
        }
    }
}

/// How fast it went lately.
#[derive(Default)]
struct Pace {
    stage: Option<Stage>,
    seen: std::collections::VecDeque<(Instant, u64)>,
}

impl Pace {
    /// Records in a second, over the last moments of this stage.
    fn rate(&mut self, progress: &Progress, now: Instant) -> f64 {
        if self.stage != Some(progress.stage()) {
            self.stage = Some(progress.stage());
            self.seen.clear();
        }
        self.seen.push_back((now, progress.done()));
        while self.seen.len() > 2 && self.seen.front().is_some_and(|(at, _)| now.duration_since(*at) > RATE_OVER) {
            self.seen.pop_front();
        }
        let Some((since, before)) = self.seen.front().copied() else { return 0.0 };
        let seconds = now.duration_since(since).as_secs_f64();
        let done = u32::try_from(progress.done().saturating_sub(before)).unwrap_or(u32::MAX);
        if seconds > 0.0 { f64::from(done) / seconds } else { 0.0 }
    }
}

fn line(progress: &Progress, rate: f64) -> String {
    let (stage, done, total) = (progress.stage().word(), progress.done(), progress.total());
    let bytes = mebibytes(progress.bytes());
    if total == 0 {
        return format!("{stage:<10}{done:>12}  {rate:>8.0}/s  {bytes}");
    }
    let filled = usize::try_from(done.min(total) * BAR_WIDTH as u64 / total).unwrap_or(BAR_WIDTH);
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(BAR_WIDTH - filled));
    let left = left(total.saturating_sub(done), rate);
    format!("{stage:<10}[{bar}] {done} of {total}  {rate:.0}/s  {bytes}  {left}")
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// How long it takes at this rate.
fn left(records: u64, rate: f64) -> String {
    if rate < 0.5 {
        return "time left unknown".to_owned();
    }
    let seconds = f64::from(u32::try_from(records).unwrap_or(u32::MAX)) / rate;
    let seconds = Duration::from_secs_f64(seconds).as_secs();
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s left"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s left"),
        (hours, minutes, _) => format!("{hours} h {minutes} min left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_is_told_in_what_people_count_in() {
        assert_eq!(left(90, 2.0), "45 s left");
        assert_eq!(left(1_000, 10.0), "1 min 40 s left");
        assert_eq!(left(1_000_000, 100.0), "2 h 46 min left");
        assert_eq!(left(10, 0.0), "time left unknown");
    }

    #[test]
    fn the_rate_is_that_of_the_last_moments_of_a_stage() {
        let (progress, began) = (Progress::default(), Instant::now());
        let mut pace = Pace::default();
        assert!(pace.rate(&progress, began).abs() < f64::EPSILON);
        assert!(line(&progress, 0.0).starts_with("counting"));
        assert!(pace.rate(&progress, began + Duration::from_secs(1)).abs() < f64::EPSILON);
    }
}
