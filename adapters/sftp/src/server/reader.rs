//! Reads a message from anywhere, though it can only be made from its beginning: what was made last is kept for a while, for reads
//! that arrive out of order, and whoever goes further back begins again.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use navette_router::ports::{Delivery, DeliveryError, DeliveryErrorKind};
use tokio::sync::Semaphore;

use crate::message::{Archive, Plan};

/// How much of a message one turn makes. Who skips a gigabyte lets others read meanwhile.
const TURN_BYTES: u64 = 4 << 20;

/// A message that is open.
pub(super) struct Reader {
    delivery: Arc<Delivery>,
    plan: Plan,
    size_bytes: u64,
    making: Option<Making>,
}

/// How a reader may behave.
#[derive(Clone, Copy)]
pub(super) struct Manners<'a> {
    /// How much is kept.
    pub(super) window_bytes: u64,
    /// Whose turn it is.
    pub(super) turns: &'a Semaphore,
    /// How long the next bytes of a file may take.
    pub(super) timeout: Duration,
}

/// A message that is being made.
struct Making {
    archive: Archive<Arc<Delivery>>,
    window: VecDeque<Bytes>,
    /// Where the window begins, and where it ends: so much was made.
    begin: u64,
    end: u64,
}

impl Reader {
    /// Nothing is read before it is asked for. None when `plan` is not plain.
    pub(super) fn new(delivery: Delivery, plan: Plan) -> Option<Self> {
        let size_bytes = plan.size_bytes()?;
        Some(Self { delivery: Arc::new(delivery), plan, size_bytes, making: None })
    }

    /// How long it is.
    pub(super) const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// What it is made of.
    pub(super) fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// Whether it holds memory and an open file.
    pub(super) const fn is_ready(&self) -> bool {
        self.making.is_some()
    }

    /// Gives them back; what is read next begins again.
    pub(super) fn rest(&mut self) {
        self.making = None;
    }

    /// The bytes from `at` on: as many as asked for unless the end comes before; none at the end.
    pub(super) async fn read(&mut self, at: u64, most: u32, manners: Manners<'_>) -> Result<Vec<u8>, DeliveryError> {
        let end = at.saturating_add(u64::from(most)).min(self.size_bytes);
        if at >= end {
            return Ok(Vec::new());
        }
        self.make(at, end, manners).await
    }

    async fn make(&mut self, at: u64, end: u64, manners: Manners<'_>) -> Result<Vec<u8>, DeliveryError> {
        // Taken out: what failed, or was cancelled, is begun again.
        let mut making = match self.making.take() {
            Some(making) if making.begin <= at => making,
            Some(_) | None => Making::new(Archive::new(Arc::clone(&self.delivery), &self.plan)),
        };
        while making.end < end {
            let _turn = manners.turns.acquire().await.map_err(|_| short("the server is stopping"))?;
            let stop = end.min(making.end.saturating_add(TURN_BYTES));
            while making.end < stop {
                making.advance(at..end, self.size_bytes, manners).await?;
            }
        }
        let bytes = making.copy(at, end);
        self.making = Some(making);
        Ok(bytes)
    }
}

impl Making {
    const fn new(archive: Archive<Arc<Delivery>>) -> Self {
        Self { archive, window: VecDeque::new(), begin: 0, end: 0 }
    }

    /// Makes the next bytes. What lies before those that are `wanted`, and further back from their end than the window reaches, is
    /// forgotten.
    async fn advance(
        &mut self,
        wanted: Range<u64>,
        size_bytes: u64,
        manners: Manners<'_>,
    ) -> Result<(), DeliveryError> {
        let bytes = self.next(manners.timeout).await?.ok_or_else(|| short("a file is shorter than it was"))?;
        self.end += bytes.len() as u64;
        self.window.push_back(bytes);
        if self.end > size_bytes || (self.end == size_bytes && self.next(manners.timeout).await?.is_some()) {
            return Err(short("a file is longer than it was"));
        }
        while let Some(first) = self.window.front() {
            let next = self.begin + first.len() as u64;
            if next > wanted.start || next.saturating_add(manners.window_bytes) > wanted.end {
                break;
            }
            self.begin = next;
            self.window.pop_front();
        }
        Ok(())
    }

    async fn next(&mut self, timeout: Duration) -> Result<Option<Bytes>, DeliveryError> {
        let next = tokio::time::timeout(timeout, self.archive.next()).await;
        next.unwrap_or_else(|_| Err(short("the next bytes of a file did not come in time")))
    }

    /// What is in the window from `at` to `end`.
    fn copy(&self, at: u64, end: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(usize::try_from(end - at).unwrap_or_default());
        let mut begin = self.begin;
        for piece in &self.window {
            let piece_end = begin + piece.len() as u64;
            let place = |of: u64| usize::try_from(of.clamp(begin, piece_end) - begin).unwrap_or(usize::MAX);
            bytes.extend_from_slice(piece.get(place(at)..place(end)).unwrap_or_default());
            begin = piece_end;
        }
        bytes
    }
}

fn short(explanation: &'static str) -> DeliveryError {
    DeliveryError::new(DeliveryErrorKind::Source, explanation)
}
