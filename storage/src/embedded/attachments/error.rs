//! What can go wrong with attachments.

use std::io;
use std::path::{Path, PathBuf};

/// An error of whoever implements [`Live`](super::Live).
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why attachments could not be opened, stored or deleted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, or the quota, is full. Everything of the upload is freed; later ones work once there is space.
    #[error("there is no space left for attachments")]
    NoSpace {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// More bytes came than were declared.
    #[error("more bytes came than the {declared_bytes} declared")]
    TooLong {
        /// The size announced when the upload began.
        declared_bytes: u64,
    },
    /// The upload was finished before all declared bytes had come.
    #[error("{received_bytes} bytes came of the {declared_bytes} declared")]
    TooShort {
        /// The size announced when the upload began.
        declared_bytes: u64,
        /// The size that came.
        received_bytes: u64,
    },
    /// As many uploads are in progress as [`uploads_max`](super::Options::uploads_max) allows.
    #[error("{uploads_max} uploads are in progress, which is the maximum")]
    Busy {
        /// The maximum.
        uploads_max: usize,
    },
    /// The disk failed while attachments were being made durable, or the store is closed. Only a restart can tell what is
    /// on disk, so nothing is tried again.
    #[error("attachments cannot be made durable any more; restart once the disk is sound")]
    Failed,
    /// This upload met an error of the disk, or was used again after one.
    #[error("attachment bytes cannot be written")]
    Io {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something that the store needs to open cannot be used.
    #[error("{} cannot be used", path.display())]
    Path {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The directory was written by another version, or is not ours.
    #[error("{} says {found:?} where this version reads {expected:?}", path.display())]
    Format {
        /// The file that names the format.
        path: PathBuf,
        /// What it says, at most its first 64 characters.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
    /// Another process, or another store of this one, has the directory open.
    #[error("{} is in use already", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The view names bytes that are not there: the directory is not the one that belongs to the view, or it is damaged.
    #[error("volume {volume} is not what the view knows: no extent of {length} bytes fits at {offset}")]
    Extent {
        /// The volume.
        volume: u32,
        /// Where the extent should begin, in bytes.
        offset: u64,
        /// The size of the attachment, in bytes.
        length: u64,
    },
    /// The view could not say which attachments are live.
    #[error("the view cannot say which attachments are live")]
    View {
        /// Its error.
        #[source]
        source: BoxError,
    },
    /// An option makes no sense.
    #[error("{name} is {value}: {fault}")]
    Options {
        /// The option.
        name: &'static str,
        /// Its value.
        value: u64,
        /// What is wrong with it.
        fault: &'static str,
    },
}

impl Error {
    /// An error met while writing: a full disk is told apart, because the caller can be told to come back.
    pub(super) fn writing(source: io::Error) -> Self {
        if is_no_space(&source) { Self::NoSpace { source } } else { Self::Io { source } }
    }

    /// For `map_err` on what concerns `path`.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            if is_no_space(&source) { Self::NoSpace { source } } else { Self::Path { path: path.into(), source } }
        }
    }
}

/// Whether the disk or the quota is full.
pub(super) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
