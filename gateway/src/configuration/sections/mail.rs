//! E-mails to subscribers.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::nonzero;
use crate::configuration::Period;

/// E-mails to subscribers that ask for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// The SMTP server; without one nobody is written to. Its certificate must be for this name.
    pub host: Option<String>,
    /// Its port.
    pub port: u16,
    /// `starttls`, `tls` from the first byte, or `none` for a server on the same machine.
    pub protection: MailProtection,
    /// PEM file of the authorities that are trusted; those of the system when nothing is said.
    pub authorities: Option<PathBuf>,
    /// The user name, where the server asks for one.
    pub user: Option<String>,
    /// A file with the password of that user, alone on its first line.
    pub password_file: Option<PathBuf>,
    /// Who writes.
    pub from: String,
    /// Where agents read; named in mails when it is set.
    pub portal_url: Option<String>,
    /// The hour of the day, UTC, at which those are written to who ask for one mail a day.
    pub digest_hour: u8,
    /// How many mails may wait; beyond, no more are called for.
    pub waiting_max: NonZeroUsize,
    /// How many connections to the server are used at a time.
    pub connections_max: NonZeroU32,
    /// How long the server may take to answer.
    pub timeout: Period,
    /// How long after a failure a mail is tried again; twice as long after the next one.
    pub retry_first: Period,
    /// No longer than this between two attempts.
    pub retry_max: Period,
    /// How often a mail is tried before it is given up.
    pub attempts_max: NonZeroU32,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            host: None,
            port: 587,
            protection: MailProtection::Starttls,
            authorities: None,
            user: None,
            password_file: None,
            from: "Navette <ne-pas-repondre@localhost>".to_owned(),
            portal_url: None,
            digest_hour: 5,
            waiting_max: nonzero(100_000),
            connections_max: NonZeroU32::new(2).unwrap_or(NonZeroU32::MIN),
            timeout: Period::seconds(30),
            retry_first: Period::seconds(60),
            retry_max: Period::seconds(6 * 3_600),
            attempts_max: NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// How the connection to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailProtection {
    /// In the clear, then TLS; without it nothing is sent.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// In the clear.
    None,
}
