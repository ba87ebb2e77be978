//! Cases: what is listed by something else than its identifier, and goes when it goes.

use navette_router::entry::{DeletedEvent, Fact};
use navette_router::model::{CaseId, FolderId, NotificationId, Purge, Statistic};
use navette_router::ports::{Store, Subject};

use super::fixtures::{Deposit, START, depositor, entry, ordinary_process, recipient};
use super::{Backend, reopen};

async fn commit<S: Store>(store: &S, folder: FolderId, facts: Vec<Fact>) {
    let writer = store.writer(Subject::Folder(folder)).await.expect("a writer");
    store.commit(writer, entry(facts)).await.expect("an entry is committed");
}

async fn notified<S: Store>(store: &S, recipients: &[usize]) -> Deposit {
    let deposit = Deposit::new(&ordinary_process(), recipients, 1);
    commit(store, deposit.folder.id, vec![deposit.deposited(), deposit.completed()]).await;
    deposit
}

async fn cases_of<S: Store>(store: &S, number: usize) -> Vec<CaseId> {
    let mut found = Vec::new();
    loop {
        let page = store.cases_of(&recipient(number), found.last().copied(), 2).await.expect("cases are listed");
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

async fn waiting<S: Store>(store: &S, folder: FolderId) -> Vec<NotificationId> {
    let mut waiting: Vec<_> =
        store.waiting(folder).await.expect("what waits is listed").into_iter().map(|row| row.id).collect();
    waiting.sort_unstable();
    waiting
}

fn statistic(deposit: &Deposit) -> Statistic {
    Statistic {
        folder: deposit.folder.id,
        process: deposit.folder.process.clone(),
        depositor: depositor(),
        created_at: START,
        closed_at: None,
        deleted_at: START,
        cases: std::collections::BTreeMap::new(),
        events: 0,
        attachments: 1,
        attachment_bytes: 7,
    }
}

/// Page by page, every folder once, in the order of their identifiers.
pub async fn folders_are_listed_in_order_and_by_pages<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(notified(hub.store(), &[0]).await.folder.id);
    }
    expected.sort_unstable();
    let hub = reopen(&backend, hub).await;
    let mut found: Vec<FolderId> = Vec::new();
    loop {
        let page = hub.store().folders_after(found.last().copied(), 2).await.expect("folders are listed");
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        found.extend(page.into_iter().map(|folder| folder.id));
    }
    assert_eq!(found, expected);
}

/// A case is listed by its recipient from its deposit on, and moves with it.
pub async fn the_cases_of_a_recipient_are_listed_and_move_with_what_waits<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let store = hub.store();
    let mut own = Vec::new();
    for _ in 0..3 {
        let deposit = notified(store, &[0, 1]).await;
        own.push((deposit.folder.id, deposit.cases[0].id));
    }
    own.sort_unstable_by_key(|(_, case)| *case);
    assert_eq!(cases_of(store, 0).await, own.iter().map(|(_, case)| *case).collect::<Vec<_>>());

    let (folder, case) = own[1];
    let before = store.waiting(folder).await.expect("what waits is listed");
    let moved: Vec<_> = before.iter().filter(|row| row.case == case).map(|row| row.id).collect();
    assert_eq!((before.len(), moved.len()), (2, 1));
    let fact = Fact::CaseMoved { case, source: recipient(0), target: recipient(2), notifications: moved.clone() };
    commit(store, folder, vec![fact]).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    assert_eq!(cases_of(store, 2).await, [case]);
    assert_eq!(cases_of(store, 0).await.len(), 2);
    assert_eq!(store.case(case).await.expect("a read").expect("the case").recipient, recipient(2));
    let notification = store.notification(moved[0]).await.expect("a read").expect("the notification");
    assert_eq!(notification.recipient, recipient(2));
    assert_eq!(waiting(store, folder).await.len(), 2);
    let inbox = super::fixtures::inbox_of(2);
    assert_eq!(store.inbox(&inbox).await.expect("an inbox").notifications, [notification]);
}

/// A folder that is deleted takes its cases, its events and what waits with it, and leaves its statistic.
pub async fn a_deleted_folder_takes_everything_with_it_and_leaves_its_statistic<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let store = hub.store();
    let (gone, kept) = (notified(store, &[0]).await, notified(store, &[0]).await);
    let notifications = waiting(store, gone.folder.id).await;
    assert_eq!(notifications.len(), 1);
    let fact = Fact::FolderDeleted {
        folder: gone.folder.id,
        cases: gone.folder.cases.clone(),
        attachments: gone.attachments.iter().map(|attachment| attachment.id).collect(),
        events: vec![DeletedEvent {
            case: gone.cases[0].id,
            event: navette_router::model::EventId::generate(),
            attachments: Vec::new(),
        }],
        notifications,
        deliveries: vec![],
        statistic: Some(statistic(&gone)),
    };
    commit(store, gone.folder.id, vec![fact]).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    assert_eq!(cases_of(store, 0).await, [kept.cases[0].id]);
    assert!(waiting(store, gone.folder.id).await.is_empty());
    assert_eq!(store.inbox(&super::fixtures::inbox_of(0)).await.expect("an inbox").total, 1);
    assert!(store.folder(gone.folder.id).await.expect("a read").is_none());
    assert_eq!(store.statistics_after(None, 10).await.expect("statistics"), [statistic(&gone)]);
    assert!(store.statistics_after(Some(gone.folder.id), 10).await.expect("statistics").is_empty());
}

/// Copies that are to be deleted are listed by recipient until they are gone.
pub async fn copies_to_delete_are_listed_until_they_are_gone<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let store = hub.store();
    let deposit = notified(store, &[0, 1]).await;
    let purges: Vec<Purge> = (0..2)
        .map(|index| Purge {
            recipient: recipient(index),
            process: ordinary_process(),
            case: deposit.cases[index].id,
            attachment: deposit.attachments[0].id,
        })
        .collect();
    let owner = deposit.attachments[0].owner;
    let fact = Fact::FileDeleted { owner, attachment: deposit.attachments[0].id, purges: purges.clone() };
    commit(store, deposit.folder.id, vec![fact]).await;
    assert_eq!(store.purges(Some(&recipient(0)), 10).await.expect("purges"), purges[..1]);
    assert_eq!(store.purges(None, 10).await.expect("purges").len(), 2);
    assert_eq!(store.purges(None, 1).await.expect("purges").len(), 1);
    commit(store, deposit.folder.id, vec![Fact::FilesPurged(purges[..1].to_vec())]).await;
    let hub = reopen(&backend, hub).await;
    assert_eq!(hub.store().purges(None, 10).await.expect("purges"), purges[1..]);
}
