//! What only portals and administrators ask for: cases that move, copies that are deleted.

use bytes::Bytes;
use http::StatusCode;
use navette_router::Caller;
use navette_router::hub::MigrationDraft;
use navette_router::ports::{Attachments, Clock, Store};

use super::request::Request;
use super::{Answer, Api};
use crate::drafts::PurgesDraft;
use crate::{BodyFault, answer};

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn migrate_cases<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<MigrationDraft>().await?;
        let moved = self.hub.migrate(request.caller, draft, faults).await?;
        Ok(answer::json(StatusCode::OK, &answer::MigrationAnswer::from(moved)))
    }

    pub(super) async fn list_purges(&self, caller: &Caller) -> Answer {
        let purges = self.hub.purges(caller).await?;
        let rows: Vec<_> = purges.iter().map(answer::PurgeAnswer::from).collect();
        Ok(answer::json(StatusCode::OK, &rows))
    }

    pub(super) async fn note_purged<B>(&self, mut request: Request<'_, B>) -> Answer
    where
        B: http_body::Body<Data = Bytes, Error = BodyFault> + Send,
    {
        let (draft, faults) = request.draft::<PurgesDraft>().await?;
        if !faults.is_empty() {
            return Err(faults.into());
        }
        self.hub.note_purged(request.caller, &draft.0).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }
}
