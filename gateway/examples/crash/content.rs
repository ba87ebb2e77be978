//! The bytes of an attachment, made from a number, so that nobody has to remember them.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;

use crate::random::Random;

/// What an attachment holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content {
    pub(crate) seed: u64,
    pub(crate) size: usize,
}

impl Content {
    pub(crate) fn bytes(self) -> Bytes {
        let mut random = Random::of(&[self.seed]);
        let mut bytes = Vec::with_capacity(self.size + 8);
        while bytes.len() < self.size {
            bytes.extend_from_slice(&random.next().to_le_bytes());
        }
        bytes.truncate(self.size);
        bytes.into()
    }

    pub(crate) fn sha256(bytes: &[u8]) -> String {
        BASE64.encode(digest(&SHA256, bytes))
    }
}
