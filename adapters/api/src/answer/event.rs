//! An event, to either side.

use navette_router::hub::EventView;
use navette_router::model::{Event, EventId, Timestamp};
use serde::Serialize;

use super::parts::{File, Key, Partner, file, partner};
use super::text;

/// An event as one side sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: EventId,
    transmitter: Key<'a>,
    message: Option<&'a str>,
    comment: Option<&'a str>,
    action_type: &'static str,
    author: Option<&'a str>,
    notification: bool,
    #[serde(serialize_with = "text")]
    create_date_time: Timestamp,
    #[serde(serialize_with = "text")]
    update_date_time: Timestamp,
    status: &'static str,
    case_current_status: Option<&'a str>,
    case_new_status: Option<&'static str>,
    partner_attributes: Option<&'a str>,
    attachments: Vec<File<'a>>,
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
