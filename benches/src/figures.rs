//! What was measured of a program under load.

use std::time::Duration;

/// What was measured.
#[derive(Debug, Default)]
pub struct Figures {
    /// How long each of what was done took.
    pub took: Vec<Duration>,
    /// How long it was measured.
    pub elapsed: Duration,
    /// User and system time that the program took meanwhile.
    pub cpu_seconds: f64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]
impl Figures {
    /// The sum of both.
    pub fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.elapsed += other.elapsed;
        self.cpu_seconds += other.cpu_seconds;
    }

    /// How many in a second.
    pub fn rate(&self) -> f64 {
        self.took.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// CPU-seconds of the program for a thousand.
    pub fn cpu_per_thousand(&self) -> f64 {
        self.cpu_seconds * 1_000.0 / self.took.len() as f64
    }

    /// How long they took, in milliseconds.
    pub fn quantile(&mut self, quantile: f64) -> f64 {
        self.took.sort_unstable();
        let index = (self.took.len() as f64 * quantile) as usize;
        self.took.get(index).map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
    }
}
