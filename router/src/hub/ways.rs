//! The ways on which this hub goes to recipients, and who keeps the secrets that are needed on them.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use crate::error::Faults;
use crate::model::{AccessMode, EndpointRecord, Sealed, Subscription, SubscriptionId};
use crate::ports::{Capabilities, DynPush, Endpoint, Error, ErrorKind, Link, Sealer};

/// The ways on which this hub goes to recipients. Without any, no endpoint can be set.
#[derive(Clone, Default)]
pub struct Ways {
    adapters: Vec<(AccessMode, Arc<dyn DynPush>)>,
    sealer: Option<Arc<dyn Sealer>>,
}

impl fmt::Debug for Ways {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.adapters.iter().map(|(mode, _)| mode.as_str())).finish()
    }
}

impl Ways {
    /// No way yet; secrets are sealed by `sealer`.
    pub fn new(sealer: Arc<dyn Sealer>) -> Self {
        Self { adapters: Vec::new(), sealer: Some(sealer) }
    }

    /// One way more: what reads the settings of an access mode, and goes there.
    #[must_use]
    pub fn with(mut self, mode: AccessMode, adapter: Arc<dyn DynPush>) -> Self {
        self.adapters.push((mode, adapter));
        self
    }

    /// The adapter of an access mode.
    pub fn adapter(&self, mode: AccessMode) -> Option<&Arc<dyn DynPush>> {
        self.adapters.iter().find(|(known, _)| *known == mode).map(|(_, adapter)| adapter)
    }

    /// The modes for which there is one, each with what its adapter can do.
    pub fn modes(&self) -> impl Iterator<Item = (AccessMode, Capabilities)> {
        self.adapters.iter().map(|(mode, adapter)| (*mode, adapter.capabilities()))
    }

    /// The modes for which there is one, as refusals list them.
    pub(super) fn words(&self) -> String {
        self.adapters.iter().map(|(mode, _)| mode.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The way to an endpoint of a subscription, or every fault of its settings. Pure; may be kept as long as the record stays the same.
    pub fn link(&self, subscription: &Subscription, record: &EndpointRecord) -> Result<Arc<dyn Link>, Faults> {
        let mut faults = Faults::default();
        let mut endpoint =
            Endpoint { settings: record.settings.clone(), ..Endpoint::new(subscription.process.clone()) };
        for (name, secret) in &record.secrets {
            match self.open(subscription.id, name, &secret.sealed) {
                Ok(secret) => {
                    endpoint.secrets.insert(name.clone(), secret);
                }
                Err(_) => {
                    faults.add(format!("secrets.{name}"), "cannot be opened with the hub's sealing key; give it again")
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let Some(adapter) = self.adapter(record.mode) else {
            faults.add("mode", format!("is not a way of this hub; it has {}", self.words()));
            return Err(faults);
        };
        Arc::clone(adapter).link(&endpoint).map_err(|found| placed(adapter.as_ref(), &found))
    }

    /// Seals a secret for its place.
    pub(super) fn seal(&self, id: SubscriptionId, name: &str, secret: &SecretString) -> Result<Sealed, Error> {
        self.sealer.as_ref().ok_or(ErrorKind::Unavailable)?.seal(id, name, secret)
    }

    /// Opens what was sealed for its place.
    fn open(&self, id: SubscriptionId, name: &str, sealed: &Sealed) -> Result<SecretString, Error> {
        self.sealer.as_ref().ok_or(ErrorKind::Unavailable)?.open(id, name, sealed)
    }

    /// The faults of settings and secrets that are not sealed yet.
    pub(super) fn check(&self, mode: AccessMode, endpoint: &Endpoint) -> Result<(), Faults> {
        let Some(adapter) = self.adapter(mode) else {
            let mut faults = Faults::default();
            faults.add("mode", format!("is not a way of this hub; it has {}", self.words()));
            return Err(faults);
        };
        Arc::clone(adapter).link(endpoint).map(drop).map_err(|found| placed(adapter.as_ref(), &found))
    }

    /// The secrets of a record that can be opened, by name; of the others, their names.
    pub(super) fn opened(&self, id: SubscriptionId, record: &EndpointRecord) -> Vec<(String, Option<SecretString>)> {
        let secrets = record.secrets.iter();
        secrets.map(|(name, secret)| (name.clone(), self.open(id, name, &secret.sealed).ok())).collect()
    }
}

/// The faults under the paths at which whoever sets an endpoint gives what is at fault.
fn placed(adapter: &dyn DynPush, found: &Faults) -> Faults {
    let mut faults = Faults::default();
    for fault in found.iter() {
        let is_secret = adapter.keys().iter().any(|key| key.name == fault.path && key.secret);
        let place = if is_secret { "secrets" } else { "settings" };
        let path = if fault.path.is_empty() { place.to_owned() } else { format!("{place}.{}", fault.path) };
        faults.add(path, fault.message.clone());
    }
    faults
}
