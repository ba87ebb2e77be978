//! Cases: one writer at a time on a folder.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::{join_all, select_all};
use futures_util::poll;
use navette_router::model::FolderId;
use navette_router::ports::{Store, Subject};
use tokio::task::yield_now;

use super::Backend;
use super::wait::soon;

/// How often a waiting writer is looked at before it counts as waiting.
const LOOKS: usize = 50;

/// The second gets it when the first gives it back.
pub async fn writers_of_one_folder_wait_for_each_other<B: Backend>(backend: B) {
    let (store, _attachments) = backend.open().await;
    for subject in [Subject::Folder(FolderId::generate()), Subject::Referential] {
        let first = store.writer(subject).await.expect("the first writer");
        let mut second = pin!(store.writer(subject));
        for _ in 0..LOOKS {
            assert!(poll!(second.as_mut()).is_pending(), "two writers hold {subject:?}");
            yield_now().await;
        }
        drop(first);
        drop(soon("the second writer", second).await.expect("the second writer"));
    }
}

/// A request whose client went away while it waited.
pub async fn a_writer_that_was_dropped_while_waiting_blocks_nobody<B: Backend>(backend: B) {
    let (store, _attachments) = backend.open().await;
    let subject = Subject::Folder(FolderId::generate());
    for _ in 0..20 {
        let held = store.writer(subject).await.expect("a writer");
        {
            let mut given_up = pin!(store.writer(subject));
            for _ in 0..3 {
                assert!(poll!(given_up.as_mut()).is_pending());
            }
        }
        drop(held);
        drop(soon("the next writer", store.writer(subject)).await.expect("the next writer"));
    }
}

/// Two folders may share a lock by chance; sixty-four do not.
pub async fn writers_of_different_folders_do_not_wait_for_each_other<B: Backend>(backend: B) {
    let (store, _attachments) = backend.open().await;
    let _held = store.writer(Subject::Folder(FolderId::generate())).await.expect("a writer");
    let others = (0..64).map(|_| Box::pin(store.writer(Subject::Folder(FolderId::generate()))));
    let (other, ..) = soon("a writer of another folder", select_all(others)).await;
    drop(other.expect("a writer of another folder"));
    drop(soon("the writer of the referential", store.writer(Subject::Referential)).await.expect("its writer"));
}

/// Sixteen tasks read, let others run, and write what they read plus one: none of it is lost.
pub async fn decisions_on_one_folder_are_taken_one_after_the_other<B: Backend>(backend: B) {
    const TASKS: u64 = 16;
    const DECISIONS: u64 = 50;
    let (store, _attachments) = backend.open().await;
    let (store, decided) = (Arc::new(store), Arc::new(AtomicU64::new(0)));
    let subject = Subject::Folder(FolderId::generate());
    let tasks = (0..TASKS).map(|_| {
        let (store, decided) = (Arc::clone(&store), Arc::clone(&decided));
        tokio::spawn(async move {
            for _ in 0..DECISIONS {
                let writer = store.writer(subject).await.expect("a writer");
                let before = decided.load(Ordering::Relaxed);
                yield_now().await;
                decided.store(before + 1, Ordering::Relaxed);
                drop(writer);
            }
        })
    });
    for task in join_all(tasks).await {
        task.expect("a task ends well");
    }
    assert_eq!(decided.load(Ordering::Relaxed), TASKS * DECISIONS);
}
