//! Where subscriptions want their cases brought.

use bytes::Bytes;
use http::StatusCode;
use navette_router::hub::EndpointDraft;
use navette_router::model::{Subscription, SubscriptionId};
use navette_router::ports::{Attachments, Clock, Store};
use navette_router::{Caller, Error, Noun};

use super::request::Request;
use super::{Answer, Api};
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn set_endpoint<B>(&self, mut request: Request<'_, B>, id: SubscriptionId) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<EndpointDraft>().await?;
        let subscription = self.hub.set_endpoint(request.caller, id, draft, faults).await?;
        self.endpoint_of(&subscription)
    }

    pub(super) fn get_endpoint(&self, caller: &Caller, id: SubscriptionId) -> Answer {
        self.endpoint_of(&self.hub.subscription_with_endpoint(caller, id)?)
    }

    pub(super) async fn remove_endpoint(&self, caller: &Caller, id: SubscriptionId) -> Answer {
        self.hub.remove_endpoint(caller, id).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn pause_endpoint(&self, caller: &Caller, id: SubscriptionId, paused: bool) -> Answer {
        self.endpoint_of(&self.hub.pause_endpoint(caller, id, paused).await?)
    }

    pub(super) async fn test_endpoint(&self, caller: &Caller, id: SubscriptionId) -> Answer {
        let trial = self.hub.test_endpoint(caller, id).await?;
        Ok(answer::json(StatusCode::OK, &answer::TrialAnswer::from(&trial)))
    }

    fn endpoint_of(&self, subscription: &Subscription) -> Answer {
        let answer = answer::EndpointAnswer::of(subscription, self.hub.clock_now());
        Ok(answer::json(StatusCode::OK, &answer.ok_or(Error::NotFound(Noun::Endpoint))?))
    }
}
