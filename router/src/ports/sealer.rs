//! What keeps the secrets of endpoints from whoever reads the store.

use secrecy::SecretString;

use super::Error;
use crate::model::{Sealed, SubscriptionId};

/// Seals secrets, each for one subscription and one name: in any other place it is not opened.
pub trait Sealer: Send + Sync + 'static {
    /// Seals a secret. The same secret is sealed differently each time.
    fn seal(&self, subscription: SubscriptionId, name: &str, secret: &SecretString) -> Result<Sealed, Error>;

    /// Opens a secret. Fails as [`Corrupt`](super::ErrorKind::Corrupt) when it was changed, is in the place of another, or was
    /// sealed with a key that is not there.
    fn open(&self, subscription: SubscriptionId, name: &str, sealed: &Sealed) -> Result<SecretString, Error>;
}
