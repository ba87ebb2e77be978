//! What an administrator of the hub asks for: credentials, and what retention will do.

use bytes::Bytes;
use http::StatusCode;
use navette_router::Caller;
use navette_router::hub::CredentialDraft;
use navette_router::model::ClientId;
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api};
use crate::drafts::RotationDraft;
use crate::endpoint::RetentionList;
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn create_credential<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<CredentialDraft>().await?;
        let (secret, hash) = self.secrets.generate();
        let credential = self.hub.issue_credential(request.caller, draft, hash, faults).await?;
        Ok(answer::json(StatusCode::CREATED, &answer::credential(&credential, &secret)))
    }

    pub(super) async fn delete_credential<B>(&self, request: Request<'_, B>, id: &ClientId) -> Answer {
        self.hub.revoke_credential(request.caller, id).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) fn list_credentials(&self, caller: &Caller) -> Answer {
        let credentials = self.hub.credentials(caller)?;
        let rows: Vec<_> = credentials.iter().map(answer::CredentialRow::from).collect();
        Ok(answer::json(StatusCode::OK, &rows))
    }

    pub(super) async fn rotate_credential<B>(&self, mut request: Request<'_, B>, id: &ClientId) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<RotationDraft>().await?;
        let (secret, hash) = self.secrets.generate();
        let next = self.hub.rotate_credential(request.caller, id, draft.overlap_hours, hash, faults).await?;
        Ok(answer::json(StatusCode::CREATED, &answer::credential(&next, &secret)))
    }

    pub(super) async fn list_retention(&self, caller: &Caller, list: RetentionList) -> Answer {
        let (foreseen, next) = self.hub.foresee(caller, list.after, list.limit).await?;
        Ok(answer::json(StatusCode::OK, &answer::RetentionAnswer::new(&foreseen, next)))
    }
}
