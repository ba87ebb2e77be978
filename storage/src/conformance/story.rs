//! A story in which every kind of fact happens, and all that can be read of it afterwards.

use bytes::Bytes;
use navette_router::entry::Fact;
use navette_router::hub::{CredentialDraft, Target};
use navette_router::model::{
    ActionType, Attachment, Case, CaseId, DeadReason, Delivery, DeliveryId, DeliveryState, Event, EventDraft, EventId,
    EventStatus, Folder, FolderId, Notification, NotificationId, Owner, ReturnOutcome, ReturnRecord, SecretHash,
    Status, SubscriptionId, Timestamp,
};
use navette_router::ports::{Attachments, InboxQuery, Store, Subject};
use navette_router::referential::Referential;
use navette_router::{Faults, Hub};

use super::contents;
use super::fixtures::{
    Clock, Deposit, File, START, administrator, delivery, entry, event_draft, failed_attempt, file_event_draft,
    ordinary_process, osl, recipient, referential, si, successful_attempt, urgent_process,
};
use super::steps;

/// The identifiers of the story, of what was deleted too.
#[derive(Debug, Default)]
pub(crate) struct Known {
    folders: Vec<FolderId>,
    cases: Vec<CaseId>,
    events: Vec<(CaseId, EventId)>,
    notifications: Vec<NotificationId>,
    deliveries: Vec<DeliveryId>,
    endpoints: Vec<SubscriptionId>,
}

/// Everything that can be read of the story.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dump {
    folders: Vec<Option<Folder>>,
    cases: Vec<Option<Case>>,
    present_cases: Vec<Case>,
    attachments: Vec<Vec<Attachment>>,
    contents: Vec<Bytes>,
    events: Vec<Option<Event>>,
    events_of_cases: Vec<Vec<Event>>,
    notifications: Vec<Option<Notification>>,
    inbox: Vec<Notification>,
    deliveries: Vec<Option<Delivery>>,
    deliveries_listed: Vec<Vec<Delivery>>,
    referential: Referential,
}

impl Dump {
    /// Reads everything.
    pub(crate) async fn take<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, known: &Known) -> Self {
        const READ: &str = "a read";
        let (store, mut dump) = (hub.store(), Self::empty(hub.store().referential(Clone::clone)));
        for id in &known.folders {
            dump.folders.push(store.folder(*id).await.expect(READ));
            dump.attachments.push(store.attachments(Owner::Folder(*id)).await.expect(READ));
        }
        for id in &known.cases {
            dump.cases.push(store.case(*id).await.expect(READ));
            dump.events_of_cases.push(store.events(*id).await.expect(READ));
        }
        dump.present_cases = store.cases(&known.cases).await.expect(READ);
        for (case, id) in &known.events {
            dump.events.push(store.event(*case, *id).await.expect(READ));
            dump.attachments.push(store.attachments(Owner::Event(*id)).await.expect(READ));
        }
        for id in &known.notifications {
            dump.notifications.push(store.notification(*id).await.expect(READ));
        }
        let all = InboxQuery { recipient: None, processes: vec![], priority: vec![], offset: 0, limit: usize::MAX };
        let page = store.inbox(&all).await.expect(READ);
        assert_eq!(page.total, page.notifications.len() as u64);
        dump.inbox = page.notifications;
        for id in &known.deliveries {
            dump.deliveries.push(store.delivery(*id).await.expect(READ));
        }
        for endpoint in &known.endpoints {
            let late = Timestamp::from_milliseconds(START.milliseconds() + 10_000_000);
            dump.deliveries_listed.push(store.deliveries_due(*endpoint, late, 100).await.expect(READ));
            dump.deliveries_listed.push(store.deliveries_of(&recipient(2), None, 100).await.expect(READ));
        }
        for attachment in dump.attachments.iter().flatten() {
            let found = store.attachment(attachment.owner, attachment.id).await.expect(READ);
            assert_eq!(found.as_ref(), Some(attachment));
            if let Some(place) = &attachment.place {
                let bytes = contents::read(hub.attachments(), place, 0..attachment.size_bytes).await.expect(READ);
                dump.contents.push(bytes);
            }
        }
        dump
    }

    /// The same, wherever the bytes lie.
    pub(crate) fn without_places(mut self) -> Self {
        self.attachments.iter_mut().flatten().for_each(|attachment| attachment.place = None);
        self
    }

    fn empty(referential: Referential) -> Self {
        Self {
            folders: vec![],
            cases: vec![],
            present_cases: vec![],
            attachments: vec![],
            contents: vec![],
            events: vec![],
            events_of_cases: vec![],
            notifications: vec![],
            inbox: vec![],
            deliveries: vec![],
            deliveries_listed: vec![],
            referential,
        }
    }
}

/// Lets everything happen that can, on an empty hub.
pub(crate) async fn tell<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, clock: &Clock) -> Known {
    let mut known = Known::default();
    enrol(hub).await;
    clock.advance(1_000);
    abandon(hub, &mut known).await;
    clock.advance(1_000);
    process(hub, clock, &mut known).await;
    clock.advance(1_000);
    put_by_hand(hub, &mut known).await;
    clock.advance(1_000);
    deliver(hub, &mut known).await;
    known
}

/// Partners, and two credentials of which one is revoked.
async fn enrol<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    hub.seed(referential(3)).await.expect("partners are registered");
    for _ in 0..2 {
        let draft = CredentialDraft { scope: Some("ADMIN".to_owned()), ..CredentialDraft::default() };
        let issued = hub.issue_credential(&administrator(), draft, SecretHash([1; 32]), Faults::default()).await;
        let client_id = issued.expect("a credential is issued").client_id;
        if hub.store().referential(|known| known.credentials().count()) == 1 {
            hub.revoke_credential(&administrator(), &client_id).await.expect("a credential is revoked");
        }
    }
}

/// A folder that is deleted, and one whose file never is what was announced.
async fn abandon<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, known: &mut Known) {
    let (osl, process) = (osl(), urgent_process());
    let files = [File::data(1, 100), File::data(2, 100_000)];
    for delete in [true, false] {
        let folder = steps::announce(hub, &osl, &process, &[0, 1], &files).await.expect("a folder is announced");
        let (id, last) = (folder.folder.id, folder.attachments.last().expect("an attachment").id);
        known.folders.push(id);
        known.cases.extend(&folder.folder.cases);
        if delete {
            steps::send_files(hub, &osl, &folder, &files).await;
            hub.delete_folder(&osl, id).await.expect("the folder is deleted");
        } else {
            let target = Target::Folder { folder: id, attachment: last };
            let short = steps::send(hub, &osl, target, Bytes::from_static(b"too short")).await;
            assert!(short.is_err(), "a file that is too short is received");
        }
    }
}

/// A folder that goes the whole way, to two recipients.
async fn process<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, clock: &Clock, known: &mut Known) {
    let (depositor, process) = (osl(), ordinary_process());
    let files = [File::pdf(1), File::data(3, 70_000), File::data(4, 5 << 20)];
    let folder = steps::deposit(hub, &depositor, &process, &[0, 1], &files).await;
    known.folders.push(folder.folder.id);
    known.cases.extend(&folder.folder.cases);
    let case = folder.cases.first().expect("a case").id;
    let recipient = si(0, &process);

    let arrival = steps::waiting(hub, &recipient).await.first().expect("a notification").notification.id;
    known.notifications.push(arrival);
    hub.delete_notification(&recipient, arrival).await.expect("the notification is deleted");
    let status = |word: &str| EventDraft {
        case_new_status: Some(word.to_owned()),
        comment: Some("for colleagues".to_owned()),
        ..event_draft(ActionType::StatusUpdate)
    };
    for word in ["IN_PROGRESS", "ADD_AWAITING"] {
        clock.advance(10);
        let event = steps::post(hub, &recipient, case, status(word)).await.expect("a status is posted");
        known.events.push((case, event.event.id));
        hub.update_event(&depositor, case, event.event.id, EventStatus::Received).await.expect("it is acknowledged");
    }
    clock.advance(10);
    let complement = file_event_draft(&[File::data(5, 9_000), File::data(6, 300)]);
    let files = [File::data(5, 9_000), File::data(6, 300)];
    known.events.push((case, steps::post_files(hub, &depositor, case, complement, &files).await));
    let abandoned = steps::post(hub, &recipient, case, file_event_draft(&files)).await.expect("an event is posted");
    known.events.push((case, abandoned.event.id));
    hub.delete_event(&recipient, case, abandoned.event.id).await.expect("the event is deleted");
    let unsent = steps::post(hub, &recipient, case, file_event_draft(&files)).await.expect("an event is posted");
    known.events.push((case, unsent.event.id));

    clock.advance(10);
    hub.update_case(&recipient, case, Status::Done).await.expect("the case is done");
    hub.update_case(&depositor, case, Status::Closed).await.expect("the case is closed");
    hub.update_folder(&depositor, folder.folder.id, Status::Closed, None).await.expect("the folder is closed");
    clock.advance(10);
    hub.update_case(&depositor, case, Status::HubeeNotified).await.expect("the case is reopened");
    hub.update_case(&depositor, case, Status::Closed).await.expect("the case is closed again");
    for caller in [&depositor, &recipient, &si(1, &process)] {
        let waiting = steps::waiting(hub, caller).await;
        known.notifications.extend(waiting.iter().map(|view| view.notification.id));
    }
}

/// A notification that nothing else caused.
async fn put_by_hand<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, known: &mut Known) {
    let deposit = Deposit::new(&urgent_process(), &[2], 1);
    known.folders.push(deposit.folder.id);
    known.cases.extend(&deposit.folder.cases);
    let completion = entry(vec![deposit.completed()]);
    let put = navette_router::dispatch::notifications(&completion).into_iter().map(Fact::NotificationPut);
    let facts = std::iter::once(deposit.deposited()).chain(put).collect();
    let writer = hub.store().writer(Subject::Folder(deposit.folder.id)).await.expect("a writer");
    hub.store().commit(writer, entry(facts)).await.expect("the entry is committed");
}

/// Deliveries that wait, that have arrived, that were given up, and that were replayed.
async fn deliver<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, known: &mut Known) {
    let deposit = Deposit::new(&urgent_process(), &[2], 1);
    let (folder, endpoint) = (deposit.folder.id, SubscriptionId::generate());
    let deliveries: Vec<Delivery> = (0..4).map(|_| delivery(&deposit, endpoint, START)).collect();
    let ids: Vec<DeliveryId> = deliveries.iter().map(|delivery| delivery.id).collect();
    let attempted = |index: usize, attempt, state| Fact::DeliveryAttempted {
        delivery: ids[index],
        attempt,
        state,
        reference: None,
        is_awaited: matches!(state, DeliveryState::Delivered { .. }),
        sequence: None,
    };
    let returned = |index: usize, number| Fact::DeliveryReturned {
        delivery: ids[index],
        record: ReturnRecord {
            number,
            at: START,
            reference: format!("ANSWER-{number}"),
            outcome: ReturnOutcome::Taken,
            event: None,
        },
    };
    let later = |failed| {
        let due_at = Timestamp::from_milliseconds(START.milliseconds() + 4_000_000 * i64::from(failed));
        DeliveryState::Waiting { due_at, since: START, failed }
    };
    let delivered = DeliveryState::Delivered { at: START };
    for facts in [
        vec![deposit.deposited(), Fact::DeliveriesQueued(deliveries.clone())],
        vec![attempted(0, failed_attempt(1), later(1))],
        vec![attempted(1, failed_attempt(1), later(1)), attempted(2, failed_attempt(1), later(1))],
        vec![attempted(0, failed_attempt(2), later(2))],
        vec![attempted(1, successful_attempt(2), delivered)],
        vec![Fact::DeliveryEnded { delivery: ids[2], reason: DeadReason::GivenUp }],
        vec![Fact::DeliveriesReplayed(vec![ids[2]])],
        vec![attempted(2, failed_attempt(2), later(1))],
        vec![returned(1, 1), returned(1, 2)],
        vec![Fact::ReturnsEnded(vec![ids[1]])],
    ] {
        let writer = hub.store().writer(Subject::Folder(folder)).await.expect("a writer");
        hub.store().commit(writer, entry(facts)).await.expect("the entry is committed");
    }
    known.folders.push(folder);
    known.cases.extend(&deposit.folder.cases);
    known.deliveries.extend(ids);
    known.endpoints.push(endpoint);
}
