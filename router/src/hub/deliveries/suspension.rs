//! Endpoints at which nothing arrives: for how long that has been so, and that the hub pauses them after some days.

use crate::entry::{Entry, Fact};
use crate::error::Error;
use crate::model::{About, EndpointRecord, Subscription, SubscriptionId, Timestamp};
use crate::ports::{Attachments, Clock, Store, Subject};

use super::super::Hub;
use super::super::again::again;

/// What an endpoint is from now on.
enum Changed {
    /// It has been failing since now, or not any more.
    Failing(Option<Timestamp>),
    /// It is paused.
    Suspended,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Something has arrived at an endpoint.
    pub async fn note_answering(&self, id: SubscriptionId) -> Result<(), Error> {
        self.note_endpoint(id, None).await.map(drop)
    }

    /// A delivery to an endpoint has failed so many times in a row, and the recipient has to do something about it. Whether the endpoint
    /// was suspended for that now.
    pub async fn note_failing(&self, id: SubscriptionId, failed: u32) -> Result<bool, Error> {
        self.note_endpoint(id, Some(failed)).await
    }

    async fn note_endpoint(&self, id: SubscriptionId, failed: Option<u32>) -> Result<bool, Error> {
        // Nearly always nothing changes, which memory knows.
        let changes = self.store.referential(|known| {
            let endpoint = known.subscription(id)?.endpoint.as_ref()?;
            self.change_of(endpoint, failed, self.now())
        });
        if changes.is_none() {
            return Ok(false);
        }
        again(|| self.note_endpoint_once(id, failed)).await
    }

    async fn note_endpoint_once(&self, id: SubscriptionId, failed: Option<u32>) -> Result<bool, Error> {
        let now = self.now();
        let writer = self.store.writer(Subject::Referential).await?;
        let Some(current) = self.store.referential(|known| known.subscription(id).cloned()) else {
            return Ok(false);
        };
        let Some(record) = current.endpoint.clone() else { return Ok(false) };
        let record = match self.change_of(&record, failed, now) {
            None => return Ok(false),
            Some(Changed::Failing(failing_since)) => EndpointRecord { failing_since, ..record },
            Some(Changed::Suspended) => {
                // First of all, and the same one if this is done again: whoever is suspended has been told.
                if let Some(alarm) = self.alarm(id, About::Suspended, now) {
                    let mails = self.store.writer(Subject::Mails).await?;
                    self.store.commit(mails, Entry::new(now, None, vec![alarm])).await?;
                }
                EndpointRecord { is_paused: true, suspended_at: Some(now), ..record }
            }
        };
        let is_suspended = record.suspended_at == Some(now);
        let changed = Subscription { endpoint: Some(record), updated_at: Some(now), ..current };
        self.store.commit(writer, Entry::new(now, None, vec![Fact::SubscriptionRegistered(changed)])).await?;
        Ok(is_suspended)
    }

    fn change_of(&self, endpoint: &EndpointRecord, failed: Option<u32>, now: Timestamp) -> Option<Changed> {
        let rules = self.deliveries.as_ref()?;
        match (failed, endpoint.failing_since) {
            (None, None) => None,
            (None, Some(_)) => Some(Changed::Failing(None)),
            (Some(failed), None) => (failed >= rules.failing_after).then_some(Changed::Failing(Some(now))),
            (Some(_), Some(since)) => {
                let longest = i64::try_from(rules.suspend_after.as_millis()).unwrap_or(i64::MAX);
                let is_over = since.milliseconds().saturating_add(longest) <= now.milliseconds();
                (is_over && !endpoint.is_paused).then_some(Changed::Suspended)
            }
        }
    }
}
