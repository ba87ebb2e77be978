//! A folder, to its depositor.

use navette_router::hub::FolderView;
use navette_router::model::{Case, CaseId, FolderId, Timestamp};
use serde::Serialize;

use super::parts::{File, Key, Partner, Person, file, partner};
use super::{optional, text};

/// A folder as its depositor sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: FolderId,
    global_status: &'static str,
    process_code: &'a str,
    external_id: &'a str,
    #[serde(serialize_with = "text")]
    create_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    close_date_time: Option<Timestamp>,
    applicant: Person<'a>,
    partner_info: Option<Partner<'a>>,
    cases: Vec<FolderCase<'a>>,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FolderCase<'a> {
    #[serde(serialize_with = "text")]
    id: CaseId,
    status: &'static str,
    recipient: Key<'a>,
    external_id: &'a str,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    transmission_date_time: Option<Timestamp>,
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
