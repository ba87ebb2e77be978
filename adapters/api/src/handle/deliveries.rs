//! What the hub brings to recipients, as they and the administrators see it.

use bytes::Bytes;
use http::StatusCode;
use navette_router::Caller;
use navette_router::model::{Delivery, DeliveryId};
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api};
use crate::drafts::ReplayDraft;
use crate::endpoint::DeliveryList;
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn list_deliveries(&self, caller: &Caller, list: DeliveryList) -> Answer {
        let page = self.hub.own_deliveries(caller, list.before, list.limit).await?;
        let answer = answer::DeliveriesAnswer::new(&page, |delivery| self.hub.way_of(delivery));
        Ok(answer::json(StatusCode::OK, &answer))
    }

    pub(super) async fn get_delivery(&self, caller: &Caller, id: DeliveryId) -> Answer {
        self.delivery_of(&self.hub.own_delivery(caller, id).await?)
    }

    pub(super) async fn replay_delivery(&self, caller: &Caller, id: DeliveryId) -> Answer {
        self.delivery_of(&self.hub.replay_delivery(caller, id).await?)
    }

    pub(super) async fn replay_deliveries<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (ReplayDraft(query), faults) = request.draft().await?;
        let Some(query) = query.filter(|_| faults.is_empty()) else { return Err(faults.into()) };
        // Of an organization that is not known there is nothing to replay, and whoever misspelt it should know.
        self.hub.organization(request.caller, &query.recipient)?;
        let replayed = self.hub.replay_deliveries(request.caller, &query).await?;
        Ok(answer::json(StatusCode::OK, &answer::ReplayedAnswer { replayed }))
    }

    fn delivery_of(&self, delivery: &Delivery) -> Answer {
        let answer = answer::DeliveryAnswer::new(delivery, self.hub.way_of(delivery));
        Ok(answer::json(StatusCode::OK, &answer))
    }
}
