//! What becomes of deliveries.

use std::collections::HashMap;
use std::sync::Arc;

use navette_router::hub::Attempted;
use navette_router::model::{AccessMode, DeadReason, Delivery, SubscriptionId};
use navette_router::ports::DeliveryErrorKind;
use parking_lot::Mutex;
use prometheus::{HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts};

use super::Registry;

/// Bounds of how long an attempt takes, in seconds.
const BUCKETS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0];

/// What becomes of deliveries.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeliveryMetrics {
    attempts: HistogramVec,
    failures: IntCounterVec,
    delivered: IntCounter,
    dead: IntCounterVec,
    suspended: IntCounter,
    oldest: IntGaugeVec,
    /// Whose gauge is shown: its labels.
    shown: Arc<Mutex<HashMap<SubscriptionId, [String; 2]>>>,
    /// Attempts that are under way.
    pub in_flight: IntGauge,
}

impl DeliveryMetrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        let oldest = Opts::new(
            "navette_delivery_oldest_timestamp_seconds",
            "When the oldest delivery that is due was called for, in seconds since 1970, by process and recipient; none: nothing is due.",
        );
        let oldest = IntGaugeVec::new(oldest, &["process", "recipient"]).expect(super::DECLARED_ONCE);
        registry.register(oldest.clone());
        let metrics = Self {
            attempts: registry.histograms(
                "navette_delivery_attempt_seconds",
                "How long attempts to bring something took, by the way.",
                &["way"],
                BUCKETS,
            ),
            failures: registry.counters(
                "navette_delivery_failures_total",
                "Attempts that failed, by the way and the kind of failure.",
                &["way", "kind"],
            ),
            delivered: registry.counter("navette_delivered_total", "Deliveries that have arrived."),
            dead: registry.counters(
                "navette_deliveries_dead_total",
                "Deliveries that are not attempted any more, by the reason.",
                &["reason"],
            ),
            suspended: registry.counter(
                "navette_endpoints_suspended_total",
                "Endpoints that were paused because nothing had arrived there for days.",
            ),
            oldest,
            shown: Arc::default(),
            in_flight: registry.gauge("navette_delivery_attempts_in_flight", "Attempts that are under way."),
        };
        for reason in DeadReason::ALL {
            metrics.dead.with_label_values(&[reason.as_str()]);
        }
        for way in [AccessMode::Sftp, AccessMode::Webhook] {
            metrics.attempts.with_label_values(&[way.as_str()]);
            for kind in DeliveryErrorKind::ALL {
                metrics.failures.with_label_values(&[way.as_str(), kind.as_str()]);
            }
        }
        metrics
    }

    /// Shows an example of what is there only while something is due, for the catalogue.
    #[cfg(test)]
    pub(crate) fn show_an_example(&self) {
        self.oldest.with_label_values(&["CERTDC", "SI-00000000000000-00000"]).set(0);
    }

    /// An attempt has ended.
    pub fn attempted(&self, mode: AccessMode, attempted: &Attempted) {
        self.attempts.with_label_values(&[mode.as_str()]).observe(attempted.took.as_secs_f64());
        match &attempted.outcome {
            Ok(_) => self.delivered.inc(),
            Err(error) => self.failures.with_label_values(&[mode.as_str(), error.kind().as_str()]).inc(),
        }
    }

    /// A delivery is not attempted any more.
    pub fn died(&self, reason: DeadReason) {
        self.dead.with_label_values(&[reason.as_str()]).inc();
    }

    /// An endpoint was paused because nothing had arrived there for days.
    pub fn suspended(&self) {
        self.suspended.inc();
    }

    /// What is due at an endpoint.
    pub fn oldest(&self, endpoint: SubscriptionId, due: &[Delivery]) {
        let mut shown = self.shown.lock();
        let Some(oldest) = due.iter().min_by_key(|delivery| delivery.created_at) else {
            if let Some(labels) = shown.remove(&endpoint) {
                self.hide(&labels);
            }
            return;
        };
        let labels =
            shown.entry(endpoint).or_insert_with(|| [oldest.process.to_string(), oldest.recipient.to_string()]);
        self.oldest.with_label_values(&[&labels[0], &labels[1]]).set(oldest.created_at.milliseconds() / 1_000);
    }

    fn hide(&self, [process, recipient]: &[String; 2]) {
        // It was there, so it can be removed.
        self.oldest.remove_label_values(&[process, recipient]).ok();
    }
}
