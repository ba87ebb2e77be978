//! What administrators did.

use navette_router::audit::{Act, Change};
use navette_router::model::{EntryId, Migration, Subscription, Timestamp};
use navette_router::referential::Reference;
use schemars::JsonSchema;
use serde::Serialize;

use super::credential::CredentialRow;
use super::{EndpointRow, OrganizationAnswer, ProcessAnswer, SubscriptionAnswer, optional, text};
use crate::openapi::words::{DateTime, Identifier};

/// What administrators did, and behind which act to go on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Acts")]
pub(crate) struct ActsAnswer<'a> {
    /// The latest first.
    acts: Vec<ActRow<'a>>,
    /// What to give as `before` for those that came before; null at the end.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<Identifier>")]
    next: Option<EntryId>,
}

impl<'a> ActsAnswer<'a> {
    pub(crate) fn new(acts: &'a [Act], next: Option<EntryId>) -> Self {
        Self { acts: acts.iter().map(ActRow::from).collect(), next }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Act")]
struct ActRow<'a> {
    /// Identifier.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: EntryId,
    /// When.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    at: Timestamp,
    /// Whose credential.
    by: &'a str,
    /// The `X-Request-Id` of the answer.
    request: Option<&'a str>,
    /// What changed.
    changes: Vec<ChangeRow<'a>>,
}

impl<'a> From<&'a Act> for ActRow<'a> {
    fn from(act: &'a Act) -> Self {
        let Act { id, at, by, request, changes } = act;
        let changes = changes.iter().map(ChangeRow::from).collect();
        Self { id: *id, at: *at, by: by.as_str(), request: request.as_deref(), changes }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct ChangeRow<'a> {
    /// `organization`, `process`, `subscription`, `credential` or `migration`.
    kind: &'static str,
    /// What tells it from others of its kind.
    key: String,
    /// What it was; null of a new one.
    before: Option<Record<'a>>,
    /// What it became.
    after: Record<'a>,
}

impl<'a> From<&'a Change> for ChangeRow<'a> {
    fn from(change: &'a Change) -> Self {
        let (kind, key) = change.after.key();
        Self { kind, key, before: change.before.as_ref().map(Record::from), after: (&change.after).into() }
    }
}

/// A record of the referential; of a credential never its secret.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Record<'a> {
    Organization(OrganizationAnswer<'a>),
    Process(ProcessAnswer<'a>),
    Subscription(Box<SubscriptionRecord<'a>>),
    Credential(CredentialRow<'a>),
    Migration(MigrationRow),
}

impl<'a> From<&'a Reference> for Record<'a> {
    fn from(reference: &'a Reference) -> Self {
        match reference {
            Reference::Organization(record) => Self::Organization(record.into()),
            Reference::Process(record) => Self::Process(record.into()),
            Reference::Subscription(record) => Self::Subscription(Box::new(record.into())),
            Reference::Credential(record) => Self::Credential(record.into()),
            Reference::Migration(record) => Self::Migration(record.into()),
        }
    }
}

/// A subscription with what the published interface does not know of it.
#[derive(Serialize, JsonSchema)]
struct SubscriptionRecord<'a> {
    #[serde(flatten)]
    subscription: SubscriptionAnswer<'a>,
    /// Where its cases are brought; of its secrets only since when they are set.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<EndpointRow<'a>>,
}

impl<'a> From<&'a Subscription> for SubscriptionRecord<'a> {
    fn from(record: &'a Subscription) -> Self {
        Self { subscription: record.into(), endpoint: record.endpoint.as_ref().map(EndpointRow::from) }
    }
}

/// A move of all cases of an organization.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MigrationRecord")]
struct MigrationRow {
    /// From whom.
    source: String,
    /// To whom.
    target: String,
    /// When it began.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    begun_at: Timestamp,
    /// When it was done.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    ended_at: Option<Timestamp>,
}

impl From<&Migration> for MigrationRow {
    fn from(migration: &Migration) -> Self {
        Self {
            source: migration.source.to_string(),
            target: migration.target.to_string(),
            begun_at: migration.begun_at,
            ended_at: migration.ended_at,
        }
    }
}
