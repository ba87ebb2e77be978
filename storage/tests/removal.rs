//! Whoever deletes may be killed before the bytes are gone: the next start removes them, sealed volumes included.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use navette_router::entry::Fact;
use navette_router::model::Owner;
use navette_router::ports::{self, Store as _, Subject};
use navette_storage::conformance::fixtures::{Deposit, entry, noise, ordinary_process};
use navette_storage::embedded::attachments::{self, Attachments};
use navette_storage::embedded::store::{self, Store};
use navette_storage::embedded::{journal, open, view};

/// One that lies in a volume, one that has a file of its own.
const SIZES: [usize; 2] = [200_000, 6 << 20];

fn opened(directory: &Path) -> (Store, Attachments) {
    let store = store::Options {
        view_directory: directory.join("view"),
        journal: journal::Options {
            segment_bytes: 8 << 20,
            entry_max_bytes: 4 << 20,
            ..journal::Options::new(directory.join("journal"))
        },
        view: view::Options::default(),
        writer_stripes: 16,
        reserve_bytes: 0,
        checkpoint_interval: Duration::from_millis(20),
        retained_entries: 0,
        retained_for: Duration::from_secs(3_600),
    };
    open(&store, attachments::Options::new(directory.join("attachments"))).expect("the data are opened")
}

/// What lies beneath a directory, in bytes of disk.
fn disk_bytes(path: &Path) -> u64 {
    let metadata = std::fs::symlink_metadata(path).expect("metadata");
    if metadata.is_dir() {
        return std::fs::read_dir(path).expect("a directory").map(|row| disk_bytes(&row.expect("a row").path())).sum();
    }
    metadata.blocks() * 512
}

async fn commit(store: &Store, deposit: &Deposit, fact: Fact) {
    let writer = store.writer(Subject::Folder(deposit.folder.id)).await.expect("a writer");
    store.commit(writer, entry(vec![fact])).await.expect("an entry");
}

#[tokio::test]
async fn bytes_whose_deletion_was_cut_short_are_gone_after_a_start() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let deposit = Deposit::new(&ordinary_process(), &[0], 2);
    let (store, attachments) = opened(directory.path());
    commit(&store, &deposit, deposit.deposited()).await;
    let owner = Owner::Folder(deposit.folder.id);
    for (attachment, size) in deposit.attachments.iter().zip(SIZES) {
        let mut upload = ports::Attachments::upload(&attachments, attachment.id, size as u64).await.expect("an upload");
        ports::Upload::write(&mut upload, noise(1, size)).await.expect("bytes are taken");
        let stored = ports::Upload::finish(upload).await.expect("the bytes are durable");
        let received =
            Fact::AttachmentReceived { owner, attachment: attachment.id, digest: stored.digest, place: stored.place };
        commit(&store, &deposit, received).await;
    }
    drop((store, attachments));

    // Volumes of a former run are sealed: nobody looks for dead bytes in them any more.
    let (store, attachments) = opened(directory.path());
    let stored_bytes = disk_bytes(&directory.path().join("attachments"));
    let deleted = Fact::FolderDeleted {
        folder: deposit.folder.id,
        cases: deposit.cases.iter().map(|case| case.id).collect(),
        attachments: deposit.attachments.iter().map(|attachment| attachment.id).collect(),
        events: Vec::new(),
        notifications: Vec::new(),
        deliveries: vec![],
        statistic: None,
    };
    // The attachments are closed first, as if the process died between the entry and the removal.
    drop(attachments);
    commit(&store, &deposit, deleted).await;
    drop(store);
    assert_eq!(disk_bytes(&directory.path().join("attachments")), stored_bytes);

    let (_store, _attachments) = opened(directory.path());
    let gone = async {
        let mut look = tokio::time::interval(Duration::from_millis(5));
        let due = SIZES.iter().sum::<usize>() as u64;
        while disk_bytes(&directory.path().join("attachments")) + due > stored_bytes {
            look.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the bytes are removed");
}
