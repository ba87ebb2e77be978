//! What holds for all endpoints.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::time::Duration;

use crate::answer::Limits;

/// What holds for all endpoints.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long it may take until the server has let us in.
    pub connect_timeout: Duration,
    /// How long the server may take for one request, of which an upload has hundreds.
    pub request_timeout: Duration,
    /// A transfer may take as long as it takes at this pace, in bytes a second; who is slower is given up.
    pub slowest_bytes_per_second: NonZero<u64>,
    /// How many connections are in use at once, to all servers together.
    pub connections_max: NonZero<usize>,
    /// How many unused connections are kept, to all servers together.
    pub idle_max: usize,
    /// How long an unused connection is kept.
    pub idle_for: Duration,
    /// How many bytes are on their way to servers at once, in all. Each is held about three times: as it was read, as a
    /// request, encrypted.
    pub buffer_bytes: NonZero<u32>,
    /// How much is taken back in one answer.
    pub answers: Limits,
    /// What processes are called in messages whose own code cannot be: code to word.
    pub aliases: BTreeMap<String, String>,
}

impl Default for Options {
    fn default() -> Self {
        const ONE: &str = "invariant: more than none";
        Self {
            connect_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(30),
            slowest_bytes_per_second: const { NonZero::new(16 * 1024).expect(ONE) },
            connections_max: const { NonZero::new(256).expect(ONE) },
            idle_max: 64,
            idle_for: Duration::from_secs(60),
            buffer_bytes: const { NonZero::new(2 << 20).expect(ONE) },
            answers: Limits::default(),
            aliases: BTreeMap::new(),
        }
    }
}
