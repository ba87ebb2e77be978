//! Ctrl-C, and what a build machine sends in its place.

use std::future::Future;

use anyhow::{Context as _, Result, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::interruption::Interruption;

/// From now on Ctrl-C and SIGTERM ask for the end instead of being it.
///
/// # Errors
/// When the system does not let it listen.
pub(super) fn listen() -> Result<Interruption> {
    let heard = |kind| signal(kind).context("signals cannot be listened to");
    let (interrupts, terminations) = (heard(SignalKind::interrupt())?, heard(SignalKind::terminate())?);
    let interruption = Interruption::new();
    tokio::spawn(pass_on(interruption.clone(), interrupts, terminations));
    Ok(interruption)
}

async fn pass_on(interruption: Interruption, mut interrupts: Signal, mut terminations: Signal) {
    loop {
        tokio::select! {
            _ = interrupts.recv() => interruption.ask(),
            _ = terminations.recv() => interruption.ask(),
        }
    }
}

/// Gets ready for a run, unless somebody asks for the end: then whatever was started ends, and there is nothing to report.
///
/// # Errors
/// Those of the work, and when it was interrupted.
pub(super) async fn unless_asked<T>(interruption: &Interruption, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = interruption.asked() => bail!("interrupted before the first deposit: there is nothing to report"),
    }
}
