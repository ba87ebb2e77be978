//! What time it is.

use std::time::Duration;

use crate::model::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The clock of the system, or one that runs ahead of it: to see today what the hub will do in a year.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock {
    ahead: Duration,
}

impl SystemClock {
    /// One that runs so much ahead.
    pub const fn ahead(ahead: Duration) -> Self {
        Self { ahead }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let ahead = i64::try_from(self.ahead.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_milliseconds(Timestamp::now().milliseconds().saturating_add(ahead))
    }
}
