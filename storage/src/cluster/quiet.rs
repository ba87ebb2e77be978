//! Whether anybody is at work on the cluster, and whether all that was begun is done: asked before data are moved, never by a hub.

use std::time::{Duration, Instant};

use navette_router::ports;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::sleep;

use super::consumer::group;
use super::error::Error;
use super::options::{Kafka, Options};
use super::store::Store;
use super::topics::{self, Topics};

/// How often servers are asked again.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// How long nothing at all may be applied before it is said that something is in the way.
const STANDSTILL_MAX: Duration = Duration::from_secs(60);

/// The gateways that are at work, each with its machine. One that was killed counts until `session_timeout` has passed.
///
/// # Errors
/// When the journal's servers do not answer.
pub async fn gateways(options: &Options) -> Result<Vec<String>, ports::Error> {
    let (kafka, name) = (options.kafka.clone(), options.gateway.clone());
    let asked = tokio::task::spawn_blocking(move || members(&kafka, &name)).await;
    Ok(asked.map_err(Error::from)?.map_err(Error::from)?)
}

fn members(kafka: &Kafka, gateway: &str) -> Result<Vec<String>, KafkaError> {
    let consumer: BaseConsumer = topics::client(kafka, gateway).create()?;
    let groups = consumer.fetch_group_list(Some(&group(kafka)), kafka.request_timeout)?;
    let members = groups.groups().iter().flat_map(|group| group.members());
    Ok(members
        .map(|member| format!("{} at {}", member.client_id(), member.client_host().trim_start_matches('/')))
        .collect())
}

impl Store {
    /// What gateways have agreed on under this name, if they have.
    ///
    /// # Errors
    /// When the view's servers do not answer.
    pub async fn agreed(&self, on: &str) -> Result<Option<String>, ports::Error> {
        Ok(self.shared.database.agreement(on).await?)
    }

    /// Waits until all entries of the journal are applied, by whomever they were begun.
    ///
    /// # Errors
    /// When the servers do not answer, or when for a minute nothing more is applied.
    pub async fn settled(&self) -> Result<(), ports::Error> {
        let (mut least, mut since) = (i64::MAX, Instant::now());
        loop {
            let left = self.left().await?;
            if left == 0 {
                return Ok(());
            }
            if left < least {
                (least, since) = (left, Instant::now());
            }
            if since.elapsed() > STANDSTILL_MAX {
                return Err(Error::NotFollowed(STANDSTILL_MAX).into());
            }
            sleep(LOOK_INTERVAL).await;
        }
    }

    /// How many messages of the journal nobody has examined.
    async fn left(&self) -> Result<i64, Error> {
        let options = self.shared.options.clone();
        tokio::task::spawn_blocking(move || left(&options)).await?
    }
}

/// Blocks.
fn left(options: &Options) -> Result<i64, Error> {
    let (kafka, topics) = (&options.kafka, Topics::of(&options.kafka));
    // It asks what the group has done, and does not join it.
    let consumer: BaseConsumer = topics::client(kafka, &options.gateway).set("group.id", group(kafka)).create()?;
    let mut asked = TopicPartitionList::new();
    for partition in 0..i32::from(kafka.journal_partitions) {
        asked.add_partition(&topics.journal, partition);
    }
    let mut left = 0;
    for element in consumer.committed_offsets(asked, kafka.request_timeout)?.elements() {
        let (low, high) = topics::watermarks(&consumer, &topics.journal, element.partition(), kafka.request_timeout)?;
        let examined = match element.offset() {
            Offset::Offset(next) => next,
            _ => low,
        };
        left += high - examined.clamp(low, high);
    }
    Ok(left)
}
