//! Credentials: issued once, shown once, revoked at once.

use uuid::Uuid;

use crate::entry::{Entry, Fact};
use crate::error::{Error, Faults, Noun};
use crate::model::{Check, ClientId, Credential, OrganizationKey, OrganizationType, ProcessCode, SecretHash};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::rights::{Caller, Scope};

use super::Hub;

/// A credential as an administrator asks for it.
#[derive(Debug, Default, Clone)]
pub struct CredentialDraft {
    /// `OSL`, `SI`, `ADMIN` or `DATAPASS`.
    pub scope: Option<String>,
    /// `<type>-<siret>-<branch>`; needed for an OSL and an SI.
    pub organization: Option<String>,
    /// Process code; needed for an SI.
    pub process: Option<String>,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Who comes with this credential; none if it is unknown or revoked.
    pub fn caller(&self, client_id: &ClientId) -> Option<Caller> {
        self.credential(client_id).map(|credential| Caller {
            client_id: credential.client_id,
            scope: credential.scope,
            organization: credential.organization.unwrap_or_else(OrganizationKey::hub),
            process: credential.process,
        })
    }

    /// A credential that is in force.
    pub fn credential(&self, client_id: &ClientId) -> Option<Credential> {
        self.store
            .referential(|known| known.credential(client_id).cloned())
            .filter(|credential| credential.revoked_at.is_none())
    }

    /// Issues a credential whose secret hashes to `secret_hash`.
    pub async fn issue_credential(
        &self,
        caller: &Caller,
        draft: CredentialDraft,
        secret_hash: SecretHash,
        mut faults: Faults,
    ) -> Result<Credential, Error> {
        caller.require(&[Scope::Admin])?;
        let writer = self.store.writer(Subject::Referential).await?;
        let credential = self.validate_credential(draft, secret_hash, &mut faults);
        faults.into_result()?;
        let credential = credential.ok_or_else(|| Error::invalid("", "Bad request"))?;
        let now = self.now();
        self.commit(writer, caller, now, vec![Fact::CredentialIssued(credential.clone())]).await?;
        Ok(credential)
    }

    /// Revokes a credential; its tokens are refused from now on. Doing it again changes nothing.
    pub async fn revoke_credential(&self, caller: &Caller, client_id: &ClientId) -> Result<(), Error> {
        caller.require(&[Scope::Admin])?;
        let writer = self.store.writer(Subject::Referential).await?;
        let credential = self.store.referential(|known| known.credential(client_id).cloned());
        if credential.ok_or(Error::NotFound(Noun::Credential))?.revoked_at.is_some() {
            return Ok(());
        }
        self.commit(writer, caller, self.now(), vec![Fact::CredentialRevoked(client_id.clone())]).await
    }

    /// Puts facts into the journal in the hub's own name: how an empty hub gets its first administrator and a sandbox its partners.
    pub async fn seed(&self, facts: Vec<Fact>) -> Result<(), Error> {
        let writer = self.store.writer(Subject::Referential).await?;
        let entry = Entry { id: crate::model::EntryId::generate(), at: self.now(), by: None, facts };
        Ok(self.store.commit(writer, entry).await?)
    }

    fn validate_credential(
        &self,
        draft: CredentialDraft,
        secret_hash: SecretHash,
        faults: &mut Faults,
    ) -> Option<Credential> {
        let mut check = Check::new(faults, "");
        let scope = check.word::<Scope>("scope", draft.scope, "OSL, SI, ADMIN, DATAPASS");
        let organization = check.optional_word::<OrganizationKey>(
            "organization",
            draft.organization,
            "the organizations, such as SI-22770001000019-77372",
        );
        let process = draft.process.and_then(|code| {
            let code =
                ProcessCode::new(&code).filter(|code| self.store.referential(|known| known.process(code).is_some()));
            if code.is_none() {
                check.fault("process", "is not the code of a process of the hub; check its spelling and case");
            }
            code
        });
        if let Some(key) = &organization
            && self.store.referential(|known| known.organization(key).is_none())
        {
            check.fault("organization", format!("{key} does not exist; create it first"));
        }
        let kind = organization.as_ref().map(OrganizationKey::kind);
        match scope? {
            Scope::Osl if kind != Some(OrganizationType::Osl) => {
                check.fault("organization", "must be an OSL; a credential to deposit is an operator's");
            }
            Scope::Si if kind != Some(OrganizationType::Si) => {
                check.fault("organization", "must be an SI; a credential to receive is a processing service's");
            }
            Scope::Si if process.is_none() => {
                check.fault("process", "required property is missing; a credential to receive is for one process");
            }
            Scope::Osl | Scope::Si | Scope::Admin | Scope::Datapass => {}
        }
        Some(Credential {
            client_id: ClientId::new(&Uuid::now_v7().simple().to_string())?,
            scope: scope?,
            organization,
            process,
            secret_hash,
            issued_at: self.now(),
            revoked_at: None,
        })
    }
}
