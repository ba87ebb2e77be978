//! Ctrl-C, and what a build machine sends in its place.

use std::future::Future;

use anyhow::{Context as _, Result, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::interruption::Interruption;

/// The number of SIGHUP, on every system.
const HANGUP: u32 = 1;

/// The second time somebody asks: nothing is written any more.
#[derive(Debug, thiserror::Error)]
#[error("interrupted twice: no report is written")]
pub(super) struct Insisted;

/// From now on Ctrl-C, SIGTERM and, when the terminal goes away, SIGHUP ask for the end instead of being it.
///
/// # Errors
/// When the system does not let it listen.
pub(super) fn listen() -> Result<Interruption> {
    let heard = |kind| signal(kind).context("signals cannot be listened to");
    let (interrupts, terminations) = (heard(SignalKind::interrupt())?, heard(SignalKind::terminate())?);
    // Whoever started it with `nohup` wants it to go on when the terminal goes away.
    let hangups = if is_ignored(HANGUP) { None } else { Some(heard(SignalKind::hangup())?) };
    let interruption = Interruption::new();
    for signals in [Some(interrupts), Some(terminations), hangups].into_iter().flatten() {
        tokio::spawn(pass_on(interruption.clone(), signals));
    }
    Ok(interruption)
}

async fn pass_on(interruption: Interruption, mut signals: Signal) {
    while signals.recv().await.is_some() {
        interruption.ask();
    }
}

/// Whether a signal is ignored by this process, by the bits that Linux shows.
fn is_ignored(signal: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    u64::from_str_radix(ignored.trim(), 16).is_ok_and(|bits| bits >> (signal - 1) & 1 == 1)
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
