//! Finishes what others began: the gateways share the journal's partitions, and each looks whether the entries of its own were
//! applied.
//!
//! Almost always they were, by the gateway that committed them. An entry that was not is applied here; that it may be applied by two
//! at once does no harm. So the journal needs no more than to be read by somebody, sooner or later, at least once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Message, OwnedMessage};
use tokio::time::sleep;

use super::envelope::{self, Decided, folder_of};
use super::error::Error;
use super::options::Kafka;
use super::order::Order;
use super::poison::Poison;
use super::shared::Shared;
use super::topics::{self, Topics};

/// How long to wait when servers do not answer.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// With less than this a broker waits before it answers, for so long.
const FETCH_MIN_BYTES: u32 = 1 << 20;
const FETCH_WAIT_MILLISECONDS: u32 = 500;

/// Whoever reads this partition of the journal also does what only one gateway should do.
pub(super) const CHORES_PARTITION: i32 = 0;

/// The name of the group in which the gateways share the journal.
pub(super) fn group(options: &Kafka) -> String {
    format!("{}.appliers", options.prefix)
}

/// Reads the journal for the whole cluster, together with the other gateways.
pub(super) struct Consumer {
    shared: Arc<Shared>,
    poison: Arc<Poison>,
    consumer: StreamConsumer<Assignments>,
}

/// Listens to which partitions are this gateway's.
pub(super) struct Assignments(Arc<Shared>);

impl ClientContext for Assignments {}

impl ConsumerContext for Assignments {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Revoke(_) | Rebalance::Error(_)) {
            self.0.assigned.send_replace(BTreeSet::new());
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance {
            let assigned: BTreeSet<i32> = partitions.elements().iter().map(|element| element.partition()).collect();
            let does_chores = assigned.contains(&CHORES_PARTITION);
            tracing::info!(partitions = assigned.len(), does_chores, "partitions of the journal are assigned");
            self.0.assigned.send_replace(assigned);
        }
    }
}

impl Consumer {
    pub(super) fn start(shared: Arc<Shared>, topics: &Topics, poison: Arc<Poison>) -> Result<Self, KafkaError> {
        let options = &shared.options;
        let session = options.kafka.session_timeout.as_millis();
        let consumer: StreamConsumer<Assignments> = topics::client(&options.kafka, &options.gateway)
            .set("group.id", group(&options.kafka))
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", session.to_string())
            .set("heartbeat.interval.ms", (session / 3).to_string())
            // An offset is committed when its entry, and all before it, are applied.
            .set("enable.auto.offset.store", "false")
            .set("auto.commit.interval.ms", "1000")
            // Nobody waits for what is read here: many entries come with one answer, or few after a while.
            .set("fetch.min.bytes", FETCH_MIN_BYTES.to_string())
            .set("fetch.wait.max.ms", FETCH_WAIT_MILLISECONDS.to_string())
            .create_with_context(Assignments(Arc::clone(&shared)))?;
        consumer.subscribe(&[&topics.journal])?;
        Ok(Self { shared, poison, consumer })
    }

    /// Reads without end. Several entries at a time, whose offsets are stored in their order.
    pub(super) async fn run(self) {
        let (this, entries_at_once) = (&self, self.shared.options.takeovers_in_flight);
        let mut done = std::pin::pin!(
            this.messages()
                .map(|message| async move {
                    this.finish(&message).await;
                    message
                })
                .buffered(entries_at_once)
        );
        while let Some(message) = done.next().await {
            let stored = this.consumer.store_offset(message.topic(), message.partition(), message.offset());
            if let Err(error) = stored {
                // The partition went to another gateway, which reads it again.
                tracing::debug!(error = &error as &dyn std::error::Error, "an offset was not stored");
            }
        }
    }

    fn messages(&self) -> impl Stream<Item = OwnedMessage> {
        futures_util::stream::unfold((), move |()| async move {
            loop {
                match self.consumer.recv().await {
                    Ok(message) => return Some((message.detach(), ())),
                    Err(KafkaError::PartitionEOF(_)) => {}
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "the journal cannot be read");
                        sleep(RETRY_AFTER).await;
                    }
                }
            }
        })
    }

    /// Sees to it that an entry is applied, however long that takes.
    async fn finish(&self, message: &OwnedMessage) {
        // Nearly all of them are this gateway's own, and need not be read.
        if envelope::id(message).is_some_and(|id| self.shared.applied.get(&id).is_some()) {
            return;
        }
        let decided = match envelope::open(message) {
            Ok(decided) => decided,
            Err(error) => return self.poison.set_aside(message, &error).await,
        };
        while let Err(error) = self.shared.take_over(&decided).await {
            if matches!(error, Error::ForeignFolder | Error::NotFetched | Error::Record(_)) {
                return self.poison.set_aside(message, &error).await;
            }
            tracing::warn!(error = &error as &dyn std::error::Error, "an entry cannot be applied yet");
            sleep(RETRY_AFTER).await;
        }
    }
}

impl Shared {
    /// Applies an entry of the journal, unless that was done.
    async fn take_over(&self, decided: &Decided) -> Result<(), Error> {
        if self.applied.get(&decided.entry.id).is_some() {
            return Ok(());
        }
        // Whoever committed it is most likely still at it.
        let age = self.orders.now().saturating_sub(decided.order);
        let patience = Order::try_from(self.options.takeover_after.as_micros()).unwrap_or(Order::MAX);
        let left = patience.saturating_sub(age).clamp(0, patience);
        sleep(Duration::from_micros(u64::try_from(left).unwrap_or_default())).await;
        let head = self.database.head(decided.subject).await?;
        if head.applied >= Some(decided.order) {
            return Ok(());
        }
        let _turn = self.writers.lock(decided.subject).await;
        if head.decided == Some(decided.order) {
            self.settle(decided.subject, head).await?;
        } else {
            self.apply(decided).await?;
        }
        self.counters.taken_over.fetch_add(1, Ordering::Relaxed);
        let is_folder = folder_of(decided.subject).is_some();
        tracing::info!(entry = %decided.entry.id, is_folder, "an entry that another gateway left was applied");
        Ok(())
    }
}
