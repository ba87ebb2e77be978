//! What the hub asks of the system it runs on: descriptors, to be told about by the service manager, and whom it trusts.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sd_notify::NotifyState;

/// Where the authorities lie that Debian trusts.
pub(crate) const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Descriptors besides one for each connection: volumes, tables of the view, listeners.
const OTHER_DESCRIPTORS: u64 = 1_024;

/// Raises the soft limit of open descriptors to the hard one; says so when even that is too little.
pub(crate) fn raise_descriptor_limit(max_connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::warn!(%error, "the limit of open descriptors cannot be raised");
    }
    let needed = max_connections as u64 + OTHER_DESCRIPTORS;
    let allowed = getrlimit(Resource::Nofile).current;
    if allowed.is_some_and(|allowed| allowed < needed) {
        tracing::warn!(
            allowed,
            needed,
            "server.max_connections needs more descriptors than the system allows; raise LimitNOFILE"
        );
    }
}

/// Tells the service manager, if there is one, that partners can come.
pub(crate) fn notify_ready() {
    notify(NotifyState::Ready);
}

/// Tells the service manager, if there is one, that the hub drains.
pub(crate) fn notify_stopping() {
    notify(NotifyState::Stopping);
}

/// Pings the service manager at half the interval it asks for, if it asks.
pub(crate) fn watchdog() -> Option<impl Future<Output = ()> + Send + 'static> {
    let interval: Duration = sd_notify::watchdog_enabled()?;
    Some(async move {
        let mut ticks = tokio::time::interval(interval / 2);
        loop {
            ticks.tick().await;
            notify(NotifyState::Watchdog);
        }
    })
}

fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
