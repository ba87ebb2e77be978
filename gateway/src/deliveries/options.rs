//! How much is brought at a time.

use std::time::Duration;

use navette_router::delivery::{BreakerRules, Limits, Retry};
use navette_router::hub::{DeliveryRules, Ways};

use crate::configuration::Deliveries;

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
    /// How often each endpoint is asked what came back.
    pub collect_interval: Duration,
    /// How many endpoints are asked at a time.
    pub collecting_max: usize,
    /// How long one question may take in all.
    pub collect_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self::from(&Deliveries::default())
    }
}

impl From<&Deliveries> for Options {
    fn from(section: &Deliveries) -> Self {
        Self {
            limits: Limits {
                per_endpoint: section.per_endpoint_max.get(),
                small: section.small_max.get(),
                large: section.large_max.get(),
                slow: section.slow_max.get(),
                slow_after: section.slow_after.0,
                breaker: BreakerRules {
                    failures: section.breaker_failures.get(),
                    first: section.breaker_first.0,
                    longest: section.breaker_longest.0,
                },
            },
            large_bytes: section.large_from.0,
            attempt_timeout: section.attempt_timeout.0,
            window: section.window.get(),
            look_interval: section.look_interval.0,
            endpoints_per_look: section.endpoints_per_look.get(),
            collect_interval: section.collect_interval.0,
            collecting_max: section.collecting_max.get(),
            collect_timeout: section.collect_timeout.0,
        }
    }
}

/// What the hub goes by when it calls for deliveries and when they fail.
pub(crate) fn rules(section: &Deliveries, ways: &Ways) -> DeliveryRules {
    DeliveryRules {
        ways: ways.modes().collect(),
        urgent: Retry {
            first: section.urgent_retry_first.0,
            longest: section.urgent_retry_longest.0,
            give_up_after: section.urgent_give_up_after.0,
        },
        normal: Retry {
            first: section.retry_first.0,
            longest: section.retry_longest.0,
            give_up_after: section.give_up_after.0,
        },
        await_for: section.await_for.0,
        failing_after: section.breaker_failures.get(),
        suspend_after: section.suspend_after.0,
    }
}
