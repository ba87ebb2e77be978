//! What becomes of deliveries.

use std::collections::HashMap;
use std::sync::Arc;

use navette_router::hub::Attempted;
use navette_router::model::{AccessMode, DeadReason, Delivery, Subscription, SubscriptionId, Timestamp};
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
    closed: IntGaugeVec,
    /// Whose gauges are shown: their labels.
    shown: Arc<Mutex<HashMap<SubscriptionId, Shown>>>,
    last_look: IntGauge,
    /// Attempts that are under way.
    pub in_flight: IntGauge,
}

impl DeliveryMetrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        let gauges = |name, help, labels: &[&str]| {
            let gauges = IntGaugeVec::new(Opts::new(name, help), labels).expect(super::DECLARED_ONCE);
            registry.register(gauges.clone());
            gauges
        };
        let oldest = gauges(
            "navette_delivery_oldest_timestamp_seconds",
            "When the oldest delivery that has not arrived was called for, in seconds since 1970, by process and recipient, those that wait for their next attempt included; none: nothing waits.",
            &["process", "recipient"],
        );
        let closed = gauges(
            "navette_delivery_endpoint_closed",
            "1 while nothing is brought to an endpoint, by process, recipient and why: paused or maintenance.",
            &["process", "recipient", "why"],
        );
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
            closed,
            shown: Arc::default(),
            last_look: registry.gauge(
                "navette_delivery_last_look_timestamp_seconds",
                "When it was looked last what is due, in seconds since 1970.",
            ),
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
        self.closed.with_label_values(&["CERTDC", "SI-00000000000000-00000", "paused"]).set(1);
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

    /// What has not arrived at an endpoint, and why nothing is brought there for the moment, if that is so.
    pub fn waiting(&self, subscription: &Subscription, waiting: &[Delivery], closed: Option<&'static str>) {
        let labels = [subscription.process.to_string(), subscription.subscriber.to_string()];
        let oldest = waiting.iter().map(|delivery| delivery.created_at).min();
        let mut shown = self.shown.lock();
        let former = shown.remove(&subscription.id);
        if let Some(former) = &former {
            self.hide(former, oldest.is_none(), closed);
        }
        let [process, recipient] = &labels;
        if let Some(oldest) = oldest {
            self.oldest.with_label_values(&[process, recipient]).set(oldest.milliseconds() / 1_000);
        }
        if let Some(why) = closed {
            self.closed.with_label_values(&[process, recipient, why]).set(1);
        }
        if oldest.is_some() || closed.is_some() {
            shown.insert(subscription.id, Shown { labels, closed });
        }
    }

    /// What waits for an endpoint is for another gateway to show.
    pub fn forget(&self, endpoint: SubscriptionId) {
        if let Some(former) = self.shown.lock().remove(&endpoint) {
            self.hide(&former, true, None);
        }
    }

    /// It was looked what is due.
    pub fn looked(&self, at: Timestamp) {
        self.last_look.set(at.milliseconds() / 1_000);
    }

    /// Takes away what is not so any more. It was there, so it can be removed.
    fn hide(&self, former: &Shown, nothing_waits: bool, closed: Option<&str>) {
        let [process, recipient] = &former.labels;
        if nothing_waits {
            self.oldest.remove_label_values(&[process, recipient]).ok();
        }
        if let Some(why) = former.closed.filter(|why| closed != Some(*why)) {
            self.closed.remove_label_values(&[process, recipient, why]).ok();
        }
    }
}

/// What is shown of an endpoint.
#[derive(Debug)]
struct Shown {
    /// Its process and its recipient.
    labels: [String; 2],
    /// Why it is closed.
    closed: Option<&'static str>,
}
