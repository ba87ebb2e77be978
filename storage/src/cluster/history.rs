//! The whole journal, read once more: for a support desk, and to make the view anew.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use navette_router::model::EntryId;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::envelope::{self, Decided};
use super::error::Error;
use super::options::Options;
use super::order::Order;
use super::topics::{self, Topics};

/// How long to wait for the next message before looking at the clock.
const POLL: Duration = Duration::from_millis(100);

/// The entries that the topics hold now and `wanted` picks, in their order, each once; the last `limit` of them. Blocks.
pub(super) fn read(options: &Options, wanted: impl Fn(&Decided) -> bool, limit: usize) -> Result<Vec<Decided>, Error> {
    let topics = Topics::of(&options.kafka);
    let consumer: BaseConsumer = topics::client(&options.kafka, &options.gateway)
        .set("group.id", format!("{}.history.{}", options.kafka.prefix, options.gateway))
        .set("enable.auto.commit", "false")
        .create()?;
    let wait = options.kafka.request_timeout;
    let mut left = BTreeMap::new();
    let mut beginning = TopicPartitionList::new();
    let journal = (0..i32::from(options.kafka.journal_partitions)).map(|partition| (&topics.journal, partition));
    for (topic, partition) in journal.chain([(&topics.referential, 0)]) {
        let (low, high) = topics::watermarks(&consumer, topic, partition, wait)?;
        if high > low {
            left.insert((topic.clone(), partition), high);
            beginning.add_partition_offset(topic, partition, Offset::Beginning)?;
        }
    }
    consumer.assign(&beginning)?;
    let mut picked: BTreeMap<(Order, EntryId), Decided> = BTreeMap::new();
    let mut heard = Instant::now();
    while !left.is_empty() {
        let Some(message) = consumer.poll(POLL) else {
            if heard.elapsed() > wait {
                return Err(Error::NotFollowed(wait));
            }
            continue;
        };
        let message = message?;
        heard = Instant::now();
        let partition = (message.topic().to_owned(), message.partition());
        if left.get(&partition).is_some_and(|high| message.offset() + 1 >= *high) {
            left.remove(&partition);
        }
        // What cannot be read is set aside by those who apply it.
        let Ok(decided) = envelope::open(&message) else { continue };
        if wanted(&decided) {
            picked.insert((decided.order, decided.entry.id), decided);
        }
        if picked.len() > limit {
            picked.pop_first();
        }
    }
    Ok(picked.into_values().collect())
}
