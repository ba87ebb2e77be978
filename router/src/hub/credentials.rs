//! Credentials: issued once, shown once, revoked at once.

use uuid::Uuid;

use crate::entry::{Entry, Fact};
use crate::error::{Error, Faults, Noun};
use crate::model::{
    Check, ClientId, Credential, OrganizationKey, OrganizationType, ProcessCode, SecretHash, Timestamp,
};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::referential::Reference;
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::again;

/// How long a credential stays in force beside its successor when nothing is said: long enough for a weekend.
const OVERLAP_HOURS: i64 = 72;
const OVERLAP_MAX_HOURS: i64 = 24 * 365;

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
            request: None,
        })
    }

    /// A credential that is in force.
    pub fn credential(&self, client_id: &ClientId) -> Option<Credential> {
        self.store
            .referential(|known| known.credential(client_id).cloned())
            .filter(|credential| credential.is_in_force(self.now()))
    }

    /// Every credential, oldest first.
    pub fn credentials(&self, caller: &Caller) -> Result<Vec<Credential>, Error> {
        caller.require(&[Scope::Admin])?;
        let mut all: Vec<Credential> = self.store.referential(|known| known.credentials().cloned().collect());
        all.sort_by(|one, other| (one.issued_at, &one.client_id).cmp(&(other.issued_at, &other.client_id)));
        Ok(all)
    }

    /// Issues a credential with the rights of another, which is refused `overlap_hours` later.
    pub async fn rotate_credential(
        &self,
        caller: &Caller,
        client_id: &ClientId,
        overlap_hours: Option<i64>,
        secret_hash: SecretHash,
        faults: Faults,
    ) -> Result<Credential, Error> {
        again(|| self.rotate_credential_once(caller, client_id, overlap_hours, secret_hash, faults.clone())).await
    }

    async fn rotate_credential_once(
        &self,
        caller: &Caller,
        client_id: &ClientId,
        overlap_hours: Option<i64>,
        secret_hash: SecretHash,
        mut faults: Faults,
    ) -> Result<Credential, Error> {
        caller.require(&[Scope::Admin])?;
        let overlap_hours = overlap_hours.unwrap_or(OVERLAP_HOURS);
        if !(0..=OVERLAP_MAX_HOURS).contains(&overlap_hours) {
            faults.add("overlap_hours", format!("is not a number of hours from 0 to {OVERLAP_MAX_HOURS}"));
        }
        faults.into_result()?;
        let writer = self.store.writer(Subject::Referential).await?;
        let now = self.now();
        let former = self.store.referential(|known| known.credential(client_id).cloned());
        let former = former.ok_or(Error::NotFound(Noun::Credential))?;
        if !former.is_in_force(now) || former.expires_at.is_some() {
            return Err(Error::invalid("", "the credential is revoked or already has a successor; issue another one"));
        }
        let expiry = now.milliseconds().saturating_add(overlap_hours.saturating_mul(60 * 60 * 1_000));
        let next = Credential {
            client_id: new_client_id().ok_or_else(|| Error::invalid("", "Bad request"))?,
            secret_hash,
            issued_at: now,
            used_at: None,
            ..former.clone()
        };
        let before = Fact::Replaced(Reference::Credential(former.clone()));
        let former = Credential { expires_at: Some(Timestamp::from_milliseconds(expiry)), ..former };
        let facts = vec![Fact::CredentialIssued(next.clone()), Fact::CredentialIssued(former), before];
        self.commit(writer, caller, now, facts).await?;
        Ok(next)
    }

    /// Issues a credential whose secret hashes to `secret_hash`.
    pub async fn issue_credential(
        &self,
        caller: &Caller,
        draft: CredentialDraft,
        secret_hash: SecretHash,
        faults: Faults,
    ) -> Result<Credential, Error> {
        again(|| self.issue_credential_once(caller, draft.clone(), secret_hash, faults.clone())).await
    }

    async fn issue_credential_once(
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
        again(|| self.revoke_credential_once(caller, client_id)).await
    }

    async fn revoke_credential_once(&self, caller: &Caller, client_id: &ClientId) -> Result<(), Error> {
        caller.require(&[Scope::Admin])?;
        let writer = self.store.writer(Subject::Referential).await?;
        let credential = self.store.referential(|known| known.credential(client_id).cloned());
        let credential = credential.ok_or(Error::NotFound(Noun::Credential))?;
        if credential.revoked_at.is_some() {
            return Ok(());
        }
        let before = Fact::Replaced(Reference::Credential(credential));
        self.commit(writer, caller, self.now(), vec![Fact::CredentialRevoked(client_id.clone()), before]).await
    }

    /// Puts facts into the journal in the hub's own name: how an empty hub gets its first administrator and a sandbox its partners.
    pub async fn seed(&self, facts: Vec<Fact>) -> Result<(), Error> {
        again(|| self.seed_once(facts.clone())).await
    }

    async fn seed_once(&self, facts: Vec<Fact>) -> Result<(), Error> {
        let writer = self.store.writer(Subject::Referential).await?;
        let entry = Entry::new(self.now(), None, facts);
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
            client_id: new_client_id()?,
            scope: scope?,
            organization,
            process,
            secret_hash,
            issued_at: self.now(),
            revoked_at: None,
            expires_at: None,
            used_at: None,
        })
    }
}

fn new_client_id() -> Option<ClientId> {
    ClientId::new(&Uuid::now_v7().simple().to_string())
}
