//! A recipient's software.

use bytes::Bytes;
use russh::client::{self, AuthResult, Handle, Handler};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg, ChannelStream};
use russh_sftp::client::error::Error;
use russh_sftp::client::rawsession::{RawSftpSession, SftpResult};
use russh_sftp::protocol::{FileAttributes, Init, OpenFlags, Packet, Read, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::hub::{PASSWORD, USER};
use crate::running::{Running, in_time};

/// How much is asked for in one read.
pub(crate) const READ_BYTES: u32 = 32 * 1024;

/// How many pieces may wait to be taken from a channel.
const QUEUE: usize = 4_000;

/// Knows the server by its key.
pub(crate) struct Known;

impl Handler for Known {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(shown.public_key().key_data() == Running::key().key_data())
    }
}

/// An SFTP session.
pub(crate) struct Fetcher {
    pub(crate) sftp: RawSftpSession,
    pub(crate) ssh: Handle<Known>,
}

/// An SSH connection on which nobody logged in.
pub(crate) async fn connect(server: &Running) -> Result<Handle<Known>, russh::Error> {
    connect_with(server, QUEUE).await
}

/// The library takes nothing more from the connection when `queue` pieces wait, and sends nothing more either.
async fn connect_with(server: &Running, queue: usize) -> Result<Handle<Known>, russh::Error> {
    let configuration = client::Config { channel_buffer_size: queue, ..client::Config::default() };
    let configuration = std::sync::Arc::new(configuration);
    in_time("a connection", client::connect(configuration, server.address(), Known)).await
}

/// An SSH connection of an account.
pub(crate) async fn log_in(server: &Running, user: &str) -> Handle<Known> {
    log_in_with(server, user, QUEUE).await
}

async fn log_in_with(server: &Running, user: &str, queue: usize) -> Handle<Known> {
    let mut ssh = connect_with(server, queue).await.expect("a connection");
    let result = in_time("a login", ssh.authenticate_password(user, PASSWORD)).await.expect("an answer");
    assert!(matches!(result, AuthResult::Success), "{result:?}");
    ssh
}

/// A channel on which SFTP was asked for.
pub(crate) async fn subsystem(ssh: &Handle<Known>) -> Channel<client::Msg> {
    let mut channel = ssh.channel_open_session().await.expect("a channel");
    channel.request_subsystem(true, "sftp").await.expect("sent");
    loop {
        match in_time("an answer", channel.wait()).await {
            Some(ChannelMsg::Success) => return channel,
            Some(ChannelMsg::WindowAdjusted { .. }) => {}
            other => panic!("SFTP is there: {other:?}"),
        }
    }
}

impl Fetcher {
    pub(crate) async fn connect(server: &Running) -> Self {
        Self::connect_as(server, USER).await
    }

    pub(crate) async fn connect_as(server: &Running, user: &str) -> Self {
        let ssh = log_in(server, user).await;
        let sftp = RawSftpSession::new(subsystem(&ssh).await.into_stream());
        sftp.set_timeout(60);
        let version = sftp.init().await.expect("a version");
        assert_eq!(version.version, 3);
        Self { sftp, ssh }
    }

    pub(crate) async fn open(&self, path: &str) -> SftpResult<String> {
        Ok(self.sftp.open(path, OpenFlags::READ, FileAttributes::empty()).await?.handle)
    }

    /// The names and sizes in a directory.
    pub(crate) async fn list(&self, path: &str) -> SftpResult<Vec<(String, u64)>> {
        let handle = self.sftp.opendir(path).await?.handle;
        let mut files = Vec::new();
        loop {
            match self.sftp.readdir(handle.as_str()).await {
                Ok(page) => {
                    files.extend(page.files.into_iter().map(|file| (file.filename, file.attrs.size.expect("a size"))));
                }
                Err(error) if is(&error, StatusCode::Eof) => break,
                Err(error) => return Err(error),
            }
        }
        self.sftp.close(handle).await?;
        Ok(files)
    }

    /// The names of the messages.
    pub(crate) async fn messages(&self) -> Vec<String> {
        let files = self.list("/").await.expect("a listing");
        files.into_iter().map(|(name, _)| name).filter(|name| name != "done").collect()
    }

    /// A part of a file.
    pub(crate) async fn part(&self, handle: &str, at: u64, length: u32) -> SftpResult<Vec<u8>> {
        Ok(self.sftp.read(handle, at, length).await?.data)
    }

    /// A whole file, one read after the other, from `at` on.
    pub(crate) async fn get_from(&self, path: &str, at: u64) -> SftpResult<Vec<u8>> {
        let handle = self.open(path).await?;
        let mut bytes = Vec::new();
        loop {
            match self.part(&handle, at + bytes.len() as u64, READ_BYTES).await {
                Ok(part) => bytes.extend_from_slice(&part),
                Err(error) if is(&error, StatusCode::Eof) => break,
                Err(error) => return Err(error),
            }
        }
        self.sftp.close(handle).await?;
        Ok(bytes)
    }

    pub(crate) async fn get(&self, path: &str) -> SftpResult<Vec<u8>> {
        self.get_from(path, 0).await
    }
}

/// Whether a failure has this code.
pub(crate) fn is(error: &Error, code: StatusCode) -> bool {
    matches!(error, Error::Status(status) if status.status_code == code)
}

/// The code and the sentence of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(result: SftpResult<T>) -> (StatusCode, String) {
    match result {
        Err(Error::Status(status)) => (status.status_code, status.error_message),
        other => panic!("it is refused: {other:?}"),
    }
}

/// A session whose packets are written by hand.
pub(crate) struct Raw {
    pub(crate) stream: ChannelStream<client::Msg>,
    /// The connection lives as long as this.
    _ssh: Handle<Known>,
}

/// One that was begun.
pub(crate) async fn raw(server: &Running) -> Raw {
    raw_with(server, QUEUE).await
}

/// One that takes no more than so many pieces that nobody asked it for.
pub(crate) async fn raw_with(server: &Running, queue: usize) -> Raw {
    let ssh = log_in_with(server, USER, queue).await;
    let stream = subsystem(&ssh).await.into_stream();
    let mut raw = Raw { stream, _ssh: ssh };
    raw.send(Init::new().into()).await;
    assert!(matches!(raw.receive().await, Some(Packet::Version(_))));
    raw
}

impl Raw {
    pub(crate) async fn send(&mut self, packet: Packet) {
        self.send_bytes(&Bytes::try_from(packet).expect("a packet")).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        in_time("bytes are sent", self.stream.write_all(bytes)).await.expect("sent");
    }

    /// What comes next; none when the channel is closed.
    pub(crate) async fn receive(&mut self) -> Option<Packet> {
        let length = in_time("an answer", self.stream.read_u32()).await.ok()?;
        let mut bytes = vec![0; usize::try_from(length).expect("a length")];
        in_time("an answer", self.stream.read_exact(&mut bytes)).await.ok()?;
        Some(Packet::try_from(&mut Bytes::from(bytes)).expect("an answer"))
    }

    pub(crate) async fn ask(&mut self, packet: Packet) -> Option<Packet> {
        self.send(packet).await;
        self.receive().await
    }

    /// Asks to open a message; its handle.
    pub(crate) async fn open(&mut self, path: &str) -> String {
        let attrs = FileAttributes::empty();
        let open = russh_sftp::protocol::Open { id: 1, filename: path.to_owned(), pflags: OpenFlags::READ, attrs };
        match self.ask(open.into()).await {
            Some(Packet::Handle(handle)) => handle.handle,
            other => panic!("it is opened: {other:?}"),
        }
    }

    pub(crate) async fn ask_to_read(&mut self, id: u32, handle: &str, at: u64, length: u32) {
        self.send(Read { id, handle: handle.to_owned(), offset: at, len: length }.into()).await;
    }
}
