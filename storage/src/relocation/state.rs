//! How far a move came, kept in a small file in the data directory of the side that lies on one machine.
//!
//! It is also what tells a hub that these data are half of a move, see [`State::read`].

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use navette_router::model::{FolderId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::port::Arrival;

const FILE: &str = "migrate.json";
const FORMAT: u32 = 1;

/// Why the file that says how far a move came cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not what this version writes.
    #[error("{} is not what this version of navette writes; take the version that began the move", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A later version wrote it.
    #[error("{} has format {found} and this version of navette knows format {FORMAT}; take the version that began the move", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}

/// What is done and what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Next {
    /// The referential, and what is listed beside folders.
    Lists,
    /// Folders.
    Folders,
    /// What waits.
    Waiting,
    /// Comparing both sides.
    Comparing,
    /// Nothing: both sides have the same digest.
    Nothing,
}

/// How far a move came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    format: u32,
    /// Which move it is; the destination knows it too.
    pub id: Uuid,
    /// From which backend.
    pub from: String,
    /// To which.
    pub to: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// How far the journal of the source reached then.
    pub source: String,
    pub(super) next: Next,
    /// The last folder that is copied with all before it.
    pub(super) folder: Option<FolderId>,
    /// How many folders are.
    pub(super) folders: u64,
    /// How many notifications are put, and the place of the last of them at the source.
    pub(super) waiting: u64,
    pub(super) arrival: Option<Arrival>,
    /// The digest of all, once both sides have the same.
    pub digest: Option<String>,
}

impl State {
    /// A move that begins now.
    pub fn new(from: &str, to: &str, source: String) -> Self {
        Self {
            format: FORMAT,
            id: Uuid::now_v7(),
            from: from.to_owned(),
            to: to.to_owned(),
            begun_at: Timestamp::now(),
            source,
            next: Next::Lists,
            folder: None,
            folders: 0,
            waiting: 0,
            arrival: None,
            digest: None,
        }
    }

    /// Whether all is copied, and found to be the same.
    pub fn has_ended(&self) -> bool {
        self.next == Next::Nothing
    }

    /// Where the file of a data directory is.
    pub fn path(directory: &Path) -> PathBuf {
        directory.join(FILE)
    }

    /// What a data directory says of a move; none when it was never part of one.
    ///
    /// # Errors
    /// When the file is there and cannot be used.
    pub fn read(directory: &Path) -> Result<Option<Self>, StateError> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        let path = Self::path(directory);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|source| StateError::Io { path: path.clone(), source })?,
        };
        let malformed = |source| StateError::Malformed { path: path.clone(), source };
        let Versioned { format } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if format != FORMAT {
            return Err(StateError::UnknownFormat { path: path.clone(), found: format });
        }
        serde_json::from_slice(&bytes).map(Some).map_err(malformed)
    }

    /// Writes it durably: a crash leaves this one or the former.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), StateError> {
        let path = Self::path(directory);
        let failed = |source| StateError::Io { path: path.clone(), source };
        let bytes = serde_json::to_vec_pretty(self).map_err(|source| failed(source.into()))?;
        let temporary = path.with_extension("tmp");
        let mut file = File::create(&temporary).map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&temporary, &path).map_err(failed)?;
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_another_format_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        assert_eq!(State::read(directory.path()).expect("nothing to read"), None);
        let state = State { folder: Some(FolderId::generate()), ..State::new("embedded", "cluster", "7".to_owned()) };
        state.write(directory.path()).expect("it is written");
        assert_eq!(State::read(directory.path()).expect("it is read"), Some(state.clone()));

        State { format: 9, ..state }.write(directory.path()).expect("it is written");
        assert!(matches!(State::read(directory.path()), Err(StateError::UnknownFormat { found: 9, .. })));
        fs::write(State::path(directory.path()), b"{").expect("it is written");
        assert!(matches!(State::read(directory.path()), Err(StateError::Malformed { .. })));
    }
}
