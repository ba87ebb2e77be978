//! What several commits write at one moment goes to the servers in one request.
//!
//! A request costs this gateway and the servers more than the rows in it. So there are only some under way at a time, and what is to be
//! written meanwhile gathers; whichever of them ends first is followed by one with all that has gathered, as far as it goes into a
//! request. Nobody waits for a clock: while nothing is under way, a row goes at once.
//!
//! Every row carries the order of its own entry. Those of one piece are changed at once if they are of one partition, for a request
//! that has several partitions is a mutation of each. What goes together fails together: its writers are told that it is not known, and
//! whoever comes next finishes what they decided. Where the servers name one partition or row as the reason, each piece is sent once more
//! alone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parking_lot::Mutex;
use scylla::client::session::Session;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};
use scylla::serialize::SerializationError;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::value::SerializeValue;
use scylla::serialize::writers::RowWriter;
use scylla::statement::batch::{Batch, BatchType};
use tokio::sync::oneshot;
use tokio::task;
use tokio::time::timeout;

use super::database::Write;
use super::error::Error;
use super::order::Order;
use super::statements::Statements;

/// Rows of one request, and their bytes as [`Write::bytes`] counts them. Cassandra refuses requests of 50 KiB to several partitions, and
/// counts up to some 130 bytes more for a row in a partition of its own: both limits together stay below that, neither would alone.
pub(super) const REQUEST_MAX_ROWS: usize = 200;
pub(super) const REQUEST_MAX_BYTES: usize = 24 << 10;
/// How long what nobody waits for may wait for a request that it can go with.
const COMPANY_WAIT_MAX: Duration = Duration::from_millis(5);
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

type Answer = oneshot::Receiver<Result<(), ExecutionError>>;

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Piece>,
    /// What goes with others, and since when it waits for them.
    patient: VecDeque<(Instant, Piece)>,
    /// Requests that are under way.
    requests: usize,
}

impl Queue {
    /// The pieces of the next request, or that there is none.
    fn take(&mut self) -> Option<Vec<Piece>> {
        let (mut pieces, mut rows, mut bytes) = (Vec::new(), 0, 0);
        loop {
            let next = match self.waiting.front() {
                Some(next) => next,
                None if pieces.is_empty() => break,
                None => match self.patient.front() {
                    Some((_, next)) => next,
                    None => break,
                },
            };
            let is_wanted = !next.written.is_closed();
            if is_wanted {
                rows += next.writes.len();
                bytes += next.bytes;
                if !pieces.is_empty() && (rows > REQUEST_MAX_ROWS || bytes > REQUEST_MAX_BYTES) {
                    break;
                }
            }
            let next = self.waiting.pop_front().or_else(|| Some(self.patient.pop_front()?.1));
            // Whoever wanted another one was told that it is not known, and has gone.
            pieces.extend(next.filter(|_| is_wanted));
        }
        if pieces.is_empty() {
            self.requests -= 1;
            return None;
        }
        Some(pieces)
    }

    /// Whether one more request may begin.
    fn begins(&mut self, requests_max: usize) -> bool {
        let begins = !self.waiting.is_empty() && self.requests < requests_max;
        if begins {
            self.requests += 1;
        }
        begins
    }
}

/// Gathers what is to be written.
#[derive(Debug)]
pub(super) struct Gathering {
    session: Arc<Session>,
    statements: Arc<Statements>,
    options: Options,
    queue: Mutex<Queue>,
}

/// Limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// Requests that are under way at a time.
    pub(super) requests_max: usize,
    /// How long a piece may take, with what it waits until its request begins.
    pub(super) timeout: Duration,
}

/// The right to have a request under way; however its task ends, the next one finds it free.
struct Lane {
    gathering: Arc<Gathering>,
    is_given_back: bool,
}

impl Drop for Lane {
    fn drop(&mut self) {
        if !self.is_given_back {
            self.gathering.queue.lock().requests -= 1;
        }
    }
}

impl Gathering {
    /// Nothing is under way yet.
    pub(super) fn new(session: Arc<Session>, statements: Arc<Statements>, options: Options) -> Self {
        Self { session, statements, options, queue: Mutex::default() }
    }

    /// Writes rows at `order`; those of one partition at once or not at all. When it is not known, they may be written later still.
    pub(super) async fn write(self: &Arc<Self>, writes: Vec<Write>, order: Order) -> Result<(), Error> {
        let (piece, mut answer) = Piece::new(writes, order);
        self.add([piece]);
        self.answered(&mut answer).await
    }

    /// The same of rows that nobody waits for.
    pub(super) async fn write_with_others(self: &Arc<Self>, writes: Vec<Write>, order: Order) -> Result<(), Error> {
        let (piece, mut answer) = Piece::new(writes, order);
        let before = Instant::now();
        self.queue.lock().patient.push_back((before, piece));
        if let Ok(written) = timeout(COMPANY_WAIT_MAX, &mut answer).await {
            return written.map_or(Err(Error::ViewEnded), |written| Ok(written?));
        }
        self.add_patient(before);
        self.answered(&mut answer).await
    }

    /// What has been patient since then or longer goes now, and with it, at no further cost, what came after it.
    fn add_patient(self: &Arc<Self>, since: Instant) {
        let mut queue = self.queue.lock();
        if queue.patient.front().is_none_or(|(came, _)| *came > since) {
            // It is under way with others already.
            return;
        }
        let patient = std::mem::take(&mut queue.patient);
        drop(queue);
        self.add(patient.into_iter().map(|(_, piece)| piece));
    }

    fn add(self: &Arc<Self>, pieces: impl IntoIterator<Item = Piece>) {
        let mut queue = self.queue.lock();
        queue.waiting.extend(pieces);
        let begins = queue.begins(self.options.requests_max);
        drop(queue);
        if begins {
            tokio::spawn(Lane { gathering: Arc::clone(self), is_given_back: false }.send());
        }
    }

    async fn answered(&self, answer: &mut Answer) -> Result<(), Error> {
        match timeout(self.options.timeout, answer).await {
            Ok(Ok(written)) => Ok(written?),
            Ok(Err(_)) => Err(Error::ViewEnded),
            Err(_) => Err(ExecutionError::RequestTimeout(self.options.timeout).into()),
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

impl Lane {
    /// One request after the other until nothing waits.
    async fn send(mut self) {
        loop {
            // Whoever can run now may have something to write as well.
            task::yield_now().await;
            let Some(pieces) = self.gathering.queue.lock().take() else {
                self.is_given_back = true;
                return;
            };
            match self.gathering.request(&pieces).await {
                // One partition that cannot be written keeps nobody else from writing.
                Err(error) if pieces.len() > 1 && is_about_one_partition(&error) => {
                    join_all(pieces.into_iter().map(|piece| self.alone(piece))).await;
                }
                outcome => pieces.into_iter().for_each(|piece| piece.answer(outcome.clone())),
            }
        }
    }

    async fn alone(&self, piece: Piece) {
        let outcome = self.gathering.request(std::slice::from_ref(&piece)).await;
        piece.answer(outcome);
    }
}

impl Piece {
    fn new(writes: Vec<Write>, order: Order) -> (Self, Answer) {
        let (written, answer) = oneshot::channel();
        let bytes = writes.iter().map(Write::bytes).sum();
        (Self { writes, order, bytes, written }, answer)
    }

    fn answer(self, outcome: Result<(), ExecutionError>) {
        // Whoever went away does not mind.
        self.written.send(outcome).ok();
    }
}

/// Whether a request failed for one of its partitions, of which too few nodes are there, or for one of its rows.
fn is_about_one_partition(error: &ExecutionError) -> bool {
    matches!(
        error,
        ExecutionError::LastAttemptError(RequestAttemptError::DbError(
            DbError::Unavailable { .. } | DbError::Invalid,
            _
        ))
    )
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

    fn piece(rows: usize, bytes: usize) -> (Piece, Answer) {
        let write = Write {
            statement: |statements| &statements.put_lookup,
            partition: ("lookups", String::new()),
            values: Vec::new(),
            key_columns: 1,
        };
        let (written, answer) = oneshot::channel();
        (Piece { writes: vec![write; rows], order: 1, bytes, written }, answer)
    }

    /// How many pieces each request has, while all who wrote them wait.
    fn taken(pieces: impl IntoIterator<Item = (Piece, Answer)>) -> Vec<usize> {
        let (waiting, _answers): (VecDeque<_>, Vec<_>) = pieces.into_iter().unzip();
        let mut queue = Queue { waiting, requests: 1, ..Queue::default() };
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

    #[test]
    fn what_is_patient_goes_with_others_as_far_as_it_fits_and_never_first() {
        let (waiting, patient) = (piece(1, 10), [piece(2, REQUEST_MAX_BYTES - 10), piece(3, 10)]);
        let (patient, _answers): (VecDeque<_>, Vec<_>) =
            patient.into_iter().map(|(piece, answer)| ((Instant::now(), piece), answer)).unzip();
        let mut queue = Queue { patient, requests: 1, ..Queue::default() };
        assert!(!queue.begins(2), "it begins no request");
        queue.waiting.push_back(waiting.0);
        assert!(queue.begins(2));
        let rows = |pieces: Option<Vec<Piece>>| -> Vec<usize> {
            pieces.into_iter().flatten().map(|piece| piece.writes.len()).collect()
        };
        assert_eq!(rows(queue.take()), [1, 2]);
        assert_eq!(rows(queue.take()), [0_usize; 0]);
        assert_eq!(queue.patient.len(), 1);
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_not_sent() {
        let ((gone, _), (forgotten, _)) = (piece(1, 10), piece(3, 10));
        let ((waiting, _answer), (patient, _later)) = (piece(2, 10), piece(4, 10));
        let patient = [forgotten, patient].into_iter().map(|piece| (Instant::now(), piece)).collect();
        let mut queue = Queue { waiting: VecDeque::from([gone, waiting]), patient, requests: 1 };
        let taken: Vec<usize> = queue.take().into_iter().flatten().map(|piece| piece.writes.len()).collect();
        assert_eq!(taken, [2, 4]);
    }
}
