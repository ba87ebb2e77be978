//! A row of an inbox.

use navette_router::hub::NotificationView;
use navette_router::model::{CaseId, EventId, NotificationId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::parts::Key;
use super::{optional, text};
use crate::openapi::words::{Action, DateTime, EventState, Identifier};

/// A row of an inbox.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Notification")]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationAnswer<'a> {
    /// Identifier.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: NotificationId,
    /// Whose inbox it is in.
    recipient: Key<'a>,
    /// Who sent it.
    transmitter: Key<'a>,
    /// Code of the process.
    process_code: &'a str,
    /// The case.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    case_id: CaseId,
    /// The event; null when the case is new.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<Identifier>")]
    event_id: Option<EventId>,
    /// Since when it waits.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    date_time: Timestamp,
    /// Where the event stands.
    #[schemars(with = "Option<EventState>")]
    event_status: Option<&'static str>,
    /// What happened; with `eventDetails` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Action>")]
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
