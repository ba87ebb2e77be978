//! Where an attachment is, and the text that stands for it in the journal and the view.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use uuid::Uuid;

use super::extent;

/// Where an attachment is.
///
/// `Display` and `FromStr` give the two places on disk a short text that never changes its meaning: `volume/3/8192/102400`
/// (number of the volume, offset of the extent in it, length of the attachment) and `file/<uuid>/<length>`. There is one text for a
/// location, and no other is read. A path is only ever made of the numbers and the [`Uuid`], never of the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// The bytes themselves, to be kept by whoever keeps the location. Its text is `inline`, which cannot be read back.
    Inline(Bytes),
    /// An extent of a volume.
    Volume {
        /// The number of the volume.
        volume: u32,
        /// Where the extent begins in the volume, in bytes: its header stands before the attachment's own bytes.
        offset: u64,
        /// The size of the attachment, in bytes.
        length: u64,
    },
    /// A file of its own.
    File {
        /// The file, named for one upload: two uploads of one attachment never share it.
        id: Uuid,
        /// The size of the attachment, in bytes.
        length: u64,
    },
}

impl Location {
    /// The size of the attachment, in bytes.
    pub fn length(&self) -> u64 {
        match self {
            // Lossless: no supported machine has more than 64 bits.
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Volume { length, .. } | Self::File { length, .. } => *length,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(_) => formatter.write_str("inline"),
            Self::Volume { volume, offset, length } => write!(formatter, "volume/{volume}/{offset}/{length}"),
            Self::File { id, length } => write!(formatter, "file/{}/{length}", id.hyphenated()),
        }
    }
}

/// The text is not that of a location on disk. It is not repeated here: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the location of an attachment on disk")]
pub struct NotALocation;

impl FromStr for Location {
    type Err = NotALocation;

    fn from_str(text: &str) -> Result<Self, NotALocation> {
        let location = read(text).ok_or(NotALocation)?;
        // Numbers and ids have several spellings (`+7`, `007`, upper case): only ours is accepted.
        if location.to_string() == text { Ok(location) } else { Err(NotALocation) }
    }
}

fn read(text: &str) -> Option<Location> {
    let mut parts = text.split('/');
    let location = match parts.next()? {
        "volume" => {
            let volume = parts.next()?.parse().ok()?;
            let offset = parts.next()?.parse().ok()?;
            let length = parts.next()?.parse().ok()?;
            extent::end(offset, length)?;
            Location::Volume { volume, offset, length }
        }
        "file" => Location::File { id: Uuid::try_parse(parts.next()?).ok()?, length: parts.next()?.parse().ok()? },
        _ => return None,
    };
    parts.next().is_none().then_some(location)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_location_reads_as_it_is_written() {
        for text in ["volume/3/8192/102400", "volume/0/0/0", "file/01890a5d-ac96-774b-bcce-b302099a8057/1073741824"] {
            assert_eq!(text.parse::<Location>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nothing_but_a_location_is_read() {
        for text in [
            "",
            "inline",
            "volume",
            "volume/",
            "volume/3/8192",
            "volume/3/8192/102400/",
            "volume/3/8192/102400/7",
            "volume/03/8192/1",
            "volume/+3/8192/1",
            "volume/3/8191/1",
            "volume/-1/0/1",
            "volume/4294967296/0/1",
            "volume/3/18446744073709547520/18446744073709551615",
            "volume/3/0/99999999999999999999",
            " volume/3/8192/1",
            "volume/3/8192/1\n",
            "VOLUME/3/8192/1",
            "file/../../etc/passwd",
            "file/../1",
            "file//1",
            "file/01890A5D-AC96-774B-BCCE-B302099A8057/1",
            "file/01890a5dac96774bbcceb302099a8057/1",
            "file/{01890a5d-ac96-774b-bcce-b302099a8057}/1",
            "file/01890a5d-ac96-774b-bcce-b302099a8057",
            "file/01890a5d-ac96-774b-bcce-b302099a8057/1/../2",
            "file/01890a5d-ac96-774b-bcce-b302099a8057/01",
            "/etc/passwd",
            "volume\0/3/8192/1",
        ] {
            assert_eq!(text.parse::<Location>(), Err(NotALocation), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "(volume|file)?(/[0-9a-f-]{0,36}){0,4}") {
            if let Ok(location) = text.parse::<Location>() {
                prop_assert_eq!(location.to_string(), text);
            }
        }

        #[test]
        fn every_location_on_disk_comes_back(volume: u32, block in 0_u64..1 << 40, length in 0_u64..1 << 50, id: u128) {
            for location in [
                Location::Volume { volume, offset: block * extent::ALIGNMENT_BYTES, length },
                Location::File { id: Uuid::from_u128(id), length },
            ] {
                prop_assert_eq!(location.to_string().parse::<Location>(), Ok(location));
            }
        }
    }
}
