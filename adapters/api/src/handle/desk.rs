//! What a support desk and an auditor ask for.

use http::StatusCode;
use navette_router::Caller;
use navette_router::model::Timestamp;
use navette_router::ports::{Attachments, Clock, Store};

use super::{Answer, Api};
use crate::answer;
use crate::endpoint::ActList;

/// Credentials that end within so many milliseconds are worth a warning: 30 days.
const SOON_MILLISECONDS: i64 = 30 * 24 * 60 * 60 * 1_000;

impl<S: Store, A: Attachments, C: Clock> Api<S, A, C> {
    pub(super) async fn explain(&self, caller: &Caller, id: &str) -> Answer {
        let explanation = self.hub.explain(caller, id).await?;
        let refusals = self.program.refusals(id);
        Ok(answer::json(StatusCode::OK, &answer::ExplanationAnswer::new(id, &explanation, &refusals)))
    }

    pub(super) async fn list_acts(&self, caller: &Caller, list: ActList) -> Answer {
        let (acts, next) = self.hub.acts(caller, list.before, list.limit).await?;
        Ok(answer::json(StatusCode::OK, &answer::ActsAnswer::new(&acts, next)))
    }

    pub(super) fn get_status(&self, caller: &Caller) -> Answer {
        caller.require(&[navette_router::Scope::Admin])?;
        let soon = Timestamp::from_milliseconds(self.hub.clock_now().milliseconds().saturating_add(SOON_MILLISECONDS));
        let (counts, checks) = (self.hub.counts(soon), self.program.checks());
        let (version, started_at) = (self.program.version(), self.program.started_at());
        Ok(answer::json(StatusCode::OK, &answer::StatusAnswer::new(version, started_at, &counts, &checks)))
    }
}
