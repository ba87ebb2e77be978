//! Organizations: how they enter the hub, change, and are read.

use crate::entry::Fact;
use crate::error::{Error, Faults, Noun};
use crate::listing::{OrganizationQuery, Page};
use crate::model::{Check, Organization, OrganizationDraft, OrganizationKey};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::referential::Reference;
use crate::rights::Caller;

use super::Hub;
use super::again::again;
use super::referential::{ADMINISTRATORS, ENROLLERS, complete};

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Registers an organization that does not exist yet.
    pub async fn create_organization(
        &self,
        caller: &Caller,
        draft: OrganizationDraft,
        faults: Faults,
    ) -> Result<Organization, Error> {
        again(|| self.create_organization_once(caller, draft.clone(), faults.clone())).await
    }

    async fn create_organization_once(
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

    /// Replaces what is known of an organization. Its key stays; whatever the draft leaves out of the key is taken from `key`.
    pub async fn update_organization(
        &self,
        caller: &Caller,
        key: &OrganizationKey,
        draft: OrganizationDraft,
        faults: Faults,
    ) -> Result<Organization, Error> {
        again(|| self.update_organization_once(caller, key, draft.clone(), faults.clone())).await
    }

    async fn update_organization_once(
        &self,
        caller: &Caller,
        key: &OrganizationKey,
        mut draft: OrganizationDraft,
        mut faults: Faults,
    ) -> Result<Organization, Error> {
        caller.require(ADMINISTRATORS)?;
        let now = self.now();
        let written = &mut draft.key;
        written.kind.get_or_insert_with(|| key.kind().as_str().to_owned());
        written.company_register.get_or_insert_with(|| key.company_register().to_owned());
        written.branch_code.get_or_insert_with(|| key.branch_code().to_owned());
        let organization = draft.validate(&mut Check::new(&mut faults, ""), now);
        let writer = self.store.writer(Subject::Referential).await?;
        let current = self.organization(caller, key)?;
        if organization.as_ref().is_some_and(|organization| organization.key != *key) {
            faults.add("", format!("type, companyRegister and branchCode must be those of {key}: they cannot change"));
        }
        let organization = complete(organization, faults)?;
        let organization = Organization { created_at: current.created_at, updated_at: Some(now), ..organization };
        let before = Fact::Replaced(Reference::Organization(current));
        self.commit(writer, caller, now, vec![Fact::OrganizationRegistered(organization.clone()), before]).await?;
        Ok(organization)
    }

    /// An organization.
    pub fn organization(&self, caller: &Caller, key: &OrganizationKey) -> Result<Organization, Error> {
        caller.require(ENROLLERS)?;
        self.store.referential(|known| known.organization(key).cloned()).ok_or(Error::NotFound(Noun::Organization))
    }

    /// A page of the organizations.
    pub fn organizations(&self, caller: &Caller, query: &OrganizationQuery) -> Result<Page<Organization>, Error> {
        caller.require(ENROLLERS)?;
        let limit = self.referential_rows(query.window.limit);
        Ok(self.store.referential(|known| match &query.company_register {
            Some(siret) => {
                Page::of(known.organizations_with(siret).filter(|row| query.matches(row)), query.window, limit)
            }
            None => Page::of(known.organizations().filter(|row| query.matches(row)), query.window, limit),
        }))
    }
}
