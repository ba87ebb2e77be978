//! Decodes gzip piece by piece, with a bound on what a small body may become. Pure: bytes in, bytes out.

use bytes::{Buf as _, Bytes, BytesMut};
use flate2::{Decompress, FlushDecompress, Status};
use navette_adapter_api::BodyFault;

const WINDOW_BITS: u8 = 15;
/// How much is decoded at a time.
const FRAME_MAX_BYTES: usize = 64 * 1024;
const FRAME_MIN_BYTES: usize = 4 * 1024;
/// Below this much, the ratio does not matter.
const RATIO_FROM_BYTES: u64 = 1024 * 1024;

/// What a compressed body may become.
#[derive(Debug, Clone, Copy)]
pub(in crate::front) struct DecodeLimits {
    /// In bytes.
    pub(in crate::front) decoded_max_bytes: u64,
    /// As a multiple of what it was, once it is more than 1 MiB.
    pub(in crate::front) decoded_max_ratio: u32,
}

/// Decodes one body, which may be made of several gzip members.
#[derive(Debug)]
pub(in crate::front) struct Inflater {
    decoder: Decompress,
    limits: DecodeLimits,
    consumed_bytes: u64,
    decoded_bytes: u64,
    /// Between members, or before the first.
    between: bool,
    /// The decoder may hold more than the last frame had room for.
    more: bool,
}

impl Inflater {
    pub(in crate::front) fn new(limits: DecodeLimits) -> Self {
        let decoder = Decompress::new_gzip(WINDOW_BITS);
        Self { decoder, limits, consumed_bytes: 0, decoded_bytes: 0, between: true, more: false }
    }

    /// Takes from the input and gives the next frame; `None` when it needs more input.
    pub(in crate::front) fn step(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, BodyFault> {
        while !input.is_empty() || self.more {
            if self.between && !input.is_empty() {
                self.between = false;
                if self.consumed_bytes > 0 {
                    self.decoder = Decompress::new_gzip(WINDOW_BITS);
                }
            }
            let room = input.len().saturating_mul(8).clamp(FRAME_MIN_BYTES, FRAME_MAX_BYTES);
            let mut frame = BytesMut::zeroed(room);
            let (in_before, out_before) = (self.decoder.total_in(), self.decoder.total_out());
            let status = self.decoder.decompress(input, &mut frame, FlushDecompress::None);
            let status = status.map_err(|_| BodyFault::Malformed)?;
            let consumed = self.decoder.total_in() - in_before;
            let decoded = self.decoder.total_out() - out_before;
            input.advance(usize::try_from(consumed).unwrap_or(usize::MAX).min(input.len()));
            self.consumed_bytes += consumed;
            self.decoded_bytes += decoded;
            self.more = decoded == room as u64;
            if status == Status::StreamEnd {
                self.between = true;
                self.more = false;
            }
            self.check()?;
            if decoded > 0 {
                frame.truncate(usize::try_from(decoded).unwrap_or(usize::MAX));
                return Ok(Some(frame.freeze()));
            }
            if consumed == 0 && !self.between && !input.is_empty() {
                return Err(BodyFault::Malformed);
            }
        }
        Ok(None)
    }

    /// The input has ended: so must the last member.
    pub(in crate::front) const fn finish(&self) -> Result<(), BodyFault> {
        if self.between { Ok(()) } else { Err(BodyFault::Malformed) }
    }

    const fn check(&self) -> Result<(), BodyFault> {
        let most = self.consumed_bytes.saturating_mul(self.limits.decoded_max_ratio as u64);
        let too_dense = self.decoded_bytes > RATIO_FROM_BYTES && self.decoded_bytes > most;
        if self.decoded_bytes > self.limits.decoded_max_bytes || too_dense { Err(BodyFault::TooLarge) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::compress;
    use super::*;

    const LIMITS: DecodeLimits = DecodeLimits { decoded_max_bytes: 64 << 20, decoded_max_ratio: 200 };

    fn densest(length: usize) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, &vec![0; length]).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(compressed: &[u8], piece: usize, limits: DecodeLimits) -> Result<Vec<u8>, BodyFault> {
        let mut inflater = Inflater::new(limits);
        let mut decoded = Vec::new();
        for piece in compressed.chunks(piece.max(1)) {
            let mut input = Bytes::copy_from_slice(piece);
            while let Some(frame) = inflater.step(&mut input)? {
                assert!(frame.len() <= FRAME_MAX_BYTES);
                decoded.extend_from_slice(&frame);
            }
        }
        inflater.finish().map(|()| decoded)
    }

    #[test]
    fn nothing_is_a_body_of_no_member() {
        assert_eq!(inflate(b"", 1, LIMITS), Ok(Vec::new()));
    }

    #[test]
    fn several_members_are_one_body() {
        let one = compress(&[b'a'; 500]).unwrap();
        let both = [&one[..], &compress(&[b'b'; 100_000]).unwrap()].concat();
        for piece in [1, 7, both.len()] {
            assert_eq!(inflate(&both, piece, LIMITS).unwrap().len(), 100_500);
        }
    }

    #[test]
    fn what_is_cut_changed_or_followed_by_something_else_is_malformed() {
        let whole = compress(&[b'a'; 5000]).unwrap().to_vec();
        for length in 1..whole.len() {
            assert_eq!(inflate(&whole[..length], 3, LIMITS), Err(BodyFault::Malformed), "{length}");
        }
        let mut changed = whole.clone();
        let last = changed.len() - 6;
        changed[last] ^= 1;
        assert_eq!(inflate(&changed, 100, LIMITS), Err(BodyFault::Malformed));
        assert_eq!(inflate(&[&whole[..], b"tail"].concat(), 100, LIMITS), Err(BodyFault::Malformed));
        assert_eq!(inflate(b"{\"plain\":true}", 100, LIMITS), Err(BodyFault::Malformed));
    }

    #[test]
    fn a_bomb_is_defused() {
        let bomb = densest(16 << 20);
        assert!(bomb.len() < 20_000);
        assert_eq!(inflate(&bomb, 1000, LIMITS).err(), Some(BodyFault::TooLarge));
        let limits = DecodeLimits { decoded_max_bytes: 10_000, decoded_max_ratio: u32::MAX };
        assert_eq!(inflate(&bomb, 1000, limits).err(), Some(BodyFault::TooLarge));
        assert_eq!(inflate(&densest(900_000), 1000, LIMITS).unwrap().len(), 900_000);
    }

    proptest! {
        #[test]
        fn whatever_was_compressed_comes_back(
            seed in prop::collection::vec(any::<u8>(), 1..400),
            times in 1..500usize,
            piece in 1..5000usize,
        ) {
            let original = seed.repeat(times);
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, &original).unwrap();
            let compressed = encoder.finish().unwrap();
            prop_assert_eq!(inflate(&compressed, piece, DecodeLimits { decoded_max_ratio: u32::MAX, ..LIMITS }), Ok(original));
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            let mut bytes = bytes;
            drop(inflate(&bytes, 5, LIMITS));
            bytes.splice(0..0, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
            drop(inflate(&bytes, 5, LIMITS));
        }
    }
}
