//! What retention will do.

use navette_router::hub::Foreseen;
use navette_router::model::{FolderId, Timestamp};
use navette_router::retention::{Action, Due};
use schemars::JsonSchema;
use serde::Serialize;

use super::{optional, text};
use crate::openapi::words::{DateTime, Identifier, RetentionAction};

/// What is foreseen for some folders, and behind which one to go on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Retention")]
pub(crate) struct RetentionAnswer {
    /// What is foreseen, folder by folder.
    folders: Vec<FolderRow>,
    /// Behind which folder to go on; null at the end.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<Identifier>")]
    next: Option<FolderId>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RetentionOfFolder")]
struct FolderRow {
    /// The folder.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    folder: FolderId,
    /// What will go, the soonest first.
    due: Vec<DueRow>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RetentionDue")]
struct DueRow {
    /// When.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    at: Timestamp,
    /// What.
    #[schemars(with = "RetentionAction")]
    action: &'static str,
    /// Identifier.
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
