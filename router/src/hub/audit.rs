//! What administrators did, read and in time forgotten; when credentials were used.

use crate::audit::Act;
use crate::entry::{Entry, Fact};
use crate::error::Error;
use crate::model::{ClientId, EntryId, Timestamp};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::again;

/// Acts forgotten by one entry at most.
const FORGOTTEN_AT_A_TIME: usize = 1_000;
/// A credential's use is noted again after an hour: who asks for a token at each loop would fill the journal.
const USE_MILLISECONDS: i64 = 60 * 60 * 1_000;

/// How much there is of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Organizations.
    pub organizations: usize,
    /// Processes.
    pub processes: usize,
    /// Subscriptions.
    pub subscriptions: usize,
    /// Of which in force.
    pub subscriptions_in_force: usize,
    /// Credentials that are in force.
    pub credentials: usize,
    /// Of which will end within the time asked about.
    pub credentials_expiring: usize,
    /// Moves of all cases of an organization that are under way.
    pub migrations: usize,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// What administrators did, the latest first: what came before `before`, and behind which to go on.
    pub async fn acts(
        &self,
        caller: &Caller,
        before: Option<EntryId>,
        limit: Option<usize>,
    ) -> Result<(Vec<Act>, Option<EntryId>), Error> {
        caller.require(&[Scope::Admin])?;
        let limit = self.referential_rows(limit);
        let acts = self.store.acts(before, limit).await?;
        let next = acts.last().map(|act| act.id).filter(|_| acts.len() == limit);
        Ok((acts, next))
    }

    /// Forgets what administrators did before `until`, and says how much that was.
    pub async fn forget_acts(&self, until: Timestamp) -> Result<usize, Error> {
        let mut forgotten = 0;
        loop {
            let acts = self.store.acts(Some(EntryId::first_at(until)), FORGOTTEN_AT_A_TIME).await?;
            if acts.is_empty() {
                return Ok(forgotten);
            }
            forgotten += acts.len();
            let forgotten: Vec<EntryId> = acts.iter().map(|act| act.id).collect();
            again(|| self.forget(forgotten.clone())).await?;
        }
    }

    async fn forget(&self, acts: Vec<EntryId>) -> Result<(), Error> {
        let writer = self.store.writer(Subject::Referential).await?;
        Ok(self.store.commit(writer, Entry::new(self.now(), None, vec![Fact::ActsForgotten(acts)])).await?)
    }

    /// Whether the use of a credential is worth noting: it was not noted within the hour.
    pub fn use_is_news(&self, client_id: &ClientId) -> bool {
        let now = self.now().milliseconds();
        let used =
            self.store.referential(|known| known.credential(client_id).and_then(|credential| credential.used_at));
        used.is_none_or(|used| now.saturating_sub(used.milliseconds()) >= USE_MILLISECONDS)
    }

    /// Notes when credentials were used.
    pub async fn note_used(&self, used: Vec<(ClientId, Timestamp)>) -> Result<(), Error> {
        again(|| self.note_used_once(used.clone())).await
    }

    async fn note_used_once(&self, used: Vec<(ClientId, Timestamp)>) -> Result<(), Error> {
        let writer = self.store.writer(Subject::Referential).await?;
        Ok(self.store.commit(writer, Entry::new(self.now(), None, vec![Fact::CredentialsUsed(used)])).await?)
    }

    /// How much there is of everything; credentials that end before `soon` are counted apart.
    pub fn counts(&self, soon: Timestamp) -> Counts {
        let now = self.now();
        self.store.referential(|known| {
            let mut counts = Counts {
                organizations: known.organizations().count(),
                processes: known.processes().count(),
                migrations: known.migrations().filter(|row| row.ended_at.is_none()).count(),
                ..Counts::default()
            };
            for subscription in known.subscriptions() {
                counts.subscriptions += 1;
                counts.subscriptions_in_force += usize::from(subscription.is_in_force(now));
            }
            for credential in known.credentials().filter(|credential| credential.is_in_force(now)) {
                counts.credentials += 1;
                counts.credentials_expiring += usize::from(credential.expires_at.is_some_and(|end| end <= soon));
            }
            counts
        })
    }
}
