//! The bytes of a file: made again whenever they are needed, sent and compared as a stream, never stored.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_lc_rs::digest::{Context as Hash, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::random::mix;

/// What a file begins with, so that its content is of the announced kind.
const MAGIC: &[u8] = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n";
/// How much is made at a time, in bytes.
const CHUNK: usize = 64 * 1024;
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A file, by what it follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    seed: u64,
    size: u64,
}

impl Content {
    /// Of `size` bytes.
    pub(crate) const fn new(seed: u64, size: u64) -> Self {
        Self { seed, size }
    }

    /// In bytes.
    pub(crate) const fn size(self) -> u64 {
        self.size
    }

    /// The bytes from `offset`, a multiple of 8, on.
    fn fill(self, offset: u64, buffer: &mut [u8]) {
        let mut word = self.seed.wrapping_add((offset / 8).wrapping_mul(STEP));
        let mut words = buffer.chunks_exact_mut(8);
        for bytes in &mut words {
            bytes.copy_from_slice(&mix(word).to_le_bytes());
            word = word.wrapping_add(STEP);
        }
        let rest = words.into_remainder();
        rest.copy_from_slice(mix(word).to_le_bytes().get(..rest.len()).unwrap_or_default());
        let magic = usize::try_from(offset).ok().and_then(|offset| MAGIC.get(offset..)).unwrap_or_default();
        buffer.iter_mut().zip(magic).for_each(|(byte, magic)| *byte = *magic);
    }

    fn chunk(self, offset: u64) -> Option<Bytes> {
        let left = usize::try_from(self.size.checked_sub(offset)?).unwrap_or(usize::MAX);
        let length = left.min(CHUNK);
        if length == 0 {
            return None;
        }
        let mut buffer = vec![0; length];
        self.fill(offset, &mut buffer);
        Some(buffer.into())
    }

    /// All of it, piece by piece.
    pub(crate) fn pieces(self) -> impl Iterator<Item = Bytes> {
        let mut offset = 0;
        std::iter::from_fn(move || {
            let chunk = self.chunk(offset)?;
            offset += chunk.len() as u64;
            Some(chunk)
        })
    }

    /// The value of the header `digest`: base64 of SHA-256.
    pub(crate) fn digest(self) -> String {
        let mut hash = Hash::new(&SHA256);
        self.pieces().for_each(|piece| hash.update(&piece));
        BASE64.encode(hash.finish())
    }
}

/// A body of a request: nothing, a few bytes, or a file as it is made.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// Nothing, or these bytes.
    Whole(Option<Bytes>),
    /// The rest of a file.
    File {
        /// Which one.
        content: Content,
        /// From where on.
        offset: u64,
    },
}

impl Outgoing {
    /// Nothing.
    pub(crate) const fn empty() -> Self {
        Self::Whole(None)
    }

    /// A file, from its beginning.
    pub(crate) const fn file(content: Content) -> Self {
        Self::File { content, offset: 0 }
    }

    /// In bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Self::File { content, offset } => content.size - offset,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match &mut *self {
            Self::Whole(bytes) => bytes.take(),
            Self::File { content, offset } => {
                let chunk = content.chunk(*offset);
                *offset += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
                chunk
            }
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.length() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}

/// Compares what comes back with what was sent.
#[derive(Debug)]
pub(crate) struct Comparison {
    content: Content,
    offset: u64,
    expected: Vec<u8>,
    differs_at: Option<u64>,
}

impl Comparison {
    /// With this file.
    pub(crate) const fn with(content: Content) -> Self {
        Self { content, offset: 0, expected: Vec::new(), differs_at: None }
    }

    /// The next bytes.
    pub(crate) fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.differs_at.is_none() {
            // Words are made whole: what comes may begin within one.
            let into = usize::try_from(self.offset % 8).unwrap_or_default();
            let length = bytes.len().min(CHUNK);
            self.expected.resize(into + length, 0);
            self.content.fill(self.offset - into as u64, &mut self.expected);
            let (now, later) = bytes.split_at(length);
            let expected = self.expected.get(into..).unwrap_or_default();
            if now != expected || self.offset + length as u64 > self.content.size {
                let same = now.iter().zip(expected).take_while(|(one, other)| one == other).count();
                self.differs_at = Some((self.offset + same as u64).min(self.content.size));
            }
            self.offset += length as u64;
            bytes = later;
        }
    }

    /// What is wrong with all that came.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self.differs_at {
            Some(at) => Err(format!("differs from byte {at} on")),
            None if self.offset != self.content.size => {
                Err(format!("has {} bytes instead of {}", self.offset, self.content.size))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(content: Content) -> Vec<u8> {
        content.pieces().flatten().collect()
    }

    #[test]
    fn a_file_can_be_made_again_and_compared_in_any_pieces() {
        for size in [16, 17, 1_000, CHUNK as u64, CHUNK as u64 + 1, 300_003] {
            let content = Content::new(42, size);
            let bytes = whole(content);
            assert_eq!(bytes.len() as u64, size);
            assert!(bytes.starts_with(b"%PDF-1.4"));
            for pieces in [1, 7, 4_096, 1 << 20] {
                let mut comparison = Comparison::with(content);
                bytes.chunks(pieces).for_each(|piece| comparison.take(piece));
                assert_eq!(comparison.finish(), Ok(()), "{size} bytes in pieces of {pieces}");
            }
        }
        assert_ne!(whole(Content::new(1, 100)), whole(Content::new(2, 100)));
    }

    #[test]
    fn one_byte_more_less_or_other_is_found() {
        let content = Content::new(42, 200_000);
        let bytes = whole(content);
        let verdict = |bytes: &[u8]| {
            let mut comparison = Comparison::with(content);
            bytes.chunks(1_000).for_each(|piece| comparison.take(piece));
            comparison.finish()
        };
        let mut other = bytes.clone();
        other[123_456] ^= 1;
        assert_eq!(verdict(&other), Err("differs from byte 123456 on".to_owned()));
        assert_eq!(verdict(&bytes[..199_999]), Err("has 199999 bytes instead of 200000".to_owned()));
        let longer = [bytes, vec![0]].concat();
        assert_eq!(verdict(&longer), Err("differs from byte 200000 on".to_owned()));
    }
}
