//! Organizations, processes and subscriptions: how they enter the hub, and how they are read.

use crate::entry::Fact;
use crate::error::{Error, Faults, Noun};
use crate::model::{
    Check, Organization, OrganizationDraft, OrganizationKey, OrganizationType, Process, ProcessCode, ProcessDraft,
    Subscription, SubscriptionDraft, SubscriptionId,
};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::rights::{Caller, Scope};

use super::Hub;

const ENROLLERS: &[Scope] = &[Scope::Admin, Scope::Datapass];
const ADMINISTRATORS: &[Scope] = &[Scope::Admin];

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Registers an organization that does not exist yet.
    pub async fn create_organization(
        &self,
        caller: &Caller,
        draft: OrganizationDraft,
        mut faults: Faults,
    ) -> Result<Organization, Error> {
        caller.require(ENROLLERS)?;
        let now = self.now();
        let organization = draft.validate(&mut Check::new(&mut faults, ""), now);
        let writer = self.store.writer(Subject::Referential).await?;
        let exists = organization.as_ref().is_some_and(|organization| {
            self.store.referential(|known| known.organization(&organization.key).is_some())
        });
        // Clients look for these words in the first error's message.
        if let (true, Some(organization)) = (exists, &organization) {
            return Err(Error::invalid("", format!("Organization {} already exists", organization.key)));
        }
        let organization = complete(organization, faults)?;
        self.commit(writer, caller, now, vec![Fact::OrganizationRegistered(organization.clone())]).await?;
        Ok(organization)
    }

    /// An organization.
    pub fn organization(&self, caller: &Caller, key: &OrganizationKey) -> Result<Organization, Error> {
        caller.require(ENROLLERS)?;
        self.store.referential(|known| known.organization(key).cloned()).ok_or(Error::NotFound(Noun::Organization))
    }

    /// Registers a process that does not exist yet.
    pub async fn create_process(
        &self,
        caller: &Caller,
        draft: ProcessDraft,
        mut faults: Faults,
    ) -> Result<Process, Error> {
        caller.require(ADMINISTRATORS)?;
        let now = self.now();
        let process = draft.validate(&mut Check::new(&mut faults, ""), now);
        let writer = self.store.writer(Subject::Referential).await?;
        if let Some(process) = &process {
            let (exists, owner) = self.store.referential(|known| {
                (known.process(&process.code).is_some(), known.organization(&process.osl).is_some())
            });
            if exists {
                return Err(Error::invalid("", format!("Process {} already exists", process.code)));
            }
            if process.osl.kind() != OrganizationType::Osl {
                faults.add("osl.type", "must be OSL; a process is owned by an operator of online services");
            } else if !owner {
                faults.add("osl", format!("organization {} does not exist; create it first", process.osl));
            }
        }
        let process = complete(process, faults)?;
        self.commit(writer, caller, now, vec![Fact::ProcessRegistered(process.clone())]).await?;
        Ok(process)
    }

    /// A process.
    pub fn process(&self, caller: &Caller, code: &ProcessCode) -> Result<Process, Error> {
        caller.require(ADMINISTRATORS)?;
        self.store.referential(|known| known.process(code).cloned()).ok_or(Error::NotFound(Noun::Process))
    }

    /// Creates the subscription of an organization to a process, of which there is at most one.
    pub async fn create_subscription(
        &self,
        caller: &Caller,
        draft: SubscriptionDraft,
        mut faults: Faults,
    ) -> Result<Subscription, Error> {
        caller.require(ENROLLERS)?;
        let now = self.now();
        let subscription = draft.validate(&mut Check::new(&mut faults, ""), now);
        let writer = self.store.writer(Subject::Referential).await?;
        if let Some(subscription) = &subscription {
            let (exists, subscriber, process) = self.store.referential(|known| {
                (
                    known.subscription_of(&subscription.subscriber, &subscription.process).is_some(),
                    known.organization(&subscription.subscriber).is_some(),
                    known.process(&subscription.process).is_some(),
                )
            });
            if exists {
                let message =
                    format!("Subscription of {} to {} already exists", subscription.subscriber, subscription.process);
                return Err(Error::invalid("", message));
            }
            if !process {
                faults.add("processCode", "is not the code of a process of the hub; check its spelling and case");
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

    /// A subscription. An OSL sees those to its own processes; to it, the others do not exist.
    pub fn subscription(&self, caller: &Caller, id: SubscriptionId) -> Result<Subscription, Error> {
        caller.require(&[Scope::Osl, Scope::Admin])?;
        let found = self.store.referential(|known| {
            let subscription = known.subscription(id)?;
            let owner = known.process(&subscription.process).map(|process| &process.osl);
            let visible = caller.scope == Scope::Admin || owner == Some(&caller.organization);
            visible.then(|| subscription.clone())
        });
        found.ok_or(Error::NotFound(Noun::Subscription))
    }
}

fn complete<T>(built: Option<T>, faults: Faults) -> Result<T, Error> {
    faults.into_result()?;
    built.ok_or_else(|| Error::invalid("", "Bad request"))
}
