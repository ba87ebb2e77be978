//! What several commits write at one moment goes to the servers in one request.
//!
//! A request costs this gateway and the servers more than the rows in it. So there are only some under way at a time, and what is to be
//! written meanwhile gathers; whichever of them ends first is followed by one with all that has gathered, as far as it goes into a
//! request. Nobody waits for a clock: while nothing is under way, a row goes at once.
//!
//! Every row carries the order of its own entry. Those of one piece are changed at once if they are of one partition, for a request
//! that has several partitions is a mutation of each. What goes together fails together: its writers are told that it is not known, and
//! whoever comes next finishes what they decided.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use scylla::client::session::Session;
use scylla::errors::ExecutionError;
use scylla::serialize::SerializationError;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::value::SerializeValue;
use scylla::serialize::writers::RowWriter;
use scylla::statement::batch::{Batch, BatchType};
use tokio::sync::oneshot;
use tokio::task;

use super::database::Write;
use super::error::Error;
use super::order::Order;
use super::statements::Statements;

/// Rows of one request, and their bytes as [`Write::bytes`] counts them. Cassandra refuses requests of 50 KiB to several partitions, and
/// counts some ten bytes more for each value.
pub(super) const REQUEST_MAX_ROWS: usize = 200;
pub(super) const REQUEST_MAX_BYTES: usize = 24 << 10;
/// How Cassandra names the parameter of `USING TIMESTAMP ?`.
const TIMESTAMP: &str = "[timestamp]";

/// What is to be written at once.
#[derive(Debug)]
struct Piece {
    writes: Vec<Write>,
    order: Order,
    bytes: usize,
    written: oneshot::Sender<Result<(), ExecutionError>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Piece>,
    /// Requests that are under way.
    requests: usize,
}

impl Queue {
    /// The pieces of the next request, or that there is none.
    fn take(&mut self) -> Option<Vec<Piece>> {
        let (mut pieces, mut rows, mut bytes) = (Vec::new(), 0, 0);
        while let Some(next) = self.waiting.front() {
            rows += next.writes.len();
            bytes += next.bytes;
            if !pieces.is_empty() && (rows > REQUEST_MAX_ROWS || bytes > REQUEST_MAX_BYTES) {
                break;
            }
            pieces.extend(self.waiting.pop_front());
        }
        if pieces.is_empty() {
            self.requests -= 1;
            return None;
        }
        Some(pieces)
    }
}

/// Gathers what is to be written.
#[derive(Debug)]
pub(super) struct Gathering {
    session: Arc<Session>,
    statements: Arc<Statements>,
    requests_max: usize,
    queue: Mutex<Queue>,
}

impl Gathering {
    /// At most `requests_max` requests are under way at a time.
    pub(super) fn new(session: Arc<Session>, statements: Arc<Statements>, requests_max: usize) -> Self {
        Self { session, statements, requests_max, queue: Mutex::default() }
    }

    /// Writes rows at `order`; those of one partition at once or not at all.
    pub(super) async fn write(self: &Arc<Self>, writes: Vec<Write>, order: Order) -> Result<(), Error> {
        let (written, answer) = oneshot::channel();
        let bytes = writes.iter().map(Write::bytes).sum();
        if self.add(Piece { writes, order, bytes, written }) {
            tokio::spawn(Arc::clone(self).send());
        }
        match answer.await {
            Ok(written) => Ok(written?),
            Err(_) => Err(Error::ViewEnded),
        }
    }

    /// Whether one more request may begin.
    fn add(&self, piece: Piece) -> bool {
        let mut queue = self.queue.lock();
        queue.waiting.push_back(piece);
        let may_begin = queue.requests < self.requests_max;
        if may_begin {
            queue.requests += 1;
        }
        may_begin
    }

    /// One request after the other until nothing waits.
    async fn send(self: Arc<Self>) {
        loop {
            // Whoever can run now may have something to write as well.
            task::yield_now().await;
            let Some(pieces) = self.queue.lock().take() else { return };
            let outcome = self.request(&pieces).await;
            for piece in pieces {
                // Whoever went away does not mind.
                piece.written.send(outcome.clone()).ok();
            }
        }
    }

    async fn request(&self, pieces: &[Piece]) -> Result<(), ExecutionError> {
        let mut batch = Batch::new(BatchType::Unlogged);
        let mut values = Vec::new();
        for piece in pieces {
            for write in &piece.writes {
                batch.append_statement((write.statement)(&self.statements).clone());
                values.push(Values { write, order: piece.order });
            }
        }
        batch.set_is_idempotent(true);
        self.session.batch(&batch, values).await.map(drop)
    }
}

/// The values of a write with its order, which is a parameter like the others.
struct Values<'a> {
    write: &'a Write,
    order: Order,
}

impl SerializeRow for Values<'_> {
    fn serialize(
        &self,
        context: &RowSerializationContext<'_>,
        row: &mut RowWriter<'_>,
    ) -> Result<(), SerializationError> {
        let mut values = self.write.values.iter();
        for column in context.columns() {
            let cell = row.make_cell_writer();
            if column.name() == TIMESTAMP {
                self.order.serialize(column.typ(), cell)?;
            } else {
                values.next().serialize(column.typ(), cell)?;
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(rows: usize, bytes: usize) -> Piece {
        let write = Write {
            statement: |statements| &statements.put_lookup,
            partition: ("lookups", String::new()),
            values: Vec::new(),
            key_columns: 1,
        };
        Piece { writes: vec![write; rows], order: 1, bytes, written: oneshot::channel().0 }
    }

    fn taken(pieces: impl IntoIterator<Item = Piece>) -> Vec<usize> {
        let mut queue = Queue { waiting: pieces.into_iter().collect(), requests: 1 };
        let taken = std::iter::from_fn(|| queue.take()).map(|pieces| pieces.len()).collect();
        assert_eq!(queue.requests, 0, "the request ended");
        taken
    }

    #[test]
    fn a_request_has_as_much_as_the_servers_take() {
        assert_eq!(taken([]), [0_usize; 0]);
        assert_eq!(taken((0..5).map(|_| piece(10, 100))), [5]);
        assert_eq!(taken((0..5).map(|_| piece(REQUEST_MAX_ROWS / 2, 100))), [2, 2, 1]);
        assert_eq!(taken((0..5).map(|_| piece(1, REQUEST_MAX_BYTES / 3))), [3, 2]);
    }

    #[test]
    fn what_is_larger_than_a_request_has_one_of_its_own() {
        let pieces = [piece(1, 10), piece(2 * REQUEST_MAX_ROWS, 2 * REQUEST_MAX_BYTES), piece(1, 10), piece(1, 10)];
        assert_eq!(taken(pieces), [1, 1, 2]);
    }
}
