//! What is kept from one run to the next: secrets that the hub shows once.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::access::{Access, Credential};

/// Credentials by organization and process; depositors have no process.
pub(super) type Known = HashMap<(String, String), Credential>;

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    token_url: String,
    credentials: Vec<Credential>,
}

/// Puts a credential where it is found again.
pub(super) fn add(known: &mut Known, credential: Credential) {
    let key = (credential.organization.clone().unwrap_or_default(), credential.process.clone().unwrap_or_default());
    known.insert(key, credential);
}

/// Reads what a former run kept.
///
/// # Errors
/// When it is something else, or belongs to another hub.
pub(super) fn load(path: &Path, access: &Access) -> Result<Known> {
    let bytes = std::fs::read(path).with_context(|| format!("--world: {} cannot be read", path.display()))?;
    let kept: Kept = serde_json::from_slice(&bytes)
        .with_context(|| format!("--world: {} is not what a former run wrote: delete it", path.display()))?;
    if kept.token_url != access.token_url {
        bail!("--world: {} belongs to the hub at {}: name another file", path.display(), kept.token_url);
    }
    let mut known = Known::new();
    kept.credentials.into_iter().for_each(|credential| add(&mut known, credential));
    Ok(known)
}

/// Writes it for the next run, for nobody else to read, and all of it or nothing.
///
/// # Errors
/// With its name.
pub(super) fn keep(path: &Path, access: &Access, known: Known) -> Result<()> {
    let kept = Kept { token_url: access.token_url.clone(), credentials: known.into_values().collect() };
    let write = || -> Result<()> {
        let mut file = beside(path)?;
        file.write_all(&serde_json::to_vec(&kept)?)?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("--world: {} cannot be written", path.display()))
}

/// Makes sure that it can be written: what a hub issued and nobody kept would have to be issued again each time.
///
/// # Errors
/// With its name.
pub(crate) fn ensure_keepable(path: &Path) -> Result<()> {
    let check = || -> Result<()> {
        ensure!(!path.is_dir(), "it is a directory");
        Ok(beside(path).map(drop)?)
    };
    check().with_context(|| format!("--world: {} cannot be written", path.display()))
}

/// A file in the same directory, which only its owner can read.
fn beside(path: &Path) -> std::io::Result<NamedTempFile> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    NamedTempFile::new_in(directory.unwrap_or_else(|| Path::new(".")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn access() -> Access {
        serde_json::from_str(
            r#"{"token_url":"http://hub/token","teledossiers_url":"http://hub/t","referential_url":"http://hub/r","credentials":[]}"#,
        )
        .unwrap()
    }

    #[test]
    fn what_is_kept_is_there_again_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("world.json");
        let mut known = Known::new();
        add(&mut known, serde_json::from_str(r#"{"scope":"OSL","client_id":"one","client_secret":"two"}"#).unwrap());
        ensure_keepable(&path).unwrap();
        assert!(!path.exists());
        keep(&path, &access(), known.clone()).unwrap();
        assert_eq!(load(&path, &access()).unwrap(), known);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(directory.path().read_dir().unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_place_where_nothing_can_be_kept_is_told() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path().join("no/such/world.json"), directory.path().to_owned()] {
            let error = ensure_keepable(&path).unwrap_err().to_string();
            assert!(error.contains("--world") && error.contains("cannot be written"), "{error}");
        }
    }
}
