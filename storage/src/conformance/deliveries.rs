//! Cases: the ledger of deliveries, on every list it is on.

use navette_router::entry::Fact;
use navette_router::model::{
    DeadReason, Delivery, DeliveryId, DeliveryState, FolderId, ReturnOutcome, ReturnRecord, Status, SubscriptionId,
    Timestamp,
};
use navette_router::ports::{Store, Subject};

use super::fixtures::{
    Deposit, START, delivery, entry, failed_attempt, ordinary_process, recipient, successful_attempt,
};
use super::{Backend, reopen};

const READ: &str = "a read";

fn after(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(START.milliseconds() + milliseconds)
}

async fn commit<S: Store>(store: &S, folder: FolderId, facts: Vec<Fact>) {
    let writer = store.writer(Subject::Folder(folder)).await.expect("a writer");
    store.commit(writer, entry(facts)).await.expect("an entry is committed");
}

/// A folder whose first case is to be brought to these endpoints at these times.
async fn queued<S: Store>(store: &S, number: usize, endpoints: &[(SubscriptionId, i64)]) -> (Deposit, Vec<Delivery>) {
    let deposit = Deposit::new(&ordinary_process(), &[number], 1);
    let called_for: Vec<Delivery> =
        endpoints.iter().map(|(endpoint, due)| delivery(&deposit, *endpoint, after(*due))).collect();
    let facts = vec![deposit.deposited(), deposit.completed(), Fact::DeliveriesQueued(called_for.clone())];
    commit(store, deposit.folder.id, facts).await;
    (deposit, called_for)
}

async fn due<S: Store>(store: &S, endpoint: SubscriptionId, until: i64, limit: usize) -> Vec<DeliveryId> {
    let due = store.deliveries_due(endpoint, after(until), limit).await.expect(READ);
    due.into_iter().map(|delivery| delivery.id).collect()
}

/// Each endpoint has its own, the longest due first, none before its time; whatever hour that is in.
pub async fn deliveries_are_due_by_endpoint_and_time<B: Backend>(backend: B) {
    const HOUR: i64 = 3_600_000;
    let hub = super::open(&backend).await;
    let (one, other) = (SubscriptionId::generate(), SubscriptionId::generate());
    let mut of_one = Vec::new();
    for due in [3 * HOUR, 0, HOUR, 5] {
        let (_, called_for) = queued(hub.store(), 0, &[(one, due), (other, 2 * HOUR)]).await;
        of_one.push((due, called_for[0].id));
    }
    of_one.sort_unstable();
    let expected: Vec<DeliveryId> = of_one.iter().map(|(_, id)| *id).collect();
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    assert_eq!(due(store, one, -1, 10).await, []);
    assert_eq!(due(store, one, 0, 10).await, expected[..1]);
    assert_eq!(due(store, one, HOUR, 10).await, expected[..3]);
    assert_eq!(due(store, one, 9 * HOUR, 2).await, expected[..2]);
    assert_eq!(due(store, one, 9 * HOUR, 10).await, expected);
    assert_eq!(due(store, other, 2 * HOUR, 10).await.len(), 4);
    assert_eq!(due(store, SubscriptionId::generate(), 9 * HOUR, 10).await, []);
}

/// Each attempt is kept and moves the delivery to its next time, or off the list; what was replayed is due at once.
pub async fn a_delivery_waits_until_it_has_ended_and_again_when_it_is_replayed<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let endpoint = SubscriptionId::generate();
    let (deposit, called_for) = queued(hub.store(), 0, &[(endpoint, 0), (endpoint, 1)]).await;
    let (folder, [first, second]) = (deposit.folder.id, [called_for[0].id, called_for[1].id]);
    let later = DeliveryState::Waiting { due_at: after(500), since: START, failed: 1 };
    let attempted = |delivery, attempt, state, reference| Fact::DeliveryAttempted {
        delivery,
        attempt,
        state,
        reference,
        is_awaited: false,
        sequence: None,
    };
    commit(hub.store(), folder, vec![attempted(first, failed_attempt(1), later, None)]).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    assert_eq!(due(store, endpoint, 499, 10).await, [second]);
    assert_eq!(due(store, endpoint, 500, 10).await, [second, first]);

    let delivered = DeliveryState::Delivered { at: after(600) };
    let reference = Some("FOLDER-1".to_owned());
    commit(store, folder, vec![attempted(first, successful_attempt(2), delivered, reference.clone())]).await;
    commit(store, folder, vec![Fact::DeliveryEnded { delivery: second, reason: DeadReason::FellBack }]).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    assert_eq!(due(store, endpoint, 9_000, 10).await, []);
    let found = store.delivery(first).await.expect(READ).expect("the delivery");
    let last_attempts = vec![failed_attempt(1), successful_attempt(2)];
    let expected = Delivery { state: delivered, attempts: 2, last_attempts, reference, ..called_for[0].clone() };
    assert_eq!(found, expected);
    let dead = DeliveryState::Dead { at: START, reason: DeadReason::FellBack };
    assert_eq!(store.delivery(second).await.expect(READ).expect("the delivery").state, dead);

    commit(store, folder, vec![Fact::DeliveriesReplayed(vec![second, first])]).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    let mut both = [first, second];
    both.sort_unstable();
    assert_eq!(due(store, endpoint, 0, 10).await, both);
    let waiting = DeliveryState::Waiting { due_at: START, since: START, failed: 0 };
    assert_eq!(store.delivery(first).await.expect(READ), Some(Delivery { state: waiting, ..expected }));
}

async fn awaited<S: Store>(store: &S, endpoint: SubscriptionId, before: Option<DeliveryId>) -> Vec<DeliveryId> {
    let page = store.deliveries_awaited(endpoint, before, 2).await.expect(READ);
    assert!(page.iter().all(|delivery| delivery.is_awaited));
    page.into_iter().map(|delivery| delivery.id).collect()
}

/// What is awaited is listed by its endpoint, the latest first, until nothing is awaited any more; what came back is kept.
pub async fn what_was_brought_is_awaited_until_it_is_not<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let (one, other) = (SubscriptionId::generate(), SubscriptionId::generate());
    let (deposit, called_for) = queued(hub.store(), 0, &[(one, 0), (one, 0), (other, 0), (one, 0), (one, 0)]).await;
    let folder = deposit.folder.id;
    let delivered = |delivery: DeliveryId, is_awaited| Fact::DeliveryAttempted {
        delivery,
        attempt: successful_attempt(1),
        state: DeliveryState::Delivered { at: START },
        reference: Some("FOLDER-1".to_owned()),
        is_awaited,
        sequence: Some(7),
    };
    let mut of_one: Vec<DeliveryId> =
        called_for.iter().filter(|delivery| delivery.subscription == one).map(|delivery| delivery.id).collect();
    of_one.sort_unstable();
    for (rank, id) in of_one.iter().enumerate() {
        // The second has nothing to wait for.
        commit(hub.store(), folder, vec![delivered(*id, rank != 1)]).await;
    }
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    let latest = awaited(store, one, None).await;
    assert_eq!(latest, [of_one[3], of_one[2]]);
    assert_eq!(awaited(store, one, latest.last().copied()).await, [of_one[0]]);
    assert_eq!(awaited(store, other, None).await, []);

    let came = |number, outcome| ReturnRecord {
        number,
        at: START,
        reference: format!("ANSWER-{number}"),
        outcome,
        event: None,
    };
    let taken = came(1, ReturnOutcome::Taken);
    let done = came(2, ReturnOutcome::Status(Status::Done));
    let returned = |record: &ReturnRecord| Fact::DeliveryReturned { delivery: of_one[3], record: record.clone() };
    commit(store, folder, vec![returned(&taken)]).await;
    commit(store, folder, vec![returned(&done)]).await;
    commit(store, folder, vec![Fact::ReturnsEnded(vec![of_one[0]])]).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    assert_eq!(awaited(store, one, None).await, [of_one[3], of_one[2]]);
    assert_eq!(awaited(store, one, Some(of_one[2])).await, []);
    let found = store.delivery(of_one[3]).await.expect(READ).expect("the delivery");
    assert_eq!((found.last_returns, found.is_awaited, found.sequence), (vec![taken, done], true, 7));
}

/// Page by page, the latest first, each recipient its own.
pub async fn the_deliveries_of_a_recipient_are_listed_latest_first<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let endpoint = SubscriptionId::generate();
    let mut expected = Vec::new();
    for number in [0, 1, 0, 0, 1, 0, 0] {
        let (deposit, called_for) = queued(hub.store(), number, &[(endpoint, 0)]).await;
        assert_eq!(hub.store().deliveries(deposit.folder.id).await.expect(READ), called_for);
        if number == 0 {
            expected.push(called_for[0].clone());
        }
    }
    expected.reverse();
    let hub = reopen(&backend, hub).await;
    let mut found: Vec<Delivery> = Vec::new();
    loop {
        let before = found.last().map(|last| last.id);
        let page = hub.store().deliveries_of(&recipient(0), before, 2).await.expect(READ);
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        found.extend(page);
    }
    assert_eq!(found, expected);
}

/// Nothing of it is left on any list, and what comes late changes nothing.
pub async fn a_deleted_folder_takes_its_deliveries_with_it<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let store = hub.store();
    let endpoint = SubscriptionId::generate();
    let (gone, called_for) = queued(store, 0, &[(endpoint, 0), (endpoint, 1)]).await;
    let (_, kept) = queued(store, 0, &[(endpoint, 2)]).await;
    let delivered = DeliveryState::Delivered { at: START };
    let attempted = Fact::DeliveryAttempted {
        delivery: called_for[0].id,
        attempt: successful_attempt(1),
        state: delivered,
        reference: None,
        is_awaited: true,
        sequence: None,
    };
    commit(store, gone.folder.id, vec![attempted.clone()]).await;
    let deleted = Fact::FolderDeleted {
        folder: gone.folder.id,
        cases: gone.folder.cases.clone(),
        attachments: gone.attachments.iter().map(|attachment| attachment.id).collect(),
        events: vec![],
        notifications: store.waiting(gone.folder.id).await.expect(READ).iter().map(|row| row.id).collect(),
        deliveries: called_for.iter().map(|delivery| delivery.id).collect(),
        statistic: None,
    };
    commit(store, gone.folder.id, vec![deleted]).await;
    commit(store, gone.folder.id, vec![attempted]).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    for delivery in &called_for {
        assert_eq!(store.delivery(delivery.id).await.expect(READ), None);
    }
    assert_eq!(store.deliveries(gone.folder.id).await.expect(READ), []);
    assert_eq!(due(store, endpoint, 9_000, 10).await, [kept[0].id]);
    assert_eq!(awaited(store, endpoint, None).await, []);
    assert_eq!(store.deliveries_of(&recipient(0), None, 10).await.expect(READ), kept);
}
