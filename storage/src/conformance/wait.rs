//! Waiting for conditions, never longer than a bound.

use std::future::Future;
use std::time::Duration;

use tokio::time::{interval, timeout};

/// No case takes longer, on the slowest disk, where the servers keep one copy.
const CASE_MAX: Duration = Duration::from_secs(300);
/// What happens in the background happens within this.
const CONDITION_MAX: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// Runs a case; one that hangs fails.
pub async fn within_bounds<T>(case: impl Future<Output = T>) -> T {
    timeout(CASE_MAX, case).await.expect("the case ends in time")
}

/// The same, where each change is made on so many nodes of this machine.
pub async fn within_bounds_of<T>(copies: u32, case: impl Future<Output = T>) -> T {
    timeout(CASE_MAX * copies, case).await.expect("the case ends in time")
}

/// What `future` gives; `what` says what did not happen in time.
pub(super) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(CONDITION_MAX, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not within {CONDITION_MAX:?}"),
    }
}

/// Waits until `condition` holds.
pub(super) async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let looked = async {
        let mut ticks = interval(LOOK_INTERVAL);
        while !condition().await {
            ticks.tick().await;
        }
    };
    soon(what, looked).await;
}
