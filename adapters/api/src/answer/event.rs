//! An event, to either side.

use navette_router::hub::EventView;
use navette_router::model::{Event, EventId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::parts::{File, Key, Partner, file, partner};
use super::text;
use crate::openapi::words::{Action, CaseStatus, DateTime, EventState, Identifier};

/// An event as one side sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventAnswer<'a> {
    /// Identifier.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: EventId,
    /// Who sent it.
    transmitter: Key<'a>,
    /// For the other side.
    message: Option<&'a str>,
    /// For colleagues of the recipient; a depositor never sees it.
    comment: Option<&'a str>,
    /// What happened.
    #[schemars(with = "Action")]
    action_type: &'static str,
    /// Who did it.
    author: Option<&'a str>,
    /// Whether the other side is told.
    notification: bool,
    /// When it was created.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    create_date_time: Timestamp,
    /// When it last changed.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    update_date_time: Timestamp,
    /// Where it stands.
    #[schemars(with = "EventState")]
    status: &'static str,
    /// The status that the author saw.
    case_current_status: Option<&'a str>,
    /// The status that the case took.
    #[schemars(with = "Option<CaseStatus>")]
    case_new_status: Option<&'static str>,
    /// What the two sides' software tells each other.
    partner_attributes: Option<&'a str>,
    /// Its files, in the order they were announced.
    attachments: Vec<File<'a>>,
    /// What the software that sent it said of itself.
    partner_info: Option<Partner<'a>>,
}

impl<'a> From<&'a EventView> for EventAnswer<'a> {
    fn from(EventView { event, attachments }: &'a EventView) -> Self {
        let Event {
            id,
            transmitter,
            message,
            comment,
            action,
            author,
            notification,
            created_at,
            updated_at,
            status,
            ..
        } = event;
        Self {
            id: *id,
            transmitter: transmitter.into(),
            message: message.as_deref(),
            comment: comment.as_deref(),
            action_type: action.as_str(),
            author: author.as_deref(),
            notification: *notification,
            create_date_time: *created_at,
            update_date_time: *updated_at,
            status: status.as_str(),
            case_current_status: event.case_current_status.as_deref(),
            case_new_status: event.case_new_status.map(|status| status.as_str()),
            partner_attributes: event.partner_attributes.as_deref(),
            attachments: attachments.iter().map(|attachment| file(attachment, false)).collect(),
            partner_info: partner(event.partner_info.as_ref()),
        }
    }
}
