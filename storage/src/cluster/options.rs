//! What an operator chooses: where the servers are, how much may wait, and for how long.

use std::time::Duration;

use super::attachments;
use super::security::{Mechanism, Security};

/// What the headers of a message and its frame take at most.
const HEADERS_MAX_BYTES: usize = 64 * 1_024;

/// How a gateway works on the shared servers.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of this gateway, at most 100 letters, digits, `-` or `_`. No two that run at once may share it: at its start a
    /// gateway deletes the uploads that its former run left behind.
    pub gateway: String,
    /// Where the journal is.
    pub kafka: Kafka,
    /// Where the view and the attachments are.
    pub cassandra: Cassandra,
    /// The bucket that keeps new attachments; the view's servers do when there is none.
    pub bucket: Option<attachments::Bucket>,
    /// How attachments are cut and moved.
    pub attachments: attachments::Options,
    /// Locks that folders share in this process; more of them, less waiting by chance.
    pub writer_stripes: usize,
    /// Entries that may be on their way at once; beyond, commits are refused as [`Overloaded`](navette_router::ports::ErrorKind).
    pub commits_max: usize,
    /// The largest entry as JSON, in bytes. It must fit into a message of Kafka and into half a commit log segment of Cassandra.
    pub entry_max_bytes: usize,
    /// The most that an entry may write into the partition of its folder, in bytes: it is one mutation of Cassandra.
    pub batch_max_bytes: usize,
    /// Requests that write what entries change, of all of them together, that are under way at once: what is to be written meanwhile
    /// goes together.
    pub writes_in_flight: usize,
    /// How old an entry of the journal is before another gateway looks whether it was applied, and applies it if not.
    pub takeover_after: Duration,
    /// Entries of the journal that a gateway examines at once.
    pub takeovers_in_flight: usize,
    /// How far the clock runs ahead of the system's; behind when it is negative. To see what a wrong clock does.
    pub clock_ahead_milliseconds: i64,
}

/// The journal's servers.
#[derive(Debug, Clone)]
pub struct Kafka {
    /// Brokers to begin with, as `host:port`.
    pub brokers: Vec<String>,
    /// How they are spoken to.
    pub security: Security,
    /// How the login of `security` is proven.
    pub mechanism: Mechanism,
    /// What the names of the topics and of the consumer group begin with.
    pub prefix: String,
    /// Partitions of the journal's topic when it is created, and what it is checked for afterwards.
    pub journal_partitions: u16,
    /// Copies of each topic when it is created.
    pub replication: u16,
    /// How long the journal's topic keeps an entry: it may hold personal data.
    pub journal_retained_for: Duration,
    /// How long an entry may take to be acknowledged by all replicas in sync.
    pub acknowledge_timeout: Duration,
    /// How long a question about topics and offsets may take.
    pub request_timeout: Duration,
    /// Bytes that may wait to be sent; beyond, commits are refused as [`Overloaded`](navette_router::ports::ErrorKind).
    pub queue_max_bytes: usize,
    /// After how long without a sign of life the partitions of a gateway go to the others.
    pub session_timeout: Duration,
}

/// The view's servers.
#[derive(Debug, Clone)]
pub struct Cassandra {
    /// Nodes to begin with, as `host:port`.
    pub nodes: Vec<String>,
    /// How they are spoken to.
    pub security: Security,
    /// The keyspace: lower case letters, digits and `_`.
    pub keyspace: String,
    /// Copies of each row when the keyspace is created.
    pub replication: u16,
    /// How long a request may take, those that the driver tries again included.
    pub request_timeout: Duration,
    /// How long a conditional write may take before another node is asked what came of it: no second node is asked before.
    pub decide_timeout: Duration,
    /// How long a node may take before another is asked the same besides, where asking twice changes nothing.
    pub second_node_after: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
}

impl Options {
    /// The largest message of Kafka: the largest entry with what is put around it.
    pub(super) const fn message_max_bytes(&self) -> usize {
        self.entry_max_bytes.saturating_add(HEADERS_MAX_BYTES)
    }

    /// The defaults, which suit a small machine, of a gateway of this name on these servers.
    pub fn new(gateway: impl Into<String>, brokers: Vec<String>, nodes: Vec<String>) -> Self {
        Self {
            gateway: gateway.into(),
            kafka: Kafka {
                brokers,
                security: Security::default(),
                mechanism: Mechanism::default(),
                prefix: "navette".to_owned(),
                journal_partitions: 12,
                replication: 1,
                journal_retained_for: Duration::from_secs(7 * 24 * 60 * 60),
                acknowledge_timeout: Duration::from_secs(10),
                request_timeout: Duration::from_secs(10),
                queue_max_bytes: 32 << 20,
                session_timeout: Duration::from_secs(6),
            },
            cassandra: Cassandra {
                nodes,
                security: Security::default(),
                keyspace: "navette".to_owned(),
                replication: 1,
                request_timeout: Duration::from_secs(10),
                decide_timeout: Duration::from_secs(3),
                second_node_after: Duration::from_millis(500),
                connect_timeout: Duration::from_secs(5),
            },
            bucket: None,
            attachments: attachments::Options::default(),
            writer_stripes: 1_024,
            commits_max: 512,
            entry_max_bytes: 8 << 20,
            batch_max_bytes: 12 << 20,
            writes_in_flight: 4,
            takeover_after: Duration::from_secs(3),
            takeovers_in_flight: 32,
            clock_ahead_milliseconds: 0,
        }
    }
}
