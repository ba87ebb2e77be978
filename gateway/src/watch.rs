//! What the hub tells those who watch it: checks for readiness, numbers for Prometheus.

#[cfg(any(feature = "cluster", test))]
mod cluster;
mod embedded;
mod limits;

use std::sync::Arc;

use navette_router::model::Timestamp;
use navette_router::ports::Store as _;

use crate::backend::Hub;
use crate::configuration::{Backend, Configuration};
use crate::health::{Readiness, disk_above_floor};
use crate::metrics::Registry;

/// Whether the hub can take deposits.
pub(crate) fn readiness(readiness: &Readiness, hub: &Arc<Hub>, configuration: &Configuration) {
    match configuration.storage.backend {
        Backend::Embedded => {
            embedded::readiness(readiness, hub);
            let storage = &configuration.storage;
            readiness.add("disk", disk_above_floor(storage.directory.clone(), storage.disk_floor_bytes));
        }
        Backend::Cluster => {
            #[cfg(feature = "cluster")]
            cluster::readiness(readiness, hub);
        }
    }
}

/// What the hub and its backend have done, and how near they are to their limits.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only")]
pub(crate) fn metrics(registry: &Registry, hub: &Arc<Hub>, configuration: &Configuration) {
    let entries = Arc::downgrade(hub);
    registry.observed_counter(
        "navette_journal_entries_total",
        "Entries that this gateway made durable in the journal.",
        move || entries.upgrade().map_or(0.0, |hub| hub.store().entries() as f64),
    );
    let uploads = Arc::downgrade(hub);
    registry.observed_gauge("navette_attachments_uploads", "Uploads in progress.", move || {
        uploads.upgrade().map_or(0.0, |hub| hub.attachments().uploads() as f64)
    });
    let mails = Arc::downgrade(hub);
    let mails_waiting = move || mails.upgrade().map_or(0.0, |hub| hub.store().mails_waiting() as f64);
    registry.observed_gauge("navette_mails_waiting", "E-mails that wait to be sent.", mails_waiting.clone());
    limits::mails(registry, mails_waiting, &configuration.mail);
    let credentials = Arc::downgrade(hub);
    registry.observed_gauge(
        "navette_credentials_expiring",
        "Credentials in force that will end within 30 days.",
        move || credentials.upgrade().map_or(0.0, |hub| expiring(&hub) as f64),
    );
    match configuration.storage.backend {
        Backend::Embedded => {
            embedded::metrics(registry, hub);
            limits::embedded(registry, hub, &configuration.storage);
        }
        Backend::Cluster => {
            #[cfg(feature = "cluster")]
            cluster::metrics(registry, hub, &configuration.storage.cluster);
        }
    }
}

/// How many credentials will end within 30 days.
fn expiring(hub: &Hub) -> usize {
    const DAYS_30_MILLISECONDS: i64 = 30 * 24 * 60 * 60 * 1_000;
    let soon = hub.clock_now().milliseconds().saturating_add(DAYS_30_MILLISECONDS);
    hub.counts(Timestamp::from_milliseconds(soon)).credentials_expiring
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliveries;
    use crate::front::{Admission, register_limits};
    use crate::metrics::{FrontMetrics, MailMetrics, RetentionMetrics, SftpMetrics, TokenMetrics, reference_page};

    #[tokio::test]
    async fn the_committed_catalogue_of_metrics_is_the_generated_one() {
        let directory = tempfile::tempdir().unwrap();
        let mut configuration = Configuration::default();
        configuration.storage.directory = directory.path().to_owned();
        let hub = crate::backend::open(&configuration).await.unwrap();
        let registry = Registry::new();
        let front = Arc::new(FrontMetrics::new(&registry, &[]));
        drop((TokenMetrics::new(&registry), RetentionMetrics::new(&registry)));
        drop(MailMetrics::new(&registry));
        SftpMetrics::new(&registry);
        deliveries::Metrics::new(&registry).deliveries.show_an_example();
        register_limits(&registry, &Admission::new(1, 1, 1), &front, 1);
        metrics(&registry, &hub, &configuration);
        cluster::register(&registry, cluster::Numbers::default, &configuration.storage.cluster);
        crate::committed::check("docs/metrics.md", &reference_page(&registry));
    }
}
