//! The session with the view's servers, and how rows are asked for and written.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use scylla::client::PoolSize;
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::{Session, TlsContext};
use scylla::client::session_builder::SessionBuilder;
use scylla::deserialize::row::DeserializeRow;
use scylla::errors::FirstRowError;
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use scylla::response::PagingState;
use scylla::serialize::row::SerializeRow;
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::{Consistency, SerialConsistency};
use scylla::value::CqlValue;
use secrecy::ExposeSecret as _;

use super::ConnectError;
use super::error::Error;
use super::options::Cassandra;
use super::order::Order;
use super::statements::Statements;

/// Partitions of one batch, statements for one partition, and their bytes: what Cassandra takes in one request without a warning. That
/// they go together saves requests; none of them needs another one.
const BATCH_MAX_PARTITIONS: usize = 10;
const BATCH_MAX_STATEMENTS: usize = 100;
const BATCH_MAX_BYTES: usize = 48 << 10;
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
    session: Session,
    /// What may be asked.
    pub(super) statements: Statements,
    writes_in_flight: usize,
}

impl Database {
    pub(super) const fn new(session: Session, statements: Statements, writes_in_flight: usize) -> Self {
        Self { session, statements, writes_in_flight }
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
    pub(super) async fn write_together(&self, writes: &[Write], order: Order) -> Result<(), Error> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new(BatchType::Unlogged);
        for write in writes {
            batch.append_statement((write.statement)(&self.statements).clone());
        }
        batch.set_timestamp(Some(order));
        batch.set_is_idempotent(true);
        let values: Vec<&Vec<CqlValue>> = writes.iter().map(|write| &write.values).collect();
        self.session.batch(&batch, values).await?;
        Ok(())
    }

    /// Writes rows of any partitions at `order`, some of them at a time.
    pub(super) async fn write_all(&self, writes: &[Write], order: Order) -> Result<(), Error> {
        stream::iter(batches(writes))
            .map(|batch| async move { self.write_together(&batch, order).await })
            .buffer_unordered(self.writes_in_flight)
            .try_collect()
            .await
    }
}

/// Divides writes into batches: those of one partition behind each other, as many in each as it may have.
fn batches(writes: &[Write]) -> Vec<Vec<Write>> {
    let mut partitions: BTreeMap<&(&'static str, String), Vec<&Write>> = BTreeMap::new();
    for write in writes {
        partitions.entry(&write.partition).or_default().push(write);
    }
    let mut batches: Vec<Vec<Write>> = Vec::new();
    let (mut in_batch, mut bytes) = (0, 0);
    for writes in partitions.into_values() {
        in_batch += 1;
        for write in writes {
            bytes += write.bytes();
            match batches.last_mut() {
                Some(batch)
                    if in_batch <= BATCH_MAX_PARTITIONS
                        && batch.len() < BATCH_MAX_STATEMENTS
                        && bytes <= BATCH_MAX_BYTES =>
                {
                    batch.push(write.clone());
                }
                _ => {
                    batches.push(vec![write.clone()]);
                    (in_batch, bytes) = (1, write.bytes());
                }
            }
        }
    }
    batches
}

/// A text value, whatever is displayed.
pub(super) fn text(value: &(impl ToString + ?Sized)) -> CqlValue {
    CqlValue::Text(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(partition: usize, bytes: usize) -> Write {
        Write {
            statement: |statements| &statements.put_lookup,
            partition: ("lookups", partition.to_string()),
            values: vec![CqlValue::Text("x".repeat(bytes))],
            key_columns: 1,
        }
    }

    #[test]
    fn writes_share_a_batch_until_it_has_as_much_as_the_servers_take() {
        let few: Vec<Write> = (0..BATCH_MAX_PARTITIONS).map(|partition| write(partition, 10)).collect();
        assert_eq!(batches(&few).len(), 1);
        let many: Vec<Write> = (0..2 * BATCH_MAX_PARTITIONS + 1).map(|partition| write(partition, 10)).collect();
        assert_eq!(batches(&many).len(), 3);
        let large: Vec<Write> = (0..4).map(|partition| write(partition, BATCH_MAX_BYTES / 2)).collect();
        assert_eq!(batches(&large).len(), 2);
        let of_one: Vec<Write> = (0..2 * BATCH_MAX_STATEMENTS).map(|_| write(0, 10)).collect();
        assert_eq!(batches(&of_one).len(), 2);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn a_write_that_is_larger_than_a_batch_has_one_of_its_own() {
        let writes = [write(0, 10), write(1, 2 * BATCH_MAX_BYTES), write(2, 10)];
        let sizes: Vec<usize> = batches(&writes).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 1, 1]);
    }
}
