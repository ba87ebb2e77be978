//! How near the store is to its limits, and how busy its threads are.

use std::path::Path;
use std::sync::Arc;

use super::embedded::{of_attachments, of_journal, of_store};
use crate::backend::Hub;
use crate::configuration::{Mail, Storage};
use crate::metrics::{Limit, Registry};

/// How many e-mails may wait.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; all limits are below 2^53")]
pub(super) fn mails(registry: &Registry, waiting: impl Fn() -> f64 + Send + Sync + 'static, mail: &Mail) {
    let waiting_max = mail.waiting_max.get() as f64;
    registry.limit(Limit::new("mail.waiting_max", waiting, move || waiting_max));
}

/// Shows the limits of journal, attachments and disk among the named ones, and the threads that work alone.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; all limits are below 2^53")]
pub(super) fn embedded(registry: &Registry, hub: &Arc<Hub>, storage: &Storage) {
    let journal = |read| of_journal(hub, read);
    let attachments = |read| of_attachments(hub, read);

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
    registry.limit(disk(storage));
    registry.workers(vec![
        ("committer", Box::new(journal(|s| seconds(s.busy_nanoseconds)))),
        ("applier", Box::new(of_store(hub, |store| seconds(store.applier_busy_nanoseconds())))),
        ("attachments", Box::new(attachments(|s| seconds(s.syncer_busy_nanoseconds)))),
        ("removals", Box::new(attachments(|s| seconds(s.reaper_busy_nanoseconds)))),
    ]);
}

/// The disk of the data directory: everybody's bytes on it, and how many there may be before deposits are refused.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; no disk has 8 PB")]
fn disk(storage: &Storage) -> Limit {
    let (directory, same) = (storage.directory.clone(), storage.directory.clone());
    let floor = storage.disk_floor_bytes.0 as f64;
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
