//! What comes back from recipients.

use navette_router::model::{AccessMode, ReturnOutcome};
use navette_router::ports::DeliveryErrorKind;
use prometheus::IntCounterVec;

use super::Registry;

/// What comes back from recipients.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReturnMetrics {
    returned: IntCounterVec,
    failures: IntCounterVec,
}

impl ReturnMetrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        let metrics = Self {
            returned: registry.counters(
                "navette_returned_total",
                "What came back from recipients and was taken, by the way and by what it said.",
                &["way", "outcome"],
            ),
            failures: registry.counters(
                "navette_return_failures_total",
                "Endpoints that could not be asked what came back, by the way and the kind of failure.",
                &["way", "kind"],
            ),
        };
        let way = AccessMode::Sftp.as_str();
        for outcome in ReturnOutcome::WORDS {
            metrics.returned.with_label_values(&[way, outcome]);
        }
        for kind in DeliveryErrorKind::ALL {
            metrics.failures.with_label_values(&[way, kind.as_str()]);
        }
        metrics
    }

    /// Something came back, and is in the ledger.
    pub fn returned(&self, mode: AccessMode, outcome: &ReturnOutcome) {
        self.returned.with_label_values(&[mode.as_str(), outcome.as_str()]).inc();
    }

    /// An endpoint could not be asked.
    pub fn failed(&self, mode: AccessMode, kind: DeliveryErrorKind) {
        self.failures.with_label_values(&[mode.as_str(), kind.as_str()]).inc();
    }
}
