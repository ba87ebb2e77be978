//! Deposits.

use bytes::Bytes;
use http::StatusCode;
use navette_router::model::{Check, FolderDraft, FolderId, Status};
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api, headers};
use crate::drafts::FolderStatusDraft;
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn create_folder<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<FolderDraft>().await?;
        let partner = headers::partner_info(request.headers);
        let view = self.hub.create_folder(request.caller, draft, partner, faults).await?;
        Ok(answer::json(StatusCode::CREATED, &answer::FolderAnswer::from(&view)))
    }

    pub(super) async fn get_folder<B>(&self, request: Request<'_, B>, id: FolderId) -> Answer {
        let view = self.hub.folder(request.caller, id).await?;
        Ok(answer::json(StatusCode::OK, &answer::FolderAnswer::from(&view)))
    }

    pub(super) async fn update_folder<B>(&self, mut request: Request<'_, B>, id: FolderId) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, mut faults) = request.draft::<FolderStatusDraft>().await?;
        let mut check = Check::new(&mut faults, "");
        let status = check.word::<Status>("globalStatus", draft.status, "the statuses of a folder");
        let closed_at = check.optional_date("closeDateTime", draft.closed_at);
        let (Some(status), true) = (status, faults.is_empty()) else { return Err(faults.into()) };
        self.hub.update_folder(request.caller, id, status, closed_at).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn delete_folder<B>(&self, request: Request<'_, B>, id: FolderId) -> Answer {
        self.hub.delete_folder(request.caller, id).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }
}
