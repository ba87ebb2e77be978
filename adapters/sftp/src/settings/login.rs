//! How the account is entered.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use navette_router::ports::SettingsReader;
use russh::keys::{PrivateKey, decode_secret_key};
use secrecy::{ExposeSecret, SecretString};

/// How the account is entered. Nothing of it is printed.
#[derive(Clone)]
pub(crate) enum Login {
    Password(SecretString),
    Key(Arc<PrivateKey>),
}

impl Login {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Option<Self> {
        let (password, key) = (reader.secret("password"), reader.secret("private_key"));
        let passphrase = reader.secret("private_key_passphrase");
        match (password, key) {
            (Some(_), Some(_)) => reader.fault("password", "is there beside private_key; give one of the two"),
            (None, None) => reader.fault("password", "is missing; give it, or private_key"),
            (Some(password), None) => {
                if passphrase.is_some() {
                    reader.fault("private_key_passphrase", "is there without private_key; give both or neither");
                    return None;
                }
                return Some(Self::Password(password.clone()));
            }
            (None, Some(key)) => {
                let passphrase = passphrase.map(ExposeSecret::expose_secret);
                match decode_secret_key(key.expose_secret(), passphrase) {
                    Ok(key) if !key.algorithm().is_rsa() => return Some(Self::Key(Arc::new(key))),
                    Err(russh::keys::Error::KeyIsEncrypted) => {
                        reader.fault("private_key_passphrase", "is missing: the key is encrypted; give it");
                    }
                    _ => reader.fault(
                        "private_key",
                        "cannot be read; give an Ed25519 or ECDSA key (RSA is not supported) whole, with its first and last \
                         line, and its passphrase",
                    ),
                }
            }
        }
        None
    }
}

impl Hash for Login {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Password(password) => password.expose_secret().hash(state),
            Self::Key(key) => key.public_key().key_data().hash(state),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Login")
    }
}
