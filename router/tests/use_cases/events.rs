//! Events without files: who is told, what is kept, what is refused; and how an acknowledgement travels back.

use navette_router::Limits;
use navette_router::model::{ActionType, CaseId, EventDraft, EventStatus, Status};
use navette_storage::conformance::fixtures::{
    File, event_draft, file_event_draft, ordinary_process, osl, recipient as recipient_key, si, urgent_process,
};
use navette_storage::memory::Memory;

use crate::stage::{Stage, administrator, faults, forbidden, recipient, status_event};

/// Empties the inbox of the recipient.
async fn read_everything(stage: &Stage) {
    for view in stage.inbox(&recipient()).await {
        stage.hub.delete_notification(&recipient(), view.notification.id).await.unwrap();
    }
}

async fn case(stage: &Stage) -> CaseId {
    let case = stage.case().await;
    read_everything(stage).await;
    case
}

#[tokio::test]
async fn an_event_that_asks_for_it_notifies_the_other_side_and_nobody_else() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    for (author, told) in [(recipient(), osl()), (osl(), recipient())] {
        let event = stage.post(&author, case, event_draft(ActionType::ComAdd)).await.unwrap().event;
        assert_eq!((event.status, &event.transmitter), (EventStatus::Sent, &author.organization));
        let waiting = stage.inbox(&told).await;
        let notification = &waiting.last().unwrap().notification;
        assert_eq!((notification.event, notification.case), (Some(event.id), case));
        assert_eq!(waiting.last().unwrap().event, Some((ActionType::ComAdd, EventStatus::Sent)));
        assert_eq!(&notification.transmitter, &author.organization);
    }
    assert_eq!(stage.inbox(&administrator()).await.len(), 2);
}

#[tokio::test]
async fn an_event_that_does_not_ask_for_it_notifies_nobody_and_nobody_of_its_acknowledgement() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    for notification in [None, Some(false)] {
        let draft = EventDraft { notification, ..event_draft(ActionType::ComAdd) };
        let event = stage.post(&recipient(), case, draft).await.unwrap().event.id;
        stage.hub.update_event(&osl(), case, event, EventStatus::Received).await.unwrap();
        assert_eq!(stage.hub.event(&recipient(), case, event).await.unwrap().event.status, EventStatus::Received);
    }
    assert!(stage.inbox(&administrator()).await.is_empty());
}

#[tokio::test]
async fn an_acknowledgement_travels_back_to_the_author_once() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    for (author, receiver) in [(recipient(), osl()), (osl(), recipient())] {
        let event = stage.post(&author, case, event_draft(ActionType::ComAdd)).await.unwrap().event.id;
        for _ in 0..2 {
            stage.hub.update_event(&receiver, case, event, EventStatus::Received).await.unwrap();
        }
        // Its own notification stays, and shows what it just set.
        let own = stage.inbox(&receiver).await;
        assert_eq!(own.len(), 1);
        assert_eq!(own[0].event, Some((ActionType::ComAdd, EventStatus::Received)));
        stage.hub.delete_notification(&receiver, own[0].notification.id).await.unwrap();
        let back = stage.inbox(&author).await;
        assert_eq!(back.len(), 1);
        assert_eq!(
            (back[0].notification.event, &back[0].notification.transmitter),
            (Some(event), &receiver.organization)
        );
        assert_eq!(back[0].event, Some((ActionType::ComAdd, EventStatus::Received)));
        stage.hub.delete_notification(&author, back[0].notification.id).await.unwrap();
    }
    assert!(stage.inbox(&administrator()).await.is_empty());
}

#[tokio::test]
async fn an_author_cannot_acknowledge_its_own_event() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    let event = stage.post(&recipient(), case, event_draft(ActionType::ComAdd)).await.unwrap().event.id;
    forbidden(stage.hub.update_event(&recipient(), case, event, EventStatus::Received).await);
    stage.hub.update_event(&recipient(), case, event, EventStatus::Sent).await.unwrap();
    assert!(!faults(stage.hub.update_event(&recipient(), case, event, EventStatus::InProgress).await).is_empty());
}

#[tokio::test]
async fn an_event_to_a_recipient_that_was_not_told_of_the_case_does_not_reach_it() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    stage.post(&osl(), folder.cases[0].id, event_draft(ActionType::ComAdd)).await.unwrap();
    assert!(stage.inbox(&administrator()).await.is_empty());
}

#[tokio::test]
async fn an_event_gives_the_case_its_new_status_if_its_author_may_set_it() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    for status in [Status::SiReceived, Status::InProgress, Status::InProgress, Status::Done] {
        stage.post(&recipient(), case, status_event(status)).await.unwrap();
        assert_eq!(stage.status(case).await, status);
    }
    let entries = stage.entries();
    assert!(faults(stage.post(&osl(), case, status_event(Status::Refused)).await)[0].starts_with("caseNewStatus: "));
    let unheard_of = EventDraft { case_new_status: Some("FINI".to_owned()), ..event_draft(ActionType::StatusUpdate) };
    assert!(faults(stage.post(&recipient(), case, unheard_of).await)[0].starts_with("caseNewStatus: "));
    assert_eq!((stage.status(case).await, stage.entries()), (Status::Done, entries));
}

#[tokio::test]
async fn the_status_that_an_author_believed_is_kept_and_never_a_condition() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    for believed in ["ARCHIVED", "", "anything"] {
        let draft = EventDraft { case_current_status: Some(believed.to_owned()), ..status_event(Status::InProgress) };
        let event = stage.post(&recipient(), case, draft).await.unwrap().event;
        assert_eq!(event.case_current_status.as_deref(), Some(believed));
    }
}

#[tokio::test]
async fn a_message_is_kept_with_any_action_and_sent_only_where_messages_are_allowed() {
    let stage = Stage::new().await;
    let message = |action, text: Option<&str>| EventDraft { message: text.map(str::to_owned), ..event_draft(action) };
    let silent = si(0, &urgent_process());
    let case = stage.notified_of(&urgent_process()).await.cases[0].id;
    let kept = stage.post(&silent, case, message(ActionType::StatusUpdate, Some("hello"))).await.unwrap();
    assert_eq!(kept.event.message.as_deref(), Some("hello"));
    for caller in [&silent, &osl()] {
        let refused = faults(stage.post(caller, case, message(ActionType::SendingMessage, Some("hello"))).await);
        assert!(refused[0].contains("does not allow messages"), "{refused:?}");
    }
    let case = stage.case().await;
    stage.post(&recipient(), case, message(ActionType::SendingMessage, Some("hello"))).await.unwrap();
    for nothing in [None, Some(" ")] {
        let refused = faults(stage.post(&recipient(), case, message(ActionType::SendingMessage, nothing)).await);
        assert!(refused[0].starts_with("message: "), "{refused:?}");
    }
}

#[tokio::test]
async fn an_action_outside_the_six_words_is_refused_and_every_fault_is_told() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    for action_type in [None, Some("SHOUTING".to_owned()), Some("status_update".to_owned())] {
        let draft = EventDraft {
            action_type,
            message: Some("x".repeat(1_001)),
            case_new_status: Some("HUBEE_NOTIFIED".to_owned()),
            ..EventDraft::default()
        };
        let found = faults(stage.post(&recipient(), case, draft).await);
        for field in ["actionType", "message", "caseNewStatus"] {
            assert!(found.iter().any(|fault| fault.starts_with(&format!("{field}: "))), "{field} in {found:?}");
        }
    }
}

#[tokio::test]
async fn only_the_deposit_of_files_announces_files_and_it_must() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    let none = faults(stage.post(&recipient(), case, event_draft(ActionType::AttachDeposit)).await);
    assert!(none[0].starts_with("attachments: "), "{none:?}");
    for action in ["STATUS_UPDATE", "ATTACH_DL", "ATTACH_DL_ALL", "COM_ADD", "SENDING_MESSAGE"] {
        let draft = EventDraft {
            action_type: Some(action.to_owned()),
            message: Some("hello".to_owned()),
            ..file_event_draft(&[File::pdf(1)])
        };
        assert!(faults(stage.post(&recipient(), case, draft).await)[0].starts_with("attachments: "));
        let draft = EventDraft {
            action_type: Some(action.to_owned()),
            message: Some("hello".to_owned()),
            attachments: Some(vec![]),
            ..EventDraft::default()
        };
        stage.post(&recipient(), case, draft).await.unwrap();
    }
}

#[tokio::test]
async fn a_case_takes_no_more_events_than_the_limit() {
    let stage = Stage::over(Memory::new(), Limits { events_per_case: 3, ..Limits::default() }).await;
    let case = case(&stage).await;
    for _ in 0..3 {
        stage.post(&recipient(), case, event_draft(ActionType::ComAdd)).await.unwrap();
    }
    assert!(faults(stage.post(&osl(), case, event_draft(ActionType::ComAdd)).await)[0].contains("3 events"));
}

#[tokio::test]
async fn an_event_of_an_administrator_reaches_both_sides() {
    let stage = Stage::new().await;
    let case = case(&stage).await;
    stage.post(&administrator(), case, event_draft(ActionType::ComAdd)).await.unwrap();
    for caller in [osl(), recipient()] {
        assert_eq!(stage.inbox(&caller).await.len(), 1);
    }
    assert_eq!(stage.inbox(&recipient()).await[0].notification.recipient, recipient_key(0));
    assert_eq!(stage.inbox(&recipient()).await[0].notification.process, ordinary_process());
}
