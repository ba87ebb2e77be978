//! The sections. Each doc comment is a line of the reference page; the defaults suit a small virtual machine.

mod cluster;
mod deliveries;
mod mail;
mod sftp;
mod storage;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ByteSize, Period};

pub use cluster::{Bucket, Cassandra, Cluster, Kafka, KafkaMechanism};
pub use deliveries::Deliveries;
pub use mail::{Mail, MailProtection};
pub use sftp::Sftp;
pub use storage::{Attachments, Backend, Journal, Storage, View};

/// The public listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port that partners connect to. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// How many connections may be open at a time; the next ones wait to be accepted.
    pub max_connections: NonZeroUsize,
    /// How many connections the system keeps waiting until they are accepted.
    pub backlog: NonZeroU32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            max_connections: nonzero(16_384),
            backlog: NonZeroU32::new(1024).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// Certificates of the public listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file of the certificate and of those between it and the authority.
    #[schemars(example = "/etc/navette/certificate.pem")]
    pub certificate: Option<PathBuf>,
    /// PEM file of the private key of the certificate.
    #[schemars(example = "/etc/navette/key.pem")]
    pub key: Option<PathBuf>,
    /// How often the two files are looked at; a new certificate is taken without a restart, and at once on SIGHUP.
    pub poll_interval: Period,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Period,
    /// How many TLS 1.2 sessions are remembered, so that their clients come back without a full handshake.
    pub sessions_max: NonZeroUsize,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            poll_interval: Period::seconds(30),
            handshake_timeout: Period::seconds(10),
            sessions_max: nonzero(4096),
        }
    }
}

/// The second listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// Address and port of `/metrics`, `/health/live` and `/health/ready`. Keep it away from the public.
    pub listen: SocketAddr,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)) }
    }
}

/// What a request may be at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest head (request line and headers) of a request; also how much of an HTTP/1.1 connection is read at a time.
    pub head_max_bytes: ByteSize,
    /// How many headers a request may have.
    pub headers_max: NonZeroUsize,
    /// The largest JSON body.
    pub json_max_bytes: ByteSize,
    /// What a compressed body may become.
    pub decoded_max_bytes: ByteSize,
    /// How many times its own size a compressed body may become, once it is larger than 1 MiB.
    pub decoded_max_ratio: NonZeroU32,
    /// How many notifications a list gives at most, whatever is asked.
    pub list_max_rows: NonZeroUsize,
    /// How many organizations, processes or subscriptions a list gives at most, whatever is asked.
    pub referential_max_rows: NonZeroUsize,
    /// How many rows a list gives when nothing is asked.
    pub list_default_rows: NonZeroUsize,
    /// How many cases a folder may have.
    pub cases_per_folder: NonZeroUsize,
    /// How many attachments a folder may have.
    pub attachments_per_folder: NonZeroUsize,
    /// How many events a case may have.
    pub events_per_case: NonZeroU32,
    /// How many attachments an event may have.
    pub attachments_per_event: NonZeroUsize,
    /// The largest attachment, whatever its process allows.
    pub attachment_max_bytes: ByteSize,
    /// How many refused requests are remembered, to explain them to whoever asks; 0: none.
    pub refusals_kept: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_max_bytes: ByteSize::kib(64),
            headers_max: nonzero(100),
            json_max_bytes: ByteSize::mib(8),
            decoded_max_bytes: ByteSize::gib(1),
            decoded_max_ratio: NonZeroU32::new(200).unwrap_or(NonZeroU32::MIN),
            list_max_rows: nonzero(1_000),
            referential_max_rows: nonzero(5_000),
            list_default_rows: nonzero(25),
            cases_per_folder: nonzero(5_000),
            attachments_per_folder: nonzero(1_000),
            events_per_case: NonZeroU32::new(10_000).unwrap_or(NonZeroU32::MIN),
            attachments_per_event: nonzero(100),
            attachment_max_bytes: ByteSize::gib(1),
            refusals_kept: 5_000,
        }
    }
}

/// How long a client may keep the hub waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// From the first byte of a request to the end of its headers.
    pub head: Period,
    /// How long a connection may stay open without a request.
    pub idle: Period,
    /// How long a body may pause; then the request is answered 408.
    pub body_stall: Period,
    /// How many bytes of a body grant a second of waiting for the rest, beyond the first pause: a body that drips in slower is
    /// answered 408 as well. 0 lets it drip.
    pub body_min_bytes_per_second: ByteSize,
    /// How long a client may take nothing of an answer; then the connection is closed.
    pub write_stall: Period,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Period::seconds(10),
            idle: Period::seconds(90),
            body_stall: Period::seconds(30),
            body_min_bytes_per_second: ByteSize::kib(1),
            write_stall: Period::seconds(30),
        }
    }
}

/// How much may be in progress at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Admission {
    /// The sum of what the requests in progress are charged.
    pub in_flight_max_bytes: ByteSize,
    /// What every request is charged.
    pub request_base_bytes: ByteSize,
    /// What a request is charged at most for its body: no more of it is in memory at a time.
    pub request_window_bytes: ByteSize,
    /// What a refused client is told to wait.
    pub retry_after: Period,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            in_flight_max_bytes: ByteSize::mib(256),
            request_base_bytes: ByteSize::kib(32),
            request_window_bytes: ByteSize::mib(2),
            retry_after: Period::seconds(1),
        }
    }
}

/// HTTP/2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http2 {
    /// How many requests may be in progress on one connection.
    pub streams_max: NonZeroU32,
    /// How much of one body a client may send before the hub has taken it.
    pub stream_window_bytes: ByteSize,
    /// The same for all bodies of a connection together.
    pub connection_window_bytes: ByteSize,
}

impl Default for Http2 {
    fn default() -> Self {
        Self {
            streams_max: NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN),
            stream_window_bytes: ByteSize::kib(256),
            connection_window_bytes: ByteSize::kib(512),
        }
    }
}

/// How the hub stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Drain {
    /// Between the moment `/health/ready` says no and the moment the listener closes, so that a load balancer can turn away.
    pub notice: Period,
    /// How long requests in progress may take to end after that.
    pub timeout: Period,
}

impl Default for Drain {
    fn default() -> Self {
        Self { notice: Period::seconds(0), timeout: Period::seconds(30) }
    }
}

/// Access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// How long a token is valid.
    pub lifetime: Period,
    /// How long one signing key is used; at least `lifetime`.
    pub key_period: Period,
    /// The master key, made if it does not exist; `master.key` in the data directory when nothing is said.
    #[schemars(example = "/var/lib/navette/master.key")]
    pub master_key: Option<PathBuf>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { lifetime: Period::seconds(3600), key_period: Period::seconds(86_400), master_key: None }
    }
}

/// How long files and folders are kept: when is a matter of their process, this is about how it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Whether files whose time is up are deleted, cases archived and folders deleted.
    pub enabled: bool,
    /// How long the hub rests between two sweeps over all folders.
    pub interval: Period,
    /// How many folders a sweep looks at in a second at most, so that deposits do not wait for it.
    pub folders_per_second: NonZeroU32,
    /// How many days the record of what administrators did is kept.
    pub audit_days: NonZeroU32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            enabled: true,
            interval: Period::seconds(3_600),
            folders_per_second: NonZeroU32::new(2_000).unwrap_or(NonZeroU32::MIN),
            audit_days: NonZeroU32::new(1_826).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// Logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `json` for machines, `text` for people.
    pub format: LogFormat,
    /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module: `info,navette_storage=debug`.
    pub filter: String,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Words.
    Text,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Json, filter: "info".to_owned() }
    }
}

fn nonzero(value: usize) -> NonZeroUsize {
    NonZeroUsize::new(value).unwrap_or(NonZeroUsize::MIN)
}
