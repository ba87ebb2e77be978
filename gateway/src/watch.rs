//! What the hub tells those who watch it: checks for readiness, numbers for Prometheus.

mod limits;

use std::sync::Arc;

use navette_router::model::Timestamp;
use navette_router::ports::Store as _;

use crate::backend::EmbeddedHub;
use crate::configuration::Configuration;
use crate::health::Readiness;
use crate::metrics::Registry;

/// Whether the hub can take deposits.
pub(crate) fn readiness(readiness: &Readiness, hub: &Arc<EmbeddedHub>) {
    let store = Arc::downgrade(hub);
    readiness.add("journal", move || match store.upgrade() {
        Some(hub) if hub.store().is_writable() => Ok(()),
        Some(_) => Err("the journal or the view failed; restart to find out what reached the disk".to_owned()),
        None => Err("the hub is stopping".to_owned()),
    });
    let attachments = Arc::downgrade(hub);
    readiness.add("attachments", move || match attachments.upgrade() {
        Some(hub) if !hub.attachments().statistics().failed => Ok(()),
        Some(_) => Err("attachments cannot be written; restart to find out what reached the disk".to_owned()),
        None => Err("the hub is stopping".to_owned()),
    });
}

/// What journal, view and attachments have done.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only; counters lose a unit after 2^53")]
pub(crate) fn metrics(registry: &Registry, hub: &Arc<EmbeddedHub>, configuration: &Configuration) {
    limits::register(registry, hub, configuration);
    let journal = |read: fn(&navette_storage::embedded::journal::Statistics) -> f64| {
        let hub = Arc::downgrade(hub);
        move || {
            hub.upgrade().and_then(|hub| hub.store().journal_statistics()).map_or(0.0, |statistics| read(&statistics))
        }
    };
    let attachments = |read: fn(&navette_storage::embedded::attachments::Statistics) -> f64| {
        let hub = Arc::downgrade(hub);
        move || hub.upgrade().map_or(0.0, |hub| read(&hub.attachments().statistics()))
    };
    registry.observed_counter(
        "navette_journal_entries_total",
        "Entries made durable in the journal.",
        journal(|s| s.entries as f64),
    );
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
    let mails = Arc::downgrade(hub);
    registry.observed_gauge("navette_mails_waiting", "E-mails that wait to be sent.", move || {
        mails.upgrade().map_or(0.0, |hub| hub.store().mails_waiting() as f64)
    });
    let credentials = Arc::downgrade(hub);
    registry.observed_gauge(
        "navette_credentials_expiring",
        "Credentials in force that will end within 30 days.",
        move || credentials.upgrade().map_or(0.0, |hub| expiring(&hub) as f64),
    );
    let hub_applied = Arc::downgrade(hub);
    registry.observed_gauge(
        "navette_view_applied_position",
        "The number of the last entry that the view shows.",
        move || hub_applied.upgrade().map_or(0.0, |hub| hub.store().applied() as f64),
    );
    let log = Arc::downgrade(hub);
    registry.observed_gauge(
        "navette_view_log_bytes",
        "What the unsorted log of the view takes on the disk. Far above storage.view.write_ahead_max_bytes, the disk does not keep up.",
        move || log.upgrade().map_or(0.0, |hub| hub.store().view_log_bytes() as f64),
    );
    registry.observed_gauge("navette_attachments_uploads", "Uploads in progress.", attachments(|s| s.uploads as f64));
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

/// How many credentials will end within 30 days.
fn expiring(hub: &EmbeddedHub) -> usize {
    const DAYS_30_MILLISECONDS: i64 = 30 * 24 * 60 * 60 * 1_000;
    let soon = hub.clock_now().milliseconds().saturating_add(DAYS_30_MILLISECONDS);
    hub.counts(Timestamp::from_milliseconds(soon)).credentials_expiring
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::{Admission, register_limits};
    use crate::metrics::{FrontMetrics, MailMetrics, RetentionMetrics, TokenMetrics, reference_page};

    #[test]
    fn the_committed_catalogue_of_metrics_is_the_generated_one() {
        let directory = tempfile::tempdir().unwrap();
        let mut configuration = Configuration::default();
        configuration.storage.directory = directory.path().to_owned();
        let hub = crate::backend::open(&configuration).unwrap();
        let registry = Registry::new();
        let front = Arc::new(FrontMetrics::new(&registry, &[]));
        drop((TokenMetrics::new(&registry), RetentionMetrics::new(&registry), MailMetrics::new(&registry)));
        register_limits(&registry, &Admission::new(1, 1, 1), &front, 1);
        metrics(&registry, &hub, &configuration);
        crate::committed::check("docs/metrics.md", &reference_page(&registry));
    }
}
