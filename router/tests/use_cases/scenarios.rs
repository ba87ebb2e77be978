//! What published software does, step by step: all of it passes.

use navette_router::model::{ActionType, EventDraft, EventStatus, Status};
use navette_storage::conformance::fixtures::{File, event_draft, file_event_draft, osl, si, urgent_process};
use navette_storage::conformance::steps;

use crate::stage::{Stage, recipient, status_event};

#[tokio::test]
async fn a_recipient_loops_until_its_inbox_is_empty() {
    let stage = Stage::new().await;
    let process = urgent_process();
    let caller = si(0, &process);
    for seed in 0..30 {
        steps::deposit(&stage.hub, &osl(), &process, &[0], &[File::pdf(seed), File::xml(seed)]).await;
    }
    let mut taken = 0;
    loop {
        let page = stage.hub.notifications(&caller, Default::default()).await.unwrap();
        if page.notifications.is_empty() {
            break;
        }
        for view in page.notifications {
            let case = view.notification.case;
            for attachment in stage.hub.case(&caller, case, false).await.unwrap().attachments {
                steps::download(&stage.hub, &caller, case, attachment.id).await.unwrap();
            }
            for status in [Status::InProgress, Status::Done] {
                stage.post(&caller, case, status_event(status)).await.unwrap();
            }
            stage.hub.delete_notification(&caller, view.notification.id).await.unwrap();
            taken += 1;
        }
    }
    assert_eq!(taken, 30);
    assert_eq!(stage.inbox(&osl()).await.len(), 60);
}

#[tokio::test]
async fn a_status_is_patched_and_then_posted_as_an_event() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    for status in [Status::SiReceived, Status::InProgress, Status::AddAwaiting, Status::InProgress, Status::Done] {
        stage.hub.update_case(&recipient(), case, status).await.unwrap();
        let stale = EventDraft { case_current_status: Some("SENT".to_owned()), ..status_event(status) };
        stage.post(&recipient(), case, stale).await.unwrap();
        assert_eq!(stage.status(case).await, status);
    }
}

#[tokio::test]
async fn a_depositor_answers_a_request_for_more_with_files_and_the_recipient_goes_on() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    stage.post(&recipient(), case, status_event(Status::AddAwaiting)).await.unwrap();
    let asked = stage.inbox(&osl()).await[0].notification.clone();
    stage.hub.update_event(&osl(), case, asked.event.unwrap(), EventStatus::Received).await.unwrap();
    stage.hub.delete_notification(&osl(), asked.id).await.unwrap();

    let files = [File::pdf(7)];
    let answer = steps::post_files(&stage.hub, &osl(), case, file_event_draft(&files), &files).await;
    stage.hub.update_case(&osl(), case, Status::HubeeCompleted).await.unwrap();
    let told: Vec<_> = stage.inbox(&recipient()).await.iter().map(|view| view.notification.event).collect();
    assert_eq!(told, [None, asked.event, Some(answer)]);
    stage.hub.update_event(&recipient(), case, answer, EventStatus::Received).await.unwrap();
    for status in [Status::InProgress, Status::Done] {
        stage.post(&recipient(), case, status_event(status)).await.unwrap();
    }
    assert_eq!(stage.status(case).await, Status::Done);
}

#[tokio::test]
async fn a_depositor_answers_a_request_for_more_with_a_message() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    stage.post(&recipient(), case, status_event(Status::AddAwaiting)).await.unwrap();
    let message = EventDraft {
        message: Some("here it is".to_owned()),
        case_new_status: Some("HUBEE_COMPLETED".to_owned()),
        ..event_draft(ActionType::SendingMessage)
    };
    stage.post(&osl(), case, message).await.unwrap();
    stage.hub.update_case(&osl(), case, Status::HubeeCompleted).await.unwrap();
    assert_eq!(stage.status(case).await, Status::HubeeCompleted);
}

#[tokio::test]
async fn a_depositor_adds_files_to_a_closed_case_and_reopens_it() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let (id, case) = (folder.folder.id, folder.cases[0].id);
    stage.hub.update_case(&osl(), case, Status::Closed).await.unwrap();
    stage.hub.update_folder(&osl(), id, Status::Closed, None).await.unwrap();

    let files = [File::pdf(7)];
    let reopening = EventDraft { case_new_status: Some("HUBEE_NOTIFIED".to_owned()), ..file_event_draft(&files) };
    let event = stage.post(&osl(), case, reopening).await.unwrap();
    let target =
        navette_router::hub::Target::Event { case, event: event.event.id, attachment: event.attachments[0].id };
    stage.send(target, files[0].bytes.clone()).await.unwrap();
    stage.hub.update_case(&osl(), case, Status::HubeeNotified).await.unwrap();
    stage.hub.update_event(&osl(), case, event.event.id, EventStatus::Sent).await.unwrap();
    stage.hub.update_folder(&osl(), id, Status::HubeeNotified, None).await.unwrap();
    let view = stage.folder(&folder).await;
    assert_eq!((view.folder.status, view.cases[0].status), (Status::HubeeNotified, Status::HubeeNotified));
    assert_eq!(stage.inbox(&recipient()).await.last().unwrap().notification.event, Some(event.event.id));
}

#[tokio::test]
async fn a_recipient_sends_files_back_and_the_depositor_takes_the_case_on() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let files = [File::pdf(1), File::xml(2)];
    let event = steps::post_files(&stage.hub, &recipient(), case, file_event_draft(&files), &files).await;
    for attachment in stage.hub.event(&osl(), case, event).await.unwrap().attachments {
        steps::download_of_event(&stage.hub, &osl(), case, event, attachment.id).await.unwrap();
    }
    stage.post(&osl(), case, event_draft(ActionType::AttachDlAll)).await.unwrap();
    stage.hub.update_event(&osl(), case, event, EventStatus::Received).await.unwrap();
    stage.hub.update_case(&osl(), case, Status::InProgress).await.unwrap();
    stage.hub.update_case(&osl(), case, Status::Closed).await.unwrap();
    assert_eq!(stage.status(case).await, Status::Closed);
}
