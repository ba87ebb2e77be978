//! What systemd is told, where there is one. Nothing here can fail in a way that matters.

use sd_notify::NotifyState;

/// Requests are answered from now on.
pub fn ready() {
    notify(NotifyState::Ready);
}

/// The process is about to end.
pub fn stopping() {
    notify(NotifyState::Stopping);
}

/// Says again and again that the process lives, if the manager wants to hear it; never returns otherwise.
pub async fn keep_watchdog_quiet() {
    let Some(patience) = sd_notify::watchdog_enabled().filter(|patience| !patience.is_zero()) else {
        return std::future::pending().await;
    };
    let mut beat = tokio::time::interval(patience / 2);
    loop {
        beat.tick().await;
        notify(NotifyState::Watchdog);
    }
}

fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
