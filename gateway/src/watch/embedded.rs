//! What journal, view and attachments on this machine have done.

use std::sync::Arc;

use navette_storage::embedded::{attachments, journal, store};

use crate::backend::Hub;
use crate::health::Readiness;
use crate::metrics::Registry;

const RESTART: &str = "restart to find out what reached the disk";

/// Whether this machine can take deposits.
pub(super) fn readiness(readiness: &Readiness, hub: &Arc<Hub>) {
    let store = Arc::downgrade(hub);
    readiness.add("journal", move || match store.upgrade() {
        Some(hub) if hub.store().embedded().is_none_or(store::Store::is_writable) => Ok(()),
        Some(_) => Err(format!("the journal or the view failed; {RESTART}")),
        None => Err("the hub is stopping".to_owned()),
    });
    let attachments = Arc::downgrade(hub);
    readiness.add("attachments", move || match attachments.upgrade() {
        Some(hub) if hub.attachments().embedded().is_none_or(|attachments| !attachments.statistics().failed) => Ok(()),
        Some(_) => Err(format!("attachments cannot be written; {RESTART}")),
        None => Err("the hub is stopping".to_owned()),
    });
}

/// A number of the journal; 0 when there is none.
pub(super) fn of_journal(
    hub: &Arc<Hub>,
    read: fn(&journal::Statistics) -> f64,
) -> impl Fn() -> f64 + Send + Sync + 'static {
    of_store(hub, move |store| store.journal_statistics().map_or(0.0, |statistics| read(&statistics)))
}

/// A number of the store.
pub(super) fn of_store(
    hub: &Arc<Hub>,
    read: impl Fn(&store::Store) -> f64 + Send + Sync + 'static,
) -> impl Fn() -> f64 + Send + Sync + 'static {
    let hub = Arc::downgrade(hub);
    move || hub.upgrade().and_then(|hub| hub.store().embedded().map(&read)).unwrap_or_default()
}

/// A number of the attachments.
pub(super) fn of_attachments(
    hub: &Arc<Hub>,
    read: fn(&attachments::Statistics) -> f64,
) -> impl Fn() -> f64 + Send + Sync + 'static {
    let hub = Arc::downgrade(hub);
    move || {
        let hub = hub.upgrade();
        hub.and_then(|hub| hub.attachments().embedded().map(|kept| read(&kept.statistics()))).unwrap_or_default()
    }
}

/// Shows it.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only; counters lose a unit after 2^53")]
pub(super) fn metrics(registry: &Registry, hub: &Arc<Hub>) {
    let journal = |read| of_journal(hub, read);
    let attachments = |read| of_attachments(hub, read);
    registry.observed_counter(
        "navette_journal_groups_total",
        "Groups of entries, each one sync of the disk.",
        journal(|s| s.groups as f64),
    );
    registry.observed_counter(
        "navette_journal_bytes_total",
        "Bytes written to the journal.",
        journal(|s| s.bytes as f64),
    );
    registry.observed_counter(
        "navette_journal_sync_seconds_total",
        "Time the journal spent waiting for the disk, in seconds.",
        journal(|s| s.sync_nanoseconds as f64 / 1e9),
    );
    registry.observed_gauge(
        "navette_journal_queued_entries",
        "Entries that wait to be written.",
        journal(|s| s.queued_entries as f64),
    );
    registry.observed_gauge(
        "navette_journal_queued_bytes",
        "Bytes of entries that wait to be written.",
        journal(|s| s.queued_bytes as f64),
    );
    registry.observed_gauge(
        "navette_journal_segments",
        "Files that the journal takes.",
        journal(|s| s.segments as f64),
    );
    registry.observed_gauge(
        "navette_journal_last_position",
        "The number of the last durable entry.",
        journal(|s| s.last as f64),
    );
    registry.observed_gauge(
        "navette_view_applied_position",
        "The number of the last entry that the view shows.",
        of_store(hub, |store| store.applied() as f64),
    );
    registry.observed_gauge(
        "navette_view_log_bytes",
        "What the unsorted log of the view takes on the disk. Far above storage.view.write_ahead_max_bytes, the disk does not keep up.",
        of_store(hub, |store| store.view_log_bytes() as f64),
    );
    registry.observed_counter(
        "navette_attachments_stored_total",
        "Attachments made durable.",
        attachments(|s| s.stored as f64),
    );
    registry.observed_counter(
        "navette_attachments_syncs_total",
        "Syncs of volumes, each for everybody who waited.",
        attachments(|s| s.syncs as f64),
    );
    registry.observed_counter(
        "navette_attachments_erased_bytes_total",
        "Bytes given back to the disk.",
        attachments(|s| s.erased_bytes as f64),
    );
    registry.observed_gauge(
        "navette_attachments_waiting_removals",
        "Removals that wait.",
        attachments(|s| s.waiting_removals as f64),
    );
    registry.observed_counter(
        "navette_attachments_failed_removals_total",
        "Removals that failed.",
        attachments(|s| s.failed_removals as f64),
    );
}
