//! What administrators did: who changed what, from what, to what. Derived from the journal, and kept longer than it.

use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Fact, RequestName};
use crate::model::{ClientId, EntryId, Timestamp};
use crate::referential::Reference;

/// What an administrator did in one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Its entry; acts sort by it in the order of time.
    pub id: EntryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: ClientId,
    /// In which request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestName>,
    /// What.
    pub changes: Vec<Change>,
}

/// One record that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it was; none of a new one.
    pub before: Option<Reference>,
    /// What it became.
    pub after: Reference,
}

impl Act {
    /// What an entry says of an administrator's doing; nothing when it is a party's or the hub's own.
    pub fn of(entry: &Entry) -> Option<Self> {
        let by = entry.by.clone()?;
        let before = |after: &Reference| {
            let replaced = entry.facts.iter().filter_map(|fact| match fact {
                Fact::Replaced(reference) => Some(reference),
                _ => None,
            });
            replaced
                .into_iter()
                .find(|reference| reference.key() == after.key())
                .cloned()
                .map(Reference::without_secrets)
        };
        let changes: Vec<Change> = entry
            .facts
            .iter()
            .filter_map(|fact| became(fact, entry))
            .map(|after| Change { before: before(&after), after })
            .collect();
        let request = entry.request.clone();
        (!changes.is_empty()).then_some(Self { id: entry.id, at: entry.at, by, request, changes })
    }
}

/// The record that a fact makes, when it is one of the referential.
fn became(fact: &Fact, entry: &Entry) -> Option<Reference> {
    match fact {
        Fact::OrganizationRegistered(record) => Some(Reference::Organization(record.clone())),
        Fact::ProcessRegistered(record) => Some(Reference::Process(record.clone())),
        Fact::SubscriptionRegistered(record) => Some(Reference::Subscription(record.clone()).without_secrets()),
        Fact::CredentialIssued(record) => Some(Reference::Credential(record.clone())),
        Fact::MigrationRecorded(record) => Some(Reference::Migration(record.clone())),
        Fact::CredentialRevoked(id) => entry.facts.iter().find_map(|fact| match fact {
            Fact::Replaced(Reference::Credential(record)) if record.client_id == *id => {
                let revoked_at = Some(entry.at);
                Some(Reference::Credential(crate::model::Credential { revoked_at, ..record.clone() }))
            }
            _ => None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Credential, SecretHash};
    use crate::rights::Scope;

    fn credential() -> Credential {
        Credential {
            client_id: ClientId::new("client").expect("a well-formed identifier"),
            scope: Scope::Admin,
            organization: None,
            process: None,
            secret_hash: SecretHash([0; 32]),
            issued_at: Timestamp::from_milliseconds(1),
            revoked_at: None,
            expires_at: None,
            used_at: None,
        }
    }

    #[test]
    fn an_act_says_what_was_and_what_became_of_it() {
        let (at, by) = (Timestamp::from_milliseconds(7), ClientId::new("admin"));
        let facts =
            vec![Fact::CredentialRevoked(credential().client_id), Fact::Replaced(Reference::Credential(credential()))];
        let act = Act::of(&Entry::new(at, by, facts.clone())).expect("an act");
        let Reference::Credential(after) = &act.changes[0].after else { panic!("a credential") };
        assert_eq!((after.revoked_at, act.changes[0].before.is_some()), (Some(at), true));
        assert_eq!(Act::of(&Entry::new(at, None, facts)), None, "the hub is no administrator");
    }

    #[test]
    fn what_parties_do_is_no_act() {
        let by = ClientId::new("party");
        let facts = vec![Fact::FilesPurged(Vec::new())];
        assert_eq!(Act::of(&Entry::new(Timestamp::from_milliseconds(7), by, facts)), None);
    }
}
