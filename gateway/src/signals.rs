//! The signals that the hub knows: SIGTERM and SIGINT stop it, SIGHUP has the certificates read again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::front::Certificates;

/// Signals that ask the process to end. From the moment it exists they no longer end it by themselves.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens for them.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub async fn received(&mut self) {
        let name = tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
    }
}

/// Reads certificates again on SIGHUP and whenever their files change. Never returns. Without certificates SIGHUP does nothing,
/// rather than end the process.
///
/// # Errors
/// When the system does not let it listen.
pub fn keep_certificates_fresh(
    certificates: Option<Arc<Certificates>>,
    poll_interval: Duration,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        let mut look = tokio::time::interval(poll_interval);
        loop {
            tokio::select! {
                _ = look.tick() => {}
                _ = hang_up.recv() => {}
            }
            if let Some(certificates) = certificates.clone() {
                // The files may be on a disk that does not answer.
                let refreshed = tokio::task::spawn_blocking(move || certificates.refresh_and_report()).await;
                if let Err(error) = refreshed {
                    tracing::error!(%error, "the certificates cannot be looked at");
                }
            }
        }
    })
}
