//! What is brought to recipients.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{ByteSize, Period};
use super::nonzero;

/// Cases that are brought to recipients: where to is a matter of each subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Deliveries {
    /// The key that seals the passwords and keys of endpoints, made if it does not exist; `sealing.key` in the data directory when nothing is said.
    /// All gateways of a cluster need the same one. Without it, each of those secrets has to be set again.
    #[schemars(example = "/var/lib/navette/sealing.key")]
    pub sealing_key: Option<PathBuf>,
    /// The key that sealed before `sealing_key`: what it sealed is still opened.
    pub former_sealing_key: Option<PathBuf>,
    /// Where recipients reach the hub, such as `https://navette.example.fr`: the links that webhooks give begin with it. Without it, no webhook can be set.
    pub base_url: Option<String>,
    /// PEM file of the authorities that sign the certificates of webhooks; those of the system when nothing is said.
    pub authorities: Option<PathBuf>,
    /// Networks that webhooks may call although they are not the Internet, such as `10.20.0.0/16`, separated by commas.
    pub networks: Option<String>,
    /// Whether webhooks may begin with `http://`: only on a network that is protected otherwise.
    pub http_allowed: bool,
    /// What processes are called in the names of SFTP messages, which cannot hold a hyphen: `CODE-1=CODE1`, separated by commas. An endpoint may say otherwise.
    pub process_aliases: Option<String>,
    /// How many deliveries to one endpoint are attempted at a time, once it has shown that it answers.
    pub per_endpoint_max: NonZeroUsize,
    /// How many small deliveries are attempted at a time, over all endpoints.
    pub small_max: NonZeroUsize,
    /// How many large ones.
    pub large_max: NonZeroUsize,
    /// From which size on a delivery is a large one.
    pub large_from: ByteSize,
    /// How many attempts may be slow at a time, beside the others.
    pub slow_max: NonZeroUsize,
    /// After how long without an answer an attempt is slow.
    pub slow_after: Period,
    /// How long one attempt may take in all.
    pub attempt_timeout: Period,
    /// How many deliveries of one endpoint are held in memory; the others wait in the ledger until these are done.
    pub window: NonZeroUsize,
    /// How often it is looked what is due.
    pub look_interval: Period,
    /// At how many endpoints each time, in turn.
    pub endpoints_per_look: NonZeroUsize,
    /// After how many failures in a row an endpoint is left alone for a while.
    pub breaker_failures: NonZeroU32,
    /// For how long the first time; twice as long each time after that.
    pub breaker_first: Period,
    /// For how long at most.
    pub breaker_longest: Period,
    /// The longest wait before a delivery is attempted again, after its first failure; it doubles with each other one.
    pub retry_first: Period,
    /// The longest wait there is.
    pub retry_longest: Period,
    /// How long after it was called for a delivery is given up, and somebody has to look at it.
    pub give_up_after: Period,
    /// The same three for processes whose priority is urgent.
    pub urgent_retry_first: Period,
    /// The longest wait there is, for those.
    pub urgent_retry_longest: Period,
    /// How long after it was called for one of those is given up.
    pub urgent_give_up_after: Period,
    /// After how long without an arrival, although a delivery failed `breaker_failures` times in a row, an endpoint is paused and its people get an e-mail.
    pub suspend_after: Period,
    /// How often each endpoint is asked what came back: what its software read, what it answers.
    pub collect_interval: Period,
    /// How many endpoints are asked at a time.
    pub collecting_max: NonZeroUsize,
    /// How long one question may take in all.
    pub collect_timeout: Period,
    /// How long after its arrival something may come back about a delivery; what comes later stays where it is.
    pub await_for: Period,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            sealing_key: None,
            former_sealing_key: None,
            base_url: None,
            authorities: None,
            networks: None,
            http_allowed: false,
            process_aliases: None,
            per_endpoint_max: nonzero(4),
            small_max: nonzero(64),
            large_max: nonzero(4),
            large_from: ByteSize::mib(16),
            slow_max: nonzero(32),
            slow_after: Period::seconds(5),
            attempt_timeout: Period::seconds(30 * 60),
            window: nonzero(100),
            look_interval: Period(std::time::Duration::from_millis(250)),
            endpoints_per_look: nonzero(50),
            breaker_failures: NonZeroU32::new(5).unwrap_or(NonZeroU32::MIN),
            breaker_first: Period::seconds(30),
            breaker_longest: Period::seconds(30 * 60),
            retry_first: Period::seconds(60),
            retry_longest: Period::seconds(60 * 60),
            give_up_after: Period::seconds(7 * 24 * 60 * 60),
            urgent_retry_first: Period::seconds(10),
            urgent_retry_longest: Period::seconds(5 * 60),
            urgent_give_up_after: Period::seconds(3 * 24 * 60 * 60),
            suspend_after: Period::seconds(5 * 24 * 60 * 60),
            collect_interval: Period::seconds(5 * 60),
            collecting_max: nonzero(8),
            collect_timeout: Period::seconds(5 * 60),
            await_for: Period::seconds(90 * 24 * 60 * 60),
        }
    }
}
