//! Credentials: what they need, whom they make a caller, how they end.

use navette_router::hub::CredentialDraft;
use navette_router::model::{Credential, OrganizationKey, SecretHash};
use navette_router::{Error, Faults, Scope};
use navette_storage::conformance::fixtures::{depositor, osl, recipient, urgent_process};

use crate::stage::{Stage, administrator, faults, forbidden};

fn draft(scope: &str, organization: Option<&OrganizationKey>, process: Option<&str>) -> CredentialDraft {
    CredentialDraft {
        scope: Some(scope.to_owned()),
        organization: organization.map(ToString::to_string),
        process: process.map(str::to_owned),
    }
}

async fn issue(stage: &Stage, draft: CredentialDraft) -> Result<Credential, Error> {
    stage.hub.issue_credential(&administrator(), draft, SecretHash([9; 32]), Faults::default()).await
}

#[tokio::test]
async fn a_credential_makes_a_caller_of_its_scope_organization_and_process() {
    let stage = Stage::new().await;
    let (osl, si) = (depositor(), recipient(0));
    for (draft, scope, organization) in [
        (draft("OSL", Some(&osl), None), Scope::Osl, osl.clone()),
        (draft("SI", Some(&si), Some("CERTDC")), Scope::Si, si.clone()),
        (draft("ADMIN", None, None), Scope::Admin, OrganizationKey::hub()),
        (draft("DATAPASS", None, None), Scope::Datapass, OrganizationKey::hub()),
    ] {
        let credential = issue(&stage, draft).await.unwrap();
        assert_eq!(credential.secret_hash, SecretHash([9; 32]));
        let caller = stage.hub.caller(&credential.client_id).unwrap();
        assert_eq!((caller.scope, caller.organization), (scope, organization));
        assert_eq!(caller.process, (scope == Scope::Si).then(urgent_process));
    }
}

#[tokio::test]
async fn what_a_credential_lacks_is_told_field_by_field() {
    let stage = Stage::new().await;
    let (osl, si, stranger) = (depositor(), recipient(0), recipient(9));
    for (draft, field) in [
        (CredentialDraft::default(), "scope"),
        (draft("GUEST", None, None), "scope"),
        (draft("OSL", None, None), "organization"),
        (draft("OSL", Some(&si), None), "organization"),
        (draft("SI", Some(&osl), Some("CERTDC")), "organization"),
        (draft("SI", Some(&stranger), Some("CERTDC")), "organization"),
        (draft("SI", Some(&si), None), "process"),
        (draft("SI", Some(&si), Some("NOTHING")), "process"),
    ] {
        let told = faults(issue(&stage, draft).await);
        assert!(told[0].starts_with(&format!("{field}: ")), "{told:?}");
    }
}

#[tokio::test]
async fn a_revoked_credential_makes_no_caller_and_revoking_it_again_changes_nothing() {
    let stage = Stage::new().await;
    let client_id = issue(&stage, draft("ADMIN", None, None)).await.unwrap().client_id;
    forbidden(stage.hub.revoke_credential(&osl(), &client_id).await);
    assert!(stage.hub.caller(&client_id).is_some());
    stage.hub.revoke_credential(&administrator(), &client_id).await.unwrap();
    assert!(stage.hub.caller(&client_id).is_none() && stage.hub.credential(&client_id).is_none());
    let entries = stage.entries();
    stage.hub.revoke_credential(&administrator(), &client_id).await.unwrap();
    assert_eq!(stage.entries(), entries);
}
