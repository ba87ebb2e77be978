//! Where a subscription wants its cases brought, without any secret.

use std::collections::BTreeMap;

use navette_router::hub::Trial;
use navette_router::model::{EndpointRecord, Subscription, SubscriptionId, Timestamp};
use navette_router::ports::{Blame, DeliveryError};
use schemars::JsonSchema;
use serde::Serialize;

use super::{optional, text};
use crate::openapi::words::{Access, Concern, DateTime, Identifier};

/// The endpoint of a subscription.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Endpoint")]
pub(crate) struct EndpointAnswer<'a> {
    /// The subscription.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    subscription: SubscriptionId,
    /// Whether cases are brought there: the subscription is in force, and its access mode is this one.
    in_use: bool,
    #[serde(flatten)]
    endpoint: EndpointRow<'a>,
}

impl<'a> EndpointAnswer<'a> {
    /// None of a subscription without endpoint.
    pub(crate) fn of(subscription: &'a Subscription, now: Timestamp) -> Option<Self> {
        let endpoint = subscription.endpoint.as_ref()?.into();
        let in_use = subscription.endpoint_in_force(now).is_some();
        Some(Self { subscription: subscription.id, in_use, endpoint })
    }
}

/// What is kept of an endpoint; of a secret never more than its name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EndpointSettings")]
pub(crate) struct EndpointRow<'a> {
    /// The way.
    #[schemars(with = "Access")]
    mode: &'static str,
    /// Its settings.
    settings: &'a BTreeMap<String, String>,
    /// Its secrets: which are set, and since when.
    secrets: BTreeMap<&'a str, SecretRow>,
    /// Whether nothing is brought there for the moment.
    paused: bool,
    /// When, every day, nothing is brought there.
    maintenance: Vec<String>,
    /// What happens to what is not picked up.
    fallback: Option<FallbackRow>,
    /// When it last changed.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    changed_at: Timestamp,
    /// Since when nothing arrives there although it was tried again and again.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    failing_since: Option<Timestamp>,
    /// When the hub paused it by itself, because nothing had arrived for days.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    suspended_at: Option<Timestamp>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EndpointSecret")]
struct SecretRow {
    /// Since when.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    set_at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fallback")]
struct FallbackRow {
    /// After how many hours.
    after_hours: u16,
    /// Which way it goes then.
    #[schemars(with = "Access")]
    mode: &'static str,
}

impl<'a> From<&'a EndpointRecord> for EndpointRow<'a> {
    fn from(record: &'a EndpointRecord) -> Self {
        let secrets = record.secrets.iter();
        let fallback = record.fallback;
        Self {
            mode: record.mode.as_str(),
            settings: &record.settings,
            secrets: secrets.map(|(name, secret)| (name.as_str(), SecretRow { set_at: secret.set_at })).collect(),
            paused: record.is_paused,
            maintenance: record.maintenance.iter().map(ToString::to_string).collect(),
            fallback: fallback.map(|next| FallbackRow { after_hours: next.after_hours, mode: next.mode.as_str() }),
            changed_at: record.changed_at,
            failing_since: record.failing_since,
            suspended_at: record.suspended_at,
        }
    }
}

/// What became of a trial of the way to an endpoint.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Trial")]
pub(crate) struct TrialAnswer<'a> {
    /// Whether a delivery would arrive.
    works: bool,
    /// What was found on the way, a line each.
    found: &'a [String],
    /// Where it ended, and what to do about it.
    problem: Option<ProblemRow<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
struct ProblemRow<'a> {
    /// The kind of failure, as metrics have it.
    kind: &'static str,
    /// Who has to do something about it.
    #[schemars(with = "Concern")]
    concerns: &'static str,
    /// What happened, and what to do.
    message: String,
    /// What the recipient's server said.
    said: Option<&'a str>,
}

impl<'a> From<&'a Trial> for TrialAnswer<'a> {
    fn from(trial: &'a Trial) -> Self {
        let problem = trial.failure.as_ref().map(ProblemRow::from);
        Self { works: problem.is_none(), found: &trial.found, problem }
    }
}

impl<'a> From<&'a DeliveryError> for ProblemRow<'a> {
    fn from(failure: &'a DeliveryError) -> Self {
        let concerns = concerns(failure.blame());
        let said = failure.words().map(|words| words.as_str());
        Self { kind: failure.kind().as_str(), concerns, message: failure.to_string(), said }
    }
}

/// Who has to do something about a failure, in a word.
pub(super) const fn concerns(blame: Blame) -> &'static str {
    match blame {
        Blame::Ours => "hub",
        Blame::Theirs | Blame::Message => "recipient",
    }
}
