//! What is deposited, before and after.

use navette_router::model::ProcessCode;
use navette_storage::conformance::fixtures::{self, File};
use serde_json::{Value, json};

use super::{ids, text};

/// The three properties that name the `number`-th recipient.
pub(crate) fn recipient(number: usize) -> Value {
    let key = fixtures::recipient(number);
    json!({ "type": "SI", "companyRegister": key.company_register(), "branchCode": key.branch_code() })
}

/// A file as it is announced.
pub(crate) fn announced(file: &File) -> Value {
    json!({ "fileName": file.name, "type": file.kind, "size": file.bytes.len(), "mimeType": file.media_type })
}

/// An event that announces `files`, of which the other side is told.
pub(crate) fn file_event(files: &[File]) -> Value {
    let files: Vec<_> = files.iter().map(announced).collect();
    json!({ "actionType": "ATTACH_DEPOSIT", "notification": true, "attachments": files })
}

/// A folder with a case for each of `recipients`, who all see `files`.
pub(crate) fn folder(process: &ProcessCode, recipients: &[usize], files: &[File]) -> Value {
    let external_ids: Vec<_> = (0..recipients.len()).map(fixtures::case_external_id).collect();
    let case = |(id, number): (&String, &usize)| json!({ "externalId": id, "recipient": recipient(*number) });
    let file = |file: &File| {
        let mut file = announced(file);
        file["recipients"] = json!(external_ids);
        file
    };
    json!({
        "processCode": process.as_str(),
        "externalId": "folder-1",
        "applicant": { "firstName": "Anonyme", "lastName": "Essai", "email": "essai@example.fr" },
        "cases": external_ids.iter().zip(recipients).map(case).collect::<Vec<_>>(),
        "attachments": files.iter().map(file).collect::<Vec<_>>(),
    })
}

/// A deposit, by the identifiers that the hub gave.
#[derive(Debug)]
pub(crate) struct Deposit {
    pub(crate) folder: String,
    pub(crate) cases: Vec<String>,
    pub(crate) attachments: Vec<String>,
}

impl Deposit {
    pub(crate) fn of(folder: &Value) -> Self {
        Self { folder: text(&folder["id"]), cases: ids(&folder["cases"]), attachments: ids(&folder["attachments"]) }
    }

    pub(crate) fn folder_path(&self) -> String {
        format!("/folders/{}", self.folder)
    }

    pub(crate) fn attachment_path(&self, index: usize) -> String {
        format!("/folders/{}/attachments/{}", self.folder, self.attachments[index])
    }

    pub(crate) fn case_path(&self, index: usize) -> String {
        format!("/cases/{}", self.cases[index])
    }

    pub(crate) fn events_path(&self, index: usize) -> String {
        format!("/cases/{}/events", self.cases[index])
    }
}
