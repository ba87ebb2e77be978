//! What is brought to recipients, how often it is tried, and who may see and repeat that.

use navette_router::entry::Fact;
use navette_router::hub::{Prepared, ReplayQuery};
use navette_router::model::{
    AccessMode, ActionType, DeadReason, Delivery, DeliveryState, EventDraft, Fallback, Timestamp,
};
use navette_router::ports::{Clock as _, DeliveryErrorKind, PeerWords, Store as _};
use navette_router::{Caller, Error, Hub, Limits};
use navette_storage::conformance::fixtures::{
    self, File, administrator, event_draft, ordinary_process, osl, recipient, si,
};
use navette_storage::conformance::steps;
use navette_storage::memory::Memory;

use crate::post::Post;

const HOUR: i64 = 60 * 60 * 1_000;

fn is_waiting(delivery: &Delivery) -> bool {
    delivery.due_at().is_some()
}

#[tokio::test]
async fn what_is_notified_is_brought_to_those_who_have_an_endpoint() {
    let post = Post::of(&[AccessMode::Webhook, AccessMode::Sftp]).await;
    post.deposits_for(&[0, 1, 2]).await;
    assert_eq!((post.ledger(0).await.len(), post.ledger(1).await.len(), post.ledger(2).await.len()), (1, 1, 0));
    let delivery = post.only().await;
    assert!(is_waiting(&delivery) && delivery.sequence == 1 && delivery.size_bytes > 0, "{delivery:?}");
    let completion = post.memory.journal().pop().expect("an entry");
    let called = completion.facts.iter().any(|fact| matches!(fact, Fact::DeliveriesQueued(rows) if rows.len() == 2));
    let notifies = completion.facts.iter().any(|fact| matches!(fact, Fact::FolderCompleted { .. }));
    assert!(called && notifies, "it is not part of the entry that notifies");
    let Prepared::Ready(message) = post.prepares(&delivery).await else { panic!("nothing is brought") };
    assert_eq!((message.attempt, message.attachments.len(), message.case.id), (1, 1, delivery.case));
}

#[tokio::test]
async fn events_are_brought_in_order_and_only_where_the_way_carries_them() {
    let post = Post::of(&[AccessMode::Webhook, AccessMode::Sftp]).await;
    post.deposits_for(&[0, 1]).await;
    for number in [0, 1] {
        let case = post.ledger(number).await[0].case;
        let message = EventDraft { message: Some("a word".to_owned()), ..event_draft(ActionType::SendingMessage) };
        steps::post(&post.hub, &osl(), case, message).await.expect("an event is posted");
    }
    assert_eq!(post.ledger(1).await.len(), 1);
    let [second, first] = <[Delivery; 2]>::try_from(post.ledger(0).await).expect("two deliveries");
    assert_eq!((first.sequence, second.sequence, second.event.is_some()), (1, 2, true));
    assert!(matches!(post.prepares(&second).await, Prepared::Behind));
    post.arrives(&first).await;
    let Prepared::Ready(message) = post.prepares(&second).await else { panic!("nothing is brought") };
    assert_eq!(message.event.map(|event| event.id), second.event);
}

#[tokio::test]
async fn what_arrived_is_known_to_have_and_leaves_the_inbox() {
    let post = Post::of(&[AccessMode::Webhook]).await;
    post.deposits_for(&[0]).await;
    let (delivery, caller) = (post.only().await, si(0, &ordinary_process()));
    assert_eq!(steps::waiting(&post.hub, &caller).await.len(), 1);
    post.clock.advance(1_000);
    assert_eq!(post.arrives(&delivery).await, DeliveryState::Delivered { at: post.clock.now() });
    assert!(steps::waiting(&post.hub, &caller).await.is_empty());
    let delivery = post.only().await;
    assert_eq!((delivery.attempts, delivery.reference.as_deref()), (1, Some("FOLDER-1")));
    assert!(matches!(post.prepares(&delivery).await, Prepared::NotNow));
    // An attempt whose end came late and failed takes nothing back.
    post.fails(&delivery, DeliveryErrorKind::TimedOut).await;
    assert!(matches!(post.only().await.state, DeliveryState::Delivered { .. }));
}

#[tokio::test]
async fn a_failure_is_kept_and_tried_again_until_it_is_given_up() {
    let post = Post::of(&[AccessMode::Webhook]).await;
    post.deposits_for(&[0]).await;
    let delivery = post.only().await;
    post.clock.advance(1);
    let DeliveryState::Waiting { due_at, failed: 1, .. } = post.fails(&delivery, DeliveryErrorKind::Busy).await else {
        panic!("it does not wait")
    };
    assert!(due_at >= post.clock.now() && due_at.milliseconds() <= post.clock.now().milliseconds() + 10_000);
    let kept = post.only().await;
    let attempt = kept.last_attempts.first().expect("an attempt");
    let failure = attempt.failure.as_ref().expect("a failure");
    assert_eq!((failure.kind, failure.explanation.as_str()), (DeliveryErrorKind::Busy, "it answered so"));
    assert_eq!(attempt.words.as_ref().map(PeerWords::as_str), Some("come back later"));
    assert_eq!(steps::waiting(&post.hub, &si(0, &ordinary_process())).await.len(), 1, "its notification waits too");
    post.clock.advance(25 * HOUR);
    let state = post.fails(&kept, DeliveryErrorKind::Busy).await;
    assert!(matches!(state, DeliveryState::Dead { reason: DeadReason::GivenUp, .. }), "{state:?}");
}

#[tokio::test]
async fn a_dead_letter_is_replayed_as_if_it_had_just_been_called_for() {
    let post = Post::of(&[AccessMode::Webhook]).await;
    post.deposits_for(&[0]).await;
    let delivery = post.only().await;
    let state = post.fails(&delivery, DeliveryErrorKind::Rejected).await;
    assert!(matches!(state, DeliveryState::Dead { reason: DeadReason::Refused, .. }), "{state:?}");
    post.clock.advance(48 * HOUR);
    let query = ReplayQuery {
        recipient: recipient(0),
        process: Some(ordinary_process()),
        case: None,
        from: Some(delivery.created_at),
        until: None,
        delivered_too: false,
    };
    assert_eq!(post.hub.replay_deliveries(&administrator(), &query).await.expect("a replay"), 1);
    assert_eq!(post.hub.replay_deliveries(&administrator(), &query).await.expect("a replay"), 0, "it waits already");
    let replayed = post.only().await;
    let Prepared::Ready(message) = post.prepares(&replayed).await else { panic!("nothing is brought") };
    assert_eq!(message.attempt, 2);
    let state = post.fails(&replayed, DeliveryErrorKind::Busy).await;
    assert!(matches!(state, DeliveryState::Waiting { failed: 1, .. }), "{state:?}");
}

#[tokio::test]
async fn whoever_lost_their_endpoint_or_falls_back_is_not_tried_any_more() {
    let post = Post::of(&[AccessMode::Webhook]).await;
    post.deposits_for(&[0]).await;
    let delivery = post.only().await;
    let fallback = Some(Fallback { after_hours: 2, mode: AccessMode::Portal });
    post.changes(|row| row.endpoint.as_mut().expect("an endpoint").fallback = fallback).await;
    assert!(matches!(post.prepares(&delivery).await, Prepared::Ready(_)));
    post.clock.advance(2 * HOUR);
    assert!(matches!(post.prepares(&delivery).await, Prepared::Ends(DeadReason::FellBack)));
    post.changes(|row| row.endpoint = None).await;
    assert!(matches!(post.prepares(&delivery).await, Prepared::Ends(DeadReason::NoEndpoint)));
    assert!(post.hub.end_delivery(delivery.id, DeadReason::NoEndpoint).await.expect("an end"));
    assert!(!post.hub.end_delivery(delivery.id, DeadReason::FellBack).await.expect("an end"), "it has ended");
    assert_eq!(steps::waiting(&post.hub, &si(0, &ordinary_process())).await.len(), 1, "it can still be fetched");
}

#[tokio::test]
async fn a_recipient_sees_and_replays_its_own_and_no_others() {
    let post = Post::of(&[AccessMode::Webhook, AccessMode::Webhook]).await;
    for _ in 0..3 {
        post.deposits_for(&[0, 1]).await;
    }
    let own = si(0, &ordinary_process());
    let page = post.hub.own_deliveries(&own, None, Some(2)).await.expect("a page");
    let rest = post.hub.own_deliveries(&own, page.last().map(|last| last.id), Some(2)).await.expect("a page");
    assert_eq!([page.clone(), rest].concat(), post.ledger(0).await);
    let replayed = post.hub.replay_delivery(&own, page[0].id).await.expect("a replay");
    assert!(is_waiting(&replayed));
    let others: [Caller; 2] = [si(1, &ordinary_process()), si(0, &fixtures::urgent_process())];
    for caller in others {
        assert!(matches!(post.hub.replay_delivery(&caller, page[0].id).await, Err(Error::NotFound(_))));
    }
    assert!(matches!(post.hub.own_deliveries(&osl(), None, None).await, Err(Error::Forbidden)));
    assert!(post.hub.own_deliveries(&si(0, &fixtures::urgent_process()), None, None).await.expect("a page").is_empty());
}

#[tokio::test]
async fn what_waits_for_a_recipient_that_gives_its_cases_away_is_brought_to_the_next() {
    let post = Post::of(&[AccessMode::Webhook, AccessMode::Webhook]).await;
    post.deposits_for(&[0]).await;
    let delivery = post.only().await;
    let draft = navette_router::hub::MigrationDraft { source: Some(draft_of(0)), target: Some(draft_of(1)) };
    post.hub.migrate(&administrator(), draft, navette_router::Faults::default()).await.expect("cases move");
    assert!(matches!(post.only().await.state, DeliveryState::Dead { reason: DeadReason::Moved, .. }));
    let [next] = <[Delivery; 1]>::try_from(post.ledger(1).await).expect("one delivery");
    assert_eq!((next.case, is_waiting(&next)), (delivery.case, true));
}

fn draft_of(number: usize) -> navette_router::model::OrganizationKeyDraft {
    let key = recipient(number);
    navette_router::model::OrganizationKeyDraft {
        kind: Some(key.kind().as_str().to_owned()),
        company_register: Some(key.company_register().to_owned()),
        branch_code: Some(key.branch_code().to_owned()),
    }
}

#[tokio::test]
async fn nothing_is_called_for_where_nobody_goes_to_recipients() {
    let memory = Memory::new();
    let post = Post::of(&[AccessMode::Webhook]).await;
    let hub = Hub::new(memory.clone(), memory.clone(), post.clock.clone(), Limits::default());
    let known = post.memory.journal().remove(0);
    hub.seed(known.facts).await.expect("partners are registered");
    steps::deposit(&hub, &osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let ledger: Vec<Delivery> = memory.deliveries_of(&recipient(0), None, 10).await.expect("a read");
    assert_eq!(ledger, []);
    assert!(
        memory
            .deliveries_due(fixture_endpoint(&memory), Timestamp::from_milliseconds(i64::MAX), 1)
            .await
            .expect("a read")
            .is_empty()
    );
}

fn fixture_endpoint(memory: &Memory) -> navette_router::model::SubscriptionId {
    let find = |known: &navette_router::referential::Referential| {
        known.subscription_of(&recipient(0), &ordinary_process()).map(|found| found.id)
    };
    memory.referential(find).expect("a subscription")
}

#[tokio::test]
async fn a_message_whose_name_is_taken_has_the_next_name() {
    let post = Post::of(&[AccessMode::Sftp]).await;
    post.deposits_for(&[0]).await;
    let delivery = post.only().await;
    let state = post.fails(&delivery, DeliveryErrorKind::Taken).await;
    assert!(
        matches!(state, DeliveryState::Waiting { due_at, failed: 0, .. } if due_at == post.clock.now()),
        "{state:?}"
    );
    let Prepared::Ready(message) = post.prepares(&delivery).await else { panic!("it is to be brought at once") };
    assert_eq!((message.sequence, message.attempt), (2, 2));
    for _ in 2..100 {
        post.fails(&delivery, DeliveryErrorKind::Taken).await;
    }
    let state = post.fails(&delivery, DeliveryErrorKind::Taken).await;
    assert!(matches!(state, DeliveryState::Dead { reason: DeadReason::Refused, .. }), "not for ever: {state:?}");
}
