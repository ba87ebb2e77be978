//! The configuration: one typed tree, read from TOML, every field of which a `NAVETTE_…` variable may override.
//!
//! The reference page and the file that `navette init` writes are generated from the doc comments of the fields, so each of them
//! is written for an operator.

mod environment;
mod error;
mod path_check;
mod quantity;
mod reference;
mod sections;
mod validate;
mod validate_cluster;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::{ConfigurationError, Fault};
pub use quantity::{ByteSize, Period};
pub use reference::{reference_file, reference_page};
pub use sections::{
    Admin, Admission, Attachments, Backend, Bucket, Cassandra, Cluster, Deliveries, Drain, Http2, Journal, Kafka,
    KafkaMechanism, Limits, Log, LogFormat, Mail, MailProtection, Retention, Server, Sftp, Storage, Timeouts, Tls,
    Tokens, View,
};

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// The public listener.
    pub server: Server,
    /// Certificates of the public listener. Without them it speaks plain HTTP: only behind something that does TLS.
    pub tls: Tls,
    /// The second listener: metrics and health. Not for the public.
    pub admin: Admin,
    /// What a request may be at most.
    pub limits: Limits,
    /// How long a client may keep the hub waiting.
    pub timeouts: Timeouts,
    /// How much may be in progress at a time; beyond, requests are answered 503 with `Retry-After`.
    pub admission: Admission,
    /// HTTP/2.
    pub http2: Http2,
    /// How the hub stops.
    pub drain: Drain,
    /// Access tokens.
    pub tokens: Tokens,
    /// What is kept, and where.
    pub storage: Storage,
    /// How long files and folders are kept.
    pub retention: Retention,
    /// Cases that are brought to recipients: where to is a matter of each subscription.
    pub deliveries: Deliveries,
    /// An SFTP server from which recipients fetch what waits in their inboxes, with the client id and the secret of their credential.
    pub sftp: Sftp,
    /// E-mails to subscribers that ask for them.
    pub mail: Mail,
    /// Logs, on standard error.
    pub log: Log,
    /// How far the clock of the hub runs ahead, or behind when it is negative: only a sandbox sets it.
    #[serde(skip)]
    #[schemars(skip)]
    pub clock_ahead_milliseconds: i64,
}

impl Configuration {
    /// Reads TOML and applies the variables of the environment onto it.
    ///
    /// # Errors
    /// A sentence that names the key and what is wrong with it.
    pub fn parse(
        toml: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigurationError> {
        Self::of_table(toml.parse().map_err(ConfigurationError::Syntax)?, environment)
    }

    fn of_table(
        mut table: toml::Table,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigurationError> {
        environment::apply(&mut table, environment)?;
        let configuration: Self = serde_path_to_error::deserialize(table).map_err(|error| {
            let key = error.path().to_string();
            ConfigurationError::Invalid(vec![Fault::new(key, error.into_inner().message().trim().to_owned())])
        })?;
        let faults = validate::faults(&configuration);
        if faults.is_empty() { Ok(configuration) } else { Err(ConfigurationError::Invalid(faults)) }
    }

    /// Reads the file at `path`, with the environment of the process.
    ///
    /// # Errors
    /// As [`Configuration::parse`], or when the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, ConfigurationError> {
        Self::parse(&read(path)?, environment::of_process())
    }

    /// The same on another backend: what that one needs is in it, or named.
    ///
    /// # Errors
    /// As [`Configuration::parse`].
    pub fn on(mut self, backend: Backend) -> Result<Self, ConfigurationError> {
        self.storage.backend = backend;
        let faults = validate::faults(&self);
        if faults.is_empty() { Ok(self) } else { Err(ConfigurationError::Invalid(faults)) }
    }

    /// The same for a sandbox: `defaults`, written as variables, are what the file at `path` does not say; there may be no file.
    ///
    /// # Errors
    /// As [`Configuration::load`].
    pub fn load_upon(defaults: &[(&str, &str)], path: Option<&Path>) -> Result<Self, ConfigurationError> {
        let toml = path.map(read).transpose()?.unwrap_or_default();
        let mut table = toml::Table::new();
        environment::apply(&mut table, defaults.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))?;
        overwrite(&mut table, toml.parse().map_err(ConfigurationError::Syntax)?);
        Self::of_table(table, environment::of_process())
    }

    /// Looks whether what the paths name can be reached: files readable, the data directory there or possible to make.
    ///
    /// # Errors
    /// Names each key whose path cannot be.
    pub fn check_paths(&self) -> Result<(), ConfigurationError> {
        let faults = path_check::faults(self);
        if faults.is_empty() { Ok(()) } else { Err(ConfigurationError::Invalid(faults)) }
    }
}

fn read(path: &Path) -> Result<String, ConfigurationError> {
    std::fs::read_to_string(path).map_err(|source| ConfigurationError::Unreadable { path: path.to_owned(), source })
}

/// Sets in `table` what `other` says, section by section.
fn overwrite(table: &mut toml::Table, other: toml::Table) {
    for (key, value) in other {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(table)), toml::Value::Table(other)) => overwrite(table, other),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests;
