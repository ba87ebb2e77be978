//! Writes a zip as a stream: what comes in goes out at once, sizes follow the data (APPNOTE 4.3.9).
//!
//! Every entry is deflated, because some readers that work on streams refuse entries that are merely stored when sizes follow. What no
//! compressor shrinks is deflated into blocks that are copies (RFC 1951 §3.2.4), without being copied here. The output depends on
//! nothing but the input, however the input is cut.

use bytes::{BufMut as _, Bytes, BytesMut};
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};
use navette_router::model::Timestamp;

/// Deflate, sizes follow, names in UTF-8, version 2.0.
const METHOD: u16 = 8;
const FLAGS: u16 = 1 << 3 | 1 << 11;
const VERSION: u16 = 20;
/// A block of copies holds at most 65 535 bytes; this divides the chunks that files are read in.
const BLOCK_BYTES: usize = 32 * 1024;
/// What the compressor is given to write into.
const OUTPUT_BYTES: usize = 32 * 1024;
const LEVEL: u32 = 6;

/// What stands around the name in the header of an entry, behind its bytes, and around the name in its line of the directory.
const HEADER_BYTES: u64 = 30;
const DESCRIPTOR_BYTES: u64 = 16;
const LINE_BYTES: u64 = 46;
/// What stands before the bytes of a block of copies.
const BLOCK_HEADER_BYTES: u64 = 5;
/// The end of the directory.
const END_BYTES: u64 = 22;

/// How long a zip is whose entries have names and contents of these lengths, none of them compressed.
pub(super) fn plain_size_bytes(entries: impl IntoIterator<Item = (usize, u64)>) -> u64 {
    let entry_bytes = |(name_bytes, size_bytes): (usize, u64)| {
        // The last block is the one that is not full, if only because nothing is in it.
        let blocks = size_bytes / BLOCK_BYTES as u64 + 1;
        let around_bytes = HEADER_BYTES + DESCRIPTOR_BYTES + LINE_BYTES + 2 * name_bytes as u64;
        size_bytes.saturating_add(blocks * BLOCK_HEADER_BYTES + around_bytes)
    };
    entries.into_iter().map(entry_bytes).fold(END_BYTES, u64::saturating_add)
}

/// Writes a zip.
pub(super) struct Encoder {
    /// MS-DOS time and date of all entries.
    modified: (u16, u16),
    written_bytes: u64,
    entries: u16,
    current: Option<Current>,
    directory: BytesMut,
}

struct Current {
    name: String,
    offset: u64,
    hasher: Hasher,
    size_bytes: u64,
    compressed_bytes: u64,
    body: Body,
}

enum Body {
    Deflated(Box<Compress>),
    /// What does not fill a block yet.
    Copied(BytesMut),
}

impl Encoder {
    /// One whose entries all have the date `modified`, in UTC.
    pub(super) fn new(modified: Timestamp) -> Self {
        let modified = dos_time(modified);
        Self { modified, written_bytes: 0, entries: 0, current: None, directory: BytesMut::new() }
    }

    /// Begins an entry: its header.
    pub(super) fn begin(&mut self, name: &str, compresses: bool, out: &mut Vec<Bytes>) {
        let body = if compresses {
            Body::Deflated(Box::new(Compress::new(Compression::new(LEVEL), false)))
        } else {
            Body::Copied(BytesMut::new())
        };
        self.current = Some(Current {
            name: name.to_owned(),
            offset: self.written_bytes,
            hasher: Hasher::new(),
            size_bytes: 0,
            compressed_bytes: 0,
            body,
        });
        let mut header = BytesMut::with_capacity(30 + name.len());
        header.put_slice(b"PK\x03\x04");
        header.put_u16_le(VERSION);
        self.put_common(&mut header, 0, 0, 0, name);
        header.put_slice(name.as_bytes());
        self.emit(header.freeze(), out);
    }

    /// The next bytes of the entry.
    pub(super) fn write(&mut self, chunk: Bytes, out: &mut Vec<Bytes>) {
        let Some(mut current) = self.current.take() else { return };
        current.hasher.update(&chunk);
        current.size_bytes += chunk.len() as u64;
        let before = self.written_bytes;
        match &mut current.body {
            Body::Deflated(compress) => self.deflate(compress, &chunk, FlushCompress::None, out),
            Body::Copied(rest) => self.copy(rest, chunk, out),
        }
        current.compressed_bytes += self.written_bytes - before;
        self.current = Some(current);
    }

    /// Ends the entry: what is left of it, its sizes, its line in the directory.
    pub(super) fn end(&mut self, out: &mut Vec<Bytes>) {
        let Some(mut current) = self.current.take() else { return };
        let before = self.written_bytes;
        match &mut current.body {
            Body::Deflated(compress) => self.deflate(compress, &[], FlushCompress::Finish, out),
            Body::Copied(rest) => self.block(rest.split().freeze(), true, out),
        }
        current.compressed_bytes += self.written_bytes - before;
        let checksum = current.hasher.finalize();
        let [size, compressed, offset] = [current.size_bytes, current.compressed_bytes, current.offset]
            .map(|bytes| u32::try_from(bytes).unwrap_or(u32::MAX));
        let mut descriptor = BytesMut::with_capacity(16);
        descriptor.put_slice(b"PK\x07\x08");
        descriptor.put_u32_le(checksum);
        descriptor.put_u32_le(compressed);
        descriptor.put_u32_le(size);
        self.emit(descriptor.freeze(), out);

        let mut line = std::mem::take(&mut self.directory);
        line.put_slice(b"PK\x01\x02");
        line.put_u16_le(VERSION);
        line.put_u16_le(VERSION);
        self.put_common(&mut line, checksum, compressed, size, &current.name);
        // No comment, first disk, no attributes.
        line.put_bytes(0, 10);
        line.put_u32_le(offset);
        line.put_slice(current.name.as_bytes());
        self.directory = line;
        self.entries += 1;
    }

    /// The directory, with which the zip ends.
    pub(super) fn finish(&mut self, out: &mut Vec<Bytes>) {
        let offset = u32::try_from(self.written_bytes).unwrap_or(u32::MAX);
        let mut end = std::mem::take(&mut self.directory);
        let length = u32::try_from(end.len()).unwrap_or(u32::MAX);
        end.put_slice(b"PK\x05\x06");
        end.put_u32_le(0);
        end.put_u16_le(self.entries);
        end.put_u16_le(self.entries);
        end.put_u32_le(length);
        end.put_u32_le(offset);
        end.put_u16_le(0);
        self.emit(end.freeze(), out);
    }

    /// What a local header and a line of the directory share, from the flags to the lengths of the name and of the extra field.
    fn put_common(&self, buffer: &mut BytesMut, checksum: u32, compressed: u32, size: u32, name: &str) {
        buffer.put_u16_le(FLAGS);
        buffer.put_u16_le(METHOD);
        buffer.put_u16_le(self.modified.0);
        buffer.put_u16_le(self.modified.1);
        buffer.put_u32_le(checksum);
        buffer.put_u32_le(compressed);
        buffer.put_u32_le(size);
        buffer.put_u16_le(u16::try_from(name.len()).unwrap_or(u16::MAX));
        buffer.put_u16_le(0);
    }

    fn deflate(&mut self, compress: &mut Compress, mut input: &[u8], flush: FlushCompress, out: &mut Vec<Bytes>) {
        loop {
            let mut output = Vec::with_capacity(OUTPUT_BYTES);
            let before = compress.total_in();
            // The one error there is concerns a stream that was finished, which is not written to again.
            let status = compress.compress_vec(input, &mut output, flush).unwrap_or(Status::StreamEnd);
            let read = usize::try_from(compress.total_in() - before).unwrap_or(usize::MAX);
            input = input.get(read..).unwrap_or_default();
            let is_full = output.len() == output.capacity();
            if !output.is_empty() {
                self.emit(output.into(), out);
            }
            let is_done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => input.is_empty() && !is_full,
            };
            if is_done {
                return;
            }
        }
    }

    fn copy(&mut self, rest: &mut BytesMut, mut chunk: Bytes, out: &mut Vec<Bytes>) {
        if !rest.is_empty() {
            let missing = chunk.split_to(chunk.len().min(BLOCK_BYTES - rest.len()));
            rest.extend_from_slice(&missing);
            if rest.len() == BLOCK_BYTES {
                self.block(rest.split().freeze(), false, out);
            }
        }
        while chunk.len() >= BLOCK_BYTES {
            self.block(chunk.split_to(BLOCK_BYTES), false, out);
        }
        rest.extend_from_slice(&chunk);
    }

    /// A block of copies.
    fn block(&mut self, bytes: Bytes, is_last: bool, out: &mut Vec<Bytes>) {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let mut header = BytesMut::with_capacity(5);
        header.put_u8(u8::from(is_last));
        header.put_u16_le(length);
        header.put_u16_le(!length);
        self.emit(header.freeze(), out);
        if !bytes.is_empty() {
            self.emit(bytes, out);
        }
    }

    fn emit(&mut self, bytes: Bytes, out: &mut Vec<Bytes>) {
        self.written_bytes += bytes.len() as u64;
        out.push(bytes);
    }
}

/// The time and the date as MS-DOS has them: two seconds are the smallest step, 1980 is the first year.
fn dos_time(at: Timestamp) -> (u16, u16) {
    let civil = jiff::Timestamp::from_millisecond(at.milliseconds())
        .map(|instant| jiff::tz::Offset::UTC.to_datetime(instant))
        .ok()
        .filter(|civil| (1980..=2107).contains(&civil.year()));
    let Some(civil) = civil else { return (0, 1 << 5 | 1) };
    let part = |value: i8| u16::try_from(value).unwrap_or_default();
    let time = part(civil.hour()) << 11 | part(civil.minute()) << 5 | (part(civil.second()) / 2);
    let year = u16::try_from(civil.year() - 1980).unwrap_or_default();
    (time, year << 9 | part(civil.month()) << 5 | part(civil.day()))
}
