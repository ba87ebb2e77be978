//! What a piece of software proves itself with.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{OrganizationKey, ProcessCode, Timestamp};
use crate::rights::Scope;

/// The public half of a credential. 1 to 64 characters of the URL-safe alphabet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(std::sync::Arc<str>);

impl ClientId {
    /// The identifier, if it is well formed.
    pub fn new(text: &str) -> Option<Self> {
        let well_formed = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        well_formed.then(|| Self(text.into()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A keyed hash of the secret half; the secret itself is never kept.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(#[serde(with = "super::hexadecimal")] pub [u8; 32]);

impl fmt::Debug for SecretHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretHash(…)")
    }
}

/// A credential: one per subscription for an SI, one per organization for an OSL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Public half.
    pub client_id: ClientId,
    /// What it may be used for.
    pub scope: Scope,
    /// In whose name; always set for an OSL and an SI.
    pub organization: Option<OrganizationKey>,
    /// For which process; always set for an SI.
    pub process: Option<ProcessCode>,
    /// Proof of the secret half.
    pub secret_hash: SecretHash,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Since when it is refused.
    pub revoked_at: Option<Timestamp>,
    /// When it will be refused: another one takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it last came for a token, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

impl Credential {
    /// Whether it is accepted at `now`.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expiry| now < expiry)
    }
}
