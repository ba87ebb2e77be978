//! Why the journal cannot be opened or written.

use std::io;
use std::path::PathBuf;

use super::Position;

/// Why the journal cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too much waits to be written.
    #[error("too many entries wait to be written to the journal")]
    QueueFull,
    /// An entry is larger than the maximum.
    #[error("an entry of {bytes} bytes is larger than the maximum of {max_bytes}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The maximum.
        max_bytes: usize,
    },
    /// No new segment can be allocated; passes when there is space again.
    #[error("no space is left for a new segment of the journal")]
    NoSpace,
    /// A write or a sync failed, now or before: what reached the disk is unknown until the journal is opened again.
    #[error("the journal could not be written; restart to find out what reached the disk")]
    Failed,
    /// The file system failed while opening or rotating.
    #[error("{action} {path} failed", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has the journal open.
    #[error("{path} is in use by another process; stop it first", path = path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// A file is not a segment of a journal, or its header is damaged.
    #[error("{path} is not a segment of a journal, or its header is damaged; restore it from a backup", path = path.display())]
    BadHeader {
        /// The file.
        path: PathBuf,
    },
    /// Another version wrote it.
    #[error("{path} has journal format {format} and this version of navette knows format 1; start the version that wrote it", path = path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A segment is missing between two others.
    #[error("segment {number} of the journal is missing from {path}; restore it from a backup", path = path.display())]
    MissingSegment {
        /// The directory.
        path: PathBuf,
        /// Which one.
        number: u64,
    },
    /// Durable entries are damaged.
    #[error("the journal is damaged: entry {position} in {path} at byte {offset} does not verify and intact entries follow it; restore the file from a backup, nothing was changed", path = path.display())]
    Hole {
        /// The file.
        path: PathBuf,
        /// Where the damage begins.
        offset: u64,
        /// The entry that should be there.
        position: Position,
    },
}

impl Error {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.raw_os_error() {
            Some(code)
                if code == rustix::io::Errno::NOSPC.raw_os_error()
                    || code == rustix::io::Errno::DQUOT.raw_os_error() =>
            {
                Self::NoSpace
            }
            _ => Self::Io { action, path, source },
        }
    }
}
