//! What this gateway has done on the servers that it shares with others, and whether it reaches them.

#[cfg(feature = "cluster")]
use std::sync::Arc;

#[cfg(feature = "cluster")]
use crate::backend::Hub;
use crate::configuration::Cluster;
#[cfg(feature = "cluster")]
use crate::health::Readiness;
use crate::metrics::{Limit, Registry};

/// The numbers of one gateway.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers {
    pub(super) conflicts: u64,
    pub(super) settled: u64,
    pub(super) taken_over: u64,
    pub(super) set_aside: u64,
    pub(super) waiting: usize,
    pub(super) waiting_bytes: usize,
    pub(super) in_flight: usize,
    pub(super) refused: u64,
    pub(super) view_requests: u64,
    pub(super) view_errors: u64,
    pub(super) view_retries: u64,
    pub(super) journal_round_trip_seconds: f64,
    pub(super) view_latency_seconds: f64,
}

/// A number, and what it says.
type Row = (&'static str, &'static str, fn(&Numbers) -> u64);

const COUNTERS: [Row; 7] = [
    (
        "navette_cluster_conflicts_total",
        "Decisions that another gateway took first, so that this one decided again.",
        |n| n.conflicts,
    ),
    (
        "navette_cluster_settled_total",
        "Entries that another gateway had decided and not noted as finished, finished here because the next decision waited for it.",
        |n| n.settled,
    ),
    (
        "navette_cluster_taken_over_total",
        "Entries of the journal that nobody had applied in time, applied here.",
        |n| n.taken_over,
    ),
    (
        "navette_cluster_set_aside_total",
        "Messages that could not be read, kept in the table set_aside for somebody to look at. More than 0 needs a look.",
        |n| n.set_aside,
    ),
    ("navette_cluster_view_requests_total", "Requests to Cassandra.", |n| n.view_requests),
    ("navette_cluster_view_errors_total", "Requests to Cassandra that failed.", |n| n.view_errors),
    ("navette_cluster_view_retries_total", "Requests to Cassandra that its driver sent again.", |n| n.view_retries),
];

/// Shows the numbers that `read` gives.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only; counters lose a unit after 2^53")]
pub(super) fn register(
    registry: &Registry,
    read: impl Fn() -> Numbers + Clone + Send + Sync + 'static,
    cluster: &Cluster,
) {
    for (name, help, number) in COUNTERS {
        let read = read.clone();
        registry.observed_counter(name, help, move || number(&read()) as f64);
    }
    let waiting = read.clone();
    registry.observed_gauge(
        "navette_cluster_journal_waiting_entries",
        "Entries that Kafka has yet to acknowledge.",
        move || waiting().waiting as f64,
    );
    let round_trip = read.clone();
    registry.observed_gauge(
        "navette_cluster_journal_round_trip_seconds",
        "The time to and back that 99 % of the requests to the slowest broker do not exceed, in seconds.",
        move || round_trip().journal_round_trip_seconds,
    );
    let latency = read.clone();
    registry.observed_gauge(
        "navette_cluster_view_latency_seconds",
        "The time that 99 % of the requests to Cassandra do not exceed, in seconds.",
        move || latency().view_latency_seconds,
    );
    let commits_max = cluster.commits_max.get() as f64;
    let (in_flight, refused) = (read.clone(), read.clone());
    registry.limit(
        Limit::new("storage.cluster.commits_max", move || in_flight().in_flight as f64, move || commits_max)
            .flickering()
            .refusing(move || refused().refused as f64),
    );
    let bytes_max = cluster.kafka.queue_max_bytes.0 as f64;
    registry.limit(
        Limit::new("storage.cluster.kafka.queue_max_bytes", move || read().waiting_bytes as f64, move || bytes_max)
            .flickering(),
    );
}

/// Shows the numbers of the cluster store.
#[cfg(feature = "cluster")]
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only")]
pub(super) fn metrics(registry: &Registry, hub: &Arc<Hub>, cluster: &Cluster) {
    let hub = Arc::downgrade(hub);
    let read = move || {
        let hub = hub.upgrade();
        let statistics = hub.and_then(|hub| hub.store().cluster().map(|store| store.statistics())).unwrap_or_default();
        Numbers {
            conflicts: statistics.conflicts,
            settled: statistics.settled,
            taken_over: statistics.taken_over,
            set_aside: statistics.set_aside,
            waiting: statistics.journal_waiting,
            waiting_bytes: statistics.journal_waiting_bytes,
            in_flight: statistics.commits_in_flight,
            refused: statistics.refused,
            view_requests: statistics.view_requests,
            view_errors: statistics.view_errors,
            view_retries: statistics.view_retries,
            journal_round_trip_seconds: statistics.journal_round_trip_microseconds as f64 / 1e6,
            view_latency_seconds: statistics.view_latency_milliseconds as f64 / 1e3,
        }
    };
    register(registry, read, cluster);
}

/// Whether this gateway reaches its servers.
#[cfg(feature = "cluster")]
pub(super) fn readiness(readiness: &Readiness, hub: &Arc<Hub>) {
    use navette_storage::cluster::Server;

    for (name, server) in [("journal", Server::Kafka), ("view", Server::Cassandra)] {
        let hub = Arc::downgrade(hub);
        readiness.add(name, move || {
            let hub = hub.upgrade().ok_or("the hub is stopping")?;
            hub.store().cluster().map_or(Ok(()), |store| store.reaches(server))
        });
    }
}
