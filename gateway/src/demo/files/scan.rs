//! An image that looks like a scanned stamp: what makes a small PDF as large as a real one.

/// A sequence of bytes that looks random and is the same for the same seed.
pub(super) struct Noise(u32);

impl Noise {
    pub(super) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9) | 1)
    }

    /// The next byte (xorshift, 32 bits).
    pub(super) fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0.to_be_bytes()[0]
    }
}

/// A grey image, one byte a pixel, rows from the top.
pub(super) struct Scan {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Vec<u8>,
}

impl Scan {
    /// Speckled paper with a round stamp of two rings around wavy lines.
    pub(super) fn new(width: u32, height: u32, seed: u32) -> Self {
        let mut noise = Noise::new(seed);
        let outer = width.min(height) * 9 / 20;
        let pixels = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let (across, down) = (x.abs_diff(width / 2), y.abs_diff(height / 2));
                let radius = (across * across + down * down).isqrt();
                let on_ring = radius.abs_diff(outer) < 3 || radius.abs_diff(outer * 4 / 5) < 2;
                let wave = (x % 64).abs_diff(32) / 2;
                let on_line = radius < outer * 3 / 4 && (y + wave) % 14 < 2;
                let ink = if on_ring || on_line { 120 } else { 0 };
                235 - ink - noise.byte() % 32
            })
            .collect();
        Self { width, height, pixels }
    }
}
