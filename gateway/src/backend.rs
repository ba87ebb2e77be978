//! The backend and the domain over it, as the configuration says.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use navette_router::ports::SystemClock;
use navette_router::{Hub, Limits};
use navette_storage::embedded::attachments::{self, Attachments};
use navette_storage::embedded::store::{self, Store};
use navette_storage::embedded::{journal, view};

use crate::chores;
use crate::configuration::{ByteSize, Configuration};

/// The hub as this binary runs it.
pub type EmbeddedHub = Hub<Store, Attachments, SystemClock>;

/// Opens everything that lies in the data directory. Returns when the journal is replayed.
pub fn open(configuration: &Configuration) -> Result<Arc<EmbeddedHub>> {
    let directory = &configuration.storage.directory;
    std::fs::create_dir_all(directory)
        .with_context(|| format!("storage.directory: {} cannot be made", directory.display()))?;
    let (store, attachments) = navette_storage::embedded::open(
        &store_options(configuration, directory),
        attachments_options(configuration, directory),
    )
    .with_context(|| format!("the data in {} cannot be opened", directory.display()))?;
    let start = store.start();
    tracing::info!(
        replayed = start.replayed,
        milliseconds = start.duration.as_millis(),
        last = store.applied(),
        "the journal is replayed"
    );
    let clock = SystemClock::ahead(configuration.clock_ahead);
    let hub = Hub::new(store, attachments, clock, limits(configuration));
    Ok(Arc::new(match chores::mail::rules(&configuration.mail) {
        Some(rules) => hub.with_mail(rules),
        None => hub,
    }))
}

fn limits(configuration: &Configuration) -> Limits {
    let limits = &configuration.limits;
    Limits {
        cases_per_folder: limits.cases_per_folder.get(),
        attachments_per_folder: limits.attachments_per_folder.get(),
        events_per_case: limits.events_per_case.get(),
        attachments_per_event: limits.attachments_per_event.get(),
        attachment_max_bytes: limits.attachment_max_bytes.0,
        page_default: limits.list_default_rows.get(),
        page_max: limits.list_max_rows.get(),
        referential_page_max: limits.referential_max_rows.get(),
    }
}

fn store_options(configuration: &Configuration, directory: &Path) -> store::Options {
    let storage = &configuration.storage;
    store::Options {
        view_directory: directory.join("view"),
        journal: journal::Options {
            directory: directory.join("journal"),
            segment_bytes: storage.journal.segment_bytes.0,
            entry_max_bytes: count(storage.journal.entry_max_bytes),
            queue_max_entries: storage.journal.queue_max_entries.get(),
            queue_max_bytes: count(storage.journal.queue_max_bytes),
            spare_segments: storage.journal.spare_segments,
        },
        view: view::Options {
            cache_bytes: storage.view.cache_bytes.0,
            recent_bytes: storage.view.recent_bytes.0,
            memtable_bytes: storage.view.memtable_bytes.0,
            write_ahead_max_bytes: storage.view.write_ahead_max_bytes.0,
        },
        writer_stripes: storage.writer_stripes.get(),
        reserve_bytes: storage.disk_floor_bytes.0,
        checkpoint_interval: storage.checkpoint_interval.0,
        retained_entries: storage.journal.retained_entries,
        retained_for: storage.journal.retained_for.0,
    }
}

fn attachments_options(configuration: &Configuration, directory: &Path) -> attachments::Options {
    let from = &configuration.storage.attachments;
    attachments::Options {
        directory: directory.join("attachments"),
        inline_max_bytes: from.inline_max_bytes.0,
        volume_max_bytes: from.volume_max_bytes.0,
        volume_bytes: from.volume_bytes.0,
        write_batch_bytes: count(from.write_batch_bytes),
        direct: from.direct,
        buffers_kept_bytes: count(from.buffers_kept_bytes),
        file_batch_bytes: count(from.file_batch_bytes),
        cached_file_max_bytes: from.cached_file_max_bytes.0,
        sync_range_bytes: from.sync_range_bytes.0,
        read_chunk_bytes: count(from.read_chunk_bytes),
        uploads_max: from.uploads_max.get(),
        open_volumes_max: from.open_volumes_max.get(),
        reserve_bytes: configuration.storage.disk_floor_bytes.0,
        discards_max: from.discards_max.get(),
    }
}

fn count(size: ByteSize) -> usize {
    size.as_usize()
}
