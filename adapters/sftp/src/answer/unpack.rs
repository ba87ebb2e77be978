//! Unpacks a zip that a stranger made.

use std::collections::HashSet;
use std::io::{Cursor, Read as _};

use navette_router::ports::ReturnedFile;
use zip::ZipArchive;
use zip::result::ZipError;

use super::Refused;

/// How much is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest zip, in bytes. It is held in memory.
    pub packed_max_bytes: usize,
    /// The most that all entries have together, in bytes. They are held in memory.
    pub unpacked_max_bytes: usize,
    /// The most entries.
    pub entries_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { packed_max_bytes: 16 << 20, unpacked_max_bytes: 32 << 20, entries_max: 100 }
    }
}

/// The longest name of an entry, in bytes.
const NAME_MAX_BYTES: usize = 255;
/// The kind of a file in the mode that Unix puts into a zip, and that of a plain one.
const KIND_MASK: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;

/// The files in `zip`. Not more than the limits say is unpacked, whatever the zip claims of itself.
pub(super) fn unpack(zip: &[u8], limits: &Limits) -> Result<Vec<ReturnedFile>, Refused> {
    if zip.len() > limits.packed_max_bytes {
        return Err(Refused::TooLarge);
    }
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|_| Refused::NotAZip)?;
    if archive.len() > limits.entries_max {
        return Err(Refused::TooMany);
    }
    let mut left = limits.unpacked_max_bytes;
    let mut names = HashSet::new();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Refused::Encrypted,
            _ => Refused::NotAZip,
        })?;
        let name = entry.name().map_err(|_| Refused::Path)?.into_owned();
        if !is_plain(&name) {
            return Err(Refused::Path);
        }
        if entry.unix_mode().is_some_and(|mode| !matches!(mode & KIND_MASK, 0 | PLAIN)) {
            return Err(Refused::NotAFile);
        }
        if !names.insert(name.to_lowercase()) {
            return Err(Refused::Twice);
        }
        let mut bytes = Vec::new();
        // One more than there is room for tells too much from just enough.
        let most = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        entry.take(most).read_to_end(&mut bytes).map_err(|_| Refused::NotAZip)?;
        left = left.checked_sub(bytes.len()).ok_or(Refused::Bomb)?;
        files.push(ReturnedFile { name, bytes: bytes.into() });
    }
    Ok(files)
}

/// Whether a name is the name of a file in this directory, everywhere.
fn is_plain(name: &str) -> bool {
    (1..=NAME_MAX_BYTES).contains(&name.len())
        && !name.starts_with('.')
        && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':' | '\u{2215}' | '\u{ff0f}' | '\u{202e}'))
}
