//! An extent: the part of a volume that one attachment lies in.
//!
//! It begins at a multiple of [`ALIGNMENT_BYTES`] and is as many bytes long, so that it can be punched out without touching its
//! neighbours. First comes a header of [`HEADER_BYTES`], then the attachment. All numbers are little-endian.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..8 | `navext` and two characters: `LV` live, `RM` being removed |
//! | 8..12 | version, 1 |
//! | 12..16 | number of the volume |
//! | 16..32 | id given by whoever uploads |
//! | 32..40 | offset of the extent in the volume |
//! | 40..48 | length of the attachment |
//! | 48..60 | zero |
//! | 60..64 | CRC-32C of bytes 0..60 |
//!
//! The header names its own place: bytes that stand at another one are never taken for it. One that is being removed is marked
//! before its bytes go, so that a reader that began earlier notices, and a removal cut short is done again.

use uuid::Uuid;

/// Extents begin at, and are as long as, a multiple of this: the largest block of the usual filesystems.
pub(super) const ALIGNMENT_BYTES: u64 = 4096;

/// The size of the header before the attachment's own bytes.
pub(super) const HEADER_BYTES: usize = 64;

const HEADER_LENGTH: u64 = HEADER_BYTES as u64;
const VERSION: u32 = 1;
const LIVE: [u8; 8] = *b"navextLV";
const REMOVED: [u8; 8] = *b"navextRM";

/// How many bytes of a volume an attachment of `length` bytes takes. `None` beyond what a number can hold.
pub(super) fn reserved(length: u64) -> Option<u64> {
    length.checked_add(HEADER_LENGTH)?.checked_next_multiple_of(ALIGNMENT_BYTES)
}

/// Where an extent ends. `None` if there can be no such extent.
pub(super) fn end(offset: u64, length: u64) -> Option<u64> {
    if offset.is_multiple_of(ALIGNMENT_BYTES) { offset.checked_add(reserved(length)?) } else { None }
}

/// Where the attachment's own bytes begin in the volume.
pub(super) fn content(offset: u64) -> u64 {
    offset + HEADER_LENGTH
}

/// What a header found on disk says of the extent that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is there.
    Live,
    /// It is being removed.
    Removed,
    /// It is not there.
    Absent,
}

/// The place of an extent, which its header repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) volume: u32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Place {
    /// The header of a live extent here.
    pub(super) fn header(self, id: Uuid) -> [u8; HEADER_BYTES] {
        self.encode(LIVE, *id.as_bytes())
    }

    /// The header that marks the extent as being removed. Whose it was is forgotten.
    pub(super) fn removal(self) -> [u8; HEADER_BYTES] {
        self.encode(REMOVED, [0; 16])
    }

    /// Judges the header found here.
    pub(super) fn judge(self, header: &[u8; HEADER_BYTES]) -> State {
        let id = header.get(16..32).and_then(|id| <[u8; 16]>::try_from(id).ok()).unwrap_or_default();
        if *header == self.encode(LIVE, id) {
            State::Live
        } else if *header == self.removal() {
            State::Removed
        } else {
            State::Absent
        }
    }

    fn encode(self, kind: [u8; 8], id: [u8; 16]) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[0..8].copy_from_slice(&kind);
        header[8..12].copy_from_slice(&VERSION.to_le_bytes());
        header[12..16].copy_from_slice(&self.volume.to_le_bytes());
        header[16..32].copy_from_slice(&id);
        header[32..40].copy_from_slice(&self.offset.to_le_bytes());
        header[40..48].copy_from_slice(&self.length.to_le_bytes());
        let checksum = crc32c::crc32c(&header[0..60]);
        header[60..64].copy_from_slice(&checksum.to_le_bytes());
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { volume: 3, offset: 8192, length: 100 };

    #[test]
    fn an_extent_is_a_whole_number_of_blocks() {
        assert_eq!(reserved(0), Some(4096));
        assert_eq!(reserved(4096 - HEADER_LENGTH), Some(4096));
        assert_eq!(reserved(4096 - HEADER_LENGTH + 1), Some(8192));
        assert_eq!(reserved(u64::MAX), None);
        assert_eq!(end(8192, 1), Some(12288));
        assert_eq!(end(8193, 1), None);
        assert_eq!(end(u64::MAX - 4095, 1), None);
    }

    #[test]
    fn a_header_is_good_at_its_own_place_only() {
        let header = PLACE.header(Uuid::from_u128(7));
        assert_eq!(PLACE.judge(&header), State::Live);
        for other in [Place { volume: 4, ..PLACE }, Place { offset: 4096, ..PLACE }, Place { length: 101, ..PLACE }] {
            assert_eq!(other.judge(&header), State::Absent);
        }
        assert_eq!(PLACE.judge(&PLACE.removal()), State::Removed);
        assert_eq!(PLACE.judge(&[0; HEADER_BYTES]), State::Absent);
    }

    #[test]
    fn one_wrong_bit_anywhere_is_noticed() {
        let header = PLACE.header(Uuid::from_u128(7));
        for bit in 0..HEADER_BYTES * 8 {
            let mut damaged = header;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(PLACE.judge(&damaged), State::Absent, "bit {bit}");
        }
    }
}
