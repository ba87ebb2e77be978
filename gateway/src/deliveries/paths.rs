//! The ways to endpoints, kept as long as their settings stay the same.

use std::collections::HashMap;
use std::sync::Arc;

use navette_router::model::{AccessMode, EndpointRecord, SubscriptionId, Timestamp};
use navette_router::ports::{DeliveryError, DeliveryErrorKind, Link, Store as _};
use parking_lot::Mutex;

use super::FindWay;
use crate::backend::Hub;

/// Ways, each with the settings that it was made from.
type Known = HashMap<SubscriptionId, (EndpointRecord, Arc<dyn Link>)>;

/// The ways to endpoints, at most as many as there are endpoints.
pub(super) struct Paths {
    find_way: FindWay,
    known: Mutex<Known>,
}

/// Where something is to go, as it is now.
pub(super) enum Path {
    /// There.
    Open(AccessMode, Arc<dyn Link>),
    /// Its settings cannot be used: why, for whoever looks at the delivery.
    Faulty(AccessMode, DeliveryError),
    /// Nothing is to be brought there for the moment, or there is no endpoint.
    Closed,
}

impl Paths {
    pub(super) fn new(find_way: FindWay) -> Self {
        Self { find_way, known: Mutex::default() }
    }

    /// The way to the endpoint of a subscription at `now`.
    pub(super) fn to(&self, hub: &Hub, id: SubscriptionId, now: Timestamp) -> Path {
        let subscription = hub.store().referential(|known| known.subscription(id).cloned());
        let endpoint = subscription.as_ref().and_then(|subscription| subscription.endpoint_in_force(now));
        let (Some(subscription), Some(endpoint)) = (&subscription, endpoint) else {
            self.known.lock().remove(&id);
            return Path::Closed;
        };
        if closed(endpoint, now).is_some() {
            return Path::Closed;
        }
        if let Some((record, link)) = self.known.lock().get(&id)
            && record == endpoint
        {
            return Path::Open(endpoint.mode, Arc::clone(link));
        }
        match (self.find_way)(subscription, endpoint) {
            Ok(link) => {
                self.known.lock().insert(id, (endpoint.clone(), Arc::clone(&link)));
                Path::Open(endpoint.mode, link)
            }
            Err(faults) => {
                self.known.lock().remove(&id);
                // Somebody has to correct that, and may do so at any time: what waits must not be given up for it at once.
                let explanation = format!("the endpoint's settings cannot be used: {faults}");
                Path::Faulty(endpoint.mode, DeliveryError::new(DeliveryErrorKind::Internal, explanation))
            }
        }
    }
}

/// Why nothing is brought to an endpoint for the moment, if that is so.
pub(super) fn closed(endpoint: &EndpointRecord, now: Timestamp) -> Option<&'static str> {
    if endpoint.is_paused {
        return Some("paused");
    }
    endpoint.maintained_until(now).map(|_| "maintenance")
}
