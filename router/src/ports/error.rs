//! How a port fails.

use std::{error, fmt};

/// What kind of failure, which is all that a use case may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// There is no room left where bytes are kept.
    NoSpace,
    /// A named maximum is reached; it passes.
    Overloaded,
    /// The port does not work at all.
    Unavailable,
    /// Somebody else changed the subject meanwhile: decide again.
    Conflict,
    /// More bytes came than were declared.
    TooLong,
    /// Fewer bytes came than were declared.
    TooShort,
    /// What one request asks to write down is more than may be written down at once.
    TooLarge,
    /// What was read is not what was written.
    Corrupt,
}

impl ErrorKind {
    /// Whether the same request may succeed later.
    pub const fn may_be_retried(self) -> bool {
        match self {
            Self::NoSpace | Self::Overloaded | Self::Unavailable | Self::Conflict => true,
            Self::TooLong | Self::TooShort | Self::TooLarge | Self::Corrupt => false,
        }
    }
}

/// A failure of a port: its kind, and the cause for the log.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// A failure with its cause.
    pub fn new(kind: ErrorKind, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// What kind of failure.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            ErrorKind::NoSpace => "no space is left for data",
            ErrorKind::Overloaded => "too much is waiting",
            ErrorKind::Unavailable => "storage is not available",
            ErrorKind::Conflict => "somebody else changed this at the same time",
            ErrorKind::TooLong => "more bytes came than were declared",
            ErrorKind::TooShort => "fewer bytes came than were declared",
            ErrorKind::TooLarge => "this is more than may be written down at once",
            ErrorKind::Corrupt => "stored data is damaged",
        })
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}
