//! What is wrong with a configuration.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A key, and what is wrong with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As in the file, sections separated by dots.
    pub key: String,
    /// What is wrong, with the value, and what would be right.
    pub message: String,
}

impl Fault {
    pub(super) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.key, self.message)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("the configuration {} cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is not TOML; the message says line and column.
    #[error("the configuration is not valid TOML: {0}")]
    Syntax(toml::de::Error),
    /// Keys or values are wrong.
    #[error("{}", listed(.0))]
    Invalid(Vec<Fault>),
    /// A variable of the environment names no key.
    #[error("the variable {name} names no key of the configuration{}", hint(.nearest.as_deref()))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// A variable that exists and whose name is close.
        nearest: Option<String>,
    },
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}
