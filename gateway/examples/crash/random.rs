//! Numbers that a seed decides.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// SplitMix64: small, fast, and good enough to choose sizes and instants.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// What these numbers decide together.
    pub(crate) fn of(parts: &[u64]) -> Self {
        let mut random = Self(0);
        for part in parts {
            random.0 ^= *part;
            random.0 = random.next();
        }
        random
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is not zero.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    pub(crate) const fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn duration(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from((to - from).as_micros()).unwrap_or(u64::MAX);
        from + Duration::from_micros(self.below(span.max(1)))
    }
}

/// A seed that nobody chose.
pub(crate) fn arbitrary_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos() % 1_000_000_007).unwrap_or_default()
}
