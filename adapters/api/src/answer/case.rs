//! A case, to either side.

use navette_router::hub::CaseView;
use navette_router::model::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::event::EventAnswer;
use super::folder::FolderCase;
use super::parts::{File, Person, file};
use super::{optional, text};
use crate::openapi::words::DateTime;

/// A case as one side sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Case")]
#[serde(rename_all = "camelCase")]
pub(crate) struct CaseAnswer<'a> {
    #[serde(flatten)]
    case: FolderCase<'a>,
    /// Code of the process.
    process_code: &'a str,
    /// When it was created.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    create_date_time: Timestamp,
    /// When it was closed.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    close_date_time: Option<Timestamp>,
    /// Who asks.
    applicant: Person<'a>,
    /// Its files, in the order they were announced.
    attachments: Vec<File<'a>>,
    /// What happened, the oldest first; nothing when a light case is asked for.
    events: Vec<EventAnswer<'a>>,
}

impl<'a> From<&'a CaseView> for CaseAnswer<'a> {
    fn from(view: &'a CaseView) -> Self {
        Self {
            case: (&view.case).into(),
            process_code: view.case.process.as_str(),
            create_date_time: view.case.created_at,
            close_date_time: view.case.closed_at,
            applicant: (&view.applicant).into(),
            attachments: view.attachments.iter().map(|attachment| file(attachment, false)).collect(),
            events: view.events.iter().map(EventAnswer::from).collect(),
        }
    }
}
