//! How the servers fail, and what that means to a use case.

use navette_router::ports::{self, ErrorKind};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use scylla::errors::{
    DbError, ExecutionError, FirstRowError, IntoRowsResultError, RequestAttemptError, RowsError, TypeCheckError,
};

/// Why something did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cassandra did not do what it was asked.
    #[error("the view's servers did not answer as they should")]
    Request(#[source] Box<ExecutionError>),
    /// An answer without rows.
    #[error("the view's servers answered without rows")]
    NoRows(#[source] Box<IntoRowsResultError>),
    /// A row that has other columns than it should.
    #[error("a row of the view has other columns than it should")]
    Columns(#[from] TypeCheckError),
    /// A row that is not what it should be.
    #[error("a row of the view is not what it should be")]
    Row(#[source] Box<FirstRowError>),
    /// Kafka did not take what it was given, or did not say so.
    #[error("the journal's servers did not take an entry")]
    Journal(#[from] KafkaError),
    /// The journal's client ended before it knew.
    #[error("the journal's client ended")]
    JournalEnded,
    /// The view's client ended before it knew.
    #[error("the view's client ended")]
    ViewEnded,
    /// The object store did not do what it was asked.
    #[error("the object store did not do what it was asked")]
    Objects(#[from] object_store::Error),
    /// An attachment is in an object store, and there is none.
    #[error("an attachment is in an object store, and none is configured")]
    NoObjects,
    /// A record or an entry is not the JSON it should be.
    #[error("a stored record cannot be read")]
    Record(#[from] serde_json::Error),
    /// A value that is not what was written.
    #[error("a stored {0} is not well formed")]
    Malformed(&'static str),
    /// An entry was decided by a version of this software that writes another format.
    #[error("an entry has format {0}, which this version of navette does not know; start the version that wrote it")]
    UnknownFormat(u32),
    /// Somebody else decided about the subject meanwhile.
    #[error("another gateway decided about the same subject")]
    Conflict,
    /// It failed after it may have been decided: somebody may finish it yet, whatever the failure says of the last step.
    #[error("what was perhaps decided was not finished")]
    Unfinished(#[source] Box<Error>),
    /// More is under way than was allowed.
    #[error("{0} are under way already, which is the maximum")]
    TooMany(usize),
    /// An entry is larger than was allowed.
    #[error("an entry of {bytes} bytes was refused: the maximum is {max_bytes}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The maximum.
        max_bytes: usize,
    },
    /// The referential in memory does not follow its topic.
    #[error("the referential did not follow its topic within {0:?}")]
    NotFollowed(std::time::Duration),
    /// An entry changes the records of a folder and is not about that folder.
    #[error("an entry changes a folder that it is not about")]
    ForeignFolder,
    /// An entry touches a record that was not asked for.
    #[error("an entry touches a record that was not fetched")]
    NotFetched,
    /// The task that did it ended.
    #[error("a task ended before it was done")]
    Ended(#[from] tokio::task::JoinError),
}

impl Error {
    /// Whether a request that was to decide something may have done so all the same.
    pub(super) fn leaves_doubt(&self) -> bool {
        let Self::Request(error) = self else { return false };
        !matches!(
            **error,
            ExecutionError::BadQuery(_) | ExecutionError::EmptyPlan | ExecutionError::ConnectionPoolError(_)
        )
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Request(error) => match &**error {
                ExecutionError::LastAttemptError(error) => of_attempt(error),
                _ => ErrorKind::Unavailable,
            },
            Self::Journal(error) => of_journal(error),
            Self::Record(_) | Self::Malformed(_) => ErrorKind::Corrupt,
            Self::Conflict => ErrorKind::Conflict,
            Self::TooMany(_) => ErrorKind::Overloaded,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::NoRows(_)
            | Self::Columns(_)
            | Self::Row(_)
            | Self::JournalEnded
            | Self::ViewEnded
            | Self::Unfinished(_)
            | Self::Objects(_)
            | Self::NoObjects
            | Self::UnknownFormat(_)
            | Self::NotFollowed(_)
            | Self::ForeignFolder
            | Self::NotFetched
            | Self::Ended(_) => ErrorKind::Unavailable,
        }
    }
}

macro_rules! boxed {
    ($($source:ident: $variant:ident),+ $(,)?) => {$(
        impl From<$source> for Error {
            fn from(source: $source) -> Self {
                Self::$variant(Box::new(source))
            }
        }
    )+};
}

// What the driver says is long, and hardly ever said.
boxed! {
    ExecutionError: Request,
    IntoRowsResultError: NoRows,
    FirstRowError: Row,
}

impl From<RowsError> for Error {
    fn from(RowsError::TypeCheckFailed(error): RowsError) -> Self {
        error.into()
    }
}

fn of_attempt(error: &RequestAttemptError) -> ErrorKind {
    match error {
        RequestAttemptError::UnableToAllocStreamId | RequestAttemptError::DbError(DbError::Overloaded, _) => {
            ErrorKind::Overloaded
        }
        _ => ErrorKind::Unavailable,
    }
}

fn of_journal(error: &KafkaError) -> ErrorKind {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::QueueFull) => ErrorKind::Overloaded,
        Some(RDKafkaErrorCode::MessageSizeTooLarge) => ErrorKind::TooLarge,
        _ => ErrorKind::Unavailable,
    }
}

impl From<Error> for ports::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}
