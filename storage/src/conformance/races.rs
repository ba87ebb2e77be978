//! Cases: requests that race, through the use cases, on one folder.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use navette_router::hub::{FolderView, ReceiveError, Target};
use navette_router::model::{AttachmentStatus, Owner};
use navette_router::ports::Store;
use navette_router::{Error, Noun};
use tokio::sync::Barrier;

use super::fixtures::{File, digest, noise, osl, recipient, si, urgent_process};
use super::wait::eventually;
use super::{Backend, HubOf, open_with_partners, steps};

/// How often each race is run: who wins differs.
const ROUNDS: u64 = 12;
/// Goes neither inline nor into a file of its own, where there are such.
const CONTENT_BYTES: usize = 50_000;

/// Runs all of `racers` at once.
async fn race<F: Future<Output = T> + Send + 'static, T: Send + 'static>(racers: Vec<F>) -> Vec<T> {
    let start = Arc::new(Barrier::new(racers.len()));
    let running = racers.into_iter().map(|racer| {
        let start = Arc::clone(&start);
        tokio::spawn(async move {
            start.wait().await;
            racer.await
        })
    });
    // Collected first: they all must be spawned before one is waited for.
    let running: Vec<_> = running.collect();
    join_all(running).await.into_iter().map(|ended| ended.expect("a racer ends well")).collect()
}

async fn announce<B: Backend>(hub: &HubOf<B>) -> (FolderView, Target) {
    let file = [File::data(0, CONTENT_BYTES)];
    let folder = steps::announce(hub, &osl(), &urgent_process(), &[0], &file).await.expect("a folder is announced");
    let attachment = folder.attachments.first().expect("an attachment").id;
    let target = Target::Folder { folder: folder.folder.id, attachment };
    (folder, target)
}

async fn send<B: Backend>(hub: Arc<HubOf<B>>, target: Target, bytes: Bytes) -> Result<(), Error> {
    match steps::send(&*hub, &osl(), target, bytes).await {
        Ok(()) => Ok(()),
        Err(ReceiveError::Hub(error)) => Err(error),
        Err(ReceiveError::Body::<Infallible>(never)) => match never {},
    }
}

async fn holds<B: Backend>(backend: &B, hub: &HubOf<B>, bytes: u64) {
    let held = || async { backend.held_bytes(hub.attachments()).is_none_or(|held| held == bytes) };
    eventually("only what is claimed is held", held).await;
}

/// All of them succeed; it happened once.
pub async fn sixteen_callers_who_complete_a_folder_make_one_set_of_notifications<B: Backend>(backend: B) {
    const RECIPIENTS: usize = 3;
    let hub = Arc::new(open_with_partners(&backend, RECIPIENTS).await);
    for round in 1..=4 {
        let file = [File::pdf(1)];
        let process = urgent_process();
        let folder = steps::announce(&hub, &osl(), &process, &[0, 1, 2], &file).await.expect("a folder is announced");
        steps::send_files(&hub, &osl(), &folder, &file).await;
        let id = folder.folder.id;
        let callers = (0..16).map(|_| {
            let hub = Arc::clone(&hub);
            async move { steps::complete(&*hub, &osl(), id).await }
        });
        for result in race(callers.collect()).await {
            result.expect("a repeated completion is harmless");
        }
        for number in 0..RECIPIENTS {
            let waiting = steps::waiting(&*hub, &si(number, &process)).await;
            assert_eq!(waiting.len(), round, "notifications of recipient {number}");
            let last = &waiting.last().expect("a notification").notification;
            assert_eq!((last.folder, &last.recipient), (id, &recipient(number)));
        }
    }
}

/// What the attachment says is what is read, and nothing else is kept.
pub async fn of_two_contents_of_one_attachment_one_wins_and_the_other_is_gone<B: Backend>(backend: B) {
    let hub = Arc::new(open_with_partners(&backend, 1).await);
    for round in 1..=ROUNDS {
        let (folder, target) = announce::<B>(&hub).await;
        let contents = [noise(2 * round, CONTENT_BYTES), noise(2 * round + 1, CONTENT_BYTES)];
        let racers = contents.iter().map(|bytes| send::<B>(Arc::clone(&hub), target, bytes.clone())).collect();
        let results = race(racers).await;
        let winners: Vec<&Bytes> =
            contents.iter().zip(&results).filter(|(_, result)| result.is_ok()).map(|(bytes, _)| bytes).collect();
        let [winner] = winners.as_slice() else { panic!("both won, or none: {results:?}") };
        assert!(results.iter().any(|result| matches!(result, Err(Error::Invalid(_)))), "{results:?}");
        let view = hub.folder(&osl(), folder.folder.id).await.expect("the folder");
        let attachment = view.attachments.first().expect("the attachment");
        assert_eq!((attachment.status, attachment.digest), (AttachmentStatus::Received, Some(digest(winner))));
        let case = view.cases.first().expect("a case").id;
        let bytes = steps::download(&hub, &osl(), case, attachment.id).await.expect("a download");
        assert!(bytes == **winner, "the loser's bytes are read");
        holds(&backend, &hub, round * CONTENT_BYTES as u64).await;
    }
}

/// A client that repeats a request whose answer it did not wait for.
pub async fn the_same_content_sent_twice_at_once_is_kept_once<B: Backend>(backend: B) {
    let hub = Arc::new(open_with_partners(&backend, 1).await);
    for round in 1..=ROUNDS {
        let (_folder, target) = announce::<B>(&hub).await;
        let bytes = noise(round, CONTENT_BYTES);
        let racers = (0..3).map(|_| send::<B>(Arc::clone(&hub), target, bytes.clone())).collect();
        for result in race(racers).await {
            result.expect("the same content again is harmless");
        }
        holds(&backend, &hub, round * CONTENT_BYTES as u64).await;
    }
}

/// Whoever comes first: the folder is gone, and the bytes with it.
pub async fn a_deletion_and_an_upload_leave_nothing_behind<B: Backend>(backend: B) {
    let hub = Arc::new(open_with_partners(&backend, 1).await);
    for round in 1..=ROUNDS {
        let (folder, target) = announce::<B>(&hub).await;
        let id = folder.folder.id;
        let uploads = (0..2).map(|_| send::<B>(Arc::clone(&hub), target, noise(round, CONTENT_BYTES)));
        let deletion = {
            let hub = Arc::clone(&hub);
            async move { hub.delete_folder(&osl(), id).await }
        };
        let (uploads, deletion) = (uploads.collect::<Vec<_>>(), tokio::spawn(deletion));
        for result in race(uploads).await {
            let expected = matches!(result, Ok(()) | Err(Error::NotFound(Noun::Folder | Noun::Metadata)));
            assert!(expected, "an upload to a folder that is being deleted: {result:?}");
        }
        deletion.await.expect("the deletion ends well").expect("the folder is deleted");
        assert_eq!(hub.store().folder(id).await.expect("a read"), None);
        assert_eq!(hub.store().attachments(Owner::Folder(id)).await.expect("a read"), vec![]);
        holds(&backend, &hub, 0).await;
    }
}

/// Either the folder is gone and nobody was told, or its recipient was told and it is there.
pub async fn a_deletion_and_a_completion_cannot_both_happen<B: Backend>(backend: B) {
    let hub = Arc::new(open_with_partners(&backend, 1).await);
    let mut told = 0;
    for round in 1..=ROUNDS {
        let (folder, target) = announce::<B>(&hub).await;
        let id = folder.folder.id;
        send::<B>(Arc::clone(&hub), target, noise(round, CONTENT_BYTES)).await.expect("the file is received");
        let racers = [true, false].map(|delete| {
            let hub = Arc::clone(&hub);
            async move {
                if delete { hub.delete_folder(&osl(), id).await } else { steps::complete(&*hub, &osl(), id).await }
            }
        });
        let results = race(racers.into()).await;
        let there = hub.store().folder(id).await.expect("a read").is_some();
        match results.as_slice() {
            [Ok(()), Err(Error::NotFound(Noun::Folder))] => assert!(!there),
            [Err(Error::Invalid(_)), Ok(())] => {
                assert!(there);
                told += 1;
            }
            results => panic!("deletion and completion: {results:?}"),
        }
        assert_eq!(steps::waiting(&*hub, &si(0, &urgent_process())).await.len(), told);
    }
}

/// A folder is completed with its file, or not at all.
pub async fn a_completion_never_overtakes_an_upload<B: Backend>(backend: B) {
    let hub = Arc::new(open_with_partners(&backend, 1).await);
    for round in 1..=ROUNDS {
        let (folder, target) = announce::<B>(&hub).await;
        let id = folder.folder.id;
        let upload = tokio::spawn(send::<B>(Arc::clone(&hub), target, noise(round, CONTENT_BYTES)));
        loop {
            let completed = steps::complete(&*hub, &osl(), id).await;
            let view = hub.folder(&osl(), id).await.expect("the folder");
            let status = view.attachments.first().expect("the attachment").status;
            match completed {
                Ok(()) => {
                    assert_eq!(status, AttachmentStatus::Received);
                    break;
                }
                Err(error) => assert!(matches!(error, Error::Invalid(_)), "{error}"),
            }
            tokio::task::yield_now().await;
        }
        upload.await.expect("the upload ends well").expect("the file is received");
    }
}

/// One of them deletes it; to the others it does not exist.
pub async fn a_notification_is_deleted_once_whoever_tries<B: Backend>(backend: B) {
    let hub = Arc::new(open_with_partners(&backend, 1).await);
    let caller = si(0, &urgent_process());
    for _ in 0..ROUNDS {
        steps::deposit(&*hub, &osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
        let waiting = steps::waiting(&*hub, &caller).await;
        let id = waiting.first().expect("a notification").notification.id;
        let callers = (0..8).map(|_| {
            let (hub, caller) = (Arc::clone(&hub), caller.clone());
            async move { hub.delete_notification(&caller, id).await }
        });
        let results = race(callers.collect()).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let lost = |result: &&Result<(), Error>| matches!(result, Err(Error::NotFound(Noun::Notification)));
        assert_eq!(results.iter().filter(lost).count(), 7, "{results:?}");
        assert!(steps::waiting(&*hub, &caller).await.is_empty());
    }
}
