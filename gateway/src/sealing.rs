//! The secrets of endpoints, sealed: AES-256-GCM under a key of their own, each for one subscription and one name.
//!
//! What is kept is `<key>.<text>`: sixteen hexadecimal digits that tell which key sealed it, and in base64 a random nonce of 96 bits, the
//! sealed secret and its tag. A key that takes the place of another seals from then on; the former only opens.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use navette_router::model::{Sealed, SubscriptionId};
use navette_router::ports::{Error, ErrorKind, Sealer};
use secrecy::{ExposeSecret as _, SecretString};

use crate::tokens::MasterKey;

/// A sealed text of another meaning would begin with something else.
const CONTEXT: &[u8] = b"navette endpoint secret";
/// What AES-256 takes.
const KEY_BYTES: usize = 32;
/// How many bytes of its fingerprint tell a key from others.
const ID_BYTES: usize = 8;

/// Seals and opens.
#[derive(Debug)]
pub(crate) struct Sealing {
    /// The first one seals; all open.
    keys: Vec<Key>,
}

struct Key {
    id: String,
    key: RandomizedNonceKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Key({})", self.id)
    }
}

impl Key {
    fn new(file: &MasterKey) -> Self {
        let (mut key, mut id) = ([0; KEY_BYTES], [0; ID_BYTES]);
        file.fill(b"endpoint secrets", &mut key);
        file.fill(b"endpoint secrets: which key", &mut id);
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).expect("invariant: the key has the length of AES-256");
        Self { id: id.iter().map(|byte| format!("{byte:02x}")).collect(), key }
    }
}

impl Sealing {
    /// Seals with `current`, opens with that or with `former`.
    pub(crate) fn new(current: &MasterKey, former: Option<&MasterKey>) -> Self {
        Self { keys: [Some(current), former].into_iter().flatten().map(Key::new).collect() }
    }
}

/// What ties a sealed secret to its place.
fn place(subscription: SubscriptionId, name: &str) -> Vec<u8> {
    [CONTEXT, subscription.as_uuid().as_bytes(), name.as_bytes()].concat()
}

/// It was changed, belongs elsewhere, or was sealed with another key: nothing tells which.
#[derive(Debug, thiserror::Error)]
#[error("a sealed secret cannot be opened")]
struct NotOpened;

impl Sealer for Sealing {
    fn seal(&self, subscription: SubscriptionId, name: &str, secret: &SecretString) -> Result<Sealed, Error> {
        let key = self.keys.first().ok_or(ErrorKind::Unavailable)?;
        let mut bytes = secret.expose_secret().as_bytes().to_vec();
        let nonce = key.key.seal_in_place_append_tag(Aad::from(place(subscription, name)), &mut bytes);
        let nonce = nonce.map_err(|error| Error::new(ErrorKind::Unavailable, error))?;
        let text = URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &bytes].concat());
        Ok(Sealed::new(format!("{}.{text}", key.id)))
    }

    fn open(&self, subscription: SubscriptionId, name: &str, sealed: &Sealed) -> Result<SecretString, Error> {
        let opened = || {
            let (id, text) = sealed.as_str().split_once('.')?;
            let key = self.keys.iter().find(|key| key.id == id)?;
            let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let opened = key.key.open_in_place(nonce, Aad::from(place(subscription, name)), sealed).ok()?;
            Some(SecretString::from(std::str::from_utf8(opened).ok()?))
        };
        opened().ok_or_else(|| Error::new(ErrorKind::Corrupt, NotOpened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealing(byte: u8, former: Option<u8>) -> Sealing {
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        Sealing::new(&key(byte), former.map(key).as_ref())
    }

    fn opens(sealing: &Sealing, id: SubscriptionId, name: &str, sealed: &Sealed) -> Option<String> {
        sealing.open(id, name, sealed).ok().map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn a_secret_is_opened_in_its_place_and_nowhere_else() {
        let (sealing, id) = (sealing(7, None), SubscriptionId::generate());
        let secret = SecretString::from("hush-hush, é".to_owned());
        let sealed = sealing.seal(id, "password", &secret).expect("sealed");
        assert!(!sealed.as_str().contains("hush"));
        assert_eq!(opens(&sealing, id, "password", &sealed).as_deref(), Some("hush-hush, é"));
        assert_eq!(opens(&sealing, SubscriptionId::generate(), "password", &sealed), None, "another subscription");
        assert_eq!(opens(&sealing, id, "private_key", &sealed), None, "another name");
        assert_ne!(sealing.seal(id, "password", &secret).expect("sealed"), sealed, "the nonce is another");
    }

    #[test]
    fn what_was_changed_or_cut_is_not_opened() {
        let (sealing, id) = (sealing(7, None), SubscriptionId::generate());
        let sealed = sealing.seal(id, "password", &SecretString::from("hush".to_owned())).expect("sealed");
        let (key, text) = sealed.as_str().split_once('.').expect("a key and a text");
        let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = Sealed::new(format!("{key}.{}", URL_SAFE_NO_PAD.encode(changed)));
            assert_eq!(opens(&sealing, id, "password", &changed), None, "byte {at}");
            let cut = Sealed::new(format!("{key}.{}", URL_SAFE_NO_PAD.encode(&bytes[..at])));
            assert_eq!(opens(&sealing, id, "password", &cut), None, "cut at {at}");
        }
        for other in ["", ".", key, &format!("{key}."), &format!("0000000000000000.{text}"), "é.é"] {
            assert_eq!(opens(&sealing, id, "password", &Sealed::new(other.to_owned())), None, "{other}");
        }
    }

    #[test]
    fn a_later_key_seals_and_the_former_still_opens() {
        let (id, secret) = (SubscriptionId::generate(), SecretString::from("hush".to_owned()));
        let before = sealing(7, None).seal(id, "password", &secret).expect("sealed");
        let both = sealing(8, Some(7));
        assert_eq!(opens(&both, id, "password", &before).as_deref(), Some("hush"));
        let after = both.seal(id, "password", &secret).expect("sealed");
        assert_eq!(opens(&sealing(8, None), id, "password", &after).as_deref(), Some("hush"));
        assert_eq!(opens(&sealing(8, None), id, "password", &before), None, "another key");
        assert_eq!(opens(&sealing(7, None), id, "password", &after), None, "another key");
    }
}
