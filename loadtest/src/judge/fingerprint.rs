//! Identifiers of the hub, as numbers of a fixed size.

use std::hash::Hasher;

use crate::random::mix;

/// A number that is not likely to be that of another identifier.
pub(super) fn fingerprint(identifier: &str) -> u64 {
    identifier.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| mix(hash ^ u64::from(byte)))
}

#[expect(clippy::cast_possible_truncation, reason = "half of it")]
pub(super) const fn half(fingerprint: u64) -> u32 {
    fingerprint as u32
}

/// Keys are fingerprints: nothing is left to hash.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed")
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
