//! Who exists, what they receive, and with which credentials they come: small enough to live in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{
    AccessMode, ClientId, Credential, EndpointOf, EndpointRecord, Migration, Organization, OrganizationKey,
    OrganizationType, Process, ProcessCode, Subscription, SubscriptionId, Timestamp,
};

/// The organizations, processes, subscriptions and credentials of the hub.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Referential {
    organizations: BTreeMap<OrganizationKey, Organization>,
    /// Shared, because every deposit holds one for a while.
    processes: BTreeMap<ProcessCode, Arc<Process>>,
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
    subscription_of: HashMap<(OrganizationKey, ProcessCode), SubscriptionId>,
    /// Those to whose endpoint something may have to be brought: they have one or are in the mode of one. A few of very many, asked for all the time.
    with_endpoint: BTreeSet<SubscriptionId>,
    credentials: HashMap<ClientId, Credential>,
    migrations: BTreeMap<OrganizationKey, Migration>,
}

impl Referential {
    /// An organization.
    pub fn organization(&self, key: &OrganizationKey) -> Option<&Organization> {
        self.organizations.get(key)
    }

    /// Every organization, by key.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.values()
    }

    /// Every organization with this SIRET, by key; they are found without looking at the others.
    pub fn organizations_with(&self, company_register: &str) -> impl Iterator<Item = &Organization> {
        OrganizationType::ALL.into_iter().flat_map(move |kind| {
            let [first, last] = OrganizationKey::bounds(kind, company_register);
            self.organizations.range(first..last).map(|(_, organization)| organization)
        })
    }

    /// A process.
    pub fn process(&self, code: &ProcessCode) -> Option<&Arc<Process>> {
        self.processes.get(code)
    }

    /// Every process, by code.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.processes.values().map(AsRef::as_ref)
    }

    /// A subscription.
    pub fn subscription(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.get(&id)
    }

    /// Every subscription, oldest first.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values()
    }

    /// The subscriptions to whose endpoints something may have to be brought: those that have one, in force or not, paused or not, or are in
    /// the mode of one. In their order.
    pub fn with_endpoint(&self) -> impl Iterator<Item = SubscriptionId> {
        self.with_endpoint.iter().copied()
    }

    /// The subscription of an organization to a process.
    pub fn subscription_of(&self, subscriber: &OrganizationKey, process: &ProcessCode) -> Option<&Subscription> {
        let id = self.subscription_of.get(&(subscriber.clone(), process.clone()))?;
        self.subscriptions.get(id)
    }

    /// Where the cases of an organization and process are brought at `now`, paused or not; none when it comes for them, or is in force no more.
    pub fn endpoint_of(
        &self,
        recipient: &OrganizationKey,
        process: &ProcessCode,
        now: Timestamp,
    ) -> Option<EndpointOf<'_>> {
        let subscription = self.subscription_of(recipient, process)?;
        let endpoint = subscription.endpoint_in_force(now)?;
        Some(EndpointOf { subscription: subscription.id, endpoint })
    }

    /// A credential, revoked or not.
    pub fn credential(&self, client_id: &ClientId) -> Option<&Credential> {
        self.credentials.get(client_id)
    }

    /// Every credential, in no order.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        self.credentials.values()
    }

    /// The last move of all cases of an organization.
    pub fn migration(&self, source: &OrganizationKey) -> Option<&Migration> {
        self.migrations.get(source)
    }

    /// The moves of all cases of an organization, the last of each.
    pub fn migrations(&self) -> impl Iterator<Item = &Migration> {
        self.migrations.values()
    }

    /// Adds a record, or replaces what has the same key.
    pub fn put(&mut self, reference: Reference) {
        match reference {
            Reference::Organization(organization) => {
                self.organizations.insert(organization.key.clone(), organization);
            }
            Reference::Process(process) => {
                self.processes.insert(process.code.clone(), Arc::new(process));
            }
            Reference::Subscription(subscription) => self.put_subscription(subscription),
            Reference::Credential(credential) => {
                self.credentials.insert(credential.client_id.clone(), credential);
            }
            Reference::Migration(migration) => {
                self.migrations.insert(migration.source.clone(), migration);
            }
        }
    }

    fn put_subscription(&mut self, subscription: Subscription) {
        if let Some(former) = self.subscriptions.get(&subscription.id) {
            self.subscription_of.remove(&(former.subscriber.clone(), former.process.clone()));
        }
        self.subscription_of.insert((subscription.subscriber.clone(), subscription.process.clone()), subscription.id);
        if subscription.endpoint.is_some() || subscription.access_mode.is_some_and(AccessMode::is_pushed) {
            self.with_endpoint.insert(subscription.id);
        } else {
            self.with_endpoint.remove(&subscription.id);
        }
        self.subscriptions.insert(subscription.id, subscription);
    }
}

impl Reference {
    /// The same without secrets that could be opened: for records of what administrators did, which are kept for long.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        if let Self::Subscription(record) = &mut self {
            record.endpoint = record.endpoint.take().map(EndpointRecord::without_secrets);
        }
        self
    }

    /// What tells it from others of its kind, and its kind.
    pub fn key(&self) -> (&'static str, String) {
        match self {
            Self::Organization(record) => ("organization", record.key.to_string()),
            Self::Process(record) => ("process", record.code.to_string()),
            Self::Subscription(record) => ("subscription", record.id.to_string()),
            Self::Credential(record) => ("credential", record.client_id.to_string()),
            Self::Migration(record) => ("migration", record.source.to_string()),
        }
    }
}

/// One record of the referential.
#[expect(clippy::large_enum_variant, reason = "records are handled one at a time; a box would only cost an allocation")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reference {
    /// An organization, by its key.
    Organization(Organization),
    /// A process, by its code.
    Process(Process),
    /// A subscription, by its identifier.
    Subscription(Subscription),
    /// A credential, by its client identifier.
    Credential(Credential),
    /// A move of all cases of an organization, by that organization.
    Migration(Migration),
}
