//! Reading what the journal holds while it is written.

use std::fs;
use std::path::PathBuf;

use super::Position;
use super::format::{self, SEGMENT_HEADER_BYTES, SegmentHeader};

/// Gives the payloads of the entries of these segments up to `last`, in order. A segment that is gone, or that was written over
/// since it was listed, ends where its entries no longer verify. One segment at a time is in memory.
pub(super) fn read(segments: &[(u64, PathBuf)], last: Position, mut each: impl FnMut(&[u8])) {
    for (number, path) in segments {
        let Ok(bytes) = fs::read(path) else { continue };
        let header = bytes.first_chunk::<SEGMENT_HEADER_BYTES>().map(SegmentHeader::decode);
        let Some(Ok(header)) = header else { continue };
        if header.number != *number {
            continue;
        }
        let (mut offset, mut next) = (SEGMENT_HEADER_BYTES, header.first);
        while let Some((entry, payload)) = bytes.get(offset..).and_then(|rest| format::decode(rest, *number)) {
            if entry.position != next || entry.position > last {
                break;
            }
            each(payload);
            next += 1;
            offset += format::entry_bytes(entry.length);
        }
    }
}
