//! Cases: the journal can be applied again by anyone.

use super::fixtures::{Clock, File, osl, si, urgent_process};
use super::story::{Dump, tell};
use super::{Backend, open, open_at, open_with_partners, reopen, steps};

/// Once more over what is there, and once more again: every record, inbox and content is what it was.
pub async fn applying_the_journal_again_gives_the_same_view<B: Backend>(backend: B) {
    let clock = Clock::new();
    let mut hub = open_at(&backend, clock.clone()).await;
    let known = tell(&hub, &clock).await;
    let before = Dump::take(&hub, &known).await;
    for _ in 0..2 {
        drop(hub);
        backend.replay_again(u64::MAX).await;
        hub = open(&backend).await;
        assert!(Dump::take(&hub, &known).await == before, "the view changed");
    }
    let hub = reopen(&backend, hub).await;
    assert!(Dump::take(&hub, &known).await == before, "the view changed later");
}

/// From wherever a checkpoint may have been: what an entry does to a view that knows what came after it is undone by what comes
/// after it.
pub async fn applying_the_end_of_the_journal_again_gives_the_same_view<B: Backend>(backend: B) {
    let clock = Clock::new();
    let mut hub = open_at(&backend, clock.clone()).await;
    let known = tell(&hub, &clock).await;
    let before = Dump::take(&hub, &known).await;
    for entries in [1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 35, 40] {
        drop(hub);
        backend.replay_again(entries).await;
        hub = open(&backend).await;
        assert!(Dump::take(&hub, &known).await == before, "the last {entries} entries changed the view");
    }
}

/// Folders, bytes and notifications that were deleted stay so, and what is deposited afterwards comes after the rest.
pub async fn applying_the_journal_again_brings_nothing_back<B: Backend>(backend: B) {
    let hub = open_with_partners(&backend, 1).await;
    let (depositor, recipient, process) = (osl(), si(0, &urgent_process()), urgent_process());
    let file = [File::data(1, 100_000)];
    let deleted = steps::announce(&hub, &depositor, &process, &[0], &file).await.expect("a folder is announced");
    steps::send_files(&hub, &depositor, &deleted, &file).await;
    hub.delete_folder(&depositor, deleted.folder.id).await.expect("the folder is deleted");
    let mut expected = Vec::new();
    for delete in [true, false, true, false] {
        let folder = steps::deposit(&hub, &depositor, &process, &[0], &file).await;
        if delete {
            let waiting = steps::waiting(&hub, &recipient).await;
            let last = waiting.last().expect("a notification").notification.id;
            hub.delete_notification(&recipient, last).await.expect("it is deleted");
        } else {
            expected.extend(folder.folder.cases);
        }
    }
    drop(hub);
    backend.replay_again(u64::MAX).await;
    let hub = open(&backend).await;
    assert!(hub.folder(&depositor, deleted.folder.id).await.is_err());
    expected.extend(steps::deposit(&hub, &depositor, &process, &[0], &file).await.folder.cases);
    let waiting = steps::waiting(&hub, &recipient).await;
    assert_eq!(waiting.iter().map(|view| view.notification.case).collect::<Vec<_>>(), expected);
    let held = backend.held_bytes(hub.attachments());
    assert!(held.is_none_or(|bytes| bytes == 5 * 100_000), "{held:?} bytes are held");
}
