//! The order of entries: microseconds since 1970, which are also the write timestamps of all that an entry changes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

/// The order of an entry. Of two entries about one subject the later one has the greater.
pub(super) type Order = i64;

/// Gives orders, each greater than those it gave before.
#[derive(Debug, Default)]
pub(super) struct Orders {
    ahead: Order,
    last: AtomicI64,
}

impl Orders {
    /// By a clock that runs so many milliseconds ahead.
    pub(super) fn new(ahead_milliseconds: i64) -> Self {
        Self { ahead: ahead_milliseconds.saturating_mul(1_000), last: AtomicI64::default() }
    }

    /// What the clock says.
    pub(super) fn now(&self) -> Order {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Order::try_from(since.as_micros()).unwrap_or(Order::MAX).saturating_add(self.ahead)
    }

    /// What the clock says, unless that is not after `former` and after what was given last. So a clock that is behind, or goes
    /// back, never puts an entry before what it was decided upon.
    pub(super) fn next(&self, former: Order) -> Order {
        let least = self.now().max(former.saturating_add(1));
        let after = |last: Order| Some(least.max(last.saturating_add(1)));
        match self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after) {
            Ok(last) | Err(last) => least.max(last.saturating_add(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_is_after_the_last_and_after_what_it_is_decided_upon() {
        let orders = Orders::default();
        let first = orders.next(0);
        let ahead = first + 3_600_000_000;
        let second = orders.next(ahead);
        assert_eq!(second, ahead + 1);
        assert_eq!(orders.next(0), second + 1);
    }
}
