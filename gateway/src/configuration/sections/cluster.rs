//! The servers that several gateways share.

use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{ByteSize, Period};
use super::nonzero;

/// The servers that gateways share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// The name of this gateway: letters, digits, `-` and `_`, at most 100. No two that run at once may share one, and it stays the same
    /// from one start to the next; the name of the machine when nothing is said.
    #[schemars(example = "gateway-1")]
    pub gateway: Option<String>,
    /// How many entries may be on their way at a time; beyond, requests are answered 503.
    pub commits_max: NonZeroUsize,
    /// The largest entry, as JSON. It must fit into a message of Kafka and into half a commit log segment of Cassandra.
    pub entry_max_bytes: ByteSize,
    /// The most that an entry may write about its folder: one mutation of Cassandra.
    pub batch_max_bytes: ByteSize,
    /// How many requests that write what entries change are under way at a time. What is to be written meanwhile gathers, and goes together.
    pub writes_in_flight: NonZeroUsize,
    /// How old an entry is before another gateway looks whether it was applied, and applies it if not.
    pub takeover_after: Period,
    /// How many entries are examined so at a time.
    pub takeovers_in_flight: NonZeroUsize,
    /// How many pieces of 256 KiB of one upload are being written at a time.
    pub upload_chunks_in_flight: NonZeroUsize,
    /// How many pieces of 256 KiB of one download are read ahead; of 1 MiB when the file is in a bucket.
    pub download_chunks_in_flight: NonZeroUsize,
    /// The journal's servers.
    pub kafka: Kafka,
    /// The servers of view and files.
    pub cassandra: Cassandra,
    /// An object store for the files, instead of the servers of the view.
    pub bucket: Bucket,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            gateway: None,
            commits_max: nonzero(512),
            entry_max_bytes: ByteSize::mib(8),
            batch_max_bytes: ByteSize::mib(12),
            writes_in_flight: nonzero(4),
            takeover_after: Period::seconds(3),
            takeovers_in_flight: nonzero(32),
            upload_chunks_in_flight: nonzero(4),
            download_chunks_in_flight: nonzero(4),
            kafka: Kafka::default(),
            cassandra: Cassandra::default(),
            bucket: Bucket::default(),
        }
    }
}

/// An object store that speaks S3, for the files that are received from now on. Those that Cassandra keeps are read from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bucket {
    /// The name of the bucket, which must be there; files are kept by Cassandra when nothing is said.
    #[schemars(example = &"navette")]
    pub name: Option<String>,
    /// The address of the object store; that of Amazon in the region when nothing is said. The bucket is the first part of the path.
    #[schemars(example = "https://s3.example.fr")]
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// What the names of the objects begin with.
    pub prefix: String,
    /// The access key; what the machine is given (`AWS_…` in the environment, or the role of the machine) when nothing is said.
    pub access_key: Option<String>,
    /// A file with the secret of that access key, alone on its first line.
    pub secret_key_file: Option<PathBuf>,
    /// PEM file of authorities that are trusted besides those of the system.
    #[schemars(example = "/etc/navette/objects-authorities.pem")]
    pub authorities: Option<PathBuf>,
    /// How long a request may take, those that are tried again included: a part of 8 MiB must go within it.
    pub request_timeout: Period,
    /// How long a connection may take to be made.
    pub connect_timeout: Period,
    /// How many parts of 8 MiB of one upload are being sent at a time, beside the one that is filled.
    pub upload_parts_in_flight: NonZeroUsize,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            name: None,
            endpoint: None,
            region: "eu-west-3".to_owned(),
            prefix: "navette".to_owned(),
            access_key: None,
            secret_key_file: None,
            authorities: None,
            request_timeout: Period::seconds(30),
            connect_timeout: Period::seconds(5),
            upload_parts_in_flight: nonzero(2),
        }
    }
}

/// The journal's servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Kafka {
    /// Brokers to begin with, as `host:port`, separated by commas.
    #[schemars(example = "kafka-1:9092,kafka-2:9092,kafka-3:9092")]
    pub brokers: Option<String>,
    /// Whether the connections are encrypted. The certificate of a server must be for the name that `brokers`, and the brokers themselves, give it.
    pub tls: bool,
    /// PEM file of the authorities that are trusted; those of the system when nothing is said.
    #[schemars(example = "/etc/navette/kafka-authorities.pem")]
    pub authorities: Option<PathBuf>,
    /// The user name, where the servers ask for one.
    pub user: Option<String>,
    /// A file with the password of that user, alone on its first line.
    pub password_file: Option<PathBuf>,
    /// How the password is proven: `scram-sha-512`, `scram-sha-256`, or `plain`, which sends it.
    pub mechanism: KafkaMechanism,
    /// What the names of the topics and of the consumer group begin with.
    pub prefix: String,
    /// How many partitions the journal's topic has: it is made with so many, and a start refuses another number.
    pub journal_partitions: NonZeroU16,
    /// How many copies of each topic there are when it is made.
    pub replication: NonZeroU16,
    /// How long the journal's topic keeps an entry when it is made: it may hold personal data.
    pub journal_retained_for: Period,
    /// How long an entry may take to be acknowledged by all replicas in sync.
    pub acknowledge_timeout: Period,
    /// How long a question about topics and offsets may take.
    pub request_timeout: Period,
    /// How many bytes may wait to be sent; beyond, requests are answered 503.
    pub queue_max_bytes: ByteSize,
    /// After how long without a sign of life the work of a gateway goes to the others.
    pub session_timeout: Period,
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: None,
            tls: false,
            authorities: None,
            user: None,
            password_file: None,
            mechanism: KafkaMechanism::ScramSha512,
            prefix: "navette".to_owned(),
            journal_partitions: NonZeroU16::new(12).unwrap_or(NonZeroU16::MIN),
            replication: NonZeroU16::new(3).unwrap_or(NonZeroU16::MIN),
            journal_retained_for: Period::seconds(7 * 24 * 3_600),
            acknowledge_timeout: Period::seconds(10),
            request_timeout: Period::seconds(10),
            queue_max_bytes: ByteSize::mib(32),
            session_timeout: Period::seconds(6),
        }
    }
}

/// How a password is proven to Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KafkaMechanism {
    /// It is sent.
    Plain,
    /// It is never sent.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// It is never sent.
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
}

/// The servers of view and files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cassandra {
    /// Nodes to begin with, as `host:port`, separated by commas.
    #[schemars(example = "cassandra-1:9042,cassandra-2:9042,cassandra-3:9042")]
    pub nodes: Option<String>,
    /// Whether the connections are encrypted. The certificate of a server must be for the address that it is reached at, not only for its name.
    pub tls: bool,
    /// PEM file of the authorities that are trusted; those of the system when nothing is said.
    #[schemars(example = "/etc/navette/cassandra-authorities.pem")]
    pub authorities: Option<PathBuf>,
    /// The user name, where the servers ask for one.
    pub user: Option<String>,
    /// A file with the password of that user, alone on its first line.
    pub password_file: Option<PathBuf>,
    /// The keyspace: a lower case letter, then lower case letters, digits and `_`, at most 48. `navette schema apply` makes it.
    pub keyspace: String,
    /// How many copies of each row there are when the keyspace is made.
    pub replication: NonZeroU16,
    /// How long a request may take, those that are tried again included.
    pub request_timeout: Period,
    /// How long a conditional write may take before another node is asked what came of it: no second node is asked before.
    pub decide_timeout: Period,
    /// How long a node may take before another is asked the same besides, where asking twice changes nothing.
    pub second_node_after: Period,
    /// How long a connection may take to be made.
    pub connect_timeout: Period,
}

impl Default for Cassandra {
    fn default() -> Self {
        Self {
            nodes: None,
            tls: false,
            authorities: None,
            user: None,
            password_file: None,
            keyspace: "navette".to_owned(),
            replication: NonZeroU16::new(3).unwrap_or(NonZeroU16::MIN),
            request_timeout: Period::seconds(10),
            decide_timeout: Period(std::time::Duration::from_secs(3)),
            second_node_after: Period(std::time::Duration::from_millis(500)),
            connect_timeout: Period::seconds(5),
        }
    }
}
