//! Histograms of durations.

use std::time::Duration;

use hdrhistogram::Histogram;

/// A histogram of microseconds.
pub(crate) type Latencies = Histogram<u64>;

/// The longest duration that is told from longer ones, in microseconds: two hours.
const LONGEST_MICROS: u64 = 7_200_000_000;

/// So many digits of any duration up to two hours.
pub(crate) fn latencies(digits: u8) -> Latencies {
    Histogram::new_with_bounds(1, LONGEST_MICROS, digits)
        .unwrap_or_else(|error| unreachable!("the bounds of a histogram are constants: {error}"))
}

/// Seconds at this quantile; nothing when nothing was measured.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn seconds_at(latencies: &Latencies, quantile: f64) -> Option<f64> {
    (!latencies.is_empty()).then(|| latencies.value_at_quantile(quantile) as f64 / 1e6)
}

/// What a histogram counts.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
