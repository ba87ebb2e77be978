//! The server from which recipients fetch.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Period;
use super::nonzero;

/// An SFTP server from which recipients fetch what waits in their inboxes, with the client id and the secret of their credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sftp {
    /// Where it listens, such as `0.0.0.0:2022`; nowhere when nothing is said.
    pub listen: Option<SocketAddr>,
    /// The private key by which clients know the server, Ed25519, made if it does not exist; `sftp_host_key` in the data directory when nothing is said.
    /// Gateways behind one address need the same one.
    #[schemars(example = "/var/lib/navette/sftp_host_key")]
    pub host_key: Option<PathBuf>,
    /// How many connections there may be.
    pub connections_max: NonZeroUsize,
    /// How many of one account.
    pub connections_per_account_max: NonZeroUsize,
    /// How many from one address; of IPv6, from one network of 64 bits.
    pub connections_per_address_max: NonZeroUsize,
    /// How many may not have logged in yet.
    pub logins_max: NonZeroUsize,
    /// How long that may take.
    pub login_timeout: Period,
    /// How many passwords may be tried on one connection.
    pub attempts_max: NonZeroUsize,
    /// How long a session may ask for nothing, or take nothing of what it asked for.
    pub idle_timeout: Period,
    /// How many files and directories one session may have open.
    pub handles_max: NonZeroUsize,
    /// How many messages one listing shows.
    pub names_max: NonZeroU32,
    /// How many sessions read from files at a time, in turns.
    pub readers_max: NonZeroUsize,
}

impl Default for Sftp {
    fn default() -> Self {
        Self {
            listen: None,
            host_key: None,
            connections_max: nonzero(64),
            connections_per_account_max: nonzero(8),
            connections_per_address_max: nonzero(32),
            logins_max: nonzero(32),
            login_timeout: Period::seconds(30),
            attempts_max: nonzero(3),
            idle_timeout: Period::seconds(300),
            handles_max: nonzero(32),
            names_max: NonZeroU32::new(100_000).unwrap_or(NonZeroU32::MIN),
            readers_max: nonzero(8),
        }
    }
}
