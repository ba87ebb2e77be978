//! Cases: what was answered is there, now and after reopening.

use std::pin::pin;

use futures_util::poll;
use navette_router::entry::Fact;
use navette_router::model::{Owner, Status};
use navette_router::ports::{InboxQuery, Store, Subject};
use tokio::task::yield_now;

use super::contents::{read, store};
use super::fixtures::{Clock, Deposit, File, credential, entry, noise, osl, referential, si, urgent_process};
use super::story::{Dump, tell};
use super::wait::{eventually, soon};
use super::{Backend, open, open_at, open_with_partners, reopen, steps};

const MIB: usize = 1024 * 1024;

/// Folders, cases, attachments, events, notifications, the referential, credentials, and the bytes of every file.
pub async fn what_was_committed_is_read_back_after_reopening<B: Backend>(backend: B) {
    let clock = Clock::new();
    let mut hub = open_at(&backend, clock.clone()).await;
    let known = tell(&hub, &clock).await;
    let before = Dump::take(&hub, &known).await;
    for _ in 0..2 {
        hub = reopen(&backend, hub).await;
        assert!(Dump::take(&hub, &known).await == before, "something is not what it was");
    }
}

/// On whichever path a size takes.
pub async fn attachments_of_every_size_are_read_back_after_reopening<B: Backend>(backend: B) {
    let hub = open_with_partners(&backend, 1).await;
    let sizes = [0, 1, 4_095, 4_096, 4_097, 100_000, MIB, 5 * MIB, 20 * MIB];
    let files: Vec<File> = (1..).zip(sizes).map(|(seed, size)| File::data(seed, size)).collect();
    let folder = steps::deposit(&hub, &osl(), &urgent_process(), &[0], &files).await;
    let hub = reopen(&backend, hub).await;
    let (recipient, case) = (si(0, &urgent_process()), folder.cases.first().expect("a case").id);
    for (attachment, file) in folder.attachments.iter().zip(&files) {
        let bytes = steps::download(&hub, &recipient, case, attachment.id).await.expect("a download");
        assert!(bytes == file.bytes, "{} bytes are not what was sent", file.bytes.len());
    }
}

/// A revoked credential stays revoked.
pub async fn the_referential_and_its_credentials_are_read_back_after_reopening<B: Backend>(backend: B) {
    let hub = open(&backend).await;
    let (kept, revoked) = (credential(&osl()), credential(&si(0, &urgent_process())));
    let mut facts = referential(100);
    facts.extend([&kept, &revoked].map(|credential| Fact::CredentialIssued(credential.clone())));
    hub.seed(facts).await.expect("partners are registered");
    hub.seed(vec![Fact::CredentialRevoked(revoked.client_id.clone())]).await.expect("a credential is revoked");
    let before = hub.store().referential(Clone::clone);
    let hub = reopen(&backend, hub).await;
    assert!(hub.store().referential(Clone::clone) == before, "the referential is not what it was");
    assert_eq!(hub.credential(&kept.client_id), Some(kept));
    assert_eq!(hub.credential(&revoked.client_id), None);
}

/// At once, by whichever read.
pub async fn a_read_after_a_commit_sees_it<B: Backend>(backend: B) {
    let (store, _attachments) = backend.open().await;
    for round in 1..=100 {
        let deposit = Deposit::new(&urgent_process(), &[0, 1], 2);
        let subject = Subject::Folder(deposit.folder.id);
        let writer = store.writer(subject).await.expect("a writer");
        store.commit(writer, entry(vec![deposit.deposited()])).await.expect("a commit");
        let found = store.folder(deposit.folder.id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(&deposit.folder));
        assert_eq!(store.cases(&deposit.folder.cases).await.expect("a read"), deposit.cases);
        let owner = Owner::Folder(deposit.folder.id);
        assert_eq!(store.attachments(owner).await.expect("a read"), deposit.attachments);
        let writer = store.writer(subject).await.expect("the writer is back");
        store.commit(writer, entry(vec![deposit.completed()])).await.expect("a commit");
        let found = store.folder(deposit.folder.id).await.expect("a read").expect("the folder");
        assert_eq!(found.status, Status::HubeeNotified);
        let everything =
            InboxQuery { recipient: None, processes: vec![], priority: vec![], offset: 0, limit: usize::MAX };
        let page = store.inbox(&everything).await.expect("the inbox is read");
        assert_eq!((page.total, page.notifications.len()), (2 * round, 2 * round as usize));
    }
}

/// Dropped before it begins, after a few steps, or later: the folder is there with all that is in it or not at all, for whoever
/// decides next and after reopening, and the writer is given back.
pub async fn a_commit_that_nobody_waits_for_happens_whole_or_not_at_all<B: Backend>(backend: B) {
    let hub = open(&backend).await;
    let mut fates = Vec::new();
    for steps in (0..6).chain(0..6).chain([20, 50]) {
        let deposit = Deposit::new(&urgent_process(), &[0, 1, 2], 3);
        let subject = Subject::Folder(deposit.folder.id);
        let writer = hub.store().writer(subject).await.expect("a writer");
        {
            let mut commit = pin!(hub.store().commit(writer, entry(vec![deposit.deposited(), deposit.completed()])));
            for _ in 0..steps {
                if poll!(commit.as_mut()).is_ready() {
                    break;
                }
                yield_now().await;
            }
        }
        let writer = soon("the writer is given back", hub.store().writer(subject)).await.expect("a writer");
        let happened = is_whole(hub.store(), &deposit).await;
        assert!(steps > 0 || !happened, "a commit that was never begun happened");
        drop(writer);
        fates.push((deposit, happened));
    }
    let hub = reopen(&backend, hub).await;
    for (deposit, happened) in &fates {
        assert_eq!(is_whole(hub.store(), deposit).await, *happened, "a folder appeared or went away");
    }
}

/// Whether all of a completed deposit is there; panics when only a part of it is.
async fn is_whole<S: Store>(store: &S, deposit: &Deposit) -> bool {
    let folder = store.folder(deposit.folder.id).await.expect("a read").is_some();
    let cases = store.cases(&deposit.folder.cases).await.expect("a read").len();
    let attachments = store.attachments(Owner::Folder(deposit.folder.id)).await.expect("a read").len();
    let query = InboxQuery { recipient: None, processes: vec![], priority: vec![], offset: 0, limit: usize::MAX };
    let page = store.inbox(&query).await.expect("the inbox is read");
    let told = page.notifications.iter().filter(|sent| sent.folder == deposit.folder.id).count();
    match (folder, cases, attachments, told) {
        (true, 3, 3, 3) => true,
        (false, 0, 0, 0) => false,
        found => panic!("half a commit is there: folder, cases, attachments, notifications: {found:?}"),
    }
}

/// Bytes that were stored by a process that died before it told the journal.
pub async fn what_no_entry_names_is_gone_after_reopening<B: Backend>(backend: B) {
    let hub = open_with_partners(&backend, 1).await;
    let file = [File::data(1, 100_000)];
    let folder = steps::deposit(&hub, &osl(), &urgent_process(), &[0], &file).await;
    let mut lost = Vec::new();
    for size in [100_000, 5 * MIB] {
        let stored = store(hub.attachments(), noise(2, size), 50_000).await.expect("a content is stored");
        lost.push((stored.place, size as u64));
    }
    let hub = reopen(&backend, hub).await;
    for (place, size) in &lost {
        let attachments = hub.attachments();
        eventually("a lost content is gone", || async { read(attachments, place, 0..*size).await.is_err() }).await;
    }
    let held = backend.held_bytes(hub.attachments());
    assert!(held.is_none_or(|bytes| bytes == 100_000), "{held:?} bytes are held");
    let (case, attachment) = (folder.cases.first().expect("a case").id, folder.attachments.first().expect("a file").id);
    let bytes = steps::download(&hub, &osl(), case, attachment).await.expect("the other file");
    assert!(file.iter().all(|file| file.bytes == bytes), "the other file changed");
}
