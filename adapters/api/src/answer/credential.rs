//! A credential, once.

use navette_router::model::{Credential, OrganizationKey, ProcessCode, Timestamp};
use serde::Serialize;

use super::{optional, text};

/// A credential, with the secret that is shown this once.
#[derive(Serialize)]
pub(crate) struct CredentialAnswer<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    scope: &'static str,
    #[serde(serialize_with = "optional")]
    organization: Option<&'a OrganizationKey>,
    #[serde(serialize_with = "optional")]
    process: Option<&'a ProcessCode>,
}

/// A credential in a list: never its secret.
#[derive(Serialize)]
pub(crate) struct CredentialRow<'a> {
    client_id: &'a str,
    scope: &'static str,
    #[serde(serialize_with = "optional")]
    organization: Option<&'a OrganizationKey>,
    #[serde(serialize_with = "optional")]
    process: Option<&'a ProcessCode>,
    #[serde(serialize_with = "text")]
    issued_at: Timestamp,
    #[serde(serialize_with = "optional")]
    expires_at: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    revoked_at: Option<Timestamp>,
}

impl<'a> From<&'a Credential> for CredentialRow<'a> {
    fn from(credential: &'a Credential) -> Self {
        Self {
            client_id: credential.client_id.as_str(),
            scope: credential.scope.as_str(),
            organization: credential.organization.as_ref(),
            process: credential.process.as_ref(),
            issued_at: credential.issued_at,
            expires_at: credential.expires_at,
            revoked_at: credential.revoked_at,
        }
    }
}

/// A credential and its secret.
pub(crate) fn credential<'a>(credential: &'a Credential, secret: &'a str) -> CredentialAnswer<'a> {
    CredentialAnswer {
        client_id: credential.client_id.as_str(),
        client_secret: secret,
        scope: credential.scope.as_str(),
        organization: credential.organization.as_ref(),
        process: credential.process.as_ref(),
    }
}
