//! A session: the few operations that deliveries need, each with the server's time limit.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use navette_router::ports::{DeliveryError, DeliveryErrorKind};
use russh::ChannelMsg;
use russh::client::Handle;
use russh_sftp::client::Config;
use russh_sftp::client::error::Error;
use russh_sftp::client::rawsession::{Limits, RawSftpSession, SftpResult};
use russh_sftp::extensions;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};

use super::connect::Known;
use super::cut;
use crate::Options;

/// What every server takes in one write (draft-ietf-secsh-filexfer-02 §3).
const WRITE_BYTES: usize = 32 * 1024;
/// More than this makes nothing faster.
const WRITE_MAX_BYTES: u64 = 64 * 1024;
/// What is asked for in one read.
const READ_BYTES: u32 = 32 * 1024;
/// The largest packet that is taken from a server.
const PACKET_MAX_BYTES: u32 = 256 * 1024;

/// A session of an account. Dropping it ends the connection.
pub(crate) struct Session {
    sftp: RawSftpSession,
    handle: Handle<Known>,
    pub(crate) write_bytes: usize,
    pub(crate) peer: IpAddr,
    syncs: bool,
    tells_space: bool,
    /// Whether the server was seen to take the old name away when it renames.
    renames_well: AtomicBool,
}

impl Session {
    pub(crate) async fn open(handle: Handle<Known>, options: &Options, peer: IpAddr) -> Result<Self, DeliveryError> {
        let no_sftp = || {
            DeliveryError::new(
                DeliveryErrorKind::Forbidden,
                "the account is let in, but not to SFTP; look at the server's settings",
            )
        };
        let mut channel = handle.channel_open_session().await.map_err(|_| no_sftp())?;
        channel.request_subsystem(true, "sftp").await.map_err(|_| cut("the start of SFTP"))?;
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Success) => break,
                Some(ChannelMsg::WindowAdjusted { .. }) => {}
                Some(_) => return Err(no_sftp()),
                None => return Err(cut("the start of SFTP")),
            }
        }
        let configuration = Config {
            max_packet_len: PACKET_MAX_BYTES,
            request_timeout_secs: options.request_timeout.as_secs().max(1),
            ..Config::default()
        };
        let mut sftp = RawSftpSession::new_with_config(channel.into_stream(), configuration);
        let version = sftp.init().await.map_err(|_| cut("the start of SFTP"))?;
        let has =
            |name: &str, version_wanted: &str| version.extensions.get(name).is_some_and(|have| have == version_wanted);
        let mut write_bytes = WRITE_BYTES;
        if has(extensions::LIMITS, "1") {
            let limits = Limits::from(sftp.limits().await.map_err(|_| cut("the start of SFTP"))?);
            sftp.set_limits(limits);
            let most = limits.write_len.unwrap_or(WRITE_BYTES as u64).min(WRITE_MAX_BYTES);
            write_bytes = usize::try_from(most).unwrap_or(WRITE_BYTES).max(1);
        }
        let (syncs, tells_space) = (has(extensions::FSYNC, "1"), has(extensions::STATVFS, "2"));
        let renames_well = AtomicBool::new(false);
        Ok(Self { sftp, handle, write_bytes, peer, syncs, tells_space, renames_well })
    }

    /// Whether the server was seen to take the old name away when it renames: then it does.
    pub(crate) fn renames_well(&self) -> bool {
        self.renames_well.load(Ordering::Relaxed)
    }

    /// It was seen to.
    pub(crate) fn note_renames_well(&self) {
        self.renames_well.store(true, Ordering::Relaxed);
    }

    /// Whether the connection is known to have ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// Whether it still answers.
    pub(crate) async fn is_alive(&self) -> bool {
        !self.is_closed() && self.sftp.realpath(".").await.is_ok()
    }

    /// The size of a file, and whether it is a directory; none when there is nothing.
    pub(crate) async fn look(&self, path: &str) -> SftpResult<Option<FileAttributes>> {
        match self.sftp.lstat(path).await {
            Ok(found) => Ok(Some(found.attrs)),
            Err(Error::Status(status)) if status.status_code == StatusCode::NoSuchFile => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a file to write, from its beginning or going on; gives its handle.
    pub(crate) async fn open_to_write(&self, path: &str, goes_on: bool) -> SftpResult<String> {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE;
        let flags = if goes_on { flags } else { flags | OpenFlags::TRUNCATE };
        Ok(self.sftp.open(path, flags, FileAttributes::empty()).await?.handle)
    }

    /// One write. The copy is the library's.
    pub(crate) async fn write(&self, handle: &str, at: u64, bytes: Vec<u8>) -> SftpResult<()> {
        self.sftp.write(handle, at, bytes).await.map(|_| ())
    }

    /// Makes what was written durable, where the server can, and closes it; gives its size.
    pub(crate) async fn close_durably(&self, handle: &str) -> SftpResult<u64> {
        let sync = async {
            match self.syncs {
                true => self.sftp.fsync(handle).await.map(drop),
                false => Ok(()),
            }
        };
        // Every write is confirmed: its size does not change any more. What concerns one file is done in the order in which it is asked for
        // (draft-ietf-secsh-filexfer-02 §4.1), so nothing waits for an answer.
        let (_, found, _) = futures_util::try_join!(sync, self.sftp.fstat(handle), self.sftp.close(handle))?;
        Ok(found.attrs.size.unwrap_or_default())
    }

    /// A part of a file: shorter when the file is.
    pub(crate) async fn read(&self, path: &str, at: u64, length: usize) -> SftpResult<Bytes> {
        let handle = self.sftp.open(path, OpenFlags::READ, FileAttributes::empty()).await?.handle;
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let left = u32::try_from(length - bytes.len()).unwrap_or(u32::MAX).min(READ_BYTES);
            match self.sftp.read(handle.as_str(), at + bytes.len() as u64, left).await {
                Ok(data) if data.data.is_empty() => break,
                Ok(data) => bytes.extend_from_slice(&data.data),
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(error),
            }
        }
        self.sftp.close(handle).await?;
        bytes.truncate(length);
        Ok(bytes.into())
    }

    /// Gives `path` another name, unless there is something of that name.
    pub(crate) async fn rename(&self, path: &str, to: &str) -> SftpResult<()> {
        self.sftp.rename(path, to).await.map(|_| ())
    }

    /// Removes a file; it may be gone.
    pub(crate) async fn remove(&self, path: &str) -> SftpResult<()> {
        match self.sftp.remove(path).await {
            Err(Error::Status(status)) if status.status_code == StatusCode::NoSuchFile => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Makes a directory; it may be there.
    pub(crate) async fn make_directory(&self, path: &str) -> SftpResult<()> {
        let made = self.sftp.mkdir(path, FileAttributes::empty()).await;
        match made {
            Ok(_) => Ok(()),
            Err(error) => match self.look(path).await? {
                Some(found) if found.is_dir() => Ok(()),
                _ => Err(error),
            },
        }
    }

    /// How many bytes are free where `path` is, where the server tells.
    pub(crate) async fn free_bytes(&self, path: &str) -> Option<u64> {
        if !self.tells_space {
            return None;
        }
        let space = self.sftp.statvfs(path).await.ok()?;
        space.blocks_avail.checked_mul(space.fragment_size)
    }

    /// Shows `see` the names in a directory, batch by batch, and holds none of them. At most `names_max`; whether that was all.
    pub(crate) async fn list(
        &self,
        path: &str,
        names_max: usize,
        mut see: impl FnMut(&str, &FileAttributes),
    ) -> SftpResult<bool> {
        let handle = self.sftp.opendir(path).await?.handle;
        let mut seen = 0;
        let is_whole = loop {
            match self.sftp.readdir(handle.as_str()).await {
                // An empty batch is no end, and would never be one.
                Ok(batch) if batch.files.is_empty() => break true,
                Ok(batch) => {
                    batch.files.iter().for_each(|file| see(&file.filename, &file.attrs));
                    seen += batch.files.len();
                    if seen >= names_max {
                        break false;
                    }
                }
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break true,
                Err(error) => return Err(error),
            }
        };
        self.sftp.close(handle).await?;
        Ok(is_whole)
    }
}
