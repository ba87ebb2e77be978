//! What happens to a case.

use bytes::Bytes;
use http::StatusCode;
use navette_router::model::{CaseId, Check, EventDraft, EventId, EventStatus};
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api, headers};
use crate::drafts::EventStatusDraft;
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn create_event<B>(&self, mut request: Request<'_, B>, case: CaseId) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<EventDraft>().await?;
        let partner = headers::partner_info(request.headers);
        let view = self.hub.post_event(request.caller, case, draft, partner, faults).await?;
        Ok(answer::json(StatusCode::CREATED, &answer::EventAnswer::from(&view)))
    }

    pub(super) async fn get_event<B>(&self, request: Request<'_, B>, case: CaseId, id: EventId) -> Answer {
        let view = self.hub.event(request.caller, case, id).await?;
        Ok(answer::json(StatusCode::OK, &answer::EventAnswer::from(&view)))
    }

    pub(super) async fn update_event<B>(&self, mut request: Request<'_, B>, case: CaseId, id: EventId) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, mut faults) = request.draft::<EventStatusDraft>().await?;
        let status = Check::new(&mut faults, "").word::<EventStatus>("status", draft.status, "SENT, RECEIVED");
        let Some(status) = status else { return Err(faults.into()) };
        self.hub.update_event(request.caller, case, id, status).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn delete_event<B>(&self, request: Request<'_, B>, case: CaseId, id: EventId) -> Answer {
        self.hub.delete_event(request.caller, case, id).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }
}
