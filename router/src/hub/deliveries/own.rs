//! The ledger as those see it to whom things are brought, and those who run the hub.

use crate::entry::Fact;
use crate::error::{Error, Noun};
use crate::model::{AccessMode, CaseId, Delivery, DeliveryId, DeliveryState, OrganizationKey, ProcessCode, Timestamp};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::rights::{Caller, Scope};

use super::super::Hub;
use super::super::again::again;

/// Who has a part in deliveries.
const RECEIVERS: &[Scope] = &[Scope::Si, Scope::Admin];
/// Deliveries that are looked through at a time.
const PAGE: usize = 500;

/// Which deliveries are to be attempted again.
#[derive(Debug, Clone)]
pub struct ReplayQuery {
    /// To whom.
    pub recipient: OrganizationKey,
    /// Of which process; none: of all.
    pub process: Option<ProcessCode>,
    /// About which case; none: about all.
    pub case: Option<CaseId>,
    /// Called for from here on.
    pub from: Option<Timestamp>,
    /// Called for before this.
    pub until: Option<Timestamp>,
    /// Those that have arrived, too; otherwise only those that are not attempted any more.
    pub delivered_too: bool,
}

impl ReplayQuery {
    fn picks(&self, delivery: &Delivery) -> bool {
        let is_in_state = match delivery.state {
            DeliveryState::Waiting { .. } => false,
            DeliveryState::Delivered { .. } => self.delivered_too,
            DeliveryState::Dead { .. } => true,
        };
        is_in_state
            && self.process.as_ref().is_none_or(|process| *process == delivery.process)
            && self.case.is_none_or(|case| case == delivery.case)
            && self.from.is_none_or(|from| from <= delivery.created_at)
            && self.until.is_none_or(|until| delivery.created_at < until)
    }
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// A page of the deliveries to the caller, the latest first: those before `before`. Fewer than asked for may be given when the
    /// credential is for one process; none only at the end.
    pub async fn own_deliveries(
        &self,
        caller: &Caller,
        before: Option<DeliveryId>,
        limit: Option<usize>,
    ) -> Result<Vec<Delivery>, Error> {
        caller.require(&[Scope::Si])?;
        let limit = limit.unwrap_or(self.limits.page_default).clamp(1, self.limits.page_max);
        let (mut own, mut before) = (Vec::new(), before);
        loop {
            let page = self.store.deliveries_of(&caller.organization, before, limit).await?;
            let is_last = page.len() < limit;
            before = page.last().map(|last| last.id);
            own.extend(page.into_iter().filter(|delivery| caller.covers(&delivery.process)));
            if is_last || !own.is_empty() {
                return Ok(own);
            }
        }
    }

    /// A delivery to the caller, or any for an administrator.
    pub async fn own_delivery(&self, caller: &Caller, id: DeliveryId) -> Result<Delivery, Error> {
        caller.require(RECEIVERS)?;
        let delivery = self.store.delivery(id).await?.ok_or(Error::NotFound(Noun::Delivery))?;
        let is_own = caller.organization == delivery.recipient && caller.covers(&delivery.process);
        // Not one's own and not there cannot be told apart.
        if is_own || caller.scope == Scope::Admin { Ok(delivery) } else { Err(Error::NotFound(Noun::Delivery)) }
    }

    /// The way to the endpoint that a delivery goes to, as it is set now; none when the subscription has no endpoint any more.
    pub fn way_of(&self, delivery: &Delivery) -> Option<AccessMode> {
        self.store.referential(|known| Some(known.subscription(delivery.subscription)?.endpoint.as_ref()?.mode))
    }

    /// Has a delivery attempted again from now on, whatever came of it.
    pub async fn replay_delivery(&self, caller: &Caller, id: DeliveryId) -> Result<Delivery, Error> {
        again(|| self.replay_delivery_once(caller, id)).await
    }

    async fn replay_delivery_once(&self, caller: &Caller, id: DeliveryId) -> Result<Delivery, Error> {
        let delivery = self.own_delivery(caller, id).await?;
        let writer = self.store.writer(Subject::Folder(delivery.folder)).await?;
        self.own_delivery(caller, id).await?;
        self.commit(writer, caller, self.now(), vec![Fact::DeliveriesReplayed(vec![id])]).await?;
        self.called.note(vec![delivery.subscription]);
        self.own_delivery(caller, id).await
    }

    /// Has deliveries attempted again from now on, for whoever runs the hub. How many.
    pub async fn replay_deliveries(&self, caller: &Caller, query: &ReplayQuery) -> Result<u64, Error> {
        caller.require(&[Scope::Admin])?;
        let (mut replayed, mut before) = (0, None);
        loop {
            let page = self.store.deliveries_of(&query.recipient, before, PAGE).await?;
            let Some(last) = page.last() else { return Ok(replayed) };
            before = Some(last.id);
            for delivery in page.iter().filter(|delivery| query.picks(delivery)) {
                self.replay_delivery(caller, delivery.id).await?;
                replayed += 1;
            }
        }
    }
}
