//! The journal: entries are appended, and are durable when all replicas in sync have them.

use std::sync::Arc;

use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};

use super::envelope::{self, Decided};
use super::error::Error;
use super::options::Kafka;
use super::topics::{self, Topics};
use super::watch::{Listener, Told};

/// How often the client says what it does.
const STATISTICS_INTERVAL: &str = "5000";

/// Appends entries.
pub(super) struct Journal {
    pub(super) producer: FutureProducer<Listener>,
    pub(super) topics: Topics,
    gateway: String,
    /// What the client said last.
    pub(super) told: Arc<Told>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Journal").field("topics", &self.topics).finish_non_exhaustive()
    }
}

impl Journal {
    /// A journal on these brokers. Nothing is asked of them yet.
    pub(super) fn new(
        options: &Kafka,
        topics: Topics,
        gateway: &str,
        message_max_bytes: usize,
    ) -> Result<Self, KafkaError> {
        let kilobytes = (options.queue_max_bytes / 1_024).max(1);
        let listener = Listener::default();
        let told = Arc::clone(&listener.0);
        let producer = topics::client(options, gateway)
            // The broker numbers what a producer sends, so that what is sent again is not written again; it implies acks=all.
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            // A commit waits for its acknowledgement, and while one request is under way the next ones gather anyway.
            .set("linger.ms", "0")
            // Nor does a small request wait for the answer to the one before.
            .set("socket.nagle.disable", "true")
            .set("message.timeout.ms", options.acknowledge_timeout.as_millis().to_string())
            .set("message.max.bytes", message_max_bytes.to_string())
            .set("queue.buffering.max.kbytes", kilobytes.to_string())
            .set("statistics.interval.ms", STATISTICS_INTERVAL)
            .create_with_context(listener)?;
        Ok(Self { producer, topics, gateway: gateway.to_owned(), told })
    }

    /// Makes an entry durable; its offset in its partition. Doing it again writes it again, which changes nothing for those who read.
    pub(super) async fn append(&self, decided: &Decided, payload: &str) -> Result<i64, Error> {
        let topic = match decided.subject {
            navette_router::ports::Subject::Referential => &self.topics.referential,
            navette_router::ports::Subject::Folder(_) | navette_router::ports::Subject::Mails => &self.topics.journal,
        };
        let key = envelope::key(decided.subject);
        let headers = envelope::headers(decided, &self.gateway);
        let record = FutureRecord::to(topic).key(&key).payload(payload).headers(headers);
        let delivery = self.producer.send_result(record).map_err(|(error, _)| error)?;
        match delivery.await {
            Ok(Ok(delivery)) => Ok(delivery.offset),
            Ok(Err((error, _))) => Err(error.into()),
            Err(_) => Err(Error::JournalEnded),
        }
    }

    /// How many entries wait to be acknowledged.
    pub(super) fn waiting(&self) -> usize {
        usize::try_from(self.producer.in_flight_count()).unwrap_or_default()
    }
}
