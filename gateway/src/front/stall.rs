//! A limit on how long a client may keep the hub waiting for a body. It costs nothing as long as bytes are there.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// What a client may take its time with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How long one pause may last, and how much the pauses may sum up to beyond what [the rate](Self::min_bytes_per_second) grants.
    pub(super) pause_max: Duration,
    /// Every so many bytes grant a second of waiting: a body that drips in is refused too. Zero grants all the time there is.
    pub(super) min_bytes_per_second: u64,
}

/// Measures the time spent waiting for the client, and only that: a busy hub takes nothing from it.
#[derive(Debug)]
pub(super) struct StallTimer {
    pace: Pace,
    sleep: Option<Pin<Box<Sleep>>>,
    waits_since: Option<Instant>,
    waited: Duration,
}

impl StallTimer {
    pub(super) const fn new(pace: Pace) -> Self {
        Self { pace, sleep: None, waits_since: None, waited: Duration::ZERO }
    }

    /// Something came.
    pub(super) fn progress(&mut self) {
        if let Some(since) = self.waits_since.take() {
            self.waited += since.elapsed();
        }
    }

    /// Nothing came: ready once that has been so for too long, after so many bytes.
    pub(super) fn poll_expired(&mut self, received_bytes: u64, context: &mut Context<'_>) -> Poll<()> {
        if self.waits_since.is_none() {
            let now = Instant::now();
            self.waits_since = Some(now);
            let limit = self.patience(received_bytes);
            self.sleep.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().reset(now + limit);
        }
        self.sleep.as_mut().map_or(Poll::Pending, |sleep| sleep.as_mut().poll(context))
    }

    /// How long the next pause may last.
    fn patience(&self, received_bytes: u64) -> Duration {
        let Pace { pause_max, min_bytes_per_second } = self.pace;
        match received_bytes.checked_div(min_bytes_per_second) {
            Some(granted_seconds) => {
                (pause_max + Duration::from_secs(granted_seconds)).saturating_sub(self.waited).min(pause_max)
            }
            None => pause_max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { pause_max: Duration::from_secs(30), min_bytes_per_second: 1_024 };

    fn after(waited_seconds: u64, received_bytes: u64) -> Duration {
        StallTimer { waited: Duration::from_secs(waited_seconds), ..StallTimer::new(PACE) }.patience(received_bytes)
    }

    #[test]
    fn a_pause_lasts_as_long_as_one_may_while_the_rate_is_kept() {
        assert_eq!(after(0, 0), Duration::from_secs(30));
        assert_eq!(after(1_000, 1_024 * 1_000), Duration::from_secs(30));
        assert_eq!(after(1_000, 1_024 * 1_000_000), Duration::from_secs(30));
    }

    #[test]
    fn a_body_that_drips_in_uses_its_patience_up() {
        assert_eq!(after(29, 29), Duration::from_secs(1));
        assert_eq!(after(30, 30), Duration::ZERO);
        assert_eq!(after(60, 20 * 1_024), Duration::ZERO);
    }

    #[test]
    fn without_a_rate_only_the_single_pause_counts() {
        let pace = Pace { min_bytes_per_second: 0, ..PACE };
        let timer = StallTimer { waited: Duration::from_secs(1_000_000), ..StallTimer::new(pace) };
        assert_eq!(timer.patience(1), Duration::from_secs(30));
    }
}
