//! The referential in the memory of each gateway: what its topic amounts to, read from the beginning and then followed.
//!
//! A topic of one partition holds the entries in the order in which they were decided. A gateway that was stopped may append one
//! again behind later ones; its order tells, and it is passed over.

use std::sync::Arc;
use std::time::Duration;

use navette_router::referential::Referential as Known;
use parking_lot::RwLock;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::envelope::{self, Decided};
use super::error::Error;
use super::fetch::Fetched;
use super::needs;
use super::options::Options;
use super::order::Order;
use super::overlay::Overlay;
use super::poison::Poison;
use super::topics::{self, Topics};

const PARTITION: i32 = 0;
/// How long to wait when the brokers do not answer.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// How far the topic was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Followed {
    /// The next offset.
    offset: i64,
    /// The order of the last entry.
    order: Order,
}

/// The referential, and how far it follows its topic.
#[derive(Debug)]
pub(super) struct Referential {
    known: RwLock<Known>,
    followed: watch::Sender<Followed>,
}

impl Default for Referential {
    fn default() -> Self {
        let followed = watch::Sender::new(Followed { offset: 0, order: Order::MIN });
        Self { known: RwLock::default(), followed }
    }
}

impl Referential {
    /// Looks into it.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.read())
    }

    /// Waits until the entry at `offset` of the topic is in it.
    pub(super) async fn reach(&self, offset: i64, wait: Duration) -> Result<(), Error> {
        self.wait(wait, |followed| followed.offset > offset).await
    }

    /// Waits until the entry of this order is in it.
    pub(super) async fn reach_order(&self, order: Order, wait: Duration) -> Result<(), Error> {
        self.wait(wait, |followed| followed.order >= order).await
    }

    async fn wait(&self, wait: Duration, reached: impl FnMut(&Followed) -> bool) -> Result<(), Error> {
        let mut followed = self.followed.subscribe();
        // The sender lives as long as this does, so only time can run out.
        match timeout(wait, followed.wait_for(reached)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Error::NotFollowed(wait)),
        }
    }

    fn apply(&self, decided: &Decided) -> Result<(), Error> {
        if decided.order <= self.followed.borrow().order {
            return Ok(());
        }
        let mut known = self.known.write();
        let fetched = Fetched { mails: absent_mails(decided), ..Fetched::nothing() };
        let mut overlay = Overlay::new(decided.order, None, fetched, &known);
        navette_router::view::apply(&decided.entry, &mut overlay)?;
        for reference in overlay.finish().references {
            known.put(reference);
        }
        Ok(())
    }

    fn advance(&self, offset: i64, order: Option<Order>) {
        self.followed.send_modify(|followed| {
            followed.offset = offset.saturating_add(1);
            followed.order = followed.order.max(order.unwrap_or(Order::MIN));
        });
    }
}

/// Mails are not looked up here: an entry about the referential calls for none.
fn absent_mails(
    decided: &Decided,
) -> std::collections::HashMap<navette_router::model::MailId, Option<(navette_router::model::Mail, Order)>> {
    needs::of(&decided.entry, None).mails.into_iter().map(|id| (id, None)).collect()
}

/// Follows the topic.
pub(super) struct Follower {
    consumer: StreamConsumer,
    referential: Arc<Referential>,
    poison: Arc<Poison>,
}

impl Follower {
    /// Begins at the beginning of the topic. The offset behind which nothing was there yet.
    pub(super) async fn start(
        options: &Options,
        topics: &Topics,
        referential: Arc<Referential>,
        poison: Arc<Poison>,
    ) -> Result<(Self, i64), Error> {
        let consumer: StreamConsumer = topics::client(&options.kafka, &options.gateway)
            .set("group.id", format!("{}.referential.{}", options.kafka.prefix, options.gateway))
            .set("enable.auto.commit", "false")
            // A revocation is in force everywhere within two seconds, also when a connection was just lost.
            .set("reconnect.backoff.max.ms", "1000")
            .set("fetch.error.backoff.ms", "100")
            .create()?;
        let mut beginning = TopicPartitionList::new();
        beginning.add_partition_offset(&topics.referential, PARTITION, Offset::Beginning)?;
        consumer.assign(&beginning)?;
        let (topic, wait) = (topics.referential.clone(), options.kafka.request_timeout);
        let asked = tokio::task::spawn_blocking(move || {
            let marks = topics::watermarks(&consumer, &topic, PARTITION, wait);
            marks.map(|(low, high)| (consumer, low, high))
        });
        let (consumer, low, high) = asked.await??;
        // Of a topic without entries there is none to wait for.
        referential.followed.send_modify(|followed| followed.offset = low);
        Ok((Self { consumer, referential, poison }, high))
    }

    /// Follows without end.
    pub(super) async fn run(self) {
        loop {
            match self.consumer.recv().await {
                Ok(message) => self.take(&message).await,
                Err(KafkaError::PartitionEOF(_)) => {}
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the referential cannot be followed");
                    sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    async fn take(&self, message: &BorrowedMessage<'_>) {
        let decided = match envelope::open(message) {
            Ok(decided) => decided,
            Err(error) => {
                self.poison.set_aside(message, &error).await;
                self.referential.advance(message.offset(), None);
                return;
            }
        };
        if let Err(error) = self.referential.apply(&decided) {
            self.poison.set_aside(message, &error).await;
        }
        self.referential.advance(message.offset(), Some(decided.order));
    }
}
