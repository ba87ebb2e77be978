//! `navette init`: a commented configuration, a data directory, the first administrator.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use navette_router::entry::Fact;
use navette_router::model::{ClientId, Credential, Timestamp};
use navette_router::rights::Scope;
use uuid::Uuid;

use crate::configuration::{Configuration, reference_file};
use crate::{backend, sandbox, service};

const FILE: &str = "navette.toml";

pub(super) async fn run(directory: PathBuf, config: Option<PathBuf>) -> Result<()> {
    let Some(path) = config else { return write_and_begin(&directory).await };
    let configuration = Configuration::load(&path)?;
    configuration.check_paths()?;
    let shown = first_administrator(&configuration).await?;
    show(&configuration, &path, &shown);
    Ok(())
}

/// Writes a configuration whose data lie beside it, unless its first administrator cannot be made.
async fn write_and_begin(directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    let directory = directory.canonicalize().with_context(|| format!("{} cannot be reached", directory.display()))?;
    let path = directory.join(FILE);
    if path.exists() {
        bail!("{} exists already; delete it, or choose another --directory", path.display());
    }
    let toml = with_data_directory(&reference_file(), &directory.join("data"))?;
    let configuration = Configuration::parse(&toml, Vec::new())?;
    let shown = first_administrator(&configuration).await?;
    sandbox::write_private(&path, toml.as_bytes())?;
    show(&configuration, &path, &shown);
    Ok(())
}

/// Identifier and secret.
struct Shown {
    client_id: ClientId,
    secret: String,
}

async fn first_administrator(configuration: &Configuration) -> Result<Shown> {
    let secrets = service::prepare(configuration)?;
    let hub = backend::open(configuration).await?;
    service::agree(&hub, configuration).await?;
    let known = navette_router::ports::Store::referential(hub.store(), |referential| {
        referential.credentials().any(|credential| credential.scope == Scope::Admin)
    });
    ensure!(!known, "there is an administrator already; start the hub with a configuration that names these data");
    let (secret, secret_hash) = secrets.generate();
    let client_id =
        ClientId::new(&Uuid::now_v7().simple().to_string()).context("a client identifier cannot be made")?;
    let credential = Credential {
        client_id: client_id.clone(),
        scope: Scope::Admin,
        organization: None,
        process: None,
        secret_hash,
        issued_at: Timestamp::now(),
        revoked_at: None,
        expires_at: None,
        used_at: None,
    };
    hub.seed(vec![Fact::CredentialIssued(credential)]).await.context("the first credential cannot be registered")?;
    Ok(Shown { client_id, secret })
}

fn show(configuration: &Configuration, path: &Path, shown: &Shown) {
    let Shown { client_id, secret } = shown;
    super::show(&format!(
        "configuration  {}\ndata           {}\nscope          ADMIN\nclient_id      {client_id}\nclient_secret  {secret}\n\n\
         The secret is shown this once. Start the hub with: navette serve --config {}",
        path.display(),
        configuration.storage.directory.display(),
        path.display()
    ));
}

/// The reference file with the one line that cannot have a default for everybody.
fn with_data_directory(reference: &str, data: &Path) -> Result<String> {
    let data = data.to_str().context("the directory's name is not UTF-8; choose another")?;
    let mut section = "";
    let mut done = false;
    let lines: Vec<String> = reference
        .lines()
        .map(|line| {
            if line.starts_with('[') {
                section = line;
            }
            let is_directory = line.trim_start_matches(['#', ' ']).starts_with("directory = ");
            if section == "[storage]" && is_directory && !done {
                done = true;
                return format!("directory = {data:?}");
            }
            line.to_owned()
        })
        .collect();
    ensure!(done, "the reference configuration has no storage.directory");
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_configuration_is_a_good_one_and_names_the_data() {
        let toml =
            with_data_directory(&reference_file(), std::path::Path::new("/srv/navette data")).expect("a configuration");
        let configuration = Configuration::parse(&toml, Vec::new()).expect("a good configuration");
        assert_eq!(configuration.storage.directory, PathBuf::from("/srv/navette data"));
    }
}
