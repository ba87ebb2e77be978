//! A commit: decided, made durable, applied, answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use navette_router::entry::Entry;
use navette_router::model::FolderId;
use navette_router::ports::Subject;
use tokio::sync::oneshot;

use super::apply::Prepared;
use super::database::Write;
use super::decision::Head;
use super::envelope::folder_of;
use super::error::Error;
use super::heads::Known;
use super::shared::Shared;
use super::steps::Step;
use super::turns::Turn;
use crate::writers::Writer as Lock;

/// The exclusive right to decide on a subject, within this gateway; and what was decided last, which others may change.
#[derive(Debug)]
pub struct Writer {
    /// What is read meanwhile. First, so that it ends before the turn.
    reads: Option<Turn>,
    lock: Lock,
    subject: Subject,
    head: Head,
}

impl Shared {
    /// Waits for the turn of this process, and finishes what was decided last, unless the writer ahead left all in order.
    pub(super) async fn writer(&self, subject: Subject) -> Result<Writer, Error> {
        let asked = Instant::now();
        let lock = self.writers.lock(subject).await;
        if let Some(head) = self.heads.since(asked, subject) {
            let known = self.heads.known(subject, head);
            return Ok(Writer { reads: self.turns.begin(subject, known), lock, subject, head });
        }
        let asked = Instant::now();
        let head = self.heads.as_applied(subject, self.database.head(subject).await?, self.orders.now());
        let head = self.settle(subject, head).await?;
        self.heads.confirm(subject, head, asked);
        let known = self.heads.known(subject, head);
        if subject == Subject::Referential {
            // What was decided last must be in memory, where it is decided upon.
            self.referential.reach_order(head.latest(), self.options.kafka.request_timeout).await?;
        }
        Ok(Writer { reads: self.turns.begin(subject, known), lock, subject, head })
    }

    /// The right to decide upon what this gateway left of a folder, if it remembers that. Whether others have decided since, the decision
    /// will tell.
    pub(super) async fn likely_writer(&self, folder: FolderId) -> Option<Writer> {
        self.heads.likely(folder, self.orders.now())?;
        let subject = Subject::Folder(folder);
        let lock = self.writers.lock(subject).await;
        let (head, known) = self.heads.likely(folder, self.orders.now())?;
        Some(Writer { reads: Some(self.turns.begin_likely(folder, (*known).clone())), lock, subject, head })
    }

    /// The right to decide about a folder that nobody else knows yet: there is nothing to ask for.
    pub(super) async fn first_writer(&self, folder: FolderId) -> Writer {
        let subject = Subject::Folder(folder);
        let lock = self.writers.lock(subject).await;
        Writer { reads: self.turns.begin(subject, Known::nothing()), lock, subject, head: Head::default() }
    }

    /// Commits in a task of its own, so that it goes on when its caller goes away: a decision that is not applied is in everybody's way.
    pub(super) async fn commit(shared: &Arc<Self>, writer: Writer, entry: Entry) -> Result<(), Error> {
        let permit = Arc::clone(&shared.commits).try_acquire_owned();
        let permit = permit.map_err(|_| {
            shared.counters.refused.fetch_add(1, Ordering::Relaxed);
            Error::TooMany(shared.options.commits_max)
        })?;
        let (shared, (answer, answered)) = (Arc::clone(shared), oneshot::channel());
        tokio::spawn(async move {
            shared.commit_and_answer(writer, entry, answer).await;
            drop(permit);
        });
        answered.await.map_err(|_| Error::JournalEnded)?
    }

    /// Decides, makes durable, applies; then answers, and finishes what nobody has to wait for.
    async fn commit_and_answer(&self, writer: Writer, entry: Entry, answer: oneshot::Sender<Result<(), Error>>) {
        let Writer { reads, lock, subject, head } = writer;
        let known = reads.map(|reads| reads.known()).unwrap_or_default();
        let begun = Instant::now();
        let committed = self.decide_and_apply(subject, entry, head, known).await;
        if matches!(committed, Err(Error::Conflict)) {
            self.counters.conflicts.fetch_add(1, Ordering::Relaxed);
        }
        match committed {
            Ok((mut prepared, remainder)) => {
                self.remember(subject, begun, &mut prepared);
                self.counters.commits.fetch_add(1, Ordering::Relaxed);
                self.mails.add(prepared.changes.mails);
                // Nobody waits any more when the caller went away; the entry is applied all the same.
                drop(answer.send(Ok(())));
                let note = self.note_applied(&prepared.decided, remainder);
                if folder_of(subject).is_some() {
                    // That it is applied is remembered here, so the next one need not wait for the note.
                    drop(lock);
                    tokio::join!(note, self.look_after_contents(&prepared.changes));
                } else {
                    note.await;
                    drop(lock);
                    self.look_after_contents(&prepared.changes).await;
                }
            }
            Err(error) => {
                self.heads.forget(subject);
                drop(lock);
                drop(answer.send(Err(error)));
            }
        }
    }

    /// What the next request about the folder will ask for.
    fn remember(&self, subject: Subject, begun: Instant, prepared: &mut Prepared) {
        let known = std::mem::take(&mut prepared.known);
        if let Some(folder) = folder_of(subject) {
            self.lookups
                .remember(folder, known.rows.iter().filter(|(_, row)| row.record.is_some()).map(|(key, _)| *key));
        }
        self.heads.remember(subject, prepared.head(), begun, known);
    }

    async fn decide_and_apply(
        &self,
        subject: Subject,
        entry: Entry,
        head: Head,
        known: Known,
    ) -> Result<(Prepared, Option<Write>), Error> {
        let prepared = self.prepare(subject, entry, head, known).await?;
        let is_first = prepared.is_first;
        self.finish(prepared, head).await.map_err(|error| match error {
            Error::Conflict => error,
            // Where there is nothing to decide, nothing is there that the journal has not taken.
            Error::Journal(_) if is_first => error,
            error => Error::Unfinished(Box::new(error)),
        })
    }

    /// All from the decision on.
    async fn finish(&self, mut prepared: Prepared, head: Head) -> Result<(Prepared, Option<Write>), Error> {
        let subject = prepared.decided.subject;
        if !prepared.is_first {
            self.database.decide(&prepared.decided, &prepared.payload, head.entry).await?;
        }
        self.pass(Step::Decided)?;
        let mut changes = std::mem::take(&mut prepared.changes);
        let append = async {
            let offset = self.journal.append(&prepared.decided, &prepared.payload).await?;
            self.pass(Step::Appended)?;
            Ok(offset)
        };
        let remove = self.remove_former(&prepared.decided, &mut changes);
        let offset = if prepared.is_first {
            let offset = append.await?;
            remove.await?;
            offset
        } else {
            // What is decided will happen, whoever finishes it: what has to go for it may go while the journal takes it.
            tokio::try_join!(append, remove)?.0
        };
        let (remainder, changes) = self.write_visible(&prepared.decided, changes, prepared.is_first).await?;
        prepared.changes = changes;
        if subject == Subject::Referential {
            self.referential.reach(offset, self.options.kafka.request_timeout).await?;
        }
        Ok((prepared, remainder))
    }
}
