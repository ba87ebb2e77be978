//! Where a recipient wants its cases, as flat as a line of a CSV file.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::model::ProcessCode;

/// Where and how one recipient wants the cases of one process: named texts, and named texts that nobody may read.
///
/// Flat on purpose: the referential, a command line and a CSV file carry it alike. A list is written with commas, a flag as
/// `true` or `false`, a number in decimal; the unit of a number is the end of its name (`interval_seconds`).
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The process whose cases go there.
    pub process: ProcessCode,
    /// What may be shown.
    pub settings: BTreeMap<String, String>,
    /// What may not: passwords, keys. Sealed at rest, never given back, blank in `Debug`.
    pub secrets: BTreeMap<String, SecretString>,
}

impl Endpoint {
    /// The longest setting, in bytes.
    pub const SETTING_MAX_BYTES: usize = 2_048;
    /// The longest secret, in bytes: a private key in its text form.
    pub const SECRET_MAX_BYTES: usize = 16_384;

    /// One for a process, with nothing set.
    pub const fn new(process: ProcessCode) -> Self {
        Self { process, settings: BTreeMap::new(), secrets: BTreeMap::new() }
    }

    /// The same with a setting more.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// The same with a secret more.
    #[must_use]
    pub fn seal(mut self, name: &str, value: impl Into<SecretString>) -> Self {
        self.secrets.insert(name.to_owned(), value.into());
        self
    }
}

/// One setting that an adapter knows. Forms, commands and documentation are made from these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name: lower-case words joined by `_`.
    pub name: &'static str,
    /// Whether nobody may read it.
    pub secret: bool,
    /// Whether it must be there.
    pub required: bool,
    /// What it is, what it may be, and what holds without it: one sentence for whoever fills in the form.
    pub help: &'static str,
}

impl Key {
    /// One that must be set.
    pub const fn required(name: &'static str, help: &'static str) -> Self {
        Self { name, secret: false, required: true, help }
    }

    /// One that may be set.
    pub const fn optional(name: &'static str, help: &'static str) -> Self {
        Self { name, secret: false, required: false, help }
    }

    /// One that nobody may read, and that may be set.
    pub const fn secret(name: &'static str, help: &'static str) -> Self {
        Self { name, secret: true, required: false, help }
    }
}
