//! What becomes of what is brought to a recipient: enough to find out alone what is wrong with one's server.

use navette_router::model::{
    AccessMode, Attempt, CaseId, DeadReason, Delivery, DeliveryId, DeliveryState, EventId, FolderId, OrganizationKey,
    Timestamp,
};
use navette_router::ports::DeliveryError;
use schemars::JsonSchema;
use serde::Serialize;

use super::endpoint::concerns;
use super::returned::ReturnRow;
use super::{optional, text};
use crate::openapi::words::{
    Access, Concern, DateTime, DeliveryEndWord, DeliveryOutcome, DeliveryStateWord, Identifier,
};

/// Deliveries, and behind which one to go on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deliveries")]
pub(crate) struct DeliveriesAnswer<'a> {
    /// The latest first.
    deliveries: Vec<DeliveryAnswer<'a>>,
    /// What to give as `before` for those that were called for before; null at the end.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<Identifier>")]
    next: Option<DeliveryId>,
}

impl<'a> DeliveriesAnswer<'a> {
    /// A page of deliveries, and the way that each goes. Only an empty page is known to be the end.
    pub(crate) fn new(page: &'a [Delivery], way: impl Fn(&Delivery) -> Option<AccessMode>) -> Self {
        let rows = page.iter().map(|delivery| DeliveryAnswer::new(delivery, way(delivery)));
        Self { deliveries: rows.collect(), next: page.last().map(|last| last.id) }
    }
}

/// One case, or one event of it, on its way to a recipient.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Delivery")]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryAnswer<'a> {
    /// Identifier; every attempt has the same one.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: DeliveryId,
    /// The case.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    case_id: CaseId,
    /// The folder.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    folder_id: FolderId,
    /// The event that is brought; null when it is the case itself.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<Identifier>")]
    event_id: Option<EventId>,
    /// Code of the process.
    process_code: &'a str,
    /// Whom it is for, as `SI-22770001000019-77372`.
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    recipient: &'a OrganizationKey,
    /// The way it goes, as the endpoint is set now; null when there is no endpoint any more.
    #[schemars(with = "Option<Access>")]
    access_mode: Option<&'static str>,
    /// Where it stands: it waits for an attempt, it has arrived, or it is not attempted any more.
    #[schemars(with = "DeliveryStateWord")]
    state: &'static str,
    /// When it was called for first.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    /// Not before when it is attempted next; null when it is not.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    due_at: Option<Timestamp>,
    /// When the recipient's server had all of it.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    delivered_at: Option<Timestamp>,
    /// Since when it is not attempted any more although it did not arrive.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    ended_at: Option<Timestamp>,
    /// Why it is not attempted any more.
    reason: Option<ReasonRow>,
    /// How many attempts there were.
    attempts: u32,
    /// The last of them, at most 20, oldest first.
    last_attempts: Vec<AttemptRow<'a>>,
    /// Whether the hub still looks for what the recipient's software puts back.
    awaited: bool,
    /// What came back last, at most 50, oldest first.
    last_returns: Vec<ReturnRow<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeliveryReason")]
#[serde(rename_all = "camelCase")]
struct ReasonRow {
    /// Why, in a word.
    #[schemars(with = "DeliveryEndWord")]
    kind: &'static str,
    /// What happened, and what to do.
    message: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeliveryAttempt")]
#[serde(rename_all = "camelCase")]
struct AttemptRow<'a> {
    /// Its number, from 1.
    number: u32,
    /// When it began.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    began_at: Timestamp,
    /// How long it took, in milliseconds.
    took_milliseconds: u64,
    /// `delivered`, or the kind of failure.
    #[schemars(with = "DeliveryOutcome")]
    outcome: &'static str,
    /// Who has to do something about a failure.
    #[schemars(with = "Option<Concern>")]
    concerns: Option<&'static str>,
    /// What went wrong, and what to do.
    explanation: Option<String>,
    /// What the recipient's server said.
    said: Option<&'a str>,
}

impl<'a> DeliveryAnswer<'a> {
    /// A delivery, and the way that it goes. What the peer calls it is left out: the number of the folder is in there.
    pub(crate) fn new(delivery: &'a Delivery, way: Option<AccessMode>) -> Self {
        let (state, delivered_at, end) = match delivery.state {
            DeliveryState::Waiting { .. } => ("waiting", None, None),
            DeliveryState::Delivered { at } => ("delivered", Some(at), None),
            DeliveryState::Dead { at, reason } => ("dead", None, Some((at, reason))),
        };
        Self {
            id: delivery.id,
            case_id: delivery.case,
            folder_id: delivery.folder,
            event_id: delivery.event,
            process_code: delivery.process.as_str(),
            recipient: &delivery.recipient,
            access_mode: way.map(AccessMode::as_str),
            state,
            created_at: delivery.created_at,
            due_at: delivery.due_at(),
            delivered_at,
            ended_at: end.map(|(at, _)| at),
            reason: end.map(|(_, reason)| ReasonRow { kind: reason.as_str(), message: advice(reason) }),
            attempts: delivery.attempts,
            last_attempts: delivery.last_attempts.iter().map(AttemptRow::from).collect(),
            awaited: delivery.is_awaited,
            last_returns: delivery.last_returns.iter().map(ReturnRow::from).collect(),
        }
    }
}

impl<'a> From<&'a Attempt> for AttemptRow<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        let failure = attempt.failure.as_ref();
        Self {
            number: attempt.number,
            began_at: attempt.began_at,
            took_milliseconds: attempt.took_milliseconds,
            outcome: failure.map_or("delivered", |failure| failure.kind.as_str()),
            concerns: failure.map(|failure| concerns(failure.kind.blame())),
            explanation: failure
                .map(|failure| DeliveryError::new(failure.kind, failure.explanation.as_str()).to_string()),
            said: attempt.words.as_ref().map(|words| words.as_str()),
        }
    }
}

/// Why it is not attempted any more, and what to do about it.
const fn advice(reason: DeadReason) -> &'static str {
    match reason {
        DeadReason::Refused => {
            "the last attempt failed in a way that trying again does not change: do what it says, then replay the delivery"
        }
        DeadReason::GivenUp => {
            "it was attempted for as long as its process wants: do what the last attempts say, then replay the delivery"
        }
        DeadReason::FellBack => {
            "it was not taken in time and goes the subscription's next way: fetch it there, or do what the last attempts say and replay the delivery"
        }
        DeadReason::Moved => "the case went over to another recipient, who is told of it: there is nothing to do",
        DeadReason::NoEndpoint => {
            "the subscription has no endpoint in force: fetch it from the inbox, or have the hub's operators set the endpoint and replay the delivery"
        }
    }
}

/// How many deliveries are attempted again.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Replayed")]
pub(crate) struct ReplayedAnswer {
    /// How many.
    pub(crate) replayed: u64,
}
