//! Cases: what waits for whom, in which order.

use std::sync::Arc;

use navette_router::dispatch;
use navette_router::entry::Fact;
use navette_router::model::{Notification, NotificationId, ProcessCode};
use navette_router::ports::{InboxPage, InboxQuery, Store, Subject};

use super::fixtures::{Deposit, entry, ordinary_process, recipient, urgent_process};
use super::{Backend, reopen};

/// Commits a folder that is deposited and completed at once. What it puts into inboxes, in order.
pub(super) async fn notify<S: Store>(store: &S, process: &ProcessCode, recipients: &[usize]) -> Vec<Notification> {
    let deposit = Deposit::new(process, recipients, 0);
    let entry = entry(vec![deposit.deposited(), deposit.completed()]);
    let notifications = dispatch::notifications(&entry);
    let writer = store.writer(Subject::Folder(deposit.folder.id)).await.expect("a writer");
    store.commit(writer, entry).await.expect("the folder is committed");
    notifications
}

async fn delete<S: Store>(store: &S, notification: &Notification) {
    let writer = store.writer(Subject::Folder(notification.folder)).await.expect("a writer");
    let entry = entry(vec![Fact::NotificationDeleted(notification.id)]);
    store.commit(writer, entry).await.expect("the deletion is committed");
}

fn query(number: usize, offset: usize, limit: usize) -> InboxQuery {
    InboxQuery { recipient: Some(recipient(number)), processes: vec![], priority: vec![], offset, limit }
}

async fn page<S: Store>(store: &S, query: &InboxQuery) -> InboxPage {
    store.inbox(query).await.expect("the inbox is read")
}

fn ids<'a>(notifications: impl IntoIterator<Item = &'a Notification>) -> Vec<NotificationId> {
    notifications.into_iter().map(|notification| notification.id).collect()
}

/// The order of the journal, and within an entry that of its cases; page by page, and again after reopening.
pub async fn an_inbox_gives_the_oldest_first_in_stable_pages<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let mut expected = Vec::new();
    for round in 0..9 {
        let process = if round % 3 == 0 { urgent_process() } else { ordinary_process() };
        expected.extend(
            notify(hub.store(), &process, &[0, 1, 0, 0])
                .await
                .into_iter()
                .filter(|sent| sent.recipient == recipient(0)),
        );
    }
    let hub = {
        let everything = page(hub.store(), &query(0, 0, 1_000)).await;
        assert_eq!((everything.total, everything.notifications), (27, expected.clone()));
        reopen(&backend, hub).await
    };
    for limit in [1, 4, 27] {
        let mut found = Vec::new();
        for offset in (0..27).step_by(limit) {
            let page = page(hub.store(), &query(0, offset, limit)).await;
            assert_eq!(page.total, 27);
            found.extend(page.notifications);
        }
        assert_eq!(ids(&found), ids(&expected), "in pages of {limit}");
    }
}

/// Among those that come first, and among the others, the oldest first; pages may cut anywhere.
pub async fn prioritized_processes_come_first_and_each_stays_in_order<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let (urgent, ordinary) = (urgent_process(), ordinary_process());
    let (mut first, mut then, mut by_age) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..10 {
        let process = if round % 2 == 0 { &ordinary } else { &urgent };
        let sent = notify(hub.store(), process, &[0]).await;
        if round % 2 == 0 {
            then.extend(ids(&sent))
        } else {
            first.extend(ids(&sent))
        }
        by_age.extend(ids(&sent));
    }
    let expected: Vec<NotificationId> = first.iter().chain(&then).copied().collect();
    for limit in [3, 5, 10] {
        let mut found = Vec::new();
        for offset in (0..10).step_by(limit) {
            let query = InboxQuery { priority: vec![urgent.clone()], ..query(0, offset, limit) };
            found.extend(ids(&page(hub.store(), &query).await.notifications));
        }
        assert_eq!(found, expected, "in pages of {limit}");
    }
    for priority in [vec![], vec![urgent.clone(), ordinary.clone()]] {
        let query = InboxQuery { priority, ..query(0, 0, 100) };
        assert_eq!(ids(&page(hub.store(), &query).await.notifications), by_age);
    }
    let only_urgent = InboxQuery { processes: vec![urgent], priority: vec![ordinary], ..query(0, 0, 100) };
    assert_eq!(ids(&page(hub.store(), &only_urgent).await.notifications), first);
}

/// The total counts what waits, whatever of it is on the page.
pub async fn offset_limit_and_total_mean_what_they_say<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let sent = ids(&notify(hub.store(), &urgent_process(), &[0; 12]).await);
    for (offset, limit) in [(0, 5), (5, 5), (10, 5), (11, 1), (0, 12), (0, usize::MAX), (12, 5), (100, 5), (3, 0)] {
        let page = page(hub.store(), &query(0, offset, limit)).await;
        let expected: Vec<NotificationId> = sent.iter().copied().skip(offset).take(limit).collect();
        assert_eq!((ids(&page.notifications), page.total), (expected, 12), "offset {offset}, limit {limit}");
    }
}

/// One recipient or all, some processes or all; naming a process twice changes nothing.
pub async fn an_inbox_is_read_by_recipient_and_process<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let store = hub.store();
    let (urgent, ordinary) = (urgent_process(), ordinary_process());
    let mut sent = notify(store, &urgent, &[0, 1]).await;
    sent.extend(notify(store, &ordinary, &[1, 10]).await);
    let expected = |wanted: &dyn Fn(&Notification) -> bool| ids(sent.iter().filter(|sent| wanted(sent)));
    for number in [0, 1, 10, 2] {
        let found = page(store, &query(number, 0, 100)).await;
        assert_eq!(ids(&found.notifications), expected(&|sent| sent.recipient == recipient(number)));
        assert_eq!(found.total, found.notifications.len() as u64);
        for process in [&urgent, &ordinary] {
            let query = InboxQuery { processes: vec![process.clone(), process.clone()], ..query(number, 0, 100) };
            let found = page(store, &query).await;
            let wanted = |sent: &Notification| sent.recipient == recipient(number) && sent.process == *process;
            assert_eq!((ids(&found.notifications), found.total), (expected(&wanted), expected(&wanted).len() as u64));
        }
    }
    for (processes, count) in [(vec![], 4), (vec![ordinary.clone()], 2), (vec![urgent, ordinary], 4)] {
        let everybody = InboxQuery { recipient: None, processes: processes.clone(), ..query(0, 0, 100) };
        let found = page(store, &everybody).await;
        let wanted = |sent: &Notification| processes.is_empty() || processes.contains(&sent.process);
        assert_eq!((ids(&found.notifications), found.total), (expected(&wanted), count));
    }
}

/// Nothing waits for somebody unknown, before the first notification, nor after the last was deleted, reopened or not.
pub async fn an_empty_inbox_is_empty_before_and_after<B: Backend>(backend: B) {
    let mut hub = super::open(&backend).await;
    for _ in 0..2 {
        let nothing = page(hub.store(), &query(0, 0, 25)).await;
        assert_eq!((nothing.total, nothing.notifications), (0, vec![]));
        let sent = notify(hub.store(), &urgent_process(), &[0, 0]).await;
        for notification in &sent {
            delete(hub.store(), notification).await;
            assert_eq!(hub.store().notification(notification.id).await.expect("a read"), None);
        }
        hub = reopen(&backend, hub).await;
    }
    let everybody = InboxQuery { recipient: None, ..query(0, 0, 25) };
    assert_eq!(page(hub.store(), &everybody).await.total, 0);
}

/// Deleted from the head, from the middle and from the end, with new ones arriving.
pub async fn what_was_deleted_makes_room_for_the_next_on_the_page<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let store = hub.store();
    let mut expected = notify(store, &urgent_process(), &[0; 10]).await;
    for index in [0, 0, 4, 6, 0] {
        delete(store, &expected.remove(index)).await;
        expected.extend(notify(store, &urgent_process(), &[0]).await);
        let found = page(store, &query(0, 0, 5)).await;
        let waiting = expected.len() as u64;
        assert_eq!((ids(&found.notifications), found.total), (ids(expected.iter().take(5)), waiting));
    }
    let reopened = reopen(&backend, hub).await;
    assert_eq!(page(reopened.store(), &query(0, 0, 100)).await.notifications, expected);
}

/// By somebody who polls without pause while others deposit: whoever is told of a case finds it transmitted.
pub async fn a_case_can_be_read_as_soon_as_its_notification_is_seen<B: Backend>(backend: B) {
    const FOLDERS: usize = 400;
    let hub = Arc::new(super::open(&backend).await);
    let reader = {
        let hub = Arc::clone(&hub);
        tokio::spawn(async move {
            let mut seen = 0;
            while seen < FOLDERS {
                let found = page(hub.store(), &query(0, seen, FOLDERS)).await.notifications;
                for notification in &found {
                    let case = hub.store().case(notification.case).await.expect("a read").expect("the case");
                    assert!(case.transmitted_at.is_some(), "case {} of {FOLDERS} is announced and not there", seen + 1);
                    seen += 1;
                }
                tokio::task::yield_now().await;
            }
        })
    };
    for _ in 0..FOLDERS {
        let deposit = Deposit::new(&urgent_process(), &[0], 1);
        for fact in [deposit.deposited(), deposit.completed()] {
            let writer = hub.store().writer(Subject::Folder(deposit.folder.id)).await.expect("a writer");
            hub.store().commit(writer, entry(vec![fact])).await.expect("a commit");
        }
    }
    reader.await.expect("the reader is content");
}
