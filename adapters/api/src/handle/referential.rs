//! Organizations, processes and subscriptions.

use bytes::Bytes;
use http::StatusCode;
use navette_router::Caller;
use navette_router::model::{
    OrganizationDraft, OrganizationKey, ProcessCode, ProcessDraft, SubscriptionDraft, SubscriptionId,
};
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api};
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn create_organization<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<OrganizationDraft>().await?;
        let organization = self.hub.create_organization(request.caller, draft, faults).await?;
        Ok(answer::json(StatusCode::CREATED, &answer::OrganizationAnswer::from(&organization)))
    }

    pub(super) fn get_organization(&self, caller: &Caller, key: &OrganizationKey) -> Answer {
        let organization = self.hub.organization(caller, key)?;
        Ok(answer::json(StatusCode::OK, &answer::OrganizationAnswer::from(&organization)))
    }

    pub(super) async fn create_process<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<ProcessDraft>().await?;
        let process = self.hub.create_process(request.caller, draft, faults).await?;
        Ok(answer::json(StatusCode::CREATED, &answer::ProcessAnswer::from(&process)))
    }

    pub(super) fn get_process(&self, caller: &Caller, code: &ProcessCode) -> Answer {
        let process = self.hub.process(caller, code)?;
        Ok(answer::json(StatusCode::OK, &answer::ProcessAnswer::from(&process)))
    }

    pub(super) async fn create_subscription<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<SubscriptionDraft>().await?;
        let subscription = self.hub.create_subscription(request.caller, draft, faults).await?;
        Ok(answer::json(StatusCode::CREATED, &answer::SubscriptionAnswer::from(&subscription)))
    }

    pub(super) fn get_subscription(&self, caller: &Caller, id: SubscriptionId) -> Answer {
        let subscription = self.hub.subscription(caller, id)?;
        Ok(answer::json(StatusCode::OK, &answer::SubscriptionAnswer::from(&subscription)))
    }
}
