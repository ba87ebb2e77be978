//! What time it is.

use crate::model::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The clock of the system, or one that is off: to see today what the hub will do in a year, or what a wrong clock does.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock {
    ahead_milliseconds: i64,
}

impl SystemClock {
    /// One that runs so much ahead, or behind when it is negative.
    pub const fn ahead(ahead_milliseconds: i64) -> Self {
        Self { ahead_milliseconds }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(Timestamp::now().milliseconds().saturating_add(self.ahead_milliseconds))
    }
}
