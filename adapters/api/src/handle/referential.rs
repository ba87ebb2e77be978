//! Organizations, processes and subscriptions.

use bytes::Bytes;
use http::StatusCode;
use navette_router::Caller;
use navette_router::listing::{OrganizationQuery, ProcessQuery, SubscriptionQuery};
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
        Ok(answer::json(
            StatusCode::CREATED,
            &answer::SubscriptionAnswer::for_scope(&subscription, request.caller.scope),
        ))
    }

    pub(super) fn get_subscription(&self, caller: &Caller, id: SubscriptionId) -> Answer {
        let subscription = self.hub.subscription(caller, id)?;
        Ok(answer::json(StatusCode::OK, &answer::SubscriptionAnswer::for_scope(&subscription, caller.scope)))
    }

    pub(super) async fn update_organization<B>(&self, mut request: Request<'_, B>, key: &OrganizationKey) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<OrganizationDraft>().await?;
        let organization = self.hub.update_organization(request.caller, key, draft, faults).await?;
        Ok(answer::json(StatusCode::OK, &answer::OrganizationAnswer::from(&organization)))
    }

    pub(super) async fn update_process<B>(&self, mut request: Request<'_, B>, code: &ProcessCode) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<ProcessDraft>().await?;
        let process = self.hub.update_process(request.caller, code, draft, faults).await?;
        Ok(answer::json(StatusCode::OK, &answer::ProcessAnswer::from(&process)))
    }

    pub(super) async fn update_subscription<B>(&self, mut request: Request<'_, B>, id: SubscriptionId) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<SubscriptionDraft>().await?;
        let subscription = self.hub.update_subscription(request.caller, id, draft, faults).await?;
        Ok(answer::json(StatusCode::OK, &answer::SubscriptionAnswer::from(&subscription)))
    }

    pub(super) fn list_organizations(&self, caller: &Caller, query: &OrganizationQuery) -> Answer {
        let page = self.hub.organizations(caller, query)?;
        let rows: Vec<_> = page.rows.iter().map(answer::OrganizationAnswer::from).collect();
        Ok(answer::list("Organizations", &rows, page.offset, page.total as u64))
    }

    pub(super) fn list_processes(&self, caller: &Caller, query: &ProcessQuery) -> Answer {
        let page = self.hub.processes(caller, query)?;
        let rows: Vec<_> = page.rows.iter().map(answer::ProcessAnswer::from).collect();
        Ok(answer::list("Processes", &rows, page.offset, page.total as u64))
    }

    pub(super) fn list_subscriptions(&self, caller: &Caller, query: &SubscriptionQuery) -> Answer {
        let page = self.hub.subscriptions(caller, query)?;
        let rows: Vec<_> =
            page.rows.iter().map(|row| answer::SubscriptionAnswer::for_scope(row, caller.scope)).collect();
        Ok(answer::list("Subscriptions", &rows, page.offset, page.total as u64))
    }
}
