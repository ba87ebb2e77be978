//! How far each named limit is used: what an SRE looks at to see which will be reached first.
//!
//! A limit is named by the configuration key that raises it, or by the resource of the system that it is.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus::core::{Collector, Desc};
use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};

use super::{DECLARED_ONCE, Read};

/// Between two looks at what flickers.
const SAMPLE_PERIOD: Duration = Duration::from_millis(100);
/// How many looks make one step of the peak.
const SAMPLES_PER_STEP: u32 = 10;
/// How many steps are remembered: a minute.
const STEPS: usize = 60;

/// One named limit.
pub struct Limit {
    name: &'static str,
    used: Read,
    max: Read,
    refused: Option<Read>,
    peak: Option<Mutex<Peak>>,
}

/// The most of each of the last seconds.
#[derive(Debug, Default)]
struct Peak(VecDeque<f64>);

impl Peak {
    fn observe(&mut self, value: f64, new_step: bool) {
        match self.0.back_mut() {
            Some(last) if !new_step => *last = last.max(value),
            _ => self.0.push_back(value),
        }
        if self.0.len() > STEPS {
            self.0.pop_front();
        }
    }

    fn get(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Limit").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Limit {
    /// A limit and how much of it is in use, both in the same unit. Both are read whenever somebody looks.
    pub fn new(
        name: &'static str,
        used: impl Fn() -> f64 + Send + Sync + 'static,
        max: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self { name, used: Box::new(used), max: Box::new(max), refused: None, peak: None }
    }

    /// It is used and free again faster than anybody looks: the most of a minute is remembered.
    #[must_use]
    pub fn flickering(mut self) -> Self {
        self.peak = Some(Mutex::default());
        self
    }

    /// How often something was refused because of it.
    #[must_use]
    pub fn refusing(mut self, refused: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.refused = Some(Box::new(refused));
        self
    }
}

/// Every named limit. A clone is the same.
#[derive(Clone)]
pub struct Limits {
    limits: Arc<Mutex<Vec<Limit>>>,
    descriptions: Arc<[Desc; 4]>,
}

impl fmt::Debug for Limits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.limits.lock().iter().map(|limit| limit.name).collect();
        formatter.debug_tuple("Limits").field(&names).finish()
    }
}

const FAMILIES: [(&str, &str, MetricType); 4] = [
    ("navette_limit_used", "How much of a named limit is in use, in the unit of the limit.", MetricType::GAUGE),
    (
        "navette_limit_max",
        "The named limit: the configuration key that sets it, or the resource that it is.",
        MetricType::GAUGE,
    ),
    (
        "navette_limit_peak",
        "The most that was in use within the last minute, of what is looked at ten times a second.",
        MetricType::GAUGE,
    ),
    ("navette_limit_refused_total", "How often something was refused because of a named limit.", MetricType::COUNTER),
];

impl Limits {
    pub(super) fn new() -> Self {
        let describe = |(name, help, _): (&str, &str, MetricType)| {
            Desc::new(name.to_owned(), help.to_owned(), vec!["limit".to_owned()], HashMap::new()).expect(DECLARED_ONCE)
        };
        Self { limits: Arc::default(), descriptions: Arc::new(FAMILIES.map(describe)) }
    }

    pub(super) fn add(&self, limit: Limit) {
        let mut limits = self.limits.lock();
        assert!(limits.iter().all(|other| other.name != limit.name), "{DECLARED_ONCE}: {}", limit.name);
        limits.push(limit);
    }

    /// Looks at what flickers, for as long as it is polled.
    pub async fn watch(self) {
        let mut ticks = tokio::time::interval(SAMPLE_PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut sample = 0;
        loop {
            ticks.tick().await;
            self.sample(sample == 0);
            sample = (sample + 1) % SAMPLES_PER_STEP;
        }
    }

    fn sample(&self, new_step: bool) {
        for limit in &*self.limits.lock() {
            if let Some(peak) = &limit.peak {
                peak.lock().observe((limit.used)(), new_step);
            }
        }
    }
}

impl Collector for Limits {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let limits = self.limits.lock();
        let mut values: [Vec<(&str, f64)>; FAMILIES.len()] = Default::default();
        for limit in &*limits {
            let used = (limit.used)();
            values[0].push((limit.name, used));
            values[1].push((limit.name, (limit.max)()));
            values[2].extend(limit.peak.as_ref().map(|peak| (limit.name, peak.lock().get().max(used))));
            values[3].extend(limit.refused.as_ref().map(|refused| (limit.name, refused())));
        }
        let families = FAMILIES.iter().zip(values).filter(|(_, values)| !values.is_empty());
        families.map(|(&(name, help, kind), values)| labelled(name, help, kind, "limit", &values)).collect()
    }
}

/// A family with one value for each value of a label.
pub(super) fn labelled(name: &str, help: &str, kind: MetricType, label: &str, values: &[(&str, f64)]) -> MetricFamily {
    let metric = |&(which, value): &(&str, f64)| {
        let mut pair = LabelPair::default();
        pair.set_name(label.to_owned());
        pair.set_value(which.to_owned());
        let mut metric = Metric::from_label(vec![pair]);
        if kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        metric
    };
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(values.iter().map(metric).collect());
    family
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::Registry;
    use super::*;

    #[test]
    fn a_limit_shows_its_use_its_peak_and_what_it_refused() {
        let registry = Registry::new();
        let used = Arc::new(AtomicU32::new(0));
        let read = Arc::clone(&used);
        registry.limit(
            Limit::new("queue.max", move || f64::from(read.load(Ordering::Relaxed)), || 10.0)
                .flickering()
                .refusing(|| 3.0),
        );
        registry.limit(Limit::new("things", || 7.0, || 8.0));
        used.store(9, Ordering::Relaxed);
        registry.limits().sample(true);
        used.store(2, Ordering::Relaxed);
        let text = registry.text();
        for line in [
            "navette_limit_used{limit=\"queue.max\"} 2",
            "navette_limit_max{limit=\"queue.max\"} 10",
            "navette_limit_peak{limit=\"queue.max\"} 9",
            "navette_limit_refused_total{limit=\"queue.max\"} 3",
            "navette_limit_used{limit=\"things\"} 7",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
        }
        assert!(!text.contains("navette_limit_peak{limit=\"things\"}"), "{text}");
    }

    #[test]
    fn a_peak_is_forgotten_after_a_minute() {
        let mut peak = Peak::default();
        peak.observe(5.0, true);
        peak.observe(8.0, false);
        assert!((peak.get() - 8.0).abs() < f64::EPSILON);
        (0..STEPS - 1).for_each(|_| peak.observe(1.0, true));
        assert!((peak.get() - 8.0).abs() < f64::EPSILON);
        peak.observe(1.0, true);
        assert!((peak.get() - 1.0).abs() < f64::EPSILON);
    }
}
