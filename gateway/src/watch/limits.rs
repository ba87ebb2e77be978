//! How near the store is to its limits, and how busy its threads are.

use std::path::Path;
use std::sync::Arc;

use navette_router::ports::Store as _;
use navette_storage::embedded::{attachments, journal};

use crate::backend::EmbeddedHub;
use crate::configuration::Configuration;
use crate::metrics::{Limit, Registry};

type Attachments = attachments::Statistics;
type Journal = journal::Statistics;

/// Shows the limits of journal, attachments, mails and disk among the named ones, and the threads that work alone.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; all limits are below 2^53")]
pub(super) fn register(registry: &Registry, hub: &Arc<EmbeddedHub>, configuration: &Configuration) {
    let (storage, mail) = (&configuration.storage, &configuration.mail);
    let journal = |read: fn(&Journal) -> f64| {
        let hub = Arc::downgrade(hub);
        move || hub.upgrade().and_then(|hub| hub.store().journal_statistics()).map_or(0.0, |numbers| read(&numbers))
    };
    let attachments = |read: fn(&Attachments) -> f64| {
        let hub = Arc::downgrade(hub);
        move || hub.upgrade().map_or(0.0, |hub| read(&hub.attachments().statistics()))
    };

    let entries_max = storage.journal.queue_max_entries.get() as f64;
    registry.limit(
        Limit::new("storage.journal.queue_max_entries", journal(|s| s.queued_entries as f64), move || entries_max)
            .flickering()
            .refusing(journal(|s| s.refused as f64)),
    );
    let bytes_max = storage.journal.queue_max_bytes.0 as f64;
    registry.limit(
        Limit::new("storage.journal.queue_max_bytes", journal(|s| s.queued_bytes as f64), move || bytes_max)
            .flickering(),
    );
    let uploads_max = storage.attachments.uploads_max.get() as f64;
    registry.limit(
        Limit::new("storage.attachments.uploads_max", attachments(|s| s.uploads as f64), move || uploads_max)
            .flickering()
            .refusing(attachments(|s| s.refused_uploads as f64)),
    );
    let discards_max = storage.attachments.discards_max.get() as f64;
    registry.limit(
        Limit::new("storage.attachments.discards_max", attachments(|s| s.waiting_removals as f64), move || {
            discards_max
        })
        .flickering(),
    );
    let mails_max = mail.waiting_max.get() as f64;
    let mails = Arc::downgrade(hub);
    registry.limit(Limit::new(
        "mail.waiting_max",
        move || mails.upgrade().map_or(0.0, |hub| hub.store().mails_waiting() as f64),
        move || mails_max,
    ));
    registry.limit(disk(configuration));

    let applier = Arc::downgrade(hub);
    registry.workers(vec![
        ("committer", Box::new(journal(|s| seconds(s.busy_nanoseconds)))),
        (
            "applier",
            Box::new(move || applier.upgrade().map_or(0.0, |hub| seconds(hub.store().applier_busy_nanoseconds()))),
        ),
        ("attachments", Box::new(attachments(|s| seconds(s.syncer_busy_nanoseconds)))),
        ("removals", Box::new(attachments(|s| seconds(s.reaper_busy_nanoseconds)))),
    ]);
}

/// The disk of the data directory: everybody's bytes on it, and how many there may be before deposits are refused.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; no disk has 8 PB")]
fn disk(configuration: &Configuration) -> Limit {
    let (directory, same) = (configuration.storage.directory.clone(), configuration.storage.directory.clone());
    let floor = configuration.storage.disk_floor_bytes.0 as f64;
    Limit::new(
        "storage.disk_floor_bytes",
        move || disk_bytes(&directory).map_or(0.0, |(used, _)| used as f64),
        move || disk_bytes(&same).map_or(0.0, |(_, all)| (all as f64 - floor).max(0.0)),
    )
}

/// How much of the disk is in use, and how much could be: without what is kept for root, which is nothing the hub could use.
fn disk_bytes(directory: &Path) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    let used = disk.f_blocks.saturating_sub(disk.f_bfree).saturating_mul(disk.f_frsize);
    Some((used, used.saturating_add(disk.f_bavail.saturating_mul(disk.f_frsize))))
}

#[expect(clippy::cast_precision_loss, reason = "a counter is a float; microseconds are kept for 285 years")]
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}
