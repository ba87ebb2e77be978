//! Writes a file with many writes on their way at once, within a budget of memory that all transfers share.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use russh_sftp::client::rawsession::SftpResult;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Session;

/// How much of one file is on its way at once.
const IN_FLIGHT_BYTES: usize = 1 << 20;

/// No write is shorter than this because others write as well.
const SHARED_WRITE_BYTES: usize = 8 * 1024;

/// The memory that all transfers share.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    bytes: Arc<Semaphore>,
    all_bytes: usize,
    /// One for each file that is written now.
    writers: Arc<()>,
}

impl Budget {
    pub(crate) fn new(bytes: u32) -> Self {
        let all_bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self { bytes: Arc::new(Semaphore::new(all_bytes)), all_bytes, writers: Arc::default() }
    }

    async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Arc::clone(&self.bytes).acquire_many_owned(bytes).await.ok()
    }

    /// How long a write may be: a connection keeps the memory that its longest one needed, some times over, so many at once write less.
    fn write_bytes(&self, most: usize) -> usize {
        let share = self.all_bytes / Arc::strong_count(&self.writers).max(1);
        (share / SHARED_WRITE_BYTES * SHARED_WRITE_BYTES).clamp(SHARED_WRITE_BYTES.min(most), most)
    }
}

type Write<'a> = Pin<Box<dyn Future<Output = SftpResult<()>> + Send + 'a>>;

/// Writes a file.
pub(crate) struct Writer<'a> {
    session: &'a Session,
    handle: &'a str,
    budget: Budget,
    at: u64,
    sent_bytes: u64,
    /// What does not fill a write yet.
    rest: Vec<u8>,
    write_bytes: usize,
    in_flight: FuturesUnordered<Write<'a>>,
    in_flight_max: usize,
}

impl<'a> Writer<'a> {
    /// One that begins at `at`.
    pub(crate) fn new(session: &'a Session, handle: &'a str, budget: Budget, at: u64) -> Self {
        let write_bytes = budget.write_bytes(session.write_bytes);
        let in_flight_max = (IN_FLIGHT_BYTES / write_bytes).max(1);
        let (rest, in_flight) = (Vec::new(), FuturesUnordered::new());
        Self { session, handle, budget, at, sent_bytes: 0, rest, write_bytes, in_flight, in_flight_max }
    }

    /// The next bytes of the file. They may still be on their way.
    pub(crate) async fn write(&mut self, mut bytes: Bytes) -> SftpResult<()> {
        while !bytes.is_empty() {
            let part = bytes.split_to(bytes.len().min(self.write_bytes - self.rest.len()));
            if self.rest.capacity() == 0 {
                self.rest.reserve_exact(self.write_bytes);
            }
            self.rest.extend_from_slice(&part);
            if self.rest.len() == self.write_bytes {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Waits until the server has confirmed everything; how many bytes that was.
    pub(crate) async fn finish(mut self) -> SftpResult<u64> {
        if !self.rest.is_empty() {
            self.send().await?;
        }
        while let Some(confirmed) = self.in_flight.next().await {
            confirmed?;
        }
        Ok(self.sent_bytes)
    }

    async fn send(&mut self) -> SftpResult<()> {
        while self.in_flight.len() >= self.in_flight_max {
            self.confirm().await?;
        }
        let permit = self.room().await?;
        let bytes = std::mem::take(&mut self.rest);
        let (session, handle, at) = (self.session, self.handle, self.at);
        self.at += bytes.len() as u64;
        self.sent_bytes += bytes.len() as u64;
        let mut write: Write<'a> = Box::pin(async move {
            let _permit = permit;
            session.write(handle, at, bytes).await
        });
        // It goes out now, before any that comes later: a file that was cut has no hole.
        match futures_util::poll!(&mut write) {
            std::task::Poll::Ready(confirmed) => confirmed,
            std::task::Poll::Pending => {
                self.in_flight.push(write);
                Ok(())
            }
        }
    }

    /// Room in the budget. What is on its way goes on meanwhile: others wait for the room that it has.
    async fn room(&mut self) -> SftpResult<Option<OwnedSemaphorePermit>> {
        let budget = self.budget.clone();
        let taking = budget.take(self.rest.len());
        tokio::pin!(taking);
        loop {
            tokio::select! {
                biased;
                permit = &mut taking => return Ok(permit),
                Some(confirmed) = self.in_flight.next() => confirmed?,
            }
        }
    }

    async fn confirm(&mut self) -> SftpResult<()> {
        match self.in_flight.next().await {
            Some(confirmed) => confirmed,
            None => Ok(()),
        }
    }
}
