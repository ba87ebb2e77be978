//! A row of an inbox.

use navette_router::hub::NotificationView;
use navette_router::model::{CaseId, EventId, NotificationId, Timestamp};
use serde::Serialize;

use super::parts::Key;
use super::{optional, text};

/// A row of an inbox.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: NotificationId,
    recipient: Key<'a>,
    transmitter: Key<'a>,
    process_code: &'a str,
    #[serde(serialize_with = "text")]
    case_id: CaseId,
    #[serde(serialize_with = "optional")]
    event_id: Option<EventId>,
    #[serde(serialize_with = "text")]
    date_time: Timestamp,
    event_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_action_type: Option<Option<&'static str>>,
}

/// A row, with the kind of event when details were asked for.
pub(crate) fn notification(view: &NotificationView, details: bool) -> NotificationAnswer<'_> {
    let NotificationView { notification, event } = view;
    NotificationAnswer {
        id: notification.id,
        recipient: (&notification.recipient).into(),
        transmitter: (&notification.transmitter).into(),
        process_code: notification.process.as_str(),
        case_id: notification.case,
        event_id: notification.event,
        date_time: notification.created_at,
        event_status: event.map(|(_, status)| status.as_str()),
        event_action_type: details.then(|| event.map(|(action, _)| action.as_str())),
    }
}
