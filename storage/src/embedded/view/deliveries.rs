//! The ledger of deliveries. All of it is in one keyspace, so that a delivery and the lists it is on reach the disk together: a list is
//! corrected by what the record says.

use std::ops::Bound;

use navette_router::model::{Delivery, DeliveryId, FolderId, OrganizationKey, SubscriptionId, Timestamp};
use uuid::Uuid;

use super::{Error, View, identifier};
use crate::embedded::keys;

impl View {
    pub(in crate::embedded) fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        self.recent.get(&self.inbox, &keys::delivery(id))
    }

    pub(in crate::embedded) fn deliveries(&self, folder: FolderId) -> Result<Vec<Delivery>, Error> {
        self.listed(self.inbox.prefix(keys::deliveries_about(folder)))
    }

    pub(in crate::embedded) fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.latest(|id| keys::delivery_of(recipient, id), before, limit)
    }

    pub(in crate::embedded) fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        self.latest(|id| keys::delivery_awaited(subscription, id), before, limit)
    }

    /// The latest of a list whose keys differ in the identifier alone.
    fn latest(
        &self,
        key: impl Fn(DeliveryId) -> Vec<u8>,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        let first = key(DeliveryId::from_uuid(Uuid::nil()));
        let end = before.map_or_else(
            || Bound::Included(key(DeliveryId::from_uuid(Uuid::max()))),
            |before| Bound::Excluded(key(before)),
        );
        self.listed(self.inbox.range::<Vec<u8>, _>((Bound::Included(first), end)).rev().take(limit))
    }

    pub(in crate::embedded) fn deliveries_due(
        &self,
        subscription: SubscriptionId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, Error> {
        let (earliest, least) = (Timestamp::from_milliseconds(0), DeliveryId::from_uuid(Uuid::nil()));
        let first = keys::delivery_time(subscription, earliest, least);
        let last = keys::delivery_time(subscription, until, DeliveryId::from_uuid(Uuid::max()));
        self.listed(self.inbox.range(first..=last).take(limit))
    }

    /// The deliveries whose identifiers these keys end with. One that went in between is left out.
    fn listed(&self, rows: impl Iterator<Item = fjall::Guard>) -> Result<Vec<Delivery>, Error> {
        let mut deliveries = Vec::new();
        for guard in rows {
            let id = identifier(&guard.key()?).map(DeliveryId::from_uuid);
            deliveries.extend(id.map(|id| self.delivery(id)).transpose()?.flatten());
        }
        Ok(deliveries)
    }
}
