//! Admission by bytes in flight: a request is let in when what it may hold in memory fits beside what the others hold.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::Registry;

/// One permit of the semaphore stands for this many bytes, so that the limit may pass 4 GiB.
const UNIT_BYTES: u64 = 1024;

/// How much is in flight, and how much may be.
#[derive(Debug, Clone)]
pub struct Admission {
    units: Arc<Semaphore>,
    max_units: u32,
    base_bytes: u64,
    window_bytes: u64,
}

/// A request was let in; what it holds is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    _units: OwnedSemaphorePermit,
}

impl Admission {
    /// Lets in `max_bytes` at a time; every request counts as `base_bytes` and as its body, which counts as `window_bytes` at most.
    pub fn new(max_bytes: u64, base_bytes: u64, window_bytes: u64) -> Self {
        let max_units = u32::try_from(max_bytes / UNIT_BYTES).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(max_units as usize)), max_units, base_bytes, window_bytes }
    }

    /// Lets in a request with a body of this length; `None` when there is no room. `u64::MAX` for a body of unknown length.
    pub(super) fn admit(&self, body_bytes: u64) -> Option<Permit> {
        let cost_bytes = self.base_bytes.saturating_add(body_bytes.min(self.window_bytes));
        // The largest request must fit when it is alone.
        let units = u32::try_from(cost_bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).min(self.max_units);
        let units = Arc::clone(&self.units).try_acquire_many_owned(units).ok()?;
        Some(Permit { _units: units })
    }

    /// Declares metrics of both numbers.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; the limit is below 2^42")]
    pub fn register(&self, registry: &Registry) {
        let (now, max) = (self.clone(), self.clone());
        registry.observed_gauge(
            "navette_in_flight_bytes",
            "What the requests in progress are charged, in bytes.",
            move || now.in_flight_bytes() as f64,
        );
        registry.observed_gauge(
            "navette_in_flight_max_bytes",
            "What may be in flight at a time, in bytes.",
            move || max.max_bytes() as f64,
        );
    }

    /// How much may be in flight, in bytes.
    pub fn max_bytes(&self) -> u64 {
        u64::from(self.max_units) * UNIT_BYTES
    }

    /// How much is in flight, in bytes.
    pub fn in_flight_bytes(&self) -> u64 {
        self.max_bytes().saturating_sub(self.units.available_permits() as u64 * UNIT_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: u64 = 1024;

    #[test]
    fn requests_are_let_in_as_long_as_they_fit() {
        let admission = Admission::new(100 * KIB, 10 * KIB, 40 * KIB);
        let small = admission.admit(0).unwrap();
        let large = admission.admit(u64::MAX).unwrap();
        assert_eq!(admission.in_flight_bytes(), 60 * KIB);
        assert!(admission.admit(1 << 30).is_none());
        let other = admission.admit(30 * KIB).unwrap();
        assert!(admission.admit(0).is_none());
        drop((small, large, other));
        assert_eq!(admission.in_flight_bytes(), 0);
    }

    #[test]
    fn a_request_larger_than_the_limit_is_let_in_alone() {
        let admission = Admission::new(16 * KIB, KIB, KIB * KIB);
        let alone = admission.admit(u64::MAX).unwrap();
        assert!(admission.admit(0).is_none());
        drop(alone);
        assert!(admission.admit(0).is_some());
    }
}
