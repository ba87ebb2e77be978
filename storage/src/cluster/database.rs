//! The session with the view's servers, and how rows are asked for and written.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use scylla::client::PoolSize;
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::{Session, TlsContext};
use scylla::client::session_builder::SessionBuilder;
use scylla::deserialize::row::DeserializeRow;
use scylla::errors::FirstRowError;
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use scylla::response::PagingState;
use scylla::serialize::row::SerializeRow;
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::{Consistency, SerialConsistency};
use scylla::value::CqlValue;
use secrecy::ExposeSecret as _;

use super::ConnectError;
use super::error::Error;
use super::gathering::{self, Gathering, REQUEST_MAX_BYTES, REQUEST_MAX_ROWS};
use super::options::Cassandra;
use super::order::Order;
use super::statements::Statements;

/// How often the nodes are asked whether they agree on a schema that was just changed.
const SCHEMA_AGREEMENT_INTERVAL: Duration = Duration::from_millis(10);

/// How many nodes are asked besides the first when that one is slow.
const SECOND_NODES_MAX: usize = 2;

/// A row to write or to remove.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// What to do.
    pub(super) statement: fn(&Statements) -> &PreparedStatement,
    /// The table and the partition: writes of one partition go together.
    pub(super) partition: (&'static str, String),
    /// The values of the statement, those of the row's key first.
    pub(super) values: Vec<CqlValue>,
    /// How many of them are the key.
    pub(super) key_columns: usize,
}

impl Write {
    /// How many bytes it takes, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.values.iter().map(|value| value.as_text().map_or(16, String::len)).sum()
    }

    /// Which row of which table it is about.
    pub(super) fn row(&self) -> (&'static str, String) {
        (self.partition.0, format!("{:?}", self.values.get(..self.key_columns)))
    }
}

/// Connects to the servers.
pub(crate) async fn connect(options: &Cassandra) -> Result<Session, ConnectError> {
    let profile = ExecutionProfile::builder()
        .consistency(Consistency::Quorum)
        .serial_consistency(Some(SerialConsistency::Serial))
        .request_timeout(Some(options.request_timeout))
        .speculative_execution_policy(Some(Arc::new(SimpleSpeculativeExecutionPolicy {
            max_retry_count: SECOND_NODES_MAX,
            retry_interval: options.second_node_after,
        })))
        .build();
    let mut session = SessionBuilder::new()
        .tls_context(options.security.connector()?.map(TlsContext::Rustls023))
        .known_nodes(&options.nodes)
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(options.connect_timeout)
        .pool_size(PoolSize::PerHost(NonZeroUsize::MIN))
        .schema_agreement_interval(SCHEMA_AGREEMENT_INTERVAL)
        .auto_await_schema_agreement(false)
        .fetch_schema_metadata(true);
    if let Some(login) = &options.security.login {
        session = session.user(&login.user, login.password.expose_secret());
    }
    // Boxed, because what connects is large, and whoever waits for it should not carry it.
    Ok(Box::pin(session.build()).await?)
}

/// The view's servers.
#[derive(Debug)]
pub(super) struct Database {
    session: Arc<Session>,
    /// What may be asked.
    pub(super) statements: Arc<Statements>,
    gathering: Arc<Gathering>,
}

impl Database {
    /// A session with them, and how their rows gather.
    pub(super) fn new(session: Session, statements: Statements, options: gathering::Options) -> Self {
        let (session, statements) = (Arc::new(session), Arc::new(statements));
        let gathering = Gathering::new(Arc::clone(&session), Arc::clone(&statements), options);
        Self { session, statements, gathering: Arc::new(gathering) }
    }

    /// What the driver says of itself.
    pub(super) fn metrics(&self) -> Arc<scylla::observability::metrics::Metrics> {
        self.session.get_metrics()
    }

    /// The only row, or the first one.
    pub(super) async fn row<R>(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<Option<R>, Error>
    where
        R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
    {
        let answer = self.session.execute_unpaged(statement, values).await?.into_rows_result()?;
        answer.maybe_first_row::<R>().map_err(|error| match error {
            scylla::errors::MaybeFirstRowError::TypeCheckFailed(error) => Error::Columns(error),
            scylla::errors::MaybeFirstRowError::DeserializationFailed(error) => {
                scylla::errors::FirstRowError::DeserializationFailed(error).into()
            }
        })
    }

    /// All rows, fetched page by page.
    pub(super) async fn rows<R>(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<Vec<R>, Error>
    where
        R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
    {
        // Page by page by hand: the driver's own way of it asks no second node when one is slow.
        let (mut rows, mut state) = (Vec::new(), PagingState::start());
        loop {
            let (page, next) = self.session.execute_single_page(statement, &values, state).await?;
            let page = page.into_rows_result()?;
            for row in page.rows::<R>()? {
                rows.push(row.map_err(FirstRowError::DeserializationFailed)?);
            }
            match next.into_paging_control_flow() {
                ControlFlow::Continue(next) => state = next,
                ControlFlow::Break(()) => return Ok(rows),
            }
        }
    }

    /// Writes one row by the clock of the servers: for what has no order.
    pub(super) async fn write(&self, statement: &PreparedStatement, values: impl SerializeRow) -> Result<(), Error> {
        self.session.execute_unpaged(statement, values).await?;
        Ok(())
    }

    /// Writes rows of one partition at once or not at all, at `order`.
    pub(super) async fn write_together(&self, writes: Vec<Write>, order: Order) -> Result<(), Error> {
        if writes.is_empty() { Ok(()) } else { self.gathering.write(writes, order).await }
    }

    /// The same of rows that nobody waits for: with the next request, or after a moment.
    pub(super) async fn write_with_others(&self, writes: Vec<Write>, order: Order) -> Result<(), Error> {
        if writes.is_empty() { Ok(()) } else { self.gathering.write_with_others(writes, order).await }
    }

    /// Writes rows of any partitions at `order`.
    pub(super) async fn write_all(&self, writes: Vec<Write>, order: Order) -> Result<(), Error> {
        let parts = parts(writes).into_iter().map(|part| self.write_together(part, order));
        try_join_all(parts).await.map(drop)
    }
}

/// Divides writes into parts of which each goes into a request.
fn parts(writes: Vec<Write>) -> Vec<Vec<Write>> {
    let mut parts: Vec<Vec<Write>> = Vec::new();
    let mut bytes = 0;
    for write in writes {
        bytes += write.bytes();
        match parts.last_mut() {
            Some(part) if part.len() < REQUEST_MAX_ROWS && bytes <= REQUEST_MAX_BYTES => part.push(write),
            _ => {
                bytes = write.bytes();
                parts.push(vec![write]);
            }
        }
    }
    parts
}

/// A text value, whatever is displayed.
pub(super) fn text(value: &(impl ToString + ?Sized)) -> CqlValue {
    CqlValue::Text(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(bytes: usize) -> Write {
        Write {
            statement: |statements| &statements.put_lookup,
            partition: ("lookups", String::new()),
            values: vec![CqlValue::Text("x".repeat(bytes))],
            key_columns: 1,
        }
    }

    fn lengths(sizes: impl IntoIterator<Item = usize>) -> Vec<usize> {
        parts(sizes.into_iter().map(write).collect()).iter().map(Vec::len).collect()
    }

    #[test]
    fn writes_are_divided_into_what_a_request_has() {
        assert_eq!(lengths([]), [0; 0]);
        assert_eq!(lengths([10; REQUEST_MAX_ROWS]), [REQUEST_MAX_ROWS]);
        assert_eq!(lengths([10; REQUEST_MAX_ROWS + 1]), [REQUEST_MAX_ROWS, 1]);
        assert_eq!(lengths([REQUEST_MAX_BYTES / 2; 4]), [2, 2]);
        assert_eq!(lengths([10, 2 * REQUEST_MAX_BYTES, 10]), [1, 1, 1]);
    }
}
