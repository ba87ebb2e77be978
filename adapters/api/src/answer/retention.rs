//! What retention will do.

use navette_router::hub::Foreseen;
use navette_router::model::{FolderId, Timestamp};
use navette_router::retention::{Action, Due};
use serde::Serialize;

use super::{optional, text};

/// What is foreseen for some folders, and behind which one to go on.
#[derive(Serialize)]
pub(crate) struct RetentionAnswer {
    folders: Vec<FolderRow>,
    #[serde(serialize_with = "optional")]
    next: Option<FolderId>,
}

#[derive(Serialize)]
struct FolderRow {
    #[serde(serialize_with = "text")]
    folder: FolderId,
    due: Vec<DueRow>,
}

#[derive(Serialize)]
struct DueRow {
    #[serde(serialize_with = "text")]
    at: Timestamp,
    action: &'static str,
    /// Of the file, the case or the folder.
    id: String,
}

impl RetentionAnswer {
    pub(crate) fn new(foreseen: &[Foreseen], next: Option<FolderId>) -> Self {
        let row = |row: &Foreseen| FolderRow { folder: row.folder, due: row.due.iter().map(DueRow::from).collect() };
        Self { folders: foreseen.iter().map(row).collect(), next }
    }
}

impl From<&Due> for DueRow {
    fn from(due: &Due) -> Self {
        let (action, id) = match due.action {
            Action::DeleteFile(_, attachment) => ("delete_file", attachment.to_string()),
            Action::ArchiveCase(case) => ("archive_case", case.to_string()),
            Action::ArchiveFolder(folder) => ("archive_folder", folder.to_string()),
            Action::DeleteFolder(folder) => ("delete_folder", folder.to_string()),
        };
        Self { at: due.at, action, id }
    }
}
