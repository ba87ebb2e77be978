//! The bytes of a segment: a header, then entries, each aligned to 8 bytes. Integers are little-endian.
//!
//! ```text
//! segment  magic 8 | format u32 | crc u32 | number u64 | first position u64 | zeros to 64
//! entry    length u32 | crc u32 | position u64 | group u64 | flags u32 | zero u32 | payload | zeros to a multiple of 8
//! ```

use super::Position;

const MAGIC: [u8; 8] = *b"NAVETTEJ";
/// The format this version reads and writes.
pub(super) const FORMAT: u32 = 1;
pub(super) const SEGMENT_HEADER_BYTES: usize = 64;
pub(super) const ENTRY_HEADER_BYTES: usize = 32;
const LAST_OF_GROUP: u32 = 1;

/// What the header of a segment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) number: u64,
    pub(super) first: Position,
}

/// Why a header cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderFault {
    Damaged,
    UnknownFormat(u32),
}

impl SegmentHeader {
    pub(super) fn encode(self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.number.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first.to_le_bytes());
        let crc = crc32c::crc32c(&bytes);
        bytes[12..16].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; SEGMENT_HEADER_BYTES]) -> Result<Self, HeaderFault> {
        let mut unsigned = *bytes;
        unsigned[12..16].fill(0);
        if bytes[..8] != MAGIC || crc32c::crc32c(&unsigned) != u32_at(bytes, 12) {
            return Err(HeaderFault::Damaged);
        }
        match u32_at(bytes, 8) {
            FORMAT => Ok(Self { number: u64_at(bytes, 16), first: u64_at(bytes, 24) }),
            other => Err(HeaderFault::UnknownFormat(other)),
        }
    }
}

/// What the header of an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryHeader {
    pub(super) length: usize,
    pub(super) position: Position,
    pub(super) group: u64,
    pub(super) last_of_group: bool,
}

/// How many bytes an entry takes.
pub(super) const fn entry_bytes(length: usize) -> usize {
    ENTRY_HEADER_BYTES + length.next_multiple_of(8)
}

/// Appends an entry to `buffer`.
pub(super) fn encode(buffer: &mut Vec<u8>, segment: u64, header: EntryHeader, payload: &[u8]) {
    let start = buffer.len();
    let flags = if header.last_of_group { LAST_OF_GROUP } else { 0 };
    buffer.extend_from_slice(&u32::try_from(header.length).unwrap_or(u32::MAX).to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&header.position.to_le_bytes());
    buffer.extend_from_slice(&header.group.to_le_bytes());
    buffer.extend_from_slice(&flags.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(payload);
    let crc = checksum(segment, &buffer[start..]);
    buffer[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
    buffer.resize(start + entry_bytes(header.length), 0);
}

/// The entry at the beginning of `bytes`, if one is there and intact.
pub(super) fn decode(bytes: &[u8], segment: u64) -> Option<(EntryHeader, &[u8])> {
    let header = bytes.get(..ENTRY_HEADER_BYTES)?;
    let length = usize::try_from(u32_at(header, 0)).ok()?;
    let (position, flags) = (u64_at(header, 8), u32_at(header, 24));
    // Zeros are what an unwritten place looks like.
    if position == 0 || flags > LAST_OF_GROUP || u32_at(header, 28) != 0 {
        return None;
    }
    let whole = bytes.get(..ENTRY_HEADER_BYTES + length)?;
    if checksum(segment, whole) != u32_at(header, 4) {
        return None;
    }
    let header = EntryHeader { length, position, group: u64_at(header, 16), last_of_group: flags == LAST_OF_GROUP };
    Some((header, whole.get(ENTRY_HEADER_BYTES..)?))
}

/// Covers the segment's number and everything of the entry but the checksum itself and the padding.
fn checksum(segment: u64, entry: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&segment.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, entry.get(..4).unwrap_or_default());
    crc32c::crc32c_append(crc, entry.get(8..).unwrap_or_default())
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes.get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    bytes.get(offset..offset + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}
