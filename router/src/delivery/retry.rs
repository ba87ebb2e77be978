//! When a delivery that failed is tried again.

use std::time::Duration;

use crate::model::{DeliveryId, Timestamp};
use crate::ports::DeliveryError;

/// How often and how soon the deliveries of a process are tried again.
///
/// A death certificate is urgent and a change of address is not: each process has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// The longest wait after the first failure; it doubles with each one that follows.
    pub first: Duration,
    /// The longest wait there is.
    pub longest: Duration,
    /// How long after it was called for a delivery is given up, and someone has to look at it.
    pub give_up_after: Duration,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is tried again then.
    At(Timestamp),
    /// It is not tried again by itself.
    GivenUp,
}

impl Retry {
    /// What follows from the failure of attempt number `attempt`, from 1, of a delivery that was called for at `created_at`.
    ///
    /// The wait is drawn from nothing to the present longest one (full jitter), so that those who failed together do not come back
    /// together; the draw follows from delivery and attempt, so that whoever computes it again finds the same. A server that asks to be
    /// left alone for some time is, and those it asked so do not come all at once either.
    pub fn next(
        &self,
        delivery: DeliveryId,
        attempt: u32,
        created_at: Timestamp,
        now: Timestamp,
        error: &DeliveryError,
    ) -> Next {
        if !error.may_be_retried() {
            return Next::GivenUp;
        }
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        let wait = doubled.min(self.longest).mul_f64(share(delivery, attempt));
        let wait = error.retry_after().map_or(wait, |asked| asked.saturating_add(wait.min(self.first)));
        let at = after(now, wait);
        if at > after(created_at, self.give_up_after) { Next::GivenUp } else { Next::At(at) }
    }
}

fn after(instant: Timestamp, wait: Duration) -> Timestamp {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_milliseconds(instant.milliseconds().saturating_add(wait))
}

/// A number from 0 to 1 that looks drawn, and is the same for the same attempt.
fn share(delivery: DeliveryId, attempt: u32) -> f64 {
    let (high, low) = delivery.as_uuid().as_u64_pair();
    // The finalizer of SplitMix64 (Steele, Lea and Flood 2014): each bit of the input changes half of those of the output.
    let mut mixed = (high ^ low.rotate_left(32)).wrapping_add(u64::from(attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ports::DeliveryErrorKind;

    const RETRY: Retry = Retry {
        first: Duration::from_secs(10),
        longest: Duration::from_secs(600),
        give_up_after: Duration::from_secs(24 * 3_600),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1_000)
    }

    fn busy() -> DeliveryError {
        DeliveryError::new(DeliveryErrorKind::Busy, "come back later")
    }

    proptest! {
        #[test]
        fn each_wait_is_within_the_doubled_one_and_the_longest(attempt in 1_u32..200, seed: u128) {
            let id = DeliveryId::from_uuid(uuid::Uuid::from_u128(seed));
            let Next::At(next) = RETRY.next(id, attempt, at(0), at(0), &busy()) else {
                return Err(TestCaseError::fail("given up"));
            };
            let longest = (10_i64 << (attempt - 1).min(30)).min(600);
            prop_assert!((0..=longest * 1_000).contains(&next.milliseconds()), "{next:?}");
            prop_assert_eq!(RETRY.next(id, attempt, at(0), at(0), &busy()), Next::At(next));
        }
    }

    #[test]
    fn those_who_failed_together_come_back_one_by_one() {
        let waits: Vec<i64> = (0..1_000)
            .map(|_| match RETRY.next(DeliveryId::generate(), 5, at(0), at(0), &busy()) {
                Next::At(next) => next.milliseconds(),
                Next::GivenUp => panic!("given up"),
            })
            .collect();
        let early = waits.iter().filter(|wait| **wait < 80_000).count();
        assert!((350..650).contains(&early), "{early} of 1000 come in the first half of 160 s");
    }

    #[test]
    fn a_server_that_asks_for_time_gets_it() {
        let asked = busy().after(Duration::from_secs(3_600));
        let Next::At(next) = RETRY.next(DeliveryId::generate(), 1, at(0), at(100), &asked) else { panic!("given up") };
        assert!((3_700_000..=3_710_000).contains(&next.milliseconds()), "{next:?}");
    }

    #[test]
    fn what_cannot_succeed_or_is_too_old_is_given_up() {
        let id = DeliveryId::generate();
        let rejected = DeliveryError::new(DeliveryErrorKind::Rejected, "never");
        assert_eq!(RETRY.next(id, 1, at(0), at(0), &rejected), Next::GivenUp);
        let asked = busy().after(Duration::from_secs(60));
        assert_eq!(RETRY.next(id, 9, at(0), at(24 * 3_600 - 30), &asked), Next::GivenUp);
    }
}
