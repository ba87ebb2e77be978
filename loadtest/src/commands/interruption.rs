//! Ctrl-C, and what a build machine sends in its place.

use std::future::Future;

use anyhow::{Result, bail};
use tokio::signal::unix::{SignalKind, signal};

/// Waits until somebody asks for the end.
pub(super) async fn asked_to_end() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => if interrupted.is_err() { std::future::pending().await },
        _ = terminate.recv() => {}
    }
}

/// Gets ready for a run, unless somebody asks for the end: then whatever was started ends, and there is nothing to report.
///
/// # Errors
/// Those of the work, and when it was interrupted.
pub(super) async fn unless_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = asked_to_end() => bail!("interrupted before the first deposit: there is nothing to report"),
    }
}
