//! Numbers that follow from where they are asked for: the same seed and the same place always give the same number.

/// A sequence of numbers (SplitMix64, by Steele, Lea and Flood). Written here because reports of years ago must be made again from their
/// seed: the sequence may never change.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A bijection in which every bit of the input moves half of the output.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

impl Random {
    /// The sequence of `number` within the stream `purpose` of `seed`.
    pub(crate) const fn of(seed: u64, purpose: u64, number: u64) -> Self {
        Self(mix(mix(seed ^ mix(purpose.wrapping_mul(STEP))).wrapping_add(number.wrapping_mul(STEP))))
    }

    /// Any number.
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// From 0, never 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(crate) const fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Below `bound`, which is not zero.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        ((self.next() as u128 * bound as u128) >> 64) as u64
    }

    /// Whether something happens that happens with this share.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_is_the_same_for_ever() {
        let mut random = Random::of(1, 2, 3);
        let first = (random.next(), random.next());
        assert_eq!(
            first,
            (Random::of(1, 2, 3).next(), {
                let mut again = Random::of(1, 2, 3);
                again.next();
                again.next()
            })
        );
        assert_eq!(mix(STEP), 0xE220_A839_7B1D_CDAF, "the published first value of the sequence of seed 0");
        assert_ne!(Random::of(1, 2, 4).next(), first.0);
        assert_ne!(Random::of(2, 2, 3).next(), first.0);
    }

    #[test]
    fn its_shapes_are_as_named() {
        let mut random = Random::of(7, 0, 0);
        let count = 100_000;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / f64::from(count);
        let units: Vec<f64> = (0..count).map(|_| random.unit()).collect();
        let exponentials: Vec<f64> = (0..count).map(|_| random.exponential()).collect();
        let normals: Vec<f64> = (0..count).map(|_| random.normal()).collect();
        assert!((mean(&units) - 0.5).abs() < 0.01);
        assert!((mean(&exponentials) - 1.0).abs() < 0.02);
        assert!(mean(&normals).abs() < 0.02);
        assert!((mean(&normals.iter().map(|value| value * value).collect::<Vec<_>>()) - 1.0).abs() < 0.03);
        assert!((0..1_000).all(|_| random.below(7) < 7));
    }
}
