//! Somebody with a credential, and the token of the hour.

use std::time::{Duration, Instant};

use http::HeaderValue;
use parking_lot::Mutex;

use crate::access::Credential;
use crate::hub::Hub;
use crate::wire::Failure;

/// A token is good for an hour; it is not used to the last minute.
const TOKEN_AGE_MAX: Duration = Duration::from_secs(50 * 60);

/// Somebody with a credential.
#[derive(Debug)]
pub(crate) struct Bearer {
    credential: Credential,
    token: Mutex<Option<(HeaderValue, Instant)>>,
}

impl Bearer {
    /// Comes with this.
    pub(crate) const fn new(credential: Credential) -> Self {
        Self { credential, token: Mutex::new(None) }
    }

    /// What it comes with.
    pub(crate) const fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The token, if there is one that is good.
    pub(crate) fn token(&self) -> Option<HeaderValue> {
        let token = self.token.lock();
        token.as_ref().filter(|(_, since)| since.elapsed() < TOKEN_AGE_MAX).map(|(value, _)| value.clone())
    }

    /// Asks for a token.
    pub(crate) async fn log_in(&self, hub: &Hub) -> Result<HeaderValue, Failure> {
        let value = hub.token(&self.credential).await?;
        *self.token.lock() = Some((value.clone(), Instant::now()));
        Ok(value)
    }

    /// The token was refused: the next one is asked for.
    pub(crate) fn forget(&self) {
        *self.token.lock() = None;
    }
}
