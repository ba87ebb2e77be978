//! The endpoints for which something was called for just now: whoever brings it looks there first. It would be found all the same, later.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::entry::Fact;
use crate::model::SubscriptionId;

/// The endpoints for which something was called for just now, at most as many as there are.
#[derive(Debug, Default)]
pub(in crate::hub) struct Called {
    endpoints: Mutex<BTreeSet<SubscriptionId>>,
}

impl Called {
    /// Those that a fact calls for.
    pub(in crate::hub) fn endpoints(fact: &Fact) -> Vec<SubscriptionId> {
        match fact {
            Fact::DeliveriesQueued(deliveries) => deliveries.iter().map(|delivery| delivery.subscription).collect(),
            _ => Vec::new(),
        }
    }

    pub(in crate::hub) fn note(&self, endpoints: Vec<SubscriptionId>) {
        if !endpoints.is_empty() {
            self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).extend(endpoints);
        }
    }

    /// At most `limit` of them, which are forgotten.
    pub(in crate::hub) fn take(&self, limit: usize) -> Vec<SubscriptionId> {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| endpoints.pop_first()).take(limit).collect()
    }
}
