//! How a use case fails, in words that a caller can act on.

use std::fmt;

use crate::ports;

/// The thing a caller asked for, as the contract spells it in "… is not found".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// `Folder`.
    Folder,
    /// `Case`.
    Case,
    /// `Event`.
    Event,
    /// `Notification`.
    Notification,
    /// The metadata of an attachment, asked for by an upload.
    Metadata,
    /// The bytes of an attachment, asked for by a download.
    File,
    /// `Organization`.
    Organization,
    /// `Process`.
    Process,
    /// `Subscription`.
    Subscription,
    /// `Credential`.
    Credential,
    /// `Delivery`.
    Delivery,
    /// `Endpoint`, of a subscription that exists.
    Endpoint,
}

impl fmt::Display for Noun {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Folder => "Folder",
            Self::Case => "Case",
            Self::Event => "Event",
            Self::Notification => "Notification",
            Self::Metadata => "Binary meta-data",
            Self::File => "File",
            Self::Organization => "Organization",
            Self::Process => "Process",
            Self::Subscription => "Subscription",
            Self::Credential => "Credential",
            Self::Delivery => "Delivery",
            Self::Endpoint => "Endpoint",
        })
    }
}

/// Why a use case did not happen. Nothing was changed unless the variant says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked breaks rules; every broken rule is listed.
    #[error("{0}")]
    Invalid(Faults),
    /// The caller has no right to this object or operation.
    #[error("Unauthorized user")]
    Forbidden,
    /// There is no such object.
    #[error("{0} is not found")]
    NotFound(Noun),
    /// A port failed; says whether trying again may help.
    #[error("the hub cannot do this now")]
    Port(#[from] ports::Error),
}

impl Error {
    /// A refusal with a single fault.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(path, message);
        Self::Invalid(faults)
    }
}

/// One broken rule: the field, and what to do about it. Never holds the value of a personal field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a path into the body or the request: `cases[0].recipient`. Empty when the message says it all.
    pub path: String,
    /// What is wrong and the remedy.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

/// All the faults found in one request, the first one of each field, in the order found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    listed: Vec<Fault>,
    unlisted: usize,
}

impl Faults {
    /// How many faults are spelled out; the rest is counted, so that an answer stays small.
    pub const MAX_LISTED: usize = 100;

    /// Adds a fault, unless this path already has one: the first fault of a field explains the others.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let fault = Fault { path: path.into(), message: message.into() };
        if !fault.path.is_empty() && self.listed.iter().any(|known| known.path == fault.path) {
            return;
        }
        if self.listed.len() < Self::MAX_LISTED {
            self.listed.push(fault);
        } else {
            self.unlisted += 1;
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The faults that are spelled out.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.listed.iter()
    }

    /// How many more there are.
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }

    /// `Ok` when nothing was found.
    pub fn into_result(self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.listed.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{fault}")?;
        }
        if self.unlisted > 0 {
            write!(formatter, "; and {} more", self.unlisted)?;
        }
        Ok(())
    }
}
