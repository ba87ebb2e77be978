//! What retention does.

use navette_router::hub::Retained;
use prometheus::{IntCounter, IntGauge};

use super::Registry;

/// What retention does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RetentionMetrics {
    folders: IntCounter,
    files_deleted: IntCounter,
    bytes_deleted: IntCounter,
    cases_archived: IntCounter,
    folders_archived: IntCounter,
    folders_deleted: IntCounter,
    /// Sweeps that stopped at an error.
    pub failures: IntCounter,
    /// When the last whole sweep ended, in seconds since 1970.
    pub last_sweep: IntGauge,
}

impl RetentionMetrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        let counter = |name, help| registry.counter(name, help);
        Self {
            folders: counter("navette_retention_folders_total", "Folders that sweeps have looked at."),
            files_deleted: counter("navette_retention_files_deleted_total", "Files whose time was up."),
            bytes_deleted: counter("navette_retention_bytes_deleted_total", "Bytes of files whose time was up."),
            cases_archived: counter("navette_retention_cases_archived_total", "Cases that were archived."),
            folders_archived: counter("navette_retention_folders_archived_total", "Folders that were archived."),
            folders_deleted: counter("navette_retention_folders_deleted_total", "Folders whose time was up."),
            failures: counter("navette_retention_failures_total", "Sweeps that stopped at an error."),
            last_sweep: registry.gauge(
                "navette_retention_last_sweep_timestamp_seconds",
                "When the last whole sweep ended, in seconds since 1970; 0 before the first.",
            ),
        }
    }

    /// Adds what part of a sweep did.
    pub fn add(&self, done: &Retained) {
        self.folders.inc_by(done.folders);
        self.files_deleted.inc_by(done.files_deleted);
        self.bytes_deleted.inc_by(done.bytes_deleted);
        self.cases_archived.inc_by(done.cases_archived);
        self.folders_archived.inc_by(done.folders_archived);
        self.folders_deleted.inc_by(done.folders_deleted);
    }
}
