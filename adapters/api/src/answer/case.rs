//! A case, to either side.

use navette_router::hub::CaseView;
use navette_router::model::Timestamp;
use serde::Serialize;

use super::event::EventAnswer;
use super::folder::FolderCase;
use super::parts::{File, Person, file};
use super::{optional, text};

/// A case as one side sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CaseAnswer<'a> {
    #[serde(flatten)]
    case: FolderCase<'a>,
    process_code: &'a str,
    #[serde(serialize_with = "text")]
    create_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    close_date_time: Option<Timestamp>,
    applicant: Person<'a>,
    attachments: Vec<File<'a>>,
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
