//! What the socket side of a connection and its requests tell each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// One connection.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    requests: AtomicU64,
    in_flight: AtomicU32,
    /// Since the connection was opened.
    idle_since_milliseconds: AtomicU64,
    multiplexed: AtomicBool,
    /// The number of the first request whose framing is ambiguous.
    ambiguous_from: AtomicU64,
    unread_body: AtomicBool,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            requests: AtomicU64::new(0),
            in_flight: AtomicU32::new(0),
            idle_since_milliseconds: AtomicU64::new(0),
            multiplexed: AtomicBool::new(false),
            ambiguous_from: AtomicU64::new(u64::MAX),
            unread_body: AtomicBool::new(false),
        }
    }

    /// A request has come, and is in flight until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>, multiplexed: bool) -> InFlight {
        if multiplexed {
            self.multiplexed.store(true, Ordering::Relaxed);
        }
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        let number = self.requests.fetch_add(1, Ordering::AcqRel);
        InFlight { activity: Arc::clone(self), number }
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Acquire)
    }

    /// Several requests share the connection.
    pub(super) fn is_multiplexed(&self) -> bool {
        self.multiplexed.load(Ordering::Relaxed)
    }

    /// Since when nothing is in flight; `None` while something is.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        if self.in_flight.load(Ordering::Acquire) > 0 {
            return None;
        }
        Some(self.opened + Duration::from_millis(self.idle_since_milliseconds.load(Ordering::Acquire)))
    }

    /// From this request on nobody can be sure where a request ends.
    pub(super) fn ambiguous_from(&self, number: u64) {
        self.ambiguous_from.fetch_min(number, Ordering::AcqRel);
    }

    /// An answer was given before the body of its request was read to the end.
    pub(super) fn leave_body_unread(&self) {
        self.unread_body.store(true, Ordering::Release);
    }

    pub(super) fn has_unread_body(&self) -> bool {
        self.unread_body.load(Ordering::Acquire)
    }
}

/// A request in flight, from its head to the end of its answer.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
    number: u64,
}

impl InFlight {
    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Whether its framing, or that of a request before it, is ambiguous.
    pub(super) fn is_ambiguous(&self) -> bool {
        !self.activity.is_multiplexed() && self.number >= self.activity.ambiguous_from.load(Ordering::Acquire)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let elapsed = u64::try_from(self.activity.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.activity.idle_since_milliseconds.store(elapsed, Ordering::Release);
        self.activity.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}
