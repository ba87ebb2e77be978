//! Subscriptions.

use navette_router::model::{Contact, Subscription, SubscriptionId, Timestamp};
use serde::Serialize;

use super::parts::Key;
use super::{optional, text};

/// A subscription of the referential.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: SubscriptionId,
    datapass_id: i64,
    process_code: &'a str,
    subscriber: Key<'a>,
    access_mode: Option<&'static str>,
    notification_frequency: &'a str,
    #[serde(serialize_with = "optional")]
    activate_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    validate_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    reject_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    end_date_time: Option<Timestamp>,
    #[serde(serialize_with = "text")]
    creation_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
    delegation_actor: Option<ContactAnswer<'a>>,
    rejection_reason: Option<&'a str>,
    status: &'static str,
    email: Option<&'a str>,
    local_administrator: ContactAnswer<'a>,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContactAnswer<'a> {
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    email: Option<&'a str>,
    function: Option<&'a str>,
    phone_number: Option<&'a str>,
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
