//! Subscriptions.

use navette_router::Scope;
use navette_router::model::{AccessMode, Contact, Subscription, SubscriptionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::parts::Key;
use super::{optional, text};
use crate::openapi::words::{Access, DateTime, Identifier, SubscriptionState};

/// A subscription of the referential.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Subscription")]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionAnswer<'a> {
    /// Identifier.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: SubscriptionId,
    /// Number of the enrolment request.
    datapass_id: i64,
    /// Code of the process.
    process_code: &'a str,
    /// Who receives.
    subscriber: Key<'a>,
    /// How cases reach the subscriber.
    #[schemars(with = "Option<Access>")]
    access_mode: Option<&'static str>,
    /// How often the subscriber is written to: `Unitaire` of each notification, `Quotidien` once a day; any other word: never.
    notification_frequency: &'a str,
    /// From when it is in force.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    activate_date_time: Option<Timestamp>,
    /// When it was validated.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    validate_date_time: Option<Timestamp>,
    /// When it was turned down.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    reject_date_time: Option<Timestamp>,
    /// Until when it is in force.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    end_date_time: Option<Timestamp>,
    /// When it was created.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    creation_date_time: Timestamp,
    /// When it last changed.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    update_date_time: Option<Timestamp>,
    /// Who looks after it on the subscriber's behalf.
    delegation_actor: Option<ContactAnswer<'a>>,
    /// Why it was turned down.
    rejection_reason: Option<&'a str>,
    /// Where it stands.
    #[schemars(with = "SubscriptionState")]
    status: &'static str,
    /// E-mail address.
    email: Option<&'a str>,
    /// Who looks after it at the subscriber.
    local_administrator: ContactAnswer<'a>,
}

impl<'a> SubscriptionAnswer<'a> {
    /// The subscription in words that whoever has this scope knows. The published interface has no word for a recipient whose software is
    /// called, which fetches as all software does.
    pub(crate) fn for_scope(subscription: &'a Subscription, scope: Scope) -> Self {
        let mut answer = Self::from(subscription);
        if scope != Scope::Admin && subscription.access_mode == Some(AccessMode::Webhook) {
            answer.access_mode = Some(AccessMode::Api.as_str());
        }
        answer
    }
}

impl<'a> From<&'a Subscription> for SubscriptionAnswer<'a> {
    fn from(subscription: &'a Subscription) -> Self {
        Self {
            id: subscription.id,
            datapass_id: subscription.datapass_id,
            process_code: subscription.process.as_str(),
            subscriber: (&subscription.subscriber).into(),
            access_mode: subscription.access_mode.map(|mode| mode.as_str()),
            notification_frequency: &subscription.notification_frequency,
            activate_date_time: subscription.activated_at,
            validate_date_time: subscription.validated_at,
            reject_date_time: subscription.rejected_at,
            end_date_time: subscription.ends_at,
            creation_date_time: subscription.created_at,
            update_date_time: subscription.updated_at,
            delegation_actor: subscription.delegation_actor.as_ref().map(ContactAnswer::from),
            rejection_reason: subscription.rejection_reason.as_deref(),
            status: subscription.status.as_str(),
            email: subscription.email.as_deref(),
            local_administrator: (&subscription.local_administrator).into(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Contact")]
#[serde(rename_all = "camelCase")]
struct ContactAnswer<'a> {
    /// First name.
    first_name: Option<&'a str>,
    /// Last name.
    last_name: Option<&'a str>,
    /// E-mail address.
    email: Option<&'a str>,
    /// What they do.
    function: Option<&'a str>,
    /// Telephone number.
    phone_number: Option<&'a str>,
    /// Mobile telephone number.
    mobile_number: Option<&'a str>,
}

impl<'a> From<&'a Contact> for ContactAnswer<'a> {
    fn from(contact: &'a Contact) -> Self {
        Self {
            first_name: contact.first_name.as_deref(),
            last_name: contact.last_name.as_deref(),
            email: contact.email.as_deref(),
            function: contact.function.as_deref(),
            phone_number: contact.phone_number.as_deref(),
            mobile_number: contact.mobile_number.as_deref(),
        }
    }
}
