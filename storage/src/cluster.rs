//! Several gateways: the journal on Kafka, the view and the attachments on Cassandra, nothing of value on the gateway itself.
//!
//! A use case goes through here like this. [`Store::writer`](navette_router::ports::Store::writer) reads the head of its subject
//! (`decision`); the use case reads the view and decides. The commit takes that decision if the head is still the same, so that of two
//! gateways one wins; appends the entry to the `journal`; applies it (`apply`); and answers. Whatever of that a gateway leaves undone,
//! the next one that decides on the subject does, or the `consumer` of the journal. ADR 12 says why, and what it costs.

mod agreement;
mod apply;
pub mod attachments;
mod changes;
mod commit;
mod consumer;
mod database;
mod decision;
mod deliveries;
mod envelope;
mod error;
mod fetch;
mod gathering;
mod heads;
mod history;
mod import;
mod inbox_rows;
mod inboxes;
mod journal;
mod listings;
mod lookups;
mod mails;
mod needs;
pub mod options;
mod order;
mod overlay;
mod poison;
mod purges;
mod quiet;
mod referential;
mod relocation;
mod rows;
pub mod schema;
mod security;
mod shared;
mod statements;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod topics;
mod turns;
mod watch;

use std::sync::Arc;

use rdkafka::error::KafkaError;
use tokio::sync::Semaphore;

pub use attachments::Attachments;
pub use commit::Writer;
pub(crate) use database::connect;
pub use error::Error;
pub use options::Options;
pub use quiet::gateways;
pub use security::{AuthoritiesError, Login, Mechanism, Security, Tls};
pub use shared::Statistics;
pub use store::Store;
pub use topics::TopicError;
pub use watch::Server;

use crate::writers::Writers;

/// Why Cassandra cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody would be trusted.
    #[error("the view's servers cannot be trusted")]
    Authorities(#[from] AuthoritiesError),
    /// No server answers, or none lets the gateway in.
    #[error("the view's servers cannot be reached")]
    Session(#[from] scylla::errors::NewSessionError),
}

/// Why the cluster backend cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Cassandra cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The tables are not what they should be.
    #[error(transparent)]
    Schema(#[from] schema::SchemaError),
    /// A statement does not fit the tables.
    #[error("the view's servers do not take a statement")]
    Prepare(#[from] scylla::errors::PrepareError),
    /// The topics are not what they should be.
    #[error(transparent)]
    Topics(#[from] TopicError),
    /// A client of Kafka cannot be made.
    #[error("a client of the journal's servers cannot be made")]
    Client(#[from] KafkaError),
    /// The bucket for attachments cannot be used.
    #[error(transparent)]
    Bucket(#[from] attachments::BucketError),
    /// What a start reads cannot be read.
    #[error("what a start reads cannot be read")]
    Read(#[from] Error),
}

/// Opens the store and the attachments of one gateway. The keyspace must be there, see [`schema::apply`]; topics that are missing are
/// created. Returns when the referential is read and all that was decided about it and about mails is applied.
pub async fn open(options: Options) -> Result<(Store, Attachments), OpenError> {
    // Boxed, because what prepares all statements is large, and whoever opens should not carry it.
    Box::pin(opened(options)).await
}

/// Creates the topics that are missing, and examines those that are there.
pub async fn prepare_topics(options: &Options) -> Result<(), TopicError> {
    topics::prepare(&options.kafka, &options.gateway, options.message_max_bytes()).await.map(drop)
}

async fn opened(options: Options) -> Result<(Store, Attachments), OpenError> {
    let session = database::connect(&options.cassandra).await?;
    schema::check(&session, &options.cassandra).await?;
    let statements = Box::pin(statements::Statements::prepare(&session, &options.cassandra)).await?;
    let gathering = gathering::Options {
        requests_max: options.writes_in_flight.max(1),
        timeout: options.cassandra.request_timeout,
    };
    let database = Arc::new(database::Database::new(session, statements, gathering));
    let message_max_bytes = options.message_max_bytes();
    let topics = topics::prepare(&options.kafka, &options.gateway, message_max_bytes).await?;
    let journal = journal::Journal::new(&options.kafka, topics.clone(), &options.gateway, message_max_bytes)?;
    let poison = Arc::new(poison::Poison::new(Arc::clone(&database)));

    let referential = Arc::<referential::Referential>::default();
    let (follower, end) =
        referential::Follower::start(&options, &topics, Arc::clone(&referential), Arc::clone(&poison)).await?;
    let following = tokio::spawn(follower.run()).abort_handle();
    referential.reach(end - 1, options.kafka.request_timeout).await?;

    let objects = match &options.bucket {
        Some(bucket) => Some(attachments::Objects::connect(bucket).await?),
        None => None,
    };
    let discards = attachments::Discards::start(
        &options.gateway,
        Arc::clone(&database),
        objects.clone(),
        options.attachments.discards_max,
    );
    let kept =
        Attachments::new(options.attachments, &options.gateway, Arc::clone(&database), objects, discards.clone());
    let orders = Arc::new(order::Orders::new(options.clock_ahead_milliseconds));
    let shared = Arc::new(shared::Shared {
        writers: Writers::new(options.writer_stripes),
        commits: Arc::new(Semaphore::new(options.commits_max.min(Semaphore::MAX_PERMITS))),
        database,
        journal,
        referential,
        heads: heads::Heads::default(),
        turns: turns::Turns::default(),
        lookups: lookups::Lookups::default(),
        inboxes: inboxes::Inboxes::new(Arc::clone(&orders)),
        orders,
        mails: mails::Mails::default(),
        deliveries: deliveries::Deliveries::default(),
        discards,
        applied: shared::Shared::applied_memory(),
        buckets: shared::Shared::buckets_memory(),
        counters: shared::Counters::default(),
        reached: watch::Reached::default(),
        assigned: tokio::sync::watch::Sender::default(),
        #[cfg(test)]
        dies_behind: parking_lot::Mutex::default(),
        options,
    });
    attachments::recover(&shared).await?;
    shared.mails.count(&shared.database).await?;
    let consumer = consumer::Consumer::start(Arc::clone(&shared), &topics, Arc::clone(&poison))?;
    let consuming = tokio::spawn(consumer.run()).abort_handle();
    Ok((Store::new(shared, poison, vec![following, consuming]), kept))
}
