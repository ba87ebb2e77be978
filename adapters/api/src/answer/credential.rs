//! A credential, once.

use navette_router::model::{Credential, OrganizationKey, ProcessCode, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{optional, text};
use crate::openapi::words::{DateTime, ScopeWord};

/// A credential, with the secret that is shown this once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CredentialWithSecret")]
pub(crate) struct CredentialAnswer<'a> {
    /// Identifies its holder.
    client_id: &'a str,
    /// The secret: shown this once.
    client_secret: &'a str,
    /// Of what kind its holder is.
    #[schemars(with = "ScopeWord")]
    scope: &'static str,
    /// Whose it is.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<String>")]
    organization: Option<&'a OrganizationKey>,
    /// For which process.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<String>")]
    process: Option<&'a ProcessCode>,
}

/// A credential in a list: never its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Credential")]
pub(crate) struct CredentialRow<'a> {
    /// Identifies its holder.
    client_id: &'a str,
    /// Of what kind its holder is.
    #[schemars(with = "ScopeWord")]
    scope: &'static str,
    /// Whose it is.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<String>")]
    organization: Option<&'a OrganizationKey>,
    /// For which process.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<String>")]
    process: Option<&'a ProcessCode>,
    /// Since when.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    issued_at: Timestamp,
    /// Until when, when it has been rotated.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    expires_at: Option<Timestamp>,
    /// When it last came for a token, to the hour.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    used_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
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
            used_at: credential.used_at,
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
