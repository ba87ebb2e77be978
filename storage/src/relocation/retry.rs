//! Servers that fail for a moment do not end a move of many hours.

use std::time::Duration;

use super::error::Error;

/// How long to wait before each further attempt.
const WAITS: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(9),
    Duration::from_secs(27),
];

/// Attempts something until it is done, or fails in a way that will not pass, or has failed often enough. An attempt is told whether it
/// is the first one.
pub(super) async fn patiently<T>(mut attempt: impl AsyncFnMut(bool) -> Result<T, Error>) -> Result<T, Error> {
    let mut is_first = true;
    for wait in WAITS {
        match attempt(is_first).await {
            Err(error) if error.may_be_retried() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a step of the move is tried again");
                tokio::time::sleep(wait).await;
            }
            done => return done,
        }
        is_first = false;
    }
    attempt(false).await
}
