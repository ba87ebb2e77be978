//! A recipient's software in a few lines: what the demo and tests fetch with.

use std::io::{Cursor, Read as _};
use std::net::SocketAddr;
use std::sync::Arc;

use russh::client::{self, Handle, Handler};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh_sftp::client::SftpSession;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::AsyncReadExt as _;
use zip::ZipArchive;

/// Where the server is, and who comes.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The address of the server.
    pub address: SocketAddr,
    /// The key that it must show, as `known_hosts` has it.
    pub host_key: String,
    /// The name of the account.
    pub user: String,
    /// Its password.
    pub password: SecretString,
}

/// Why a visit failed.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The key to expect is none.
    #[error("the server's key cannot be read; write it as known_hosts has it")]
    Key,
    /// The server shows another key, does not answer, or does not let the account in.
    #[error("the server cannot be reached, or shows another key")]
    Connection(#[from] russh::Error),
    /// The password is wrong, or there is no such account.
    #[error("the server does not let the account in")]
    Refused,
    /// The server refused what was asked, or the connection broke.
    #[error("the server did not do what was asked")]
    Sftp(#[from] russh_sftp::client::error::Error),
    /// A message did not come whole.
    #[error("a message cannot be read")]
    Message(#[from] std::io::Error),
    /// A message is no zip.
    #[error("a message is no zip")]
    Zip(#[from] zip::result::ZipError),
}

/// A session at the server. Dropping it ends it.
pub struct Visit {
    session: SftpSession,
    _connection: Handle<Known>,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Visit")
    }
}

/// Knows the server by its key.
struct Known(PublicKey);

impl Handler for Known {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(shown.public_key().key_data() == self.0.key_data())
    }
}

impl Visit {
    /// Comes in.
    pub async fn begin(visitor: &Visitor) -> Result<Self, VisitError> {
        let key = PublicKey::from_openssh(&visitor.host_key).map_err(|_| VisitError::Key)?;
        let mut connection = client::connect(Arc::default(), visitor.address, Known(key)).await?;
        let outcome = connection.authenticate_password(&visitor.user, visitor.password.expose_secret()).await?;
        if !outcome.success() {
            return Err(VisitError::Refused);
        }
        let channel = connection.channel_open_session().await?;
        channel.request_subsystem(true, "sftp").await?;
        Ok(Self { session: SftpSession::new(channel.into_stream()).await?, _connection: connection })
    }

    /// The names of the messages that wait.
    pub async fn names(&self) -> Result<Vec<String>, VisitError> {
        let listed = self.session.read_dir("/").await?;
        Ok(listed.filter(|entry| entry.file_type().is_file()).map(|entry| entry.file_name()).collect())
    }

    /// The size of a message, in bytes, as it is shown before anything is read.
    pub async fn size(&self, name: &str) -> Result<Option<u64>, VisitError> {
        Ok(self.session.metadata(format!("/{name}")).await?.size)
    }

    /// A whole message, in memory.
    pub async fn read(&self, name: &str) -> Result<Vec<u8>, VisitError> {
        let mut bytes = Vec::new();
        self.session.open(format!("/{name}")).await?.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    /// Moves a message to `done`: it was taken.
    pub async fn put_away(&self, name: &str) -> Result<(), VisitError> {
        Ok(self.session.rename(format!("/{name}"), format!("/done/{name}")).await?)
    }

    /// Removes a message: it was taken as well.
    pub async fn remove(&self, name: &str) -> Result<(), VisitError> {
        Ok(self.session.remove_file(format!("/{name}")).await?)
    }
}

/// What the entries of a message hold, in their order.
pub fn entries(message: &[u8]) -> Result<Vec<Vec<u8>>, VisitError> {
    let mut archive = ZipArchive::new(Cursor::new(message))?;
    let mut entries = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let mut bytes = Vec::new();
        archive.by_index(index)?.read_to_end(&mut bytes)?;
        entries.push(bytes);
    }
    Ok(entries)
}
