//! Why a move does not go on. Done again, it goes on from where it stands.

use std::io;

use navette_router::model::{AttachmentId, FolderId};
use navette_router::ports::{self, ErrorKind};

use super::state::StateError;

/// Why a move does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source cannot be read.
    #[error("the source cannot be read")]
    Source(#[source] ports::Error),
    /// The destination cannot be read or written.
    #[error("the destination cannot be read or written")]
    Destination(#[source] ports::Error),
    /// A record is no JSON.
    #[error("a record cannot be compared")]
    Record(#[from] serde_json::Error),
    /// The bytes of an attachment cannot be read.
    #[error("the bytes of attachment {attachment} of folder {folder} cannot be read")]
    Unreadable {
        /// Which.
        attachment: AttachmentId,
        /// Its folder.
        folder: FolderId,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The bytes of an attachment are not those that were received.
    #[error(
        "the bytes of attachment {attachment} of folder {folder} are damaged at the source: not there, or with another digest than its record says; restore them, or have the attachment deleted, then go on"
    )]
    Damaged {
        /// Which.
        attachment: AttachmentId,
        /// Its folder.
        folder: FolderId,
    },
    /// Somebody wrote to the source meanwhile.
    #[error(
        "the source has changed since the move began; stop every hub that uses it, empty the destination and begin again"
    )]
    SourceChanged,
    /// The file that says how far the move came cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Error {
    /// Whether trying again in a moment may help.
    pub(super) fn may_be_retried(&self) -> bool {
        match self {
            Self::Source(error) | Self::Destination(error) => {
                error.kind().may_be_retried() && error.kind() != ErrorKind::NoSpace
            }
            Self::Unreadable { source, .. } => !is_damage(source),
            Self::Record(_) | Self::Damaged { .. } | Self::SourceChanged | Self::State(_) => false,
        }
    }
}

/// Whether an error of reading says that the bytes are not there, rather than that they cannot be reached.
pub(super) fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof
    )
}
