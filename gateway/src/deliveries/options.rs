//! How much is brought at a time.

use std::time::Duration;

use navette_router::delivery::{BreakerRules, Limits};

/// How much is brought at a time. Memory is bounded by [`window`](Self::window) small records for each endpoint at which something is due.
#[derive(Debug, Clone)]
pub struct Options {
    /// What may be under way.
    pub limits: Limits,
    /// From this size on a delivery is a large one, in bytes.
    pub large_bytes: u64,
    /// How long one attempt may take in all.
    pub attempt_timeout: Duration,
    /// Deliveries of one endpoint that are held in memory; the others wait in the store until these are done.
    pub window: usize,
    /// How often it is looked what is due.
    pub look_interval: Duration,
    /// At how many endpoints each time, in turn.
    pub endpoints_per_look: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits {
                per_endpoint: 4,
                small: 64,
                large: 4,
                slow: 32,
                slow_after: Duration::from_secs(5),
                breaker: BreakerRules {
                    failures: 5,
                    first: Duration::from_secs(30),
                    longest: Duration::from_secs(30 * 60),
                },
            },
            large_bytes: 16 << 20,
            attempt_timeout: Duration::from_secs(30 * 60),
            window: 100,
            look_interval: Duration::from_millis(250),
            endpoints_per_look: 50,
        }
    }
}
