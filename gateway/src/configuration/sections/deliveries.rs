//! What is brought to recipients.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cases that are brought to recipients: where to is a matter of each subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
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
}
