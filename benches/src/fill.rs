//! Fills a hub with folders without asking it: through its store, one entry for each folder, so that millions take minutes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use navette_router::entry::Fact;
use navette_router::model::{Owner, Place};
use navette_router::ports::{Store as _, Subject};
use navette_storage::conformance::fixtures::{Deposit, digest, entry, urgent_process};
use navette_storage::embedded::store::{self, Store};
use navette_storage::embedded::{journal, view};
use tokio::task::JoinSet;

/// Entries on their way at a time: so many share a sync.
const AT_ONCE: usize = 1_024;
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(5);
/// Of what is stored: the folders are what is looked at.
const FILE: &[u8] = b"%PDF-1.4 stored before";

/// Stores so many folders, each with one case, one received file and one notification that waits, for `recipients` in turn. Nothing
/// else may have the data open.
///
/// # Errors
/// When the data cannot be opened or the disk does not take them.
pub async fn fill(data: &Path, folders: usize, recipients: usize) -> Result<()> {
    let store = Arc::new(open(data)?);
    let mut writers = JoinSet::new();
    for writer in 0..AT_ONCE {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for number in (writer..folders).step_by(AT_ONCE) {
                store_one(&store, number % recipients).await?;
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    // The last one makes the view durable, which takes a while.
    tokio::task::spawn_blocking(move || drop(store)).await.context("the data are closed")
}

fn open(data: &Path) -> Result<Store> {
    let options = store::Options {
        view_directory: data.join("view"),
        journal: journal::Options::new(data.join("journal")),
        view: view::Options::default(),
        writer_stripes: AT_ONCE,
        reserve_bytes: 0,
        checkpoint_interval: CHECKPOINT_INTERVAL,
        retained_entries: 0,
        retained_for: CHECKPOINT_INTERVAL,
    };
    Store::open(&options).with_context(|| format!("{} cannot be opened", data.display()))
}

async fn store_one(store: &Store, recipient: usize) -> Result<()> {
    let mut deposit = Deposit::new(&urgent_process(), &[recipient], 1);
    deposit.attachments.iter_mut().for_each(|attachment| attachment.size_bytes = FILE.len() as u64);
    let folder = deposit.folder.id;
    let mut facts = vec![deposit.deposited()];
    facts.extend(deposit.attachments.iter().map(|attachment| Fact::AttachmentReceived {
        owner: Owner::Folder(folder),
        attachment: attachment.id,
        digest: digest(FILE),
        place: Place::Inline(Bytes::from_static(FILE)),
    }));
    facts.push(deposit.completed());
    let writer = store.writer(Subject::Folder(folder)).await?;
    Ok(store.commit(writer, entry(facts)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn folders_are_stored_and_wait_in_the_inboxes_of_all_recipients() {
        let directory = crate::ground::directory();
        fill(directory.path(), 100, 7).await.unwrap();
        let store = open(directory.path()).unwrap();
        assert_eq!(store.folders_after(None, 1_000).await.unwrap().len(), 100);
        let recipient = Some(navette_storage::conformance::fixtures::recipient(6));
        let query = navette_router::ports::InboxQuery {
            recipient,
            processes: vec![urgent_process()],
            priority: Vec::new(),
            offset: 0,
            limit: 100,
        };
        assert_eq!(store.inbox(&query).await.unwrap().total, 14);
    }
}
