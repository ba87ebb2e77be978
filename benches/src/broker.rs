//! What the machine can do at most on a Kafka: a producer with the settings of the hub, and nothing in its way.

use anyhow::{Context as _, Result};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;

/// As many as the journal of the hub has.
const PARTITIONS: i32 = 12;

/// Sends what it is given, and waits until all replicas in sync have it.
pub struct Broker {
    producer: FutureProducer,
    topic: String,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Broker").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Broker {
    /// A producer to the topic, which is made when it is not there.
    ///
    /// # Errors
    /// When the brokers are not reached.
    pub async fn connect(brokers: &str, topic: &str) -> Result<Self> {
        let mut settings = ClientConfig::new();
        settings.set("bootstrap.servers", brokers);
        let admin: AdminClient<DefaultClientContext> = settings.create()?;
        let wanted = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(-1));
        for made in admin.create_topics([&wanted], &AdminOptions::new()).await? {
            match made {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => anyhow::bail!("topic {topic} cannot be made: {code}"),
            }
        }
        let producer = settings
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", "0")
            .set("socket.nagle.disable", "true")
            .create()?;
        Ok(Self { producer, topic: topic.to_owned() })
    }

    /// Makes these bytes durable.
    ///
    /// # Errors
    /// When they were not acknowledged.
    pub async fn append(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let record = FutureRecord::to(&self.topic).key(key).payload(bytes);
        let delivery = self.producer.send_result(record).map_err(|(error, _)| error)?;
        delivery.await.context("the producer ended")?.map_err(|(error, _)| error)?;
        Ok(())
    }
}
