//! What comes back from recipients to whom things were brought.

use navette_router::Caller;
use navette_router::entry::{Entry, Fact};
use navette_router::hub::NotificationQuery;
use navette_router::model::{
    AccessMode, ActionType, AttachmentStatus, CaseId, Delivery, DeliveryId, EventStatus, ReturnOutcome, Status,
};
use navette_router::ports::{Clock as _, Outcome, Returned, ReturnedFile, Store as _, Subject};
use navette_storage::conformance::fixtures::{administrator, osl, recipient};

use crate::post::{AWAIT_FOR, Post};

/// A hub that has brought a case by SFTP to recipient 0.
async fn brought() -> (Post, Delivery) {
    let post = Post::of(&[AccessMode::Sftp]).await;
    post.deposits_for(&[0]).await;
    let delivery = post.only().await;
    post.arrives(&delivery).await;
    let delivery = post.only().await;
    (post, delivery)
}

fn said(delivery: DeliveryId, reference: &str, outcome: Outcome) -> Returned {
    let comment = matches!(outcome, Outcome::Status(_)).then(|| "Vu le\u{7} 3.".to_owned());
    Returned { reference: reference.to_owned(), delivery: Some(delivery), outcome, comment, files: Vec::new() }
}

impl Post {
    async fn takes(&self, returned: &Returned) -> ReturnOutcome {
        self.hub.take_return(returned).await.expect("it is taken").expect("it is awaited").outcome
    }

    async fn status(&self, case: CaseId) -> Status {
        self.hub.case(&administrator(), case, true).await.expect("the case").case.status
    }

    async fn awaited(&self, delivery: &Delivery) -> Vec<(DeliveryId, bool)> {
        let page = self.hub.awaited(delivery.subscription, None, 100).await.expect("a look");
        page.awaited.into_iter().map(|awaited| (awaited.delivery, awaited.is_taken)).collect()
    }
}

#[tokio::test]
async fn what_has_arrived_is_awaited_where_the_way_brings_answers_and_for_so_long() {
    let (post, delivery) = brought().await;
    assert_eq!(post.awaited(&delivery).await, [(delivery.id, false)]);
    post.clock.advance(i64::try_from(AWAIT_FOR.as_millis()).expect("a month") - 1);
    assert_eq!(post.awaited(&delivery).await, [(delivery.id, false)]);
    post.clock.advance(1);
    assert_eq!(post.awaited(&delivery).await, []);
    assert!(!post.only().await.is_awaited);

    let post = Post::of(&[AccessMode::Webhook]).await;
    post.deposits_for(&[0]).await;
    let delivery = post.only().await;
    post.arrives(&delivery).await;
    assert_eq!(post.awaited(&delivery).await, []);
}

#[tokio::test]
async fn an_answer_becomes_an_event_and_a_status_once() {
    let (post, delivery) = brought().await;
    let answer = said(delivery.id, "answer 1", Outcome::Status(Status::AddAwaiting));
    assert_eq!(post.takes(&answer).await, ReturnOutcome::Status(Status::AddAwaiting));
    let entries = post.memory.journal().len();
    assert_eq!(post.takes(&answer).await, ReturnOutcome::Status(Status::AddAwaiting), "collected again");
    assert_eq!(post.memory.journal().len(), entries);
    assert_eq!(post.status(delivery.case).await, Status::AddAwaiting);
    let events = post.memory.events(delivery.case).await.expect("a read");
    let [event] = &events[..] else { panic!("{} events", events.len()) };
    assert_eq!(
        (event.action, event.status, event.transmitter == recipient(0)),
        (ActionType::StatusUpdate, EventStatus::Sent, true)
    );
    assert_eq!(event.message.as_deref(), Some("Vu le  3."), "what cannot be shown is not kept");
    assert_eq!(inbox(&post, &osl()).await, 1, "the depositor learns of it");
    let ledger = post.only().await;
    assert_eq!(ledger.last_returns.len(), 1);
    assert_eq!(ledger.last_returns[0].event, Some(event.id));
}

async fn inbox(post: &Post, caller: &Caller) -> usize {
    let page = post.hub.notifications(caller, NotificationQuery::default()).await;
    page.expect("a look").notifications.len()
}

#[tokio::test]
async fn files_of_an_answer_can_be_downloaded_by_the_depositor() {
    let (post, delivery) = brought().await;
    let mut answer = said(delivery.id, "answer 1", Outcome::Status(Status::Done));
    answer.files.push(ReturnedFile { name: "acte.pdf".to_owned(), bytes: b"%PDF-1.4 acte"[..].into() });
    assert_eq!(post.takes(&answer).await, ReturnOutcome::Status(Status::Done));
    let event = post.only().await.last_returns[0].event.expect("an event");
    let view = post.hub.event(&osl(), delivery.case, event).await.expect("the depositor sees it");
    assert_eq!((view.event.action, view.event.status), (ActionType::AttachDeposit, EventStatus::Sent));
    assert_eq!(view.attachments[0].status, AttachmentStatus::Received);
    assert_eq!(
        (view.attachments[0].file_name.as_str(), view.attachments[0].media_type.as_str()),
        ("acte.pdf", "application/pdf")
    );
    assert_eq!(post.status(delivery.case).await, Status::Done);
    let held = post.memory.held();
    assert_eq!(post.memory.reopened().held(), held, "the journal names every byte that is kept");
}

#[tokio::test]
async fn what_the_software_did_with_the_file_is_a_status_unless_more_is_known() {
    let (post, delivery) = brought().await;
    assert_eq!(post.takes(&said(delivery.id, "DONE/x", Outcome::Taken)).await, ReturnOutcome::Taken);
    assert_eq!(post.status(delivery.case).await, Status::SiReceived);
    assert_eq!(post.awaited(&delivery).await, [(delivery.id, true)]);

    let (post, delivery) = brought().await;
    post.takes(&said(delivery.id, "FAILED/x", Outcome::Failed)).await;
    assert_eq!(post.status(delivery.case).await, Status::SiIntegrationError);
    assert_eq!(post.awaited(&delivery).await, [(delivery.id, false)], "it may be read after all");
    post.takes(&said(delivery.id, "DONE/x", Outcome::Taken)).await;
    assert_eq!(post.status(delivery.case).await, Status::SiReceived);

    let (post, delivery) = brought().await;
    post.takes(&said(delivery.id, "answer", Outcome::Status(Status::Done))).await;
    assert_eq!(post.takes(&said(delivery.id, "DONE/x", Outcome::Taken)).await, ReturnOutcome::Taken);
    assert_eq!(post.takes(&said(delivery.id, "FAILED/x", Outcome::Failed)).await, ReturnOutcome::Failed);
    assert_eq!(post.status(delivery.case).await, Status::Done);
}

#[tokio::test]
async fn what_cannot_be_used_is_a_line_of_the_ledger_and_nothing_else() {
    let (post, delivery) = brought().await;
    let held = post.memory.held();
    let mut lying = said(delivery.id, "answer 1", Outcome::Status(Status::Done));
    lying.files.push(ReturnedFile { name: "acte.exe".to_owned(), bytes: b"MZ\0\0"[..].into() });
    let cases = [
        said(delivery.id, "answer 2", Outcome::Unusable("the answer has a DTD".to_owned())),
        said(delivery.id, "answer 3", Outcome::Status(Status::HubeeCompleted)),
        lying,
    ];
    for case in &cases {
        let outcome = post.takes(case).await;
        assert!(matches!(&outcome, ReturnOutcome::Unusable(why) if !why.contains("acte")), "{outcome:?}");
    }
    assert_eq!(post.memory.events(delivery.case).await.expect("a read"), []);
    assert_eq!(post.status(delivery.case).await, Status::HubeeNotified);
    assert_eq!(post.memory.held(), held);
    assert_eq!(post.only().await.last_returns.len(), cases.len());
    let nobody = Returned { delivery: None, ..said(delivery.id, "answer 4", Outcome::Taken) };
    assert_eq!(post.hub.take_return(&nobody).await.expect("a look"), None);
}

#[tokio::test]
async fn the_recipient_that_a_case_went_over_to_is_not_spoken_for_by_the_former_one() {
    let (post, delivery) = brought().await;
    let moved =
        Fact::CaseMoved { case: delivery.case, source: recipient(0), target: recipient(1), notifications: Vec::new() };
    let writer = post.memory.writer(Subject::Folder(delivery.folder)).await.expect("a writer");
    post.memory.commit(writer, Entry::new(post.clock.now(), None, vec![moved])).await.expect("it goes over");
    let outcome = post.takes(&said(delivery.id, "answer", Outcome::Status(Status::Done))).await;
    assert!(matches!(outcome, ReturnOutcome::Unusable(_)), "{outcome:?}");
}
