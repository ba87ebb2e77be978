//! A key of a hub: 32 random bytes in a file that only its owner may read, made once. One is the master key; another seals secrets.

use std::fmt;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::{hkdf, hmac, rand};

const KEY_BYTES: usize = 32;
#[cfg(feature = "cluster")]
const FINGERPRINT_BYTES: usize = 16;
const PRIVATE_MODE: u32 = 0o600;

/// Why there is no such key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("the key {} cannot be read or made", path.display())]
    Io {
        /// Where it is looked for.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is not one that this hub wrote.
    #[error("the key {} has {bytes} bytes and must have {KEY_BYTES}; put the former file back", path.display())]
    WrongLength {
        /// Where it is.
        path: PathBuf,
        /// How long it is.
        bytes: usize,
    },
    /// Somebody else may read it.
    #[error("the key {} can be read by others (mode {mode:o}); make it 600", path.display())]
    Exposed {
        /// Where it is.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

/// What something secret derives from: of the master key, tokens and the secrets of credentials.
#[derive(Clone)]
pub struct MasterKey([u8; KEY_BYTES]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// Reads the key at `path`, or makes it there if nothing is. Two processes that start at once end with the same key.
    ///
    /// # Errors
    /// When the file cannot be read or made, when it is not 32 bytes long, or when others may read it.
    pub fn open(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::Io { path: path.to_owned(), source };
        match Self::read(path) {
            Err(MasterKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        let mut bytes = [0; KEY_BYTES];
        rand::fill(&mut bytes).map_err(|_| MasterKeyError::NoRandomness)?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        std::fs::create_dir_all(directory).map_err(failed)?;
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let made = write_durably(&temporary, &bytes).and_then(|()| {
            // Unlike a rename, a link never replaces a key that somebody else has just made.
            std::fs::hard_link(&temporary, path)?;
            std::fs::File::open(directory)?.sync_all()
        });
        let removed = std::fs::remove_file(&temporary);
        match made {
            Ok(()) => removed.map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        Self::read(path)
    }

    /// Reads the key at `path`, which must be there.
    ///
    /// # Errors
    /// As [`MasterKey::open`].
    pub fn open_existing(path: &Path) -> Result<Self, MasterKeyError> {
        Self::read(path)
    }

    /// Fills `bytes` with what derives from the key for one purpose: at most 32 of them.
    pub(crate) fn fill(&self, purpose: &[u8], bytes: &mut [u8]) {
        let extracted = self.extract();
        let info = [purpose];
        let derived = extracted.expand(&info, Length(bytes.len()));
        let filled = derived.and_then(|derived| derived.fill(bytes));
        filled.expect("invariant: one hash of output is within what HKDF can give");
    }

    /// A key that lives as long as the process: for tests.
    #[cfg(test)]
    pub(crate) const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    fn read(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::Io { path: path.to_owned(), source };
        let mode = std::fs::metadata(path).map_err(failed)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let length = bytes.len();
        let key = bytes.try_into().map_err(|_| MasterKeyError::WrongLength { path: path.to_owned(), bytes: length })?;
        Ok(Self(key))
    }

    /// What tells two keys apart, and tells nothing else of them.
    #[cfg(feature = "cluster")]
    pub(crate) fn fingerprint(&self) -> String {
        let signature = hmac::sign(&derive(&self.extract(), b"fingerprint", b""), b"");
        signature.as_ref().iter().take(FINGERPRINT_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn extract(&self) -> hkdf::Prk {
        hkdf::Salt::new(hkdf::HKDF_SHA256, b"navette").extract(&self.0)
    }
}

/// So many bytes.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// A key for one purpose, and within it for one number.
pub(super) fn derive(extracted: &hkdf::Prk, purpose: &[u8], number: &[u8]) -> hmac::Key {
    let info = [purpose, number];
    let derived =
        extracted.expand(&info, hmac::HMAC_SHA256).expect("invariant: one hash of output is within what HKDF can give");
    derived.into()
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = std::fs::File::options().write(true).create(true).truncate(true).mode(PRIVATE_MODE).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
