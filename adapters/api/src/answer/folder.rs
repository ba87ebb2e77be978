//! A folder, to its depositor.

use navette_router::hub::FolderView;
use navette_router::model::{Case, CaseId, FolderId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::parts::{File, Key, Partner, Person, file, partner};
use super::{optional, text};
use crate::openapi::words::{CaseStatus, DateTime, Identifier};

/// A folder as its depositor sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Folder")]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderAnswer<'a> {
    /// Identifier.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: FolderId,
    /// Where the folder stands.
    #[schemars(with = "CaseStatus")]
    global_status: &'static str,
    /// Code of the process.
    process_code: &'a str,
    /// The depositor's own number.
    external_id: &'a str,
    /// When it was created.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    create_date_time: Timestamp,
    /// When it last changed.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    update_date_time: Option<Timestamp>,
    /// When it was closed.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    close_date_time: Option<Timestamp>,
    /// Who asks.
    applicant: Person<'a>,
    /// What the software that sent it said of itself.
    partner_info: Option<Partner<'a>>,
    /// One for each recipient.
    cases: Vec<FolderCase<'a>>,
    /// Its files, in the order they were announced.
    attachments: Vec<File<'a>>,
}

impl<'a> From<&'a FolderView> for FolderAnswer<'a> {
    fn from(view: &'a FolderView) -> Self {
        let folder = &view.folder;
        Self {
            id: folder.id,
            global_status: folder.status.as_str(),
            process_code: folder.process.as_str(),
            external_id: &folder.external_id,
            create_date_time: folder.created_at,
            update_date_time: folder.updated_at,
            close_date_time: folder.closed_at,
            applicant: (&folder.applicant).into(),
            partner_info: partner(folder.partner_info.as_ref()),
            cases: view.cases.iter().map(FolderCase::from).collect(),
            attachments: view.attachments.iter().map(|attachment| file(attachment, true)).collect(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FolderCase")]
#[serde(rename_all = "camelCase")]
pub(super) struct FolderCase<'a> {
    /// Identifier.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: CaseId,
    /// Where it stands.
    #[schemars(with = "CaseStatus")]
    status: &'static str,
    /// Who processes it.
    recipient: Key<'a>,
    /// The depositor's own number.
    external_id: &'a str,
    /// When it last changed.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    update_date_time: Option<Timestamp>,
    /// When the recipient was told.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    transmission_date_time: Option<Timestamp>,
    /// What the two sides' software tells each other.
    partner_attributes: Option<&'a str>,
}

impl<'a> From<&'a Case> for FolderCase<'a> {
    fn from(case: &'a Case) -> Self {
        Self {
            id: case.id,
            status: case.status.as_str(),
            recipient: (&case.recipient).into(),
            external_id: &case.external_id,
            update_date_time: case.updated_at,
            transmission_date_time: case.transmitted_at,
            partner_attributes: case.partner_attributes.as_deref(),
        }
    }
}
