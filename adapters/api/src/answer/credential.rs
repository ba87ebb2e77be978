//! A credential, once.

use navette_router::model::{Credential, OrganizationKey, ProcessCode};
use serde::Serialize;

use super::optional;

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
