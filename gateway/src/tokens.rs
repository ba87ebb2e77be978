//! Access tokens and client secrets: both rest on one master key, and neither needs a look into the store to be checked.
//!
//! A token says who asks and for how long, and is signed with HMAC-SHA-256. The signing key is derived from the master key and
//! from the number of the period in which the token was issued, so that it changes by itself and nothing has to be distributed.

mod format;
mod master_key;
mod secrets;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::{hkdf, hmac};
use navette_router::model::{ClientId, Timestamp};
use navette_router::rights::Scope;

pub use format::Claims;
pub use master_key::{MasterKey, MasterKeyError};
pub use secrets::Secrets;

use format::SignedToken;

/// How far ahead of ours the clock of another gateway may be: five minutes, as ADR 12 has it, and some time on the way.
const CLOCK_SKEW: Duration = Duration::from_secs(6 * 60);
/// How many signing keys are kept ready: the one of this period, the one before, and one for a clock that is ahead.
const KEYS_MAX: usize = 3;

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not something that this hub could have written.
    #[error("the token is malformed")]
    Malformed,
    /// It was changed, or signed with another key.
    #[error("the signature of the token is wrong")]
    BadSignature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

/// How tokens are issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long a token is valid.
    pub lifetime: Duration,
    /// How long one signing key is used; at least `lifetime`.
    pub key_period: Duration,
}

/// Issues tokens and verifies them.
#[derive(Debug)]
pub struct Tokens {
    options: Options,
    extracted: hkdf::Prk,
    /// Shared rather than copied: to copy a key costs as much as to verify with it.
    keys: ArcSwap<Vec<(u32, Arc<hmac::Key>)>>,
}

impl Tokens {
    /// Tokens signed with keys that derive from `master`.
    pub fn new(master: &MasterKey, options: Options) -> Self {
        Self { options, extracted: master.extract(), keys: ArcSwap::default() }
    }

    /// How long a token is valid.
    pub const fn lifetime(&self) -> Duration {
        self.options.lifetime
    }

    /// A token for this client, valid from now on.
    pub fn issue(&self, client_id: &ClientId, scope: Scope, now: Timestamp) -> String {
        let lifetime = i64::try_from(self.options.lifetime.as_millis()).unwrap_or(i64::MAX);
        let expires_at = Timestamp::from_milliseconds(now.milliseconds().saturating_add(lifetime));
        let claims = Claims { client_id: client_id.clone(), scope, issued_at: now, expires_at };
        let period = self.period(now);
        format::write(&claims, period, &self.key(period))
    }

    /// What a token says, if this hub issued it and its time is not over.
    ///
    /// # Errors
    /// [`TokenError`] otherwise; the answer to the client is the same for each.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let signed = SignedToken::decode(token)?;
        let period = signed.period();
        let current = self.period(now);
        // A key serves for at least the lifetime of a token: what was signed with an older one is over.
        if period.saturating_add(1) < current {
            return Err(TokenError::Expired);
        }
        if period > current.saturating_add(1) {
            return Err(TokenError::BadSignature);
        }
        signed.verify(&self.key(period))?;
        let claims = signed.claims()?;
        let skew = i64::try_from(CLOCK_SKEW.as_millis()).unwrap_or(i64::MAX);
        if now >= claims.expires_at || claims.issued_at.milliseconds() > now.milliseconds().saturating_add(skew) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }

    fn period(&self, instant: Timestamp) -> u32 {
        let milliseconds = u64::try_from(instant.milliseconds()).unwrap_or(0);
        let length = u64::try_from(self.options.key_period.as_millis()).unwrap_or(u64::MAX).max(1);
        u32::try_from(milliseconds / length).unwrap_or(u32::MAX)
    }

    fn key(&self, period: u32) -> Arc<hmac::Key> {
        let keys = self.keys.load();
        if let Some((_, key)) = keys.iter().find(|(number, _)| *number == period) {
            return Arc::clone(key);
        }
        let key = Arc::new(master_key::derive(&self.extracted, b"access token", &period.to_be_bytes()));
        self.keys.rcu(|keys| {
            let mut keys: Vec<_> = keys.iter().filter(|(number, _)| *number != period).cloned().collect();
            keys.push((period, Arc::clone(&key)));
            // The oldest go first.
            keys.sort_by_key(|(number, _)| *number);
            let surplus = keys.len().saturating_sub(KEYS_MAX);
            keys.drain(..surplus);
            keys
        });
        key
    }
}

#[cfg(test)]
mod tests;
