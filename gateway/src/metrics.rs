//! Metrics: a registry that is handed around rather than found, where each metric is declared once, with its help text.

mod deliveries;
mod front;
mod limits;
mod mail;
mod process;
mod reference;
mod retention;
mod returns;
mod sftp;
mod tokens;
mod workers;

use std::collections::HashMap;
use std::fmt;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Counter, Gauge, Metric, MetricFamily, MetricType};
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, TextEncoder};

pub use deliveries::DeliveryMetrics;
pub(crate) use front::NO_ENDPOINT;
pub use front::{EndpointMetrics, FrontMetrics};
pub use limits::{Limit, Limits};
pub use mail::MailMetrics;
pub use reference::reference_page;
pub use retention::RetentionMetrics;
pub use returns::ReturnMetrics;
pub use sftp::SftpMetrics;
pub use tokens::TokenMetrics;

/// Where metrics are registered, and what `/metrics` shows. A clone is the same registry.
///
/// # Panics
/// Each function that declares a metric panics when the name is taken or is not a name: both are mistakes in the program, and are
/// found by the first start.
#[derive(Clone)]
pub struct Registry {
    registry: prometheus::Registry,
    limits: Limits,
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Registry")
    }
}

/// Reads a number that somebody else keeps.
type Read = Box<dyn Fn() -> f64 + Send + Sync>;

const DECLARED_ONCE: &str = "invariant: every metric is declared once, with a valid name";

impl Registry {
    /// A registry that knows the process and the version.
    pub fn new() -> Self {
        let registry = Self { registry: prometheus::Registry::new(), limits: Limits::new() };
        registry.register(process::ProcessCollector::new());
        registry.register(registry.limits());
        process::limits().into_iter().for_each(|limit| registry.limit(limit));
        let labels = HashMap::from([("version".to_owned(), crate::VERSION.to_owned())]);
        let build = IntGauge::with_opts(
            Opts::new("navette_build_info", "Always 1; the label says which version runs.").const_labels(labels),
        );
        let build = build.expect(DECLARED_ONCE);
        build.set(1);
        registry.register(build);
        registry
    }

    /// Registers something that collects by itself.
    pub fn register(&self, collector: impl Collector + 'static) {
        self.registry.register(Box::new(collector)).expect(DECLARED_ONCE);
    }

    /// Shows a named limit among the others.
    pub fn limit(&self, limit: Limit) {
        self.limits.add(limit);
    }

    /// All named limits.
    pub fn limits(&self) -> Limits {
        self.limits.clone()
    }

    /// Shows how busy threads are that work alone: their names, and their seconds of work so far. Once.
    pub fn workers(&self, workers: Vec<(&'static str, Read)>) {
        self.register(workers::Workers::new(workers));
    }

    /// A number that only grows.
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        let counter = IntCounter::new(name, help).expect(DECLARED_ONCE);
        self.register(counter.clone());
        counter
    }

    /// A counter for each value of a label.
    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        let counters = IntCounterVec::new(Opts::new(name, help), labels).expect(DECLARED_ONCE);
        self.register(counters.clone());
        counters
    }

    /// A number that goes up and down.
    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        let gauge = IntGauge::new(name, help).expect(DECLARED_ONCE);
        self.register(gauge.clone());
        gauge
    }

    /// How often something took how long, in seconds.
    pub fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        let histogram = Histogram::with_opts(options).expect(DECLARED_ONCE);
        self.register(histogram.clone());
        histogram
    }

    /// A histogram for each value of a label.
    pub fn histograms(&self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        let histograms = HistogramVec::new(options, labels).expect(DECLARED_ONCE);
        self.register(histograms.clone());
        histograms
    }

    /// A number that only grows and that somebody else keeps; read when `/metrics` is.
    pub fn observed_counter(&self, name: &str, help: &str, read: impl Fn() -> f64 + Send + Sync + 'static) {
        self.register(Observed::new(name, help, MetricType::COUNTER, read));
    }

    /// A number that goes up and down and that somebody else keeps; read when `/metrics` is.
    pub fn observed_gauge(&self, name: &str, help: &str, read: impl Fn() -> f64 + Send + Sync + 'static) {
        self.register(Observed::new(name, help, MetricType::GAUGE, read));
    }

    /// What `/metrics` answers.
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }

    fn families(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

struct Observed<F> {
    description: Desc,
    kind: MetricType,
    read: F,
}

impl<F: Fn() -> f64> Observed<F> {
    fn new(name: &str, help: &str, kind: MetricType, read: F) -> Self {
        let description = Desc::new(name.to_owned(), help.to_owned(), Vec::new(), HashMap::new()).expect(DECLARED_ONCE);
        Self { description, kind, read }
    }
}

impl<F: Fn() -> f64 + Send + Sync> Collector for Observed<F> {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.description]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        vec![family(&self.description.fq_name, &self.description.help, self.kind, (self.read)())]
    }
}

/// A family of one unlabelled value.
fn family(name: &str, help: &str, kind: MetricType, value: f64) -> MetricFamily {
    let mut metric = Metric::default();
    if kind == MetricType::COUNTER {
        let mut counter = Counter::default();
        counter.set_value(value);
        metric.set_counter(counter);
    } else {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        metric.set_gauge(gauge);
    }
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(vec![metric]);
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_counts_is_read_when_asked() {
        let registry = Registry::new();
        let value = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let kept = std::sync::Arc::clone(&value);
        registry.observed_counter("navette_things_total", "Things.", move || {
            f64::from(kept.load(std::sync::atomic::Ordering::Relaxed))
        });
        value.store(41, std::sync::atomic::Ordering::Relaxed);
        let text = registry.text();
        assert!(
            text.contains(
                "# HELP navette_things_total Things.\n# TYPE navette_things_total counter\nnavette_things_total 41\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn the_process_is_described() {
        let text = Registry::new().text();
        for name in [
            "process_resident_memory_bytes ",
            "process_open_fds ",
            "process_cpu_seconds_total ",
            "navette_build_info{version=",
        ] {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in\n{text}"));
            let value: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
            assert!(value >= 0.0, "{line}");
        }
    }
}
