//! Retrieval.

use bytes::Bytes;
use http::StatusCode;
use navette_router::model::{CaseId, Check, Status};
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api};
use crate::drafts::CaseStatusDraft;
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn get_case<B>(&self, request: Request<'_, B>, id: CaseId, lite: bool) -> Answer {
        let view = self.hub.case(request.caller, id, lite).await?;
        Ok(answer::json(StatusCode::OK, &answer::CaseAnswer::from(&view)))
    }

    pub(super) async fn update_case<B>(&self, mut request: Request<'_, B>, id: CaseId) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, mut faults) = request.draft::<CaseStatusDraft>().await?;
        let status = Check::new(&mut faults, "").word::<Status>("status", draft.status, "the statuses of a case");
        let Some(status) = status else { return Err(faults.into()) };
        self.hub.update_case(request.caller, id, status).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }
}
