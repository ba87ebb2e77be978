//! The topics, made as they are stated, and checked: entries about one folder stay in order only while partitions stay as many.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, DeliveryResult, Producer as _, ProducerContext};
use rdkafka::{ClientConfig, ClientContext};

use super::options::Kafka;

/// How often a topic that was just created is looked for.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// How long what a client complains of is listened to.
const COMPLAINTS_WAIT: Duration = Duration::from_millis(100);

/// Why the topics are not what they should be.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// Kafka did not do what it was asked.
    #[error("the topics cannot be read or created")]
    Servers(#[from] KafkaError),
    /// Kafka does not answer, or does not let the gateway in.
    #[error("the journal's servers cannot be reached{}", because(complaint.as_deref()))]
    Unreached {
        /// What the client said last.
        complaint: Option<String>,
        /// How that ended.
        source: KafkaError,
    },
    /// Kafka refused to create one.
    #[error("topic {topic} cannot be created: {code}")]
    Refused {
        /// Which.
        topic: String,
        /// Why.
        code: RDKafkaErrorCode,
    },
    /// One has another number of partitions than is configured.
    #[error(
        "topic {topic} has {found} partitions and {expected} are configured; configure {found}, or choose another prefix"
    )]
    Partitions {
        /// Which.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// The thread that asked ended.
    #[error("the topics were not examined to the end")]
    Ended(#[from] tokio::task::JoinError),
}

fn because(complaint: Option<&str>) -> String {
    complaint.map(|complaint| format!(": {complaint}")).unwrap_or_default()
}

/// Remembers why a client is not let in, which the failure of a request does not say.
#[derive(Debug, Default)]
struct Complaints(Mutex<Option<String>>);

impl ClientContext for Complaints {
    fn error(&self, error: KafkaError, reason: &str) {
        // That no broker is left says nothing of why.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            *self.0.lock() = Some(reason.to_owned());
        }
    }
}

impl ProducerContext for Complaints {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// The names of the topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topics {
    /// Entries about folders and mails.
    pub(super) journal: String,
    /// Entries about the referential, read by each gateway from the beginning.
    pub(super) referential: String,
}

impl Topics {
    pub(super) fn of(options: &Kafka) -> Self {
        Self { journal: format!("{}.journal", options.prefix), referential: format!("{}.referential", options.prefix) }
    }
}

/// What every client of the brokers is told.
pub(super) fn client(options: &Kafka, gateway: &str) -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", options.brokers.join(",")).set("client.id", gateway);
    options.security.tell(options.mechanism, &mut client);
    client
}

/// Creates what is missing, and examines what is there.
pub(super) async fn prepare(options: &Kafka, gateway: &str, message_max_bytes: usize) -> Result<Topics, TopicError> {
    let topics = Topics::of(options);
    let (settings, timeout) = (client(options, gateway), options.request_timeout);
    tokio::task::spawn_blocking(move || reach(&settings, timeout)).await??;
    let admin: AdminClient<DefaultClientContext> = client(options, gateway).create()?;
    let retention = options.journal_retained_for.as_millis().to_string();
    let copies = || TopicReplication::Fixed(i32::from(options.replication));
    let largest = message_max_bytes.to_string();
    let new = [
        NewTopic::new(&topics.journal, i32::from(options.journal_partitions), copies())
            .set("max.message.bytes", &largest)
            .set("retention.ms", &retention),
        // Whoever starts reads all of it.
        NewTopic::new(&topics.referential, 1, copies()).set("max.message.bytes", &largest).set("retention.ms", "-1"),
    ];
    let wait = AdminOptions::new()
        .request_timeout(Some(options.request_timeout))
        .operation_timeout(Some(options.request_timeout));
    for result in admin.create_topics(&new, &wait).await? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(TopicError::Refused { topic, code }),
        }
    }
    let expected = [(topics.journal.clone(), usize::from(options.journal_partitions)), (topics.referential.clone(), 1)];
    tokio::task::spawn_blocking(move || {
        expected.iter().try_for_each(|(topic, expected)| check(&admin, topic, *expected, timeout))
    })
    .await??;
    Ok(topics)
}

/// Asks the brokers for anything, and says why they do not answer. Blocks.
fn reach(settings: &ClientConfig, timeout: Duration) -> Result<(), TopicError> {
    // Unlike a client for administration, a producer that is asked tells what its client complained of.
    let producer: BaseProducer<Complaints> = settings.create_with_context(Complaints::default())?;
    producer.client().fetch_metadata(None, timeout).map(drop).map_err(|source| {
        producer.poll(COMPLAINTS_WAIT);
        TopicError::Unreached { complaint: producer.context().0.lock().take(), source }
    })
}

fn check(
    admin: &AdminClient<DefaultClientContext>,
    topic: &str,
    expected: usize,
    timeout: Duration,
) -> Result<(), TopicError> {
    let began = Instant::now();
    loop {
        let metadata = admin.inner().fetch_metadata(Some(topic), timeout)?;
        let partitions = metadata.topics().iter().find(|row| row.name() == topic).map(|row| row.partitions());
        let found = partitions.map_or(0, <[_]>::len);
        let is_led = partitions.is_some_and(|partitions| partitions.iter().all(|partition| partition.leader() >= 0));
        if found == expected && is_led {
            return Ok(());
        }
        // A topic that was just created is not known everywhere at once.
        if found != 0 && found != expected || began.elapsed() > timeout {
            return Err(TopicError::Partitions { topic: topic.to_owned(), found, expected });
        }
        pause();
    }
}

/// The first offset of a partition and the one behind its last message. Blocks; waits for a partition that was just created.
pub(super) fn watermarks<C: ConsumerContext>(
    consumer: &impl Consumer<C>,
    topic: &str,
    partition: i32,
    timeout: Duration,
) -> Result<(i64, i64), KafkaError> {
    let began = Instant::now();
    loop {
        match consumer.fetch_watermarks(topic, partition, timeout) {
            Err(error) if is_passing(&error) && began.elapsed() < timeout => pause(),
            marks => return marks,
        }
    }
}

/// Waits a moment, on a thread that may be blocked.
#[expect(clippy::disallowed_methods, reason = "what a broker does not know yet cannot be waited for, only asked again")]
fn pause() {
    std::thread::sleep(LOOK_INTERVAL);
}

/// Whether a broker only does not know yet what it will know soon.
fn is_passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownPartition
        )
    )
}
