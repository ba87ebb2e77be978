//! Everything on this machine.

use std::path::Path;

use anyhow::{Context as _, Result};
use navette_storage::embedded::{attachments, journal, store, view};

use super::{Attachments, Store, count, half_moved};
use crate::configuration::Configuration;

/// Opens everything that lies in the data directory, unless it is half of a move. Returns when the journal is replayed.
pub(super) async fn open(configuration: &Configuration) -> Result<(Store, Attachments)> {
    half_moved::refuse_directory(&configuration.storage.directory)?;
    let (store, attachments) = open_as_it_is(configuration).await?;
    Ok((Store::Embedded(Box::new(store)), Attachments::Embedded(attachments)))
}

/// The same, complete or not.
pub(crate) async fn open_as_it_is(configuration: &Configuration) -> Result<(store::Store, attachments::Attachments)> {
    let configuration = configuration.clone();
    // Reading the disk is blocking work.
    tokio::task::spawn_blocking(move || opened(&configuration)).await.context("opening the data was cut short")?
}

fn opened(configuration: &Configuration) -> Result<(store::Store, attachments::Attachments)> {
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
    Ok((store, attachments))
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
