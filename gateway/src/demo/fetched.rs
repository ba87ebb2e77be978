//! A recipient that fetches over SFTP: it lists what waits, reads it, and moves it away.

use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use navette_adapter_sftp::server::visit::{Visit, Visitor, entries};

use super::files::SampleFile;
use super::screen::Screen;
use crate::partner::{Credential, SftpAccess};

/// Fetches the one message that waits, compares it with what was deposited, and moves it to `done`.
pub(super) async fn message(
    screen: &mut Screen,
    server: &SftpAccess,
    credential: &Credential,
    files: &[SampleFile],
) -> Result<()> {
    let visitor = Visitor {
        address: server.address,
        host_key: server.host_key.clone(),
        user: credential.client_id.clone(),
        password: credential.client_secret.clone().into(),
    };
    let began = Instant::now();
    let visit = Visit::begin(&visitor).await?;
    screen.fetched("LOGIN", &server.address.to_string(), began, "with its credential; the hub's key is known")?;
    let began = Instant::now();
    let names = visit.names().await.context("what waits cannot be listed")?;
    let [name] = &names[..] else { bail!("{} messages wait, and one was due", names.len()) };
    screen.fetched("LIST", "/", began, "what waits for it, and for nobody else")?;
    let began = Instant::now();
    let bytes = visit.read(name).await?;
    let held = entries(&bytes)?;
    ensure!(files.iter().all(|file| held.contains(&file.bytes)), "a file is not in the message as it was deposited");
    screen.fetched("GET", name, began, &format!("{} bytes: the files, and message.xml", bytes.len()))?;
    let began = Instant::now();
    visit.put_away(name).await?;
    screen.fetched("RENAME", &format!("done/{name}"), began, "taken: the case is SI_RECEIVED")?;
    Ok(())
}
