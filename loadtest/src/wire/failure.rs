//! Why a request came to nothing.

use std::time::Duration;

use http::StatusCode;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody listens, or not there.
    #[error("the hub cannot be reached: {0}")]
    Unreachable(std::io::Error),
    /// The certificate does not verify, or TLS is not what is spoken.
    #[error("the hub does not prove who it is, or does not speak TLS: {0}; {1}")]
    Tls(std::io::Error, String),
    /// The connection ended too early.
    #[error("the connection broke off: {0}")]
    Broken(hyper::Error),
    /// What came is not HTTP, or not what the contract says.
    #[error("the answer is not understood: {0}")]
    Nonsense(String),
    /// Nothing came in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
    /// The hub says no.
    #[error("the hub answered {status}: {message}")]
    Refused {
        /// With this status.
        status: StatusCode,
        /// And these words.
        message: String,
        /// When to ask again.
        retry_after: Option<Duration>,
    },
    /// The request cannot be written.
    #[error("the request cannot be made: {0}")]
    Request(#[from] http::Error),
    /// The run ends.
    #[error("the run has ended")]
    Closed,
}

impl From<hyper::Error> for Failure {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse() { Self::Nonsense(error.to_string()) } else { Self::Broken(error) }
    }
}

impl Failure {
    /// Whether the same request may succeed later: it did not arrive, or the hub was not able to take it then.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Broken(_) | Self::Late(_) => true,
            Self::Refused { status, .. } => matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
            Self::Tls(..) | Self::Nonsense(_) | Self::Request(_) | Self::Closed => false,
        }
    }

    /// What is counted: the same words for the same kind, without addresses or names.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Unreachable(error) => format!("not reached ({})", error.kind()),
            Self::Tls(..) => "TLS".to_owned(),
            Self::Broken(_) => "connection broke off".to_owned(),
            Self::Nonsense(_) => "answer not understood".to_owned(),
            Self::Late(_) => "no answer in time".to_owned(),
            Self::Refused { status, .. } => format!("status {}", status.as_u16()),
            Self::Request(_) | Self::Closed => "not sent".to_owned(),
        }
    }
}
