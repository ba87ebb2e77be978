//! `navette sandbox`: a hub with ready-made partners, to try it and to test against.

mod partners;
mod seed;

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use navette_router::model::{ClientId, OrganizationKey, ProcessCode, Timestamp};
use navette_router::ports::{Attachments, Clock, Store};
use navette_router::rights::Scope;
use navette_router::{Hub, entry::Fact};
use uuid::Uuid;

use crate::partner::{Access, Credential, SftpAccess};
use crate::tokens::Secrets;

/// The file in the data directory that keeps the secrets, so that a restart on the same data knows them again. A sandbox only.
const SECRETS_FILE: &str = "sandbox-secrets.json";
/// The file that a sandbox with a configuration holds locked.
const LOCK_FILE: &str = "sandbox.lock";

/// Who deposits a process of the sandbox, as `OSL-<siret>-<branch>`.
pub fn depositor(process: &str) -> Option<String> {
    seed::owner(process).map(|key| key.to_string())
}

/// The codes of the processes whose published files lie in the folder of this name, the most specific first.
pub fn processes_of_folder(folder: &str) -> Vec<&'static str> {
    partners::processes_of_folder(folder).map(|process| process.code).collect()
}

/// The kinds of attachment that a process of the sandbox accepts.
pub fn attachment_types(process: &str) -> Vec<&'static str> {
    partners::process(process).map(|process| process.attachment_types().collect()).unwrap_or_default()
}

/// Keeps other sandboxes out of `directory` for as long as it lives; it may be killed.
///
/// # Errors
/// When there is another one.
pub fn lock(directory: &Path) -> Result<File> {
    let path = directory.join(LOCK_FILE);
    let unusable = || format!("{} cannot be used", path.display());
    std::fs::create_dir_all(directory).with_context(unusable)?;
    let file = File::options().create(true).append(true).open(&path).with_context(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another sandbox, or what `navette demo --keep` left, runs in {}: stop it first", directory.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(unusable),
    }
}

/// Makes sure that `hub`, where an operator's configuration has it, is nobody's, or that of the sandbox whose secrets are in `directory`:
/// partners of a sandbox among others would do harm.
///
/// # Errors
/// A sentence that says what else to choose.
pub fn ensure_own<S: Store, A: Attachments, C: Clock>(hub: &Hub<S, A, C>, directory: &Path) -> Result<()> {
    let path = directory.join(SECRETS_FILE);
    let own = read_secrets(&path)?.unwrap_or_default();
    let is_own_or_empty = hub.store().referential(|referential| {
        let is_known = |own: &Credential| {
            ClientId::new(&own.client_id).is_some_and(|client_id| referential.credential(&client_id).is_some())
        };
        let is_empty = referential.organizations().next().is_none() && referential.credentials().next().is_none();
        is_empty || own.iter().any(is_known)
    });
    ensure!(
        is_own_or_empty,
        "there are partners or credentials already, and {} does not say that they are a sandbox's, which brings its own: choose a place \
         where there is nothing (storage.directory; on a cluster storage.cluster.kafka.prefix and storage.cluster.cassandra.keyspace)",
        path.display()
    );
    Ok(())
}

/// The secrets that a sandbox keeps there; none when there was none.
fn read_secrets(path: &Path) -> Result<Option<Vec<Credential>>> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .with_context(|| format!("{} is not what a sandbox wrote; delete it", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Makes sure that the partners exist, and gives what they come with. The second time on the same data it changes nothing.
pub async fn seed<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    secrets: &Secrets,
    directory: &Path,
) -> Result<Vec<Credential>> {
    let path = directory.join(SECRETS_FILE);
    let credentials = match read_secrets(&path)? {
        Some(credentials) => credentials,
        None => {
            let credentials = fresh_credentials(secrets);
            // Before the journal: credentials that nobody knows the secret of would be of no use.
            write_private(&path, &serde_json::to_vec_pretty(&credentials)?)?;
            credentials
        }
    };
    let now = Timestamp::now();
    let missing: Vec<Fact> = credentials
        .iter()
        .filter_map(|credential| {
            let client_id = ClientId::new(&credential.client_id)?;
            let known = hub.store().referential(|referential| referential.credential(&client_id).is_some());
            if known {
                return None;
            }
            Some(seed::credential(client_id, secrets.hash(&credential.client_secret), bearer(credential)?, now))
        })
        .collect();
    if !missing.is_empty() {
        let mut facts = seed::referential(now);
        facts.extend(missing);
        hub.seed(facts).await.context("the partners cannot be registered")?;
    }
    Ok(credentials)
}

/// What the sandbox tells the world once it listens.
pub fn access(base_url: &str, credentials: Vec<Credential>, sftp: Option<SftpAccess>) -> Access {
    Access {
        token_url: format!("{base_url}/token"),
        teledossiers_url: format!("{base_url}/teledossiers/v1"),
        referential_url: format!("{base_url}/referential/v1"),
        credentials,
        sftp,
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut temporary = PathBuf::from(path);
    temporary.set_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

fn fresh_credentials(secrets: &Secrets) -> Vec<Credential> {
    seed::bearers()
        .into_iter()
        .map(|(scope, organization, process)| Credential {
            scope: scope.as_str().to_owned(),
            organization: organization.map(|key| key.to_string()),
            process: process.map(|code| code.to_string()),
            client_id: Uuid::now_v7().simple().to_string(),
            client_secret: secrets.generate().0,
        })
        .collect()
}

type Bearer = (Scope, Option<OrganizationKey>, Option<ProcessCode>);

fn bearer(credential: &Credential) -> Option<Bearer> {
    let organization = credential.organization.as_deref().and_then(|key| key.parse().ok());
    let process = credential.process.as_deref().and_then(ProcessCode::new);
    Some((credential.scope.parse().ok()?, organization, process))
}
