//! Copies of deleted files that portals keep: which ones are to go, and which ones are gone.

use std::collections::HashSet;

use crate::entry::Fact;
use crate::error::Error;
use crate::model::{AttachmentId, CaseId, Purge};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::again;
use super::cases::PARTIES;

/// How many copies are looked through at a time.
const PURGES_MAX: usize = 100_000;

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// The copies that the caller's portal is to delete, at most as many as a page of the referential.
    pub async fn purges(&self, caller: &Caller) -> Result<Vec<Purge>, Error> {
        let mut purges = self.own_purges(caller).await?;
        purges.truncate(self.limits.referential_page_max);
        Ok(purges)
    }

    /// Notes that these copies are gone. What was not to be deleted, or is noted already, changes nothing.
    pub async fn note_purged(&self, caller: &Caller, pairs: &[(AttachmentId, CaseId)]) -> Result<(), Error> {
        again(|| self.note_purged_once(caller, pairs)).await
    }

    async fn note_purged_once(&self, caller: &Caller, pairs: &[(AttachmentId, CaseId)]) -> Result<(), Error> {
        let pairs: HashSet<_> = pairs.iter().copied().collect();
        let mut purges = self.own_purges(caller).await?;
        purges.retain(|purge| pairs.contains(&(purge.attachment, purge.case)));
        if purges.is_empty() {
            return Ok(());
        }
        let writer = self.store.writer(Subject::Referential).await?;
        self.commit(writer, caller, self.now(), vec![Fact::FilesPurged(purges)]).await
    }

    async fn own_purges(&self, caller: &Caller) -> Result<Vec<Purge>, Error> {
        caller.require(PARTIES)?;
        let recipient = (caller.scope == Scope::Si).then_some(&caller.organization);
        let mut purges = self.store.purges(recipient, PURGES_MAX).await?;
        match caller.scope {
            Scope::Si => purges.retain(|purge| caller.process.as_ref() == Some(&purge.process)),
            Scope::Osl => {
                let owned: HashSet<_> = self.store.referential(|known| {
                    let own = known.processes().filter(|process| process.osl == caller.organization);
                    own.map(|process| process.code.clone()).filter(|code| caller.covers(code)).collect()
                });
                purges.retain(|purge| owned.contains(&purge.process));
            }
            Scope::Admin | Scope::Datapass => {}
        }
        Ok(purges)
    }
}
