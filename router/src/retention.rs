//! What is kept how long: a pure function of a folder, its process and the clock.
//!
//! A file goes when every case that lists it has reached the status that its process names, and the delay, plus a day, has passed
//! for the last of them. A case, or a folder, is archived some days after it was closed. A folder is deleted, with all that is in
//! it, some days after it was archived.

use crate::model::{
    Attachment, AttachmentId, AttachmentStatus, Case, CaseId, Event, Folder, FolderId, Owner, Process, Status,
    Timestamp,
};

const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The bytes of a file go; what is known of it stays.
    DeleteFile(Owner, AttachmentId),
    /// A case is archived.
    ArchiveCase(CaseId),
    /// A folder is archived.
    ArchiveFolder(FolderId),
    /// A folder goes, with all that is in it.
    DeleteFolder(FolderId),
}

/// What is to be done, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// From when on.
    pub at: Timestamp,
    /// What.
    pub action: Action,
}

/// A folder with all that is in it.
#[derive(Debug, Clone)]
pub struct Contents {
    /// The folder.
    pub folder: Folder,
    /// Its cases.
    pub cases: Vec<Case>,
    /// Its attachments.
    pub attachments: Vec<Attachment>,
    /// The events of its cases with their attachments.
    pub events: Vec<(Event, Vec<Attachment>)>,
}

/// Everything that can be foreseen for a folder, in no order. What waits for somebody to act is not in it.
pub fn foresee(process: &Process, contents: &Contents) -> Vec<Due> {
    let mut due = Vec::new();
    let Contents { folder, cases, attachments, events } = contents;
    let file_days = i64::from(process.days_before_file_deletion) + 1;
    let reached = |case: &Case| case.reached(process.status_before_file_deletion);
    let mut files = |files: &[Attachment], seen_by: &dyn Fn(&Attachment, &Case) -> bool| {
        for file in files.iter().filter(|file| has_bytes(file)) {
            let mut since = cases.iter().filter(|case| seen_by(file, case)).map(reached);
            // None of those that list it may be missing; and one that nobody lists goes with its folder.
            let last = since
                .try_fold(None, |last: Option<Timestamp>, at| at.map(|at| Some(last.map_or(at, |last| last.max(at)))));
            if let Some(Some(last)) = last {
                due.push(Due { at: after(last, file_days), action: Action::DeleteFile(file.owner, file.id) });
            }
        }
    };
    files(attachments, &|file, case| file.recipients.contains(&case.external_id));
    for (event, attachments) in events {
        files(attachments, &|_, case| case.id == event.case);
    }
    let archived_days = i64::from(process.days_before_archiving);
    for case in cases.iter().filter(|case| case.status == Status::Closed) {
        if let Some(closed_at) = case.closed_at {
            due.push(Due { at: after(closed_at, archived_days), action: Action::ArchiveCase(case.id) });
        }
    }
    if let (Status::Closed, Some(closed_at)) = (folder.status, folder.closed_at) {
        due.push(Due { at: after(closed_at, archived_days), action: Action::ArchiveFolder(folder.id) });
    }
    if let (Status::Archived, Some(archived_at)) = (folder.status, folder.archived_at) {
        let at = after(archived_at, i64::from(process.days_before_folder_deletion));
        due.push(Due { at, action: Action::DeleteFolder(folder.id) });
    }
    due
}

/// Whether there is something left to delete of a file.
fn has_bytes(file: &Attachment) -> bool {
    file.place.is_some() && file.status != AttachmentStatus::Deleted
}

const fn after(at: Timestamp, days: i64) -> Timestamp {
    Timestamp::from_milliseconds(at.milliseconds().saturating_add(days.saturating_mul(DAY_MILLISECONDS)))
}
