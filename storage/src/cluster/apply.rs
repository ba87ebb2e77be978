//! From an entry to the rows it changes: prepared upon what is there, written in an order that anybody may take up again.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use navette_router::entry::Entry;
use navette_router::ports::Subject;
use navette_router::referential::Referential;
use scylla::value::CqlValue;

use super::changes::Changes;
use super::database::Write;
use super::decision::{self, Head};
use super::envelope::{Decided, folder_of};
use super::error::Error;
use super::fetch::Fetched;
use super::heads::Known;
use super::needs;
use super::overlay::Overlay;
use super::shared::Shared;
use super::steps::Step;

/// An entry that may be decided, and what it will write if it is.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) decided: Decided,
    /// The entry as JSON.
    pub(super) payload: String,
    pub(super) changes: Changes,
    /// The records of its folder once it is committed, as far as they are known.
    pub(super) known: Known,
    /// Whether it makes its folder: nobody else knows the identifier, so there is nothing to decide.
    pub(super) is_first: bool,
}

impl Prepared {
    /// What is decided last once this is committed.
    pub(super) fn head(&self) -> Head {
        let order = self.decided.order;
        if self.is_first {
            return Head { entry: None, decided: None, applied: Some(order) };
        }
        Head { entry: Some(*self.decided.entry.id.as_uuid()), decided: Some(order), applied: Some(order) }
    }
}

impl Shared {
    /// Finds out what an entry will write, upon what was there when `head` was decided, of which `known` is known. Nothing is written
    /// yet.
    pub(super) async fn prepare(
        &self,
        subject: Subject,
        entry: Entry,
        head: Head,
        mut known: Known,
    ) -> Result<Prepared, Error> {
        let payload = serde_json::to_string(&entry)?;
        let max_bytes = self.options.entry_max_bytes;
        if payload.len() > max_bytes {
            return Err(Error::TooLarge { bytes: payload.len(), max_bytes });
        }
        let folder = folder_of(subject);
        let is_first = head == Head::default() && folder.is_some_and(|folder| needs::makes(&entry, folder));
        let needs = needs::of(&entry, folder);
        let before = if is_first { Fetched::nothing() } else { Fetched::known(&known, &needs) };
        let fetched = self.database.fetch(folder, needs, before).await?;
        let order = self.orders.next(head.latest().max(fetched.written));
        let decided = Decided { subject, order, entry };
        let mut changes = changes(&decided, fetched)?;
        if changes.removes_folder {
            known = Known::default();
        } else {
            known.rows.extend(std::mem::take(&mut changes.rows));
            known.whole |= is_first;
        }
        let (bytes, max_bytes) = (changes.folder_bytes(), self.options.batch_max_bytes);
        if bytes > max_bytes {
            return Err(Error::TooLarge { bytes, max_bytes });
        }
        Ok(Prepared { decided, payload, changes, known, is_first })
    }

    /// Finishes what was decided last about a subject, if it is not applied. What the head is then.
    pub(super) async fn settle(&self, subject: Subject, head: Head) -> Result<Head, Error> {
        if !head.is_unsettled() {
            return Ok(head);
        }
        let Some((head, decided)) = self.database.intent(subject).await? else {
            return self.database.head(subject).await;
        };
        let payload = serde_json::to_string(&decided.entry)?;
        let offset = self.journal.append(&decided, &payload).await?;
        self.apply(&decided).await?;
        if subject == Subject::Referential {
            self.referential.reach(offset, self.options.kafka.request_timeout).await?;
        }
        self.counters.settled.fetch_add(1, Ordering::Relaxed);
        // The head need not be the entry: a decision that came too late may have left a fence there.
        Ok(Head { entry: head, decided: Some(decided.order), applied: Some(decided.order) })
    }

    /// Applies an entry that was decided, by whomever and whenever.
    pub(super) async fn apply(&self, decided: &Decided) -> Result<(), Error> {
        let folder = folder_of(decided.subject);
        let fetched = self.database.fetch(folder, needs::of(&decided.entry, folder), Fetched::default()).await?;
        let changes = changes(decided, fetched)?;
        self.write(decided, changes).await
    }

    /// Writes all that an entry changes, and notes that it did.
    pub(super) async fn write(&self, decided: &Decided, mut changes: Changes) -> Result<(), Error> {
        self.remove_former(decided, &mut changes).await?;
        let (remainder, changes) = self.write_visible(decided, changes, false).await?;
        self.applied.insert(decided.entry.id, ());
        // Whoever finishes what another began waits for this: until it is noted, others would do it as well.
        if let Some(applied) = remainder {
            noted(self.database.write_together(vec![applied], decided.order).await);
        }
        self.look_after_contents(&changes).await;
        Ok(())
    }

    /// Writes what comes before the folder's records.
    pub(super) async fn remove_former(&self, decided: &Decided, changes: &mut Changes) -> Result<(), Error> {
        changes.note_lost(&self.options.gateway);
        self.database.write_all(std::mem::take(&mut changes.before), decided.order).await?;
        self.pass(Step::Removed)
    }

    /// Writes all that can be seen after that. What is left to write can wait until the caller has its answer. Of a folder that is made
    /// nobody looks for anything yet, so that the order of what it writes is of no account.
    pub(super) async fn write_visible(
        &self,
        decided: &Decided,
        mut changes: Changes,
        is_first: bool,
    ) -> Result<(Option<Write>, Changes), Error> {
        let order = decided.order;
        let mut applied = Some(decision::put_applied(decided.subject, order));
        // When nothing comes after the folder, the note that all is applied goes with it.
        if changes.after.is_empty() && folder_of(decided.subject).is_some() {
            changes.folder.extend(applied.take());
        }
        let folder = self.database.write_together(std::mem::take(&mut changes.folder), order);
        let buckets = std::mem::take(&mut changes.inboxes);
        let folder = if is_first && buckets.is_empty() {
            Some(folder)
        } else {
            folder.await?;
            self.pass(Step::Changed)?;
            None
        };
        // Not before the folder is written, however long that took: readers may have gone past the place by then.
        let now = self.orders.now();
        let (announced, late) = self.inboxes.announce(&buckets, order, now);
        let mut named = HashSet::new();
        changes.after.retain(|write| {
            bucket_name(write).is_none_or(|name| self.buckets.get(&name).is_none() && named.insert(name))
        });
        changes.after.extend(announced);
        let after = self.database.write_all(std::mem::take(&mut changes.after), order);
        match folder {
            Some(folder) => {
                tokio::try_join!(folder, after)?;
                self.pass(Step::Changed)?;
            }
            None => after.await?,
        }
        named.into_iter().for_each(|name| self.buckets.insert(name, ()));
        self.inboxes.announced(buckets);
        self.pass(Step::Added)?;
        // A reader that goes back must find what it goes back for.
        self.database.write_all(late, now).await?;
        self.pass(Step::Announced)?;
        Ok((applied, changes))
    }

    /// Notes that an entry of this gateway is applied. When that fails, whoever decides next on the subject applies it again.
    pub(super) async fn note_applied(&self, decided: &Decided, applied: Option<Write>) {
        self.applied.insert(decided.entry.id, ());
        let Some(applied) = applied else { return };
        let (writes, order) = (vec![applied], decided.order);
        // About anything but a folder all gateways decide at once, and wait for each other.
        noted(match folder_of(decided.subject) {
            Some(_) => self.database.write_with_others(writes, order).await,
            None => self.database.write_together(writes, order).await,
        });
    }

    /// Keeps the contents that an entry names, and deletes those that it names no more.
    pub(super) async fn look_after_contents(&self, changes: &Changes) {
        for address in &changes.named {
            self.discards.keep(address).await;
        }
        changes.lost.iter().for_each(|(address, _)| self.discards.discard(address));
    }
}

fn changes(decided: &Decided, fetched: Fetched) -> Result<Changes, Error> {
    // The referential lives in memory and follows its topic; here only what it leaves in tables counts.
    let known = Referential::default();
    let mut overlay = Overlay::new(decided.order, folder_of(decided.subject), fetched, &known);
    navette_router::view::apply(&decided.entry, &mut overlay)?;
    Ok(overlay.finish())
}

fn noted(written: Result<(), Error>) {
    if let Err(error) = written {
        tracing::warn!(error = &error as &dyn std::error::Error, "an entry was not noted as applied");
    }
}

/// The name of a partition of a list, when that is all that is written: it is written once.
fn bucket_name(write: &Write) -> Option<String> {
    let ("listing_buckets", list) = &write.partition else { return None };
    write.values.iter().find_map(CqlValue::as_bigint).map(|bucket| format!("{list} {bucket}"))
}
