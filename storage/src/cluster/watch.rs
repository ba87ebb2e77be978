//! What this gateway knows of its servers: what their clients say of themselves, and whether they are reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::Producer;

use super::journal::Journal;
use super::shared::Shared;

/// How often it is looked whether servers are reached.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// How long they may take to answer that.
const LOOK_TIMEOUT: Duration = Duration::from_secs(2);

/// One of the two kinds of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The journal's.
    Kafka,
    /// The view's.
    Cassandra,
}

/// What the client of the journal's servers said last.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) waiting_bytes: AtomicUsize,
    pub(super) round_trip_microseconds: AtomicU64,
}

/// Listens to that client.
#[derive(Debug, Clone, Default)]
pub(super) struct Listener(pub(super) Arc<Told>);

impl ClientContext for Listener {
    fn stats(&self, statistics: rdkafka::Statistics) {
        let bytes = usize::try_from(statistics.msg_size).unwrap_or(usize::MAX);
        self.0.waiting_bytes.store(bytes, Ordering::Relaxed);
        let slowest = statistics.brokers.values().filter_map(|broker| broker.rtt.as_ref()).map(|trip| trip.p99).max();
        let slowest = slowest.and_then(|microseconds| u64::try_from(microseconds).ok()).unwrap_or_default();
        self.0.round_trip_microseconds.store(slowest, Ordering::Relaxed);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(error = &error as &dyn std::error::Error, reason, "the journal's servers");
    }
}

/// Why servers are not reached; nothing when they are.
#[derive(Debug, Default)]
pub(super) struct Reached {
    kafka: Mutex<Option<String>>,
    cassandra: Mutex<Option<String>>,
}

impl Reached {
    /// What was found last.
    pub(super) fn last(&self, server: Server) -> Result<(), String> {
        let found = match server {
            Server::Kafka => &self.kafka,
            Server::Cassandra => &self.cassandra,
        };
        found.lock().clone().map_or(Ok(()), Err)
    }
}

/// Looks again and again.
pub(super) async fn look(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(LOOK_INTERVAL);
    loop {
        ticks.tick().await;
        let (kafka, cassandra) = tokio::join!(look_at_kafka(&shared), look_at_cassandra(&shared));
        *shared.reached.kafka.lock() = kafka;
        *shared.reached.cassandra.lock() = cassandra;
    }
}

async fn look_at_cassandra(shared: &Shared) -> Option<String> {
    match tokio::time::timeout(LOOK_TIMEOUT, shared.database.agreement("nothing")).await {
        Ok(Ok(_)) => None,
        Ok(Err(_)) => {
            Some("Cassandra does not answer a question that a majority of its nodes has to answer".to_owned())
        }
        Err(_) => Some(format!("Cassandra has not answered within {LOOK_TIMEOUT:?}")),
    }
}

async fn look_at_kafka(shared: &Arc<Shared>) -> Option<String> {
    let shared = Arc::clone(shared);
    let asked = tokio::task::spawn_blocking(move || without_leader(&shared.journal));
    match asked.await {
        Ok(Ok(0)) => None,
        Ok(Ok(partitions)) => Some(format!("{partitions} partitions of the journal have no leader")),
        Ok(Err(error)) => Some(format!("Kafka does not answer: {error}")),
        Err(_) => Some("Kafka was not asked to the end".to_owned()),
    }
}

/// How many partitions of the journal nobody leads. Blocks.
fn without_leader(journal: &Journal) -> Result<usize, KafkaError> {
    let metadata = journal.producer.client().fetch_metadata(Some(&journal.topics.journal), LOOK_TIMEOUT)?;
    let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    Ok(partitions.filter(|partition| partition.leader() < 0).count())
}
