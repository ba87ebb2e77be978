//! The software of a recipient that fetches over SFTP: it lists what waits, reads it, and moves it away.

use std::io::{Cursor, Read as _};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use russh::client::{self, Handler};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh_sftp::client::SftpSession;
use tokio::io::AsyncReadExt as _;
use zip::ZipArchive;

use super::files::SampleFile;
use super::screen::Screen;
use crate::partner::{Credential, SftpAccess};

/// Knows the hub by its key.
struct Known(PublicKey);

impl Handler for Known {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(shown.public_key().key_data() == self.0.key_data())
    }
}

/// Fetches the one message that waits, compares it with what was deposited, and moves it to `done`.
pub(super) async fn message(
    screen: &mut Screen,
    server: &SftpAccess,
    credential: &Credential,
    files: &[SampleFile],
) -> Result<()> {
    let began = Instant::now();
    let session = connect(server, credential).await?;
    screen.fetched("LOGIN", &server.address.to_string(), began, "with its credential; the hub's key is known")?;
    let began = Instant::now();
    let names: Vec<String> = session
        .read_dir("/")
        .await
        .context("what waits cannot be listed")?
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.file_name())
        .collect();
    let [name] = &names[..] else { bail!("{} messages wait, and one was due", names.len()) };
    screen.fetched("LIST", "/", began, "what waits for it, and for nobody else")?;
    let began = Instant::now();
    let mut bytes = Vec::new();
    let mut file = session.open(format!("/{name}")).await.context("the message cannot be opened")?;
    file.read_to_end(&mut bytes).await.context("the message cannot be read")?;
    compare(&bytes, files)?;
    screen.fetched("GET", name, began, &format!("{} bytes: the files, and message.xml", bytes.len()))?;
    let began = Instant::now();
    session.rename(format!("/{name}"), format!("/done/{name}")).await.context("the message cannot be moved")?;
    screen.fetched("RENAME", &format!("done/{name}"), began, "taken: the case is SI_RECEIVED")?;
    session.close().await.context("the session cannot be ended")
}

async fn connect(server: &SftpAccess, credential: &Credential) -> Result<SftpSession> {
    let key = PublicKey::from_openssh(&server.host_key).context("the hub's SFTP key cannot be read")?;
    let mut connection = client::connect(Arc::default(), server.address, Known(key)).await?;
    let outcome = connection.authenticate_password(&credential.client_id, &credential.client_secret).await?;
    ensure!(outcome.success(), "the SFTP server does not let the recipient in");
    let channel = connection.channel_open_session().await?;
    channel.request_subsystem(true, "sftp").await?;
    SftpSession::new(channel.into_stream()).await.context("there is no SFTP")
}

/// Whether each deposited file is in the zip, byte for byte.
fn compare(zip: &[u8], files: &[SampleFile]) -> Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).context("the message is no zip")?;
    let mut held = Vec::new();
    for index in 0..archive.len() {
        let mut bytes = Vec::new();
        archive.by_index(index)?.read_to_end(&mut bytes)?;
        held.push(bytes);
    }
    ensure!(files.iter().all(|file| held.contains(&file.bytes)), "a file is not in the message as it was deposited");
    Ok(())
}
