//! Names that any file system, any archive and any shell can hold.

use crc32fast::hash;

/// The longest number in a name, in bytes.
const NUMBER_MAX_BYTES: usize = 48;
/// The longest code of a file in a name, in bytes.
const CODE_MAX_BYTES: usize = 60;
/// The longest extension, in bytes.
const EXTENSION_MAX_BYTES: usize = 8;

/// A folder's number as it stands in names. Hyphens stay: whoever reads splits from the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// The number of a folder, mapped where a name cannot hold it; two different ones stay different.
    pub fn new(external_id: &str) -> Self {
        Self(mapped(external_id, NUMBER_MAX_BYTES, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of the whole message: `<number>-<process>-<sequence>.zip`.
pub fn message_name(number: &Number, process: &str, sequence: u32) -> String {
    format!("{}-{process}-{sequence}.zip", number.0)
}

/// The three parts of the name of a message, as its readers split it: the process is what stands between the last two hyphens.
pub fn read_name(name: &str) -> Option<(&str, &str, u32)> {
    split(name.strip_suffix(".zip")?)
}

/// The same of what a message is called at the peer, be it a zip or a directory.
pub(crate) fn read_reference(reference: &str) -> Option<(&str, &str, u32)> {
    split(reference.strip_suffix(".zip").unwrap_or(reference))
}

fn split(stem: &str) -> Option<(&str, &str, u32)> {
    let (rest, sequence) = stem.rsplit_once('-')?;
    let (number, process) = rest.rsplit_once('-')?;
    let digits = sequence.bytes().all(|byte| byte.is_ascii_digit());
    if number.is_empty() || process.is_empty() || !digits {
        return None;
    }
    Some((number, process, sequence.parse().ok()?))
}

/// The code of a file as it stands in the name of an entry.
pub(super) fn code(kind: &str) -> String {
    mapped(kind, CODE_MAX_BYTES, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
}

/// The extension of a file, without the full stop: what its name ends with, or else what its media type is.
pub(super) fn extension(file_name: &str, media_type: &str) -> String {
    let fits = |extension: &&str| {
        (1..=EXTENSION_MAX_BYTES).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let named = file_name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension);
    let subtype =
        media_type.split(';').next().and_then(|essence| essence.trim().rsplit_once('/')).map(|(_, kind)| kind);
    named.filter(fits).or_else(|| subtype.filter(fits)).unwrap_or("bin").to_ascii_lowercase()
}

/// `text` with `_` for what is not kept, and no longer than `max_bytes`; what had to change gets a checksum of what it was.
fn mapped(text: &str, max_bytes: usize, keep: impl Fn(char) -> bool) -> String {
    let text = text.trim();
    let clean: String = text.chars().map(|c| if keep(c) { c } else { '_' }).collect();
    // What begins with a full stop is hidden, or is `..`; what is empty is no name.
    let hidden = clean.starts_with('.') || clean.is_empty();
    if clean == text && clean.len() <= max_bytes && !hidden {
        return clean;
    }
    let mut short = clean.trim_start_matches('.').to_owned();
    short.truncate(max_bytes - "_01234567".len());
    format!("{short}_{:08x}", hash(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_split_as_its_readers_split_it() {
        let name = message_name(&Number::new("A-9-X3UGO4V7"), "DAUA", 2);
        assert_eq!(name, "A-9-X3UGO4V7-DAUA-2.zip");
        assert_eq!(read_name(&name), Some(("A-9-X3UGO4V7", "DAUA", 2)));
        for wrong in ["", "x.zip", "A-9.zip", "A-9-X-DAUA-2.zip.part", "A-9-X-DAUA-two.zip", "-DAUA-2.zip", "a--2.zip"]
        {
            assert_eq!(read_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_name_can_hold_stays_and_the_rest_is_mapped() {
        assert_eq!(Number::new("A-9-X3UGO4V7").as_str(), "A-9-X3UGO4V7");
        assert_eq!(Number::new("../../etc").as_str(), "_.._etc_13c1bb1e");
        assert_ne!(Number::new("a/b"), Number::new("a_b"));
        assert_ne!(Number::new("a/b"), Number::new("a\\b"));
        assert_eq!(code("piece d'identite"), format!("piece d_identite_{:08x}", hash("piece d'identite".as_bytes())));
        assert_eq!(extension("recap.PDF", "text/plain"), "pdf");
        assert_eq!(extension("recap", "application/pdf"), "pdf");
        assert_eq!(extension(".cache", "application/octet-stream"), "bin");
    }

    proptest! {
        #[test]
        fn any_number_makes_one_name_that_is_read_back(number in "\\PC{0,60}|[-./A-Z0-9]{0,60}", sequence in 1_u32..1_000) {
            let number = Number::new(&number);
            let name = message_name(&number, "DAUA", sequence);
            prop_assert!(name.len() <= 255 && !name.contains('/') && !name.starts_with('.'));
            prop_assert_eq!(read_name(&name), Some((number.as_str(), "DAUA", sequence)));
        }
    }
}
