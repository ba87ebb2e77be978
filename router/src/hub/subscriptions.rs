//! Subscriptions: how they are created, live, and are read.

use crate::entry::Fact;
use crate::error::{Error, Faults, Noun};
use crate::listing::{Page, SubscriptionQuery};
use crate::model::{
    Check, OrganizationType, Process, Subscription, SubscriptionDraft, SubscriptionId, SubscriptionStatus,
    SubscriptionValidation, Timestamp,
};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::referential::{Reference, Referential};
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::again;
use super::referential::{ADMINISTRATORS, ENROLLERS, SUBSCRIPTION_READERS, complete};

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Creates the subscription of an organization to a process, of which there is at most one.
    pub async fn create_subscription(
        &self,
        caller: &Caller,
        draft: SubscriptionDraft,
        faults: Faults,
    ) -> Result<Subscription, Error> {
        again(|| self.create_subscription_once(caller, draft.clone(), faults.clone())).await
    }

    async fn create_subscription_once(
        &self,
        caller: &Caller,
        draft: SubscriptionDraft,
        mut faults: Faults,
    ) -> Result<Subscription, Error> {
        caller.require(ENROLLERS)?;
        let now = self.now();
        let mut subscription = draft.validate(&mut Check::new(&mut faults, ""), now, None);
        let writer = self.store.writer(Subject::Referential).await?;
        if let Some(subscription) = &mut subscription {
            let (exists, subscriber, process) = self.store.referential(|known| {
                (
                    known.subscription_of(&subscription.subscriber, &subscription.process).is_some(),
                    known.organization(&subscription.subscriber).is_some(),
                    known.process(&subscription.process).cloned(),
                )
            });
            if exists {
                let message =
                    format!("Subscription of {} to {} already exists", subscription.subscriber, subscription.process);
                return Err(Error::invalid("", message));
            }
            match process {
                Some(process) => begin(subscription, &process, caller.scope, now),
                None => {
                    faults.add("processCode", "is not the code of a process of the hub; check its spelling and case")
                }
            }
            if subscription.subscriber.kind() != OrganizationType::Si {
                faults.add("subscriber.type", "must be SI; only a processing service subscribes");
            } else if !subscriber {
                faults.add(
                    "subscriber",
                    format!("organization {} does not exist; create it first", subscription.subscriber),
                );
            }
        }
        let subscription = complete(subscription, faults)?;
        self.commit(writer, caller, now, vec![Fact::SubscriptionRegistered(subscription.clone())]).await?;
        Ok(subscription)
    }

    /// Replaces what is known of a subscription: how it is activated, suspended, turned down, taken up again. The next deposit
    /// follows; what was already addressed stays so. Who receives what cannot change.
    pub async fn update_subscription(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        draft: SubscriptionDraft,
        faults: Faults,
    ) -> Result<Subscription, Error> {
        again(|| self.update_subscription_once(caller, id, draft.clone(), faults.clone())).await
    }

    async fn update_subscription_once(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        draft: SubscriptionDraft,
        mut faults: Faults,
    ) -> Result<Subscription, Error> {
        caller.require(ADMINISTRATORS)?;
        let now = self.now();
        let writer = self.store.writer(Subject::Referential).await?;
        let current = self.subscription(caller, id)?;
        let subscription = draft.validate(&mut Check::new(&mut faults, ""), now, Some(&current));
        if let Some(subscription) = &subscription {
            if subscription.process != current.process {
                faults.add("processCode", format!("must be {}: create another subscription", current.process));
            }
            if subscription.subscriber != current.subscriber {
                faults.add("subscriber", format!("must be {}: create another subscription", current.subscriber));
            }
            if subscription.status == SubscriptionStatus::Active && subscription.access_mode.is_none() {
                faults
                    .add("accessMode", "is needed by a subscription that is Actif; give PORTAIL, API, SFTP or WEBHOOK");
            }
            if subscription.ends_at.zip(subscription.activated_at).is_some_and(|(end, start)| end < start) {
                faults.add("endDateTime", "is before activateDateTime; correct one of them");
            }
        }
        let mut subscription = complete(subscription, faults)?;
        date(&mut subscription, current.status, now);
        let before = Fact::Replaced(Reference::Subscription(current));
        self.commit(writer, caller, now, vec![Fact::SubscriptionRegistered(subscription.clone()), before]).await?;
        Ok(subscription)
    }

    /// A subscription. An OSL sees those to its own processes; to it, the others do not exist.
    pub fn subscription(&self, caller: &Caller, id: SubscriptionId) -> Result<Subscription, Error> {
        caller.require(SUBSCRIPTION_READERS)?;
        let found = self.store.referential(|known| {
            known.subscription(id).filter(|subscription| sees(caller, known, subscription)).cloned()
        });
        found.ok_or(Error::NotFound(Noun::Subscription))
    }

    /// A page of the subscriptions that the caller may see, oldest first.
    pub fn subscriptions(&self, caller: &Caller, query: &SubscriptionQuery) -> Result<Page<Subscription>, Error> {
        caller.require(SUBSCRIPTION_READERS)?;
        let limit = self.referential_rows(query.window.limit);
        Ok(self.store.referential(|known| {
            let rows = known.subscriptions().filter(|row| query.matches(row) && sees(caller, known, row));
            Page::of(rows, query.window, limit)
        }))
    }
}

fn sees(caller: &Caller, known: &Referential, subscription: &Subscription) -> bool {
    caller.scope == Scope::Admin
        || caller.covers(&subscription.process)
            && known.process(&subscription.process).is_some_and(|process| process.osl == caller.organization)
}

/// How a subscription starts. Where a person validates, an enrolment only asks.
fn begin(subscription: &mut Subscription, process: &Process, scope: Scope, now: Timestamp) {
    if process.subscription_validation == SubscriptionValidation::Manual && scope != Scope::Admin {
        subscription.status = SubscriptionStatus::Inactive;
    }
    date(subscription, SubscriptionStatus::Inactive, now);
}

/// A status that is new has a date.
fn date(subscription: &mut Subscription, former: SubscriptionStatus, now: Timestamp) {
    if subscription.status == former {
        return;
    }
    match subscription.status {
        SubscriptionStatus::Active => {
            subscription.activated_at.get_or_insert(now);
        }
        SubscriptionStatus::Rejected => {
            subscription.rejected_at.get_or_insert(now);
        }
        SubscriptionStatus::Inactive | SubscriptionStatus::Suspended => {}
    }
}
