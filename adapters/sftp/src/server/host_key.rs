//! The key by which clients know the server.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Algorithm, PrivateKey};

/// A key file is much shorter.
const FILE_MAX_BYTES: u64 = 64 * 1024;
/// Only its owner may read a private key.
const MODE: u32 = 0o600;
const OTHERS: u32 = 0o077;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// The file, or its directory, cannot be read or written.
    #[error("{}: the host key cannot be read or written; look at the directory and its rights", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others may read it.
    #[error("{}: others than its owner may read the host key; set its mode to 600", path.display())]
    Readable {
        /// Which.
        path: PathBuf,
    },
    /// There is something else in the file.
    #[error("{}: this is not an OpenSSH private key; move it away to have one made, of which clients have to be told", path.display())]
    NotAKey {
        /// Which.
        path: PathBuf,
    },
    /// It can only be read with a passphrase.
    #[error("{}: the host key has a passphrase, which a server cannot type; take it off with ssh-keygen -p", path.display())]
    Passphrase {
        /// Which.
        path: PathBuf,
    },
    /// It is of another kind.
    #[error("the host key is of the kind {0}; only ssh-ed25519 is supported")]
    Kind(String),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for a host key")]
    NoRandomness,
}

/// The key in the file at `path`; when there is none, one is made and is durable before this returns. Does I/O that blocks.
///
/// Of several processes that start at once, all get the same.
pub fn read_or_make_host_key(path: &Path) -> Result<PrivateKey, HostKeyError> {
    match read(path) {
        Err(HostKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            make(path)?;
            read(path)
        }
        other => other,
    }
}

/// Refuses a key that clients are not promised.
pub(super) fn check(key: &PrivateKey) -> Result<(), HostKeyError> {
    match key.algorithm() {
        Algorithm::Ed25519 => Ok(()),
        other => Err(HostKeyError::Kind(other.to_string())),
    }
}

fn read(path: &Path) -> Result<PrivateKey, HostKeyError> {
    let named = || path.to_owned();
    let failed = |source| HostKeyError::File { path: named(), source };
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.permissions().mode() & OTHERS != 0 {
        return Err(HostKeyError::Readable { path: named() });
    }
    if !about.is_file() || about.len() > FILE_MAX_BYTES {
        return Err(HostKeyError::NotAKey { path: named() });
    }
    let text = io::read_to_string(file).map_err(failed)?;
    let key = PrivateKey::from_openssh(&text).map_err(|_| HostKeyError::NotAKey { path: named() })?;
    if key.is_encrypted() {
        return Err(HostKeyError::Passphrase { path: named() });
    }
    check(&key)?;
    Ok(key)
}

fn make(path: &Path) -> Result<(), HostKeyError> {
    let failed = |source| HostKeyError::File { path: path.to_owned(), source };
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).map_err(|_| HostKeyError::NoRandomness)?;
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
    let text = key.to_openssh(LineEnding::LF).map_err(|_| HostKeyError::NotAKey { path: path.to_owned() })?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let new = PathBuf::from(name);
    let written = write(&new, text.as_bytes()).and_then(|()| {
        // A link never takes the place of a key that somebody else made meanwhile.
        match fs::hard_link(&new, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    });
    let removed = match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    };
    written.and(removed).and_then(|()| sync_directory(path)).map_err(failed)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a process of the same number left when it crashed is in the way.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("host_key");
        let made = read_or_make_host_key(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left");
        let read = read_or_make_host_key(&path).unwrap();
        assert_eq!(made.public_key(), read.public_key());
        let other = read_or_make_host_key(&directory.path().join("other")).unwrap();
        assert_ne!(made.public_key(), other.public_key());
    }

    #[test]
    fn who_starts_at_once_gets_one_key() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("host_key");
        make(&path).unwrap();
        let first = read(&path).unwrap();
        make(&path).unwrap();
        assert_eq!(first.public_key(), read(&path).unwrap().public_key());
    }

    #[test]
    fn a_file_that_is_no_good_is_refused_and_stays() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("host_key");
        fs::write(&path, "not a key").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read_or_make_host_key(&path), Err(HostKeyError::Readable { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(read_or_make_host_key(&path), Err(HostKeyError::NotAKey { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"not a key");
        let nowhere = directory.path().join("no/such/host_key");
        assert!(matches!(read_or_make_host_key(&nowhere), Err(HostKeyError::File { .. })));
    }
}
