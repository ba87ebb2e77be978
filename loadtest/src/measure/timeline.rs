//! How it went over time: a bounded number of moments of equal length.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::latencies::{Latencies, latencies, micros, seconds_at};

/// Moments of a whole run, at most; a page is not wider.
const MOMENTS_MAX: u64 = 600;
/// Bands of latency of the heat map: from 1 ms, each half as long again as the one before.
pub(crate) const BANDS: usize = 28;

/// Where a band ends, in seconds.
pub(crate) fn band_seconds(band: usize) -> f64 {
    0.001 * 1.5_f64.powi(i32::try_from(band).unwrap_or(i32::MAX))
}

fn band(latency: Duration) -> usize {
    (0..BANDS - 1).find(|band| latency.as_secs_f64() <= band_seconds(*band)).unwrap_or(BANDS - 1)
}

/// What happened in one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Deposits that were to arrive.
    pub(crate) intended: u64,
    /// Of those, acknowledged at any time.
    pub(crate) acknowledged: u64,
    /// Of those, not begun.
    pub(crate) missed: u64,
    /// Requests that failed.
    pub(crate) errors: u64,
    /// Requests that were sent.
    pub(crate) requests: u64,
    /// Deposits on their way, at the end.
    pub(crate) in_flight: u64,
    /// Obligations not yet met, at the end.
    pub(crate) backlog: u64,
    /// Share of one core that the load test took.
    pub(crate) client_cpu: f64,
    /// Share of one core that the hub took, when its process is known.
    pub(crate) hub_cpu: Option<f64>,
    /// Latencies of the deposits that were to arrive: seconds at 50, 90, 99 and 100 %.
    pub(crate) quantiles: Option<[f64; 4]>,
    /// How many of them in each band.
    pub(crate) bands: Vec<u32>,
}

/// How it went over time.
#[derive(Debug)]
pub(crate) struct Timeline {
    width: Duration,
    moments: Vec<(Moment, Option<Box<Latencies>>)>,
    /// Those before it are summed up.
    summed: usize,
}

/// How long a moment stays open for the latencies of what began in it, in moments.
const OPEN_MOMENTS: usize = 120;

impl Timeline {
    pub(super) fn new(duration: Duration) -> Self {
        let width = u32::try_from(MOMENTS_MAX).map_or(duration, |most| duration / most).max(Duration::from_secs(1));
        Self { width, moments: Vec::new(), summed: 0 }
    }

    /// How long a moment is.
    pub(crate) const fn width(&self) -> Duration {
        self.width
    }

    fn index(&self, at: Duration) -> usize {
        usize::try_from(at.as_micros() / self.width.as_micros().max(1)).unwrap_or(usize::MAX).min(10 * 600)
    }

    fn entry(&mut self, at: Duration) -> &mut (Moment, Option<Box<Latencies>>) {
        let index = self.index(at);
        if self.moments.len() <= index {
            self.moments.resize_with(index + 1, || (Moment::default(), None));
            self.sum_up(index.saturating_sub(OPEN_MOMENTS));
        }
        self.moments.get_mut(index).unwrap_or_else(|| unreachable!("resized to hold it"))
    }

    /// The moment in which an instant lies, counted from the start.
    pub(crate) fn moment(&mut self, at: Duration) -> &mut Moment {
        &mut self.entry(at).0
    }

    /// A deposit that was to arrive then was acknowledged.
    pub(super) fn acknowledged(&mut self, at: Duration, latency: Duration) {
        let (moment, histogram) = self.entry(at);
        moment.acknowledged += 1;
        if moment.bands.is_empty() {
            moment.bands = vec![0; BANDS];
        }
        if let Some(count) = moment.bands.get_mut(band(latency)) {
            *count += 1;
        }
        histogram.get_or_insert_with(|| Box::new(latencies(2))).saturating_record(micros(latency));
    }

    /// Histograms are large: those of moments long past become four numbers.
    fn sum_up(&mut self, until: usize) {
        for (moment, histogram) in self.moments.iter_mut().take(until).skip(self.summed) {
            if let Some(histogram) = histogram.take() {
                moment.quantiles =
                    Some([0.5, 0.9, 0.99, 1.0].map(|quantile| seconds_at(&histogram, quantile).unwrap_or_default()));
            }
        }
        self.summed = self.summed.max(until);
    }

    /// The last moment that has ended by now, with its percentiles so far.
    pub(crate) fn latest(&self, now: Duration) -> Option<(Moment, Option<[f64; 4]>)> {
        let (moment, histogram) = self.moments.get(self.index(now).checked_sub(1)?)?;
        let quantiles = histogram
            .as_ref()
            .map(|histogram| [0.5, 0.9, 0.99, 1.0].map(|quantile| seconds_at(histogram, quantile).unwrap_or_default()));
        Some((moment.clone(), quantiles))
    }

    /// What was acknowledged, moment by moment: in the last `count` of them that have ended by now.
    pub(crate) fn recent(&self, now: Duration, count: usize) -> Vec<u64> {
        let ended = self.index(now).min(self.moments.len());
        let ended = self.moments.get(ended.saturating_sub(count)..ended).unwrap_or_default();
        ended.iter().map(|(moment, _)| moment.acknowledged).collect()
    }

    /// All moments, summed up.
    pub(crate) fn finish(mut self) -> (Duration, Vec<Moment>) {
        self.sum_up(self.moments.len());
        (self.width, self.moments.into_iter().map(|(moment, _)| moment).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_belongs_to_the_moment_at_which_it_was_to_begin() {
        let mut timeline = Timeline::new(Duration::from_secs(10));
        timeline.acknowledged(Duration::from_millis(1_500), Duration::from_secs(5));
        timeline.acknowledged(Duration::from_millis(9_500), Duration::from_millis(2));
        let (width, moments) = timeline.finish();
        assert_eq!((width, moments.len()), (Duration::from_secs(1), 10));
        assert_eq!(moments[1].acknowledged, 1);
        assert!((moments[1].quantiles.unwrap()[3] - 5.0).abs() < 0.05);
        assert_eq!(moments[9].bands.iter().position(|count| *count == 1), Some(2), "1, 1.5 and 2.25 ms");
    }

    #[test]
    fn the_moment_that_has_not_ended_is_not_shown() {
        let mut timeline = Timeline::new(Duration::from_secs(10));
        for at in [500, 1_500, 1_600, 2_500] {
            timeline.acknowledged(Duration::from_millis(at), Duration::from_millis(2));
        }
        let now = Duration::from_millis(2_700);
        assert_eq!(timeline.recent(now, 400), [1, 2]);
        assert_eq!(timeline.recent(now, 1), [2]);
        assert_eq!(timeline.recent(Duration::from_secs(60), 2), [2, 1], "also when none came for long");
    }

    #[test]
    fn a_long_run_has_no_more_moments_than_a_short_one() {
        let mut timeline = Timeline::new(Duration::from_secs(36_000));
        timeline.moment(Duration::from_secs(35_999)).errors += 1;
        assert_eq!(timeline.finish().1.len(), 600);
    }
}
