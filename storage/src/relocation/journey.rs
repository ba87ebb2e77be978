//! The copying: lists, folders, what waits; each step kept in the state, so that it can be taken up again anywhere.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use navette_router::entry::{Entry, Fact};
use navette_router::model::Timestamp;
use navette_router::ports::Attachments;

use super::error::Error;
use super::folders::{self, json_bytes};
use super::lists::{List, Reader};
use super::port::Relocatable;
use super::progress::{Progress, Stage};
use super::queue::Queue;
use super::retry::patiently;
use super::state::{Next, State, StateError};
use super::waiting;
use super::{Options, Side};

/// How often the state is written while folders are copied: so much is looked at again by who goes on.
const SAVE_INTERVAL: Duration = Duration::from_secs(1);
/// Records of a list that are written together.
const LIST_BATCH_MAX: usize = 500;

/// A move, from where it stands.
pub struct Journey<'a, F, FA, T, TA> {
    from: &'a Side<F, FA>,
    to: &'a Side<T, TA>,
    options: Options,
    progress: &'a Progress,
    directory: &'a Path,
    state: State,
    /// Whether a former run has begun it.
    is_resumed: bool,
    saved: Instant,
}

impl<F, FA, T, TA> std::fmt::Debug for Journey<'_, F, FA, T, TA> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Journey").field("state", &self.state).finish_non_exhaustive()
    }
}

impl<'a, F: Relocatable, FA: Attachments, T: Relocatable, TA: Attachments> Journey<'a, F, FA, T, TA> {
    /// A move that begins with `state`, or goes on from it; how far it comes is kept in `directory`.
    pub fn new(
        from: &'a Side<F, FA>,
        to: &'a Side<T, TA>,
        options: Options,
        progress: &'a Progress,
        (directory, state): (&'a Path, State),
        is_resumed: bool,
    ) -> Self {
        Self { from, to, options, progress, directory, state, is_resumed, saved: Instant::now() }
    }

    /// Copies all that is not copied yet. Cut short anywhere, a later run goes on.
    ///
    /// # Errors
    /// When a side fails for longer than a moment, when bytes of the source are damaged, when the source is not what it was.
    pub async fn run(&mut self) -> Result<(), Error> {
        self.source_is_the_same().await?;
        self.save().await?;
        if self.state.next == Next::Lists {
            self.copy_lists().await?;
            self.go_on_with(Next::Folders).await?;
        }
        if self.state.next == Next::Folders {
            self.copy_folders().await?;
            self.go_on_with(Next::Waiting).await?;
        }
        if self.state.next == Next::Waiting {
            self.copy_waiting().await?;
            self.go_on_with(Next::Comparing).await?;
        }
        self.source_is_the_same().await
    }

    /// Both sides were found to have this digest: the move has ended.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub async fn end(&mut self, digest: String) -> Result<(), Error> {
        self.state.digest = Some(digest);
        self.go_on_with(Next::Nothing).await
    }

    async fn source_is_the_same(&self) -> Result<(), Error> {
        let reached = self.from.store.reached().await.map_err(Error::Source)?;
        if reached == self.state.source { Ok(()) } else { Err(Error::SourceChanged) }
    }

    async fn go_on_with(&mut self, next: Next) -> Result<(), Error> {
        self.state.next = next;
        self.save().await
    }

    async fn save(&mut self) -> Result<(), Error> {
        self.saved = Instant::now();
        let (state, directory) = (self.state.clone(), self.directory.to_owned());
        let written = tokio::task::spawn_blocking(move || state.write(&directory)).await;
        let path = || State::path(self.directory);
        written.map_err(|error| StateError::Io { path: path(), source: error.into() })??;
        Ok(())
    }

    async fn save_now_and_then(&mut self) -> Result<(), Error> {
        if self.saved.elapsed() < SAVE_INTERVAL { Ok(()) } else { self.save().await }
    }

    /// From the beginning each time: a record that is there already is set to what it is.
    async fn copy_lists(&self) -> Result<(), Error> {
        self.progress.begin(Stage::Lists, 0, 0);
        for list in List::ALL {
            patiently(async |_| self.copy_list(list).await).await?;
        }
        Ok(())
    }

    async fn copy_list(&self, list: List) -> Result<(), Error> {
        let mut reader = Reader::new(&self.from.store, list);
        let (mut facts, mut bytes) = (Vec::new(), 0);
        loop {
            let fact = reader.next().await.map_err(Error::Source)?.map(super::lists::Record::fact);
            let more = fact.as_ref().map(json_bytes).transpose()?.unwrap_or_default();
            let is_full = facts.len() == LIST_BATCH_MAX || bytes + more > self.options.entry_bytes;
            if !facts.is_empty() && (is_full || fact.is_none()) {
                self.commit(list, std::mem::take(&mut facts)).await?;
                bytes = 0;
            }
            let Some(fact) = fact else { return Ok(()) };
            bytes += more;
            facts.push(fact);
        }
    }

    async fn commit(&self, list: List, facts: Vec<Fact>) -> Result<(), Error> {
        let (store, records) = (&self.to.store, facts.len() as u64);
        let writer = store.writer(list.subject()).await.map_err(Error::Destination)?;
        store.commit(writer, Entry::new(Timestamp::now(), None, facts)).await.map_err(Error::Destination)?;
        self.progress.add(records);
        Ok(())
    }

    async fn copy_folders(&mut self) -> Result<(), Error> {
        self.progress.begin(Stage::Counting, 0, 0);
        let (from, to, options, progress) = (self.from, self.to, self.options, self.progress);
        let left = folders::ids(&from.store, self.state.folder);
        let left = left.try_fold(0, |count: u64, _| async move { Ok(count + 1) }).await.map_err(Error::Source)?;
        progress.begin(Stage::Folders, self.state.folders, self.state.folders + left);

        let is_resumed = self.is_resumed;
        let copied = folders::ids(&from.store, self.state.folder).map(|id| async move {
            let id = id.map_err(Error::Source)?;
            patiently(async |is_first| folders::copy(from, to, id, is_resumed || !is_first, options, progress).await)
                .await?;
            Ok::<_, Error>(id)
        });
        let mut copied = std::pin::pin!(copied.buffered(options.folders_in_flight.max(1)));
        while let Some(id) = copied.try_next().await? {
            self.state.folder = Some(id);
            self.state.folders += 1;
            progress.add(1);
            self.save_now_and_then().await?;
        }
        Ok(())
    }

    async fn copy_waiting(&mut self) -> Result<(), Error> {
        let total = waiting::count(&self.from.store).await?;
        self.progress.begin(Stage::Waiting, self.state.waiting, total);
        let mut queue = Queue::open(&self.from.store, self.state.arrival).await.map_err(Error::Source)?;
        loop {
            let batch = waiting::batch(&mut queue, self.options.entry_bytes).await?;
            let Some(last) = batch.last else { return Ok(()) };
            let (begun_at, first) = (self.state.begun_at, self.state.waiting);
            patiently(async |_| {
                let put = self.to.store.import_waiting(begun_at, first, batch.notifications.clone());
                put.await.map_err(Error::Destination)
            })
            .await?;
            let put = batch.notifications.len() as u64;
            self.state.waiting += put;
            self.state.arrival = Some(last);
            self.progress.add(put);
            self.save_now_and_then().await?;
        }
    }
}
