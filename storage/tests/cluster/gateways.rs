//! Two gateways over the same data: whatever they do at once comes out as if one had done it after the other.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use navette_router::hub::{FolderView, ReceiveError, Target};
use navette_router::model::{AttachmentStatus, CaseId, EventDraft, Status};
use navette_router::ports::Store as _;
use navette_router::{Error, Hub, Limits, Noun};
use navette_storage::cluster::{Attachments, Store};
use navette_storage::conformance::fixtures::{
    Clock, File, administrator, credential, digest, event_draft, noise, ordinary_process, osl, referential, si,
    urgent_process,
};
use navette_storage::conformance::{steps, within_bounds};

use super::servers::Servers;

type Gateway = Arc<Hub<Store, Attachments, Clock>>;

/// How often each race is run: who wins differs.
const ROUNDS: u64 = 6;
const CONTENT_BYTES: usize = 50_000;

async fn gateways(servers: &Servers, recipients: usize) -> [Gateway; 2] {
    let (one, two) = (servers.gateway("one").await, servers.gateway("two").await);
    let [one, two] =
        [one, two].map(|(store, attachments)| Arc::new(Hub::new(store, attachments, Clock::new(), Limits::default())));
    one.seed(referential(recipients)).await.expect("partners are registered");
    eventually("the other gateway knows the partners", || {
        let two = Arc::clone(&two);
        async move { two.store().referential(|known| known.organizations().count()) == recipients + 2 }
    })
    .await;
    [one, two]
}

async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let looked = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while !condition().await {
            ticks.tick().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), looked).await.is_ok(), "{what}: not in time");
}

/// Runs all of `racers` at once.
async fn race<T: Send + 'static>(racers: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let running: Vec<_> = racers.into_iter().map(tokio::spawn).collect();
    join_all(running).await.into_iter().map(|ended| ended.expect("a racer ends well")).collect()
}

async fn announce(hub: &Gateway) -> (FolderView, Target) {
    let file = [File::data(0, CONTENT_BYTES)];
    let folder = steps::announce(&**hub, &osl(), &urgent_process(), &[0], &file).await.expect("a folder is announced");
    let attachment = folder.attachments.first().expect("an attachment").id;
    let target = Target::Folder { folder: folder.folder.id, attachment };
    (folder, target)
}

async fn send(hub: Gateway, target: Target, bytes: Bytes) -> Result<(), Error> {
    match steps::send(&*hub, &osl(), target, bytes).await {
        Ok(()) => Ok(()),
        Err(ReceiveError::Hub(error)) => Err(error),
        Err(ReceiveError::Body::<Infallible>(never)) => match never {},
    }
}

macro_rules! cases {
    ($($case:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            within_bounds(inner::$case()).await;
        }
    )+};
}

cases! {
    what_one_gateway_commits_the_other_reads,
    what_one_gateway_remembers_does_not_hold_against_what_the_other_did,
    a_folder_completed_through_both_is_notified_once,
    a_deletion_and_a_completion_through_both_cannot_both_happen,
    of_two_contents_sent_through_both_one_wins,
    a_notification_is_deleted_once_through_whichever,
    events_posted_through_both_have_ranks_of_their_own,
    a_revocation_is_in_force_at_the_other_within_two_seconds,
}

mod inner {
    use super::*;

    pub(super) async fn what_one_gateway_commits_the_other_reads() {
        let servers = Servers::new();
        let [one, two] = gateways(&servers, 1).await;
        let file = File::data(1, 300_000);
        let folder = steps::deposit(&*one, &osl(), &urgent_process(), &[0], std::slice::from_ref(&file)).await;
        let (caller, case) = (si(0, &urgent_process()), folder.cases.first().expect("a case").id);
        let waiting = steps::waiting(&*two, &caller).await;
        assert_eq!(waiting.iter().map(|view| view.notification.case).collect::<Vec<_>>(), [case]);
        let attachment = folder.attachments.first().expect("a file").id;
        let bytes = steps::download(&*two, &caller, case, attachment).await.expect("a download");
        assert!(bytes == file.bytes, "other bytes");
        two.update_case(&caller, case, Status::InProgress).await.expect("a status is set");
        assert_eq!(one.case(&caller, case, true).await.expect("the case").case.status, Status::InProgress);
    }

    pub(super) async fn what_one_gateway_remembers_does_not_hold_against_what_the_other_did() {
        let servers = Servers::new();
        let [one, two] = gateways(&servers, 1).await;
        let bytes = noise(1, CONTENT_BYTES);

        // As far as it remembers the file is missing still; the other has it.
        let (folder, target) = announce(&one).await;
        send(Arc::clone(&two), target, bytes.clone()).await.expect("the file is received");
        let other = send(Arc::clone(&one), target, noise(2, CONTENT_BYTES)).await;
        assert!(matches!(other, Err(Error::Invalid(_))), "another content: {other:?}");
        steps::complete(&*one, &osl(), folder.folder.id).await.expect("nothing is missing");
        assert_eq!(steps::waiting(&*two, &si(0, &urgent_process())).await.len(), 1);

        // As far as it remembers the folder is open still; the other has completed it.
        let (folder, target) = announce(&one).await;
        send(Arc::clone(&one), target, bytes.clone()).await.expect("the file is received");
        steps::complete(&*two, &osl(), folder.folder.id).await.expect("it is completed");
        steps::complete(&*one, &osl(), folder.folder.id).await.expect("a repeated completion is harmless");
        assert_eq!(steps::waiting(&*two, &si(0, &urgent_process())).await.len(), 2);

        // As far as it remembers the folder is there still; the other has deleted it.
        let (folder, target) = announce(&one).await;
        send(Arc::clone(&one), target, bytes.clone()).await.expect("the file is received");
        two.delete_folder(&osl(), folder.folder.id).await.expect("it is deleted");
        let again = send(Arc::clone(&one), target, bytes).await;
        assert!(matches!(again, Err(Error::NotFound(Noun::Folder))), "sent: {again:?}");
        let completed = steps::complete(&*one, &osl(), folder.folder.id).await;
        assert!(matches!(completed, Err(Error::NotFound(Noun::Folder))), "completed: {completed:?}");
    }

    pub(super) async fn a_folder_completed_through_both_is_notified_once() {
        let servers = Servers::new();
        let hubs = gateways(&servers, 1).await;
        for round in 1..=ROUNDS {
            let (folder, target) = announce(&hubs[0]).await;
            send(Arc::clone(&hubs[1]), target, noise(round, CONTENT_BYTES)).await.expect("the file is received");
            let id = folder.folder.id;
            let callers = (0..8).map(|number: usize| {
                let hub = Arc::clone(&hubs[number % 2]);
                async move { steps::complete(&*hub, &osl(), id).await }
            });
            for result in race(callers.collect()).await {
                result.expect("a repeated completion is harmless");
            }
            for hub in &hubs {
                let waiting = steps::waiting(&**hub, &si(0, &urgent_process())).await;
                assert_eq!(waiting.len() as u64, round);
            }
        }
    }

    pub(super) async fn a_deletion_and_a_completion_through_both_cannot_both_happen() {
        let servers = Servers::new();
        let hubs = gateways(&servers, 1).await;
        let mut told = 0;
        for round in 0..2 * ROUNDS {
            let (folder, target) = announce(&hubs[0]).await;
            let id = folder.folder.id;
            send(Arc::clone(&hubs[0]), target, noise(round, CONTENT_BYTES)).await.expect("the file is received");
            let racers = [true, false].map(|delete| {
                let hub = Arc::clone(&hubs[usize::from(delete == (round % 2 == 0))]);
                async move {
                    if delete { hub.delete_folder(&osl(), id).await } else { steps::complete(&*hub, &osl(), id).await }
                }
            });
            let results = race(racers.into()).await;
            let there = hubs[0].store().folder(id).await.expect("a read").is_some();
            match results.as_slice() {
                [Ok(()), Err(Error::NotFound(Noun::Folder))] => assert!(!there),
                [Err(Error::Invalid(_)), Ok(())] => {
                    assert!(there);
                    told += 1;
                }
                results => panic!("deletion and completion: {results:?}"),
            }
            assert_eq!(steps::waiting(&*hubs[1], &si(0, &urgent_process())).await.len(), told);
        }
    }

    pub(super) async fn of_two_contents_sent_through_both_one_wins() {
        let servers = Servers::new();
        let hubs = gateways(&servers, 1).await;
        for round in 1..=ROUNDS {
            let (folder, target) = announce(&hubs[0]).await;
            let contents = [noise(2 * round, CONTENT_BYTES), noise(2 * round + 1, CONTENT_BYTES)];
            let racers = contents.iter().zip(&hubs).map(|(bytes, hub)| send(Arc::clone(hub), target, bytes.clone()));
            let results = race(racers.collect()).await;
            let winners: Vec<&Bytes> =
                contents.iter().zip(&results).filter(|(_, result)| result.is_ok()).map(|(bytes, _)| bytes).collect();
            let [winner] = winners.as_slice() else { panic!("both won, or none: {results:?}") };
            let view = hubs[1].folder(&osl(), folder.folder.id).await.expect("the folder");
            let attachment = view.attachments.first().expect("the attachment");
            assert_eq!((attachment.status, attachment.digest), (AttachmentStatus::Received, Some(digest(winner))));
            let case = view.cases.first().expect("a case").id;
            let bytes = steps::download(&*hubs[0], &osl(), case, attachment.id).await.expect("a download");
            assert!(bytes == **winner, "the loser's bytes are read");
        }
    }

    pub(super) async fn a_notification_is_deleted_once_through_whichever() {
        let servers = Servers::new();
        let hubs = gateways(&servers, 1).await;
        let caller = si(0, &urgent_process());
        for _ in 0..ROUNDS {
            steps::deposit(&*hubs[0], &osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
            let waiting = steps::waiting(&*hubs[1], &caller).await;
            let id = waiting.first().expect("a notification").notification.id;
            let callers = (0..6).map(|number: usize| {
                let (hub, caller) = (Arc::clone(&hubs[number % 2]), caller.clone());
                async move { hub.delete_notification(&caller, id).await }
            });
            let results = race(callers.collect()).await;
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
            let lost = |result: &&Result<(), Error>| matches!(result, Err(Error::NotFound(Noun::Notification)));
            assert_eq!(results.iter().filter(lost).count(), 5, "{results:?}");
            assert!(steps::waiting(&*hubs[0], &caller).await.is_empty());
        }
    }

    pub(super) async fn events_posted_through_both_have_ranks_of_their_own() {
        const EVENTS: usize = 12;
        let servers = Servers::new();
        let hubs = gateways(&servers, 1).await;
        let folder = steps::deposit(&*hubs[0], &osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
        let case: CaseId = folder.cases.first().expect("a case").id;
        let caller = si(0, &ordinary_process());
        let posts = (0..EVENTS).map(|number| {
            let (hub, caller) = (Arc::clone(&hubs[number % 2]), caller.clone());
            let draft = EventDraft {
                message: Some(format!("message {number}")),
                ..event_draft(navette_router::model::ActionType::SendingMessage)
            };
            async move { steps::post(&*hub, &caller, case, draft).await }
        });
        let posted = race(posts.collect()).await.into_iter().filter(Result::is_ok).count();
        let view = hubs[1].case(&caller, case, false).await.expect("the case");
        let ranks: Vec<u32> = view.events.iter().map(|event| event.event.rank).collect();
        assert_eq!(ranks, (1..=u32::try_from(posted).expect("few")).collect::<Vec<_>>(), "{posted} were answered");
        assert!(posted > 1, "no event was posted");
    }

    pub(super) async fn a_revocation_is_in_force_at_the_other_within_two_seconds() {
        let servers = Servers::new();
        let [one, two] = gateways(&servers, 1).await;
        let credential = credential(&osl());
        one.seed(vec![navette_router::entry::Fact::CredentialIssued(credential.clone())]).await.expect("it is issued");
        let known = || {
            let (two, id) = (Arc::clone(&two), credential.client_id.clone());
            async move { two.credential(&id).is_some() }
        };
        eventually("the credential is known", known).await;
        one.revoke_credential(&administrator(), &credential.client_id).await.expect("it is revoked");
        let refused = async {
            while known().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(2), refused)
            .await
            .expect("a revocation is in force within two seconds");
    }
}
