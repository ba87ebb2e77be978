//! Credentials.

use bytes::Bytes;
use http::StatusCode;
use navette_router::hub::CredentialDraft;
use navette_router::model::ClientId;
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api};
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
}
