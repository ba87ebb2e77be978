//! The secret half of a credential: generated, shown once, and kept as a keyed hash only.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use navette_router::model::SecretHash;

use super::master_key::{self, MasterKey};

const SECRET_BYTES: usize = 32;

/// Makes client secrets and recognizes them.
///
/// They carry 256 random bits, so a fast keyed hash is as safe as a slow one and gives nobody a lever to keep the hub busy.
#[derive(Debug)]
pub struct Secrets {
    key: hmac::Key,
}

impl Secrets {
    /// Secrets hashed with a key that derives from `master`.
    pub fn new(master: &MasterKey) -> Self {
        Self { key: master_key::derive(&master.extract(), b"client secret", b"") }
    }

    /// A new secret, of 43 characters that need no escape in a URL or a form, and what is kept of it.
    pub fn generate(&self) -> (String, SecretHash) {
        let mut bytes = [0; SECRET_BYTES];
        rand::fill(&mut bytes).expect("invariant: the system gave random bytes when the process started");
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        let hash = self.hash(&secret);
        (secret, hash)
    }

    /// What is kept of a secret.
    pub fn hash(&self, secret: &str) -> SecretHash {
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(&self.key, secret.as_bytes()).as_ref());
        SecretHash(hash)
    }

    /// Whether this is the secret, in constant time.
    pub fn matches(&self, secret: &str, hash: &SecretHash) -> bool {
        hmac::verify(&self.key, secret.as_bytes(), &hash.0).is_ok()
    }
}
