//! Logs, on standard error. No personal data: neither bodies, nor values of queries, nor addresses of people.

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::configuration::{Log, LogFormat};

/// The logs cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is not one.
    #[error("log.filter is not a list of levels")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// Something has set up logs before.
    #[error("logs are set up already")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// Sets up the logs of the process, once.
///
/// # Errors
/// [`LoggingError`].
pub fn init(log: &Log) -> Result<(), LoggingError> {
    let filter: Targets = log.filter.parse().map_err(LoggingError::Filter)?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter)).try_init().map_err(LoggingError::Twice)
}
