//! The end of a folder's life: files deleted, cases archived, folders deleted, each once, as the rules of its process say.
//!
//! A sweep looks at every folder in turn, at a pace that its caller sets. Each folder is looked at under its own writer and changed
//! by one entry, so that a crash leaves it as it was or as it should be; the next sweep finds what is left to do.

use std::collections::BTreeMap;

use crate::entry::{DeletedEvent, Entry, Fact};
use crate::error::Error;
use crate::model::{
    Attachment, DeliveryId, FolderId, NotificationId, Owner, Place, Purge, Statistic, Status, Timestamp,
};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::retention::{Action, Contents, Due, foresee};
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::again;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retained {
    /// Folders that were looked at.
    pub folders: u64,
    /// Files whose bytes went, those of deleted folders included.
    pub files_deleted: u64,
    /// How many bytes that were.
    pub bytes_deleted: u64,
    /// Cases that were archived.
    pub cases_archived: u64,
    /// Folders that were archived.
    pub folders_archived: u64,
    /// Folders that were deleted.
    pub folders_deleted: u64,
}

impl std::ops::AddAssign for Retained {
    fn add_assign(&mut self, other: Self) {
        self.folders += other.folders;
        self.files_deleted += other.files_deleted;
        self.bytes_deleted += other.bytes_deleted;
        self.cases_archived += other.cases_archived;
        self.folders_archived += other.folders_archived;
        self.folders_deleted += other.folders_deleted;
    }
}

/// Part of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Behind which folder the next part begins; none: this was the last one.
    pub next: Option<FolderId>,
    /// What was done.
    pub done: Retained,
}

/// What is foreseen for one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The folder.
    pub folder: FolderId,
    /// What, and when; soonest first.
    pub due: Vec<Due>,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Looks at up to `limit` folders behind `after` and does what is due.
    pub async fn sweep(&self, after: Option<FolderId>, limit: usize) -> Result<Swept, Error> {
        let folders = self.store.folders_after(after, limit).await?;
        let next = folders.last().map(|folder| folder.id).filter(|_| folders.len() == limit);
        let mut done = Retained::default();
        for folder in folders {
            done.folders += 1;
            // Without the writer first: most folders have nothing due, and nobody should wait for that to be found out.
            if self.due(folder.id).await?.is_some() {
                done += self.retain(folder.id).await?;
            }
        }
        Ok(Swept { next, done })
    }

    /// What is foreseen for up to `limit` folders behind `after`, soonest first, and behind which one to go on.
    pub async fn foresee(
        &self,
        caller: &Caller,
        after: Option<FolderId>,
        limit: Option<usize>,
    ) -> Result<(Vec<Foreseen>, Option<FolderId>), Error> {
        caller.require(&[Scope::Admin])?;
        let limit = self.referential_rows(limit);
        let folders = self.store.folders_after(after, limit).await?;
        let next = folders.last().map(|folder| folder.id).filter(|_| folders.len() == limit);
        let mut foreseen = Vec::new();
        for folder in folders {
            let Some((_, mut due)) = self.contents(folder.id).await? else { continue };
            due.sort_unstable();
            if !due.is_empty() {
                foreseen.push(Foreseen { folder: folder.id, due });
            }
        }
        Ok((foreseen, next))
    }

    /// Does what is due for one folder.
    async fn retain(&self, id: FolderId) -> Result<Retained, Error> {
        again(|| self.retain_once(id)).await
    }

    async fn retain_once(&self, id: FolderId) -> Result<Retained, Error> {
        let writer = self.store.writer(Subject::Folder(id)).await?;
        let Some((contents, due)) = self.due(id).await? else { return Ok(Retained::default()) };
        let now = self.now();
        let mut change = Change::default();
        if due.contains(&Action::DeleteFolder(id)) {
            let waiting = self.store.waiting(id).await?;
            let deliveries = self.store.deliveries(id).await?;
            let notifications = waiting.iter().map(|notification| notification.id).collect();
            let deliveries = deliveries.iter().map(|delivery| delivery.id).collect();
            change.delete_folder(&contents, notifications, deliveries, now);
        } else {
            due.iter().for_each(|action| change.add(&contents, *action));
        }
        let Change { facts, places, done } = change;
        self.store.commit(writer, Entry::new(now, None, facts)).await?;
        places.iter().for_each(|place| self.attachments.discard(place));
        Ok(done)
    }

    /// What is due for a folder now, if anything is.
    async fn due(&self, id: FolderId) -> Result<Option<(Contents, Vec<Action>)>, Error> {
        let now = self.now();
        let Some((contents, due)) = self.contents(id).await? else { return Ok(None) };
        let due: Vec<Action> = due.into_iter().filter(|due| due.at <= now).map(|due| due.action).collect();
        Ok((!due.is_empty()).then_some((contents, due)))
    }

    async fn contents(&self, id: FolderId) -> Result<Option<(Contents, Vec<Due>)>, Error> {
        let Some(folder) = self.store.folder(id).await? else { return Ok(None) };
        let Some(process) = self.store.referential(|known| known.process(&folder.process).cloned()) else {
            return Ok(None);
        };
        // Nothing is ever due for a deposit that nobody was told of.
        if folder.status == Status::HubeeReceived {
            return Ok(None);
        }
        let cases = self.store.cases(&folder.cases).await?;
        let attachments = self.store.attachments(Owner::Folder(id)).await?;
        let mut events = Vec::new();
        for case in cases.iter().filter(|case| case.events > 0) {
            for event in self.store.events(case.id).await? {
                let files = self.store.attachments(Owner::Event(event.id)).await?;
                events.push((event, files));
            }
        }
        let contents = Contents { folder, cases, attachments, events };
        let due = foresee(&process, &contents);
        Ok(Some((contents, due)))
    }
}

/// The facts of one entry, the bytes to discard once it is durable, and what that amounts to.
#[derive(Default)]
struct Change {
    facts: Vec<Fact>,
    places: Vec<Place>,
    done: Retained,
}

impl Change {
    fn add(&mut self, contents: &Contents, action: Action) {
        match action {
            Action::DeleteFile(owner, attachment) => {
                let files = contents.attachments.iter().chain(contents.events.iter().flat_map(|(_, files)| files));
                let Some(file) = files.into_iter().find(|file| file.owner == owner && file.id == attachment) else {
                    return;
                };
                self.discard(file);
                let purges = purges(contents, file);
                self.facts.push(Fact::FileDeleted { owner, attachment, purges });
            }
            Action::ArchiveCase(case) => {
                self.done.cases_archived += 1;
                self.facts.push(Fact::CaseStatusSet { case, status: Status::Archived });
            }
            Action::ArchiveFolder(folder) => {
                self.done.folders_archived += 1;
                let closed_at = contents.folder.closed_at;
                self.facts.push(Fact::FolderStatusSet { folder, status: Status::Archived, closed_at });
            }
            // Takes everything with it: see `delete_folder`.
            Action::DeleteFolder(_) => {}
        }
    }

    fn delete_folder(
        &mut self,
        contents: &Contents,
        notifications: Vec<NotificationId>,
        deliveries: Vec<DeliveryId>,
        now: Timestamp,
    ) {
        let Contents { folder, attachments, events, .. } = contents;
        let files = attachments.iter().chain(events.iter().flat_map(|(_, files)| files));
        files.for_each(|file| self.discard(file));
        self.done.folders_deleted += 1;
        self.facts.push(Fact::FolderDeleted {
            folder: folder.id,
            cases: folder.cases.clone(),
            attachments: attachments.iter().map(|file| file.id).collect(),
            events: events
                .iter()
                .map(|(event, files)| DeletedEvent {
                    case: event.case,
                    event: event.id,
                    attachments: files.iter().map(|file| file.id).collect(),
                })
                .collect(),
            notifications,
            deliveries,
            statistic: Some(statistic(contents, now)),
        });
    }

    fn discard(&mut self, file: &Attachment) {
        if let Some(place) = &file.place {
            self.places.push(place.clone());
            self.done.files_deleted += 1;
            self.done.bytes_deleted += file.size_bytes;
        }
    }
}

/// The copies that portals keep of a file: those of the recipients that could see it.
fn purges(contents: &Contents, file: &Attachment) -> Vec<Purge> {
    let event = match file.owner {
        Owner::Folder(_) => None,
        Owner::Event(id) => contents.events.iter().find(|(event, _)| event.id == id).map(|(event, _)| event.case),
    };
    let sees = |case: &&crate::model::Case| match event {
        Some(of) => case.id == of,
        None => file.recipients.contains(&case.external_id),
    };
    let purge = |case: &crate::model::Case| Purge {
        recipient: case.recipient.clone(),
        process: case.process.clone(),
        case: case.id,
        attachment: file.id,
    };
    contents.cases.iter().filter(sees).map(purge).collect()
}

fn statistic(contents: &Contents, now: Timestamp) -> Statistic {
    let Contents { folder, cases, attachments, events } = contents;
    let mut ended = BTreeMap::new();
    cases.iter().for_each(|case| *ended.entry(case.status).or_insert(0) += 1);
    let files = || attachments.iter().chain(events.iter().flat_map(|(_, files)| files));
    Statistic {
        folder: folder.id,
        process: folder.process.clone(),
        depositor: folder.depositor.clone(),
        created_at: folder.created_at,
        closed_at: folder.closed_at,
        deleted_at: now,
        cases: ended,
        events: u32::try_from(events.len()).unwrap_or(u32::MAX),
        attachments: u32::try_from(files().count()).unwrap_or(u32::MAX),
        attachment_bytes: files().map(|file| file.size_bytes).sum(),
    }
}
