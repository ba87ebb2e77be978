//! The view: what the journal amounts to, in `fjall`.
//!
//! It is written without waiting for the disk, behind the journal; each batch carries the position it reaches, so that a start
//! knows from where to replay. Three keyspaces: what lies in the order of time, where each table follows the one before; inboxes,
//! which are deleted as much as they are written; and what is looked up by something else, which every new table falls between.

mod deliveries;
mod lists;

use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, Event, EventId, Folder, FolderId, Mail, MailId, Notification,
    NotificationId, Owner, Timestamp,
};
use navette_router::ports::{InboxPage, InboxQuery, Located};
use navette_router::referential::{Reference, Referential};
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::inboxes::{Inboxes, Order, State};
use super::memtables::rotate_when_full;
use super::recent::Recent;
use super::{codec, journal::Position, keys};

/// The format of keys and records that this version writes.
const FORMAT: u8 = 2;

/// How much the view may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Memory for blocks read from disk, in bytes.
    pub cache_bytes: u64,
    /// Memory for the records written last, in bytes.
    pub recent_bytes: u64,
    /// Memory that each of the three keyspaces gathers before it writes a table, in bytes.
    pub memtable_bytes: u64,
    /// Disk that the unsorted journal of the view may take, in bytes; at least 64 MiB.
    pub write_ahead_max_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            recent_bytes: 64 << 20,
            memtable_bytes: 32 << 20,
            write_ahead_max_bytes: 256 << 20,
        }
    }
}

/// Why the view cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine beneath failed.
    #[error("the view cannot be read or written")]
    Engine(#[from] fjall::Error),
    /// A record is not what was written.
    #[error("a record of the view is damaged")]
    Record(#[from] codec::Error),
    /// Another version wrote it.
    #[error(
        "the view has format {0} and this version of navette knows format {FORMAT}; start the version that wrote it"
    )]
    UnknownFormat(u8),
}

/// The view, and what of it lives in memory.
#[derive(Clone)]
pub struct View {
    pub(super) database: Database,
    /// Folders, cases, attachments, events.
    pub(super) records: Keyspace,
    /// Notifications and e-mails that wait, and deliveries.
    pub(super) inbox: Keyspace,
    /// The referential, acts, what is listed by recipient or by place.
    pub(super) lists: Keyspace,
    pub(super) recent: std::sync::Arc<Recent>,
    memtable_bytes: u64,
    /// The position up to which the inboxes were counted when the view was opened.
    pub(super) counted: Position,
    pub(super) memory: std::sync::Arc<Memory>,
}

impl std::fmt::Debug for View {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("View").finish_non_exhaustive()
    }
}

/// What of the view lives in memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) referential: RwLock<Referential>,
    pub(super) inboxes: Inboxes,
    /// How many e-mails wait.
    pub(super) mails: AtomicUsize,
}

impl View {
    /// Opens the view at `directory`, or makes a new one. Of what lives in memory, only what is known of the inboxes is loaded yet.
    pub fn open(directory: &Path, options: &Options) -> Result<Self, Error> {
        let database = Database::builder(directory)
            .cache_size(options.cache_bytes)
            .max_journaling_size(options.write_ahead_max_bytes.max(64 << 20))
            .worker_threads(1)
            .open()?;
        let create = || KeyspaceCreateOptions::default().max_memtable_size(options.memtable_bytes);
        let records = database.keyspace("records", create)?;
        let inbox = database.keyspace("inbox", create)?;
        let lists = database.keyspace("lists", create)?;
        let recent = std::sync::Arc::new(Recent::new(options.recent_bytes));
        let memtable_bytes = options.memtable_bytes;
        let counted = reached(&inbox)?;
        let view = Self {
            database,
            records,
            inbox,
            lists,
            recent,
            memtable_bytes,
            counted,
            memory: std::sync::Arc::default(),
        };
        match view.records.get(keys::FORMAT)?.as_deref() {
            None => view.records.insert(keys::FORMAT, [FORMAT])?,
            Some([FORMAT]) => {}
            Some(found) => return Err(Error::UnknownFormat(found.first().copied().unwrap_or_default())),
        }
        view.load_inboxes()?;
        Ok(view)
    }

    fn load_inboxes(&self) -> Result<(), Error> {
        let mut states = Vec::new();
        for guard in self.inbox.prefix(keys::INBOX_STATES) {
            let (key, value) = guard.into_inner()?;
            states.extend(keys::split_inbox(&key).zip(State::from_bytes(&value)));
        }
        self.memory.inboxes.follow(states);
        Ok(())
    }

    /// To be called behind each batch.
    pub(super) fn rotate_when_full(&self) -> Result<(), Error> {
        for keyspace in [&self.records, &self.inbox, &self.lists] {
            rotate_when_full(keyspace, self.memtable_bytes)?;
        }
        Ok(())
    }

    /// Up to which position every record is certain to be applied.
    pub fn applied(&self) -> Result<Position, Error> {
        Ok(reached(&self.records)?.min(reached(&self.inbox)?).min(reached(&self.lists)?))
    }

    /// Loads the rest of what lives in memory: once, after the replay.
    pub(super) fn load(&self) -> Result<(), Error> {
        let mut referential = self.memory.referential.write();
        *referential = Referential::default();
        for guard in self.lists.prefix(keys::REFERENCES) {
            referential.put(codec::decode::<Reference>(&guard.value()?)?);
        }
        drop(referential);
        self.memory.mails.store(self.inbox.prefix(keys::MAIL_TIMES).count(), Ordering::Relaxed);
        Ok(())
    }

    /// What its unsorted log takes on the disk, in bytes; none while that cannot be told.
    pub(super) fn log_bytes(&self) -> u64 {
        self.database.journal_disk_space().unwrap_or_default()
    }

    /// Makes everything applied so far durable.
    pub(super) fn persist(&self) -> Result<(), Error> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }

    pub(super) fn folder(&self, id: FolderId) -> Result<Option<Folder>, Error> {
        self.recent.get(&self.records, &keys::folder(id))
    }

    pub(super) fn case(&self, id: CaseId) -> Result<Option<Case>, Error> {
        self.recent.get(&self.records, &keys::case(id))
    }

    pub(super) fn attachment(&self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Error> {
        self.recent.get(&self.records, &keys::attachment(owner, id))
    }

    pub(super) fn attachments(&self, owner: Owner) -> Result<Vec<Attachment>, Error> {
        let Some(ids) = self.recent.bytes(&self.records, &keys::attachments(owner))? else { return Ok(Vec::new()) };
        let mut attachments = Vec::with_capacity(ids.len() / 16);
        for id in ids.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok()) {
            attachments.extend(self.attachment(owner, AttachmentId::from_uuid(id))?);
        }
        Ok(attachments)
    }

    pub(super) fn event(&self, case: CaseId, id: EventId) -> Result<Option<Event>, Error> {
        self.recent.get(&self.records, &keys::event(case, id))
    }

    pub(super) fn events(&self, case: CaseId) -> Result<Vec<Event>, Error> {
        let mut events: Vec<Event> = self.scan(&keys::events(case))?;
        events.sort_by_key(|event| event.rank);
        Ok(events)
    }

    pub(super) fn notification(&self, id: NotificationId) -> Result<Option<Notification>, Error> {
        Ok(self
            .recent
            .get::<(Notification, Order)>(&self.inbox, &keys::notification(id))?
            .map(|(notification, _)| notification))
    }

    /// A page of what waits, merged from all inboxes asked for.
    pub(super) fn page(&self, query: &InboxQuery) -> Result<InboxPage, Error> {
        let (selected, total) = self.memory.inboxes.select(query);
        if total == 0 {
            return Ok(InboxPage::default());
        }
        let snapshot = self.database.snapshot();
        let mut sources = Vec::with_capacity(selected.len());
        for (inbox, head) in selected {
            let prefix = keys::inbox(&inbox);
            let first = keys::waiting(&prefix, head.0, head.1);
            let last = keys::waiting(&prefix, Position::MAX, u32::MAX);
            let class = query.priority.iter().position(|process| *process == inbox.process).map_or(1, |_| 0);
            let mut rows = snapshot.range(&self.inbox, first..=last);
            let next = next_row(&mut rows)?;
            if let Some((order, _)) = next {
                self.memory.inboxes.advance(&inbox, head, order);
            }
            sources.push(Source { class, rows, next });
        }
        let mut notifications = Vec::with_capacity(query.limit.min(usize::try_from(total).unwrap_or(usize::MAX)));
        let mut passed = 0;
        while notifications.len() < query.limit {
            let oldest = sources
                .iter_mut()
                .filter(|source| source.next.is_some())
                .min_by_key(|source| (source.class, source.next.map(|(order, _)| order)));
            let Some(source) = oldest else { break };
            let Some((_, id)) = std::mem::replace(&mut source.next, next_row(&mut source.rows)?) else { break };
            if passed < query.offset {
                passed += 1;
                continue;
            }
            // Deleted since the snapshot was taken: it waits no more.
            if let Some(notification) = self.notification(id)? {
                notifications.push(notification);
            }
        }
        Ok(InboxPage { notifications, total })
    }

    /// The notifications about a folder that wait.
    pub(super) fn waiting(&self, folder: FolderId) -> Result<Vec<Notification>, Error> {
        let mut waiting = Vec::new();
        for guard in self.inbox.prefix(keys::all_waiting_of(folder)) {
            let id = identifier(&guard.key()?).map(NotificationId::from_uuid);
            waiting.extend(id.map(|id| self.notification(id)).transpose()?.flatten());
        }
        Ok(waiting)
    }

    pub(super) fn folders_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<Folder>, Error> {
        let first = after.map_or(Bound::Unbounded, |after| Bound::Excluded(keys::folder(after)));
        let mut folders = Vec::new();
        for guard in self.records.range::<Vec<u8>, _>((first, Bound::Unbounded)) {
            if folders.len() == limit {
                break;
            }
            let (key, value) = guard.into_inner()?;
            if keys::is_folder(&key) {
                folders.push(codec::decode(&value)?);
            }
        }
        Ok(folders)
    }

    pub(super) fn mail(&self, id: MailId) -> Result<Option<Mail>, Error> {
        self.recent.get(&self.inbox, &keys::mail(id))
    }

    /// E-mails whose time has come. When none waits, nothing but memory is touched.
    pub(super) fn mails_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Mail>, Error> {
        let mut due = Vec::new();
        if self.memory.mails.load(Ordering::Relaxed) == 0 {
            return Ok(due);
        }
        let (first, last) = (keys::MAIL_TIMES.to_vec(), keys::mail_time(now, MailId::from_uuid(Uuid::max())));
        for guard in self.inbox.range(first..=last).take(limit) {
            let id = identifier(&guard.key()?).map(MailId::from_uuid);
            due.extend(id.map(|id| self.mail(id)).transpose()?.flatten());
        }
        Ok(due)
    }

    pub(super) fn locate(&self, id: Uuid) -> Result<Option<Located>, Error> {
        let Some(value) = self.records.get(keys::located(id.as_bytes()))? else { return Ok(None) };
        let owner = value.get(1..).and_then(|owner| Uuid::from_slice(owner).ok());
        Ok(owner.zip(value.first()).and_then(|(owner, tag)| match tag {
            b'F' => Some(Located::Attachment(Owner::Folder(FolderId::from_uuid(owner)))),
            b'E' => Some(Located::Attachment(Owner::Event(EventId::from_uuid(owner)))),
            b'C' => Some(Located::Event(CaseId::from_uuid(owner))),
            _ => None,
        }))
    }

    fn scan<T: DeserializeOwned>(&self, prefix: &[u8]) -> Result<Vec<T>, Error> {
        self.records.prefix(prefix).map(|guard| Ok(codec::decode(&guard.value()?)?)).collect()
    }
}

/// The position up to which a keyspace was applied.
fn reached(keyspace: &Keyspace) -> Result<Position, Error> {
    let bytes = keyspace.get(keys::APPLIED)?;
    Ok(bytes.and_then(|bytes| bytes.as_ref().try_into().ok()).map_or(0, Position::from_be_bytes))
}

/// The identifier that a key ends with.
fn identifier(key: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(key.get(key.len().checked_sub(16)?..)?).ok()
}

struct Source {
    class: usize,
    rows: fjall::Iter,
    next: Option<(Order, NotificationId)>,
}

fn next_row(rows: &mut fjall::Iter) -> Result<Option<(Order, NotificationId)>, Error> {
    let Some(guard) = rows.next() else { return Ok(None) };
    let (key, value) = guard.into_inner()?;
    let order = keys::split_waiting(&key).map(|(_, order)| order);
    let id = Uuid::from_slice(&value).ok().map(NotificationId::from_uuid);
    Ok(order.zip(id))
}

#[cfg(test)]
mod tests;
