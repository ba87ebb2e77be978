//! All that waits, in the order in which it came, whichever inbox it is in: the inboxes are merged, a few rows of each at a time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use futures_util::{StreamExt, TryStreamExt, stream};
use navette_router::model::Notification;
use navette_router::ports::{Error, Inbox};

use super::port::{Arrival, Parts, Relocatable};

/// Rows that are held in memory at a time, some hundred bytes each; one for each inbox at least.
const ROWS_MAX: usize = 50_000;
/// Rows of an inbox that are read at once, at most.
const PAGE_MAX: usize = 500;
/// Inboxes that are read at once in the beginning.
const INBOXES_AT_ONCE: usize = 32;

/// What waits and was not read yet.
pub(super) struct Queue<'a, S> {
    store: &'a S,
    sources: Vec<Source>,
    heads: BinaryHeap<Reverse<(Arrival, usize)>>,
    page: usize,
}

/// What was not read yet of an inbox.
struct Source {
    inbox: Inbox,
    parts: VecDeque<i64>,
    after: Option<Arrival>,
    rows: VecDeque<(Arrival, Notification)>,
}

impl Source {
    fn new(Parts { inbox, parts }: Parts, after: Option<Arrival>) -> Self {
        Self { inbox, parts: parts.into(), after, rows: VecDeque::new() }
    }

    /// Reads on until there is something, or nothing left.
    async fn fill(&mut self, store: &impl Relocatable, page: usize) -> Result<(), Error> {
        while self.rows.is_empty() {
            let Some(part) = self.parts.front().copied() else { return Ok(()) };
            self.rows = store.waiting_after(&self.inbox, part, self.after, page).await?.into();
            if self.rows.len() < page {
                self.parts.pop_front();
            }
            self.after = self.rows.back().map(|(arrival, _)| *arrival).or(self.after);
        }
        Ok(())
    }
}

impl<'a, S: Relocatable> Queue<'a, S> {
    /// All that came after `after`.
    pub(super) async fn open(store: &'a S, after: Option<Arrival>) -> Result<Self, Error> {
        let inboxes = store.inboxes().await?;
        let page = (ROWS_MAX / inboxes.len().max(1)).clamp(1, PAGE_MAX);
        let filled = |parts| async move {
            let mut source = Source::new(parts, after);
            source.fill(store, page).await?;
            Ok::<_, Error>(source)
        };
        let sources: Vec<Source> = stream::iter(inboxes).map(filled).buffered(INBOXES_AT_ONCE).try_collect().await?;
        let heads = sources.iter().enumerate().filter_map(|(number, source)| {
            let (arrival, _) = source.rows.front()?;
            Some(Reverse((*arrival, number)))
        });
        Ok(Self { store, heads: heads.collect(), sources, page })
    }

    /// The next one; none when that was all.
    pub(super) async fn next(&mut self) -> Result<Option<(Arrival, Notification)>, Error> {
        let Some(Reverse((_, number))) = self.heads.pop() else { return Ok(None) };
        let Some(source) = self.sources.get_mut(number) else { return Ok(None) };
        let next = source.rows.pop_front();
        source.fill(self.store, self.page).await?;
        if let Some((arrival, _)) = source.rows.front() {
            self.heads.push(Reverse((*arrival, number)));
        }
        Ok(next)
    }
}
