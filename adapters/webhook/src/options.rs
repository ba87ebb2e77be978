//! What holds for all endpoints.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use crate::Networks;

/// What holds for all endpoints.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where recipients reach the hub, without a slash at the end: links begin with it.
    pub base_url: String,
    /// How long one call may take, from the wait for its turn to the end of the answer. 30 s is what recipients are told.
    pub time_limit: Duration,
    /// How many calls there are at once.
    pub calls_max: NonZero<usize>,
    /// PEM file of the authorities that are trusted; none: those of the system.
    pub authorities: Option<PathBuf>,
    /// Networks that may be called although they are not the Internet: those of an administration's own network.
    pub networks: Networks,
    /// Whether addresses that begin with `http://` are accepted: on a network that is protected otherwise, or for tests.
    pub http_allowed: bool,
}

impl Options {
    /// What is right on the Internet.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            time_limit: Duration::from_secs(30),
            calls_max: const { NonZero::new(256).expect("invariant: more than none") },
            authorities: None,
            networks: Networks::default(),
            http_allowed: false,
        }
    }
}

/// Why nobody can be called at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The authorities cannot be read.
    #[error("the authorities {path} cannot be read")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// There is no authority to trust.
    #[error(
        "no authority is trusted: {0} holds none; install the system's certificates, or name a file of authorities"
    )]
    NoAuthority(String),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}
