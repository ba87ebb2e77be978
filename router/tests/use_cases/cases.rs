//! What each side sees of a case, and which status it may set.

use navette_router::model::{ActionType, EventDraft, Status};
use navette_router::{Error, Noun};
use navette_storage::conformance::fixtures::{
    File, event_draft, file_event_draft, folder_draft, ordinary_process, osl, si,
};
use navette_storage::conformance::steps;

use crate::stage::{Stage, administrator, faults, first_file, forbidden, recipient, status_event};

#[tokio::test]
async fn a_recipient_sees_its_case_only_once_it_was_told() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    let case = folder.cases[0].id;
    stage.send(first_file(&folder), File::pdf(1).bytes).await.unwrap();
    forbidden(stage.hub.case(&recipient(), case, true).await);
    forbidden(stage.hub.update_case(&recipient(), case, Status::InProgress).await);
    forbidden(stage.post(&recipient(), case, event_draft(ActionType::ComAdd)).await);
    forbidden(steps::download(&stage.hub, &recipient(), case, folder.attachments[0].id).await);
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    assert!(stage.hub.case(&recipient(), case, true).await.is_ok());
}

#[tokio::test]
async fn a_light_view_leaves_out_events_and_files() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    stage.post(&recipient(), case, status_event(Status::InProgress)).await.unwrap();
    for caller in [osl(), recipient(), administrator()] {
        let full = stage.hub.case(&caller, case, false).await.unwrap();
        assert_eq!((full.attachments.len(), full.events.len()), (1, 1));
        let light = stage.hub.case(&caller, case, true).await.unwrap();
        assert_eq!((light.attachments.len(), light.events.len()), (0, 0));
        assert_eq!((light.case, light.applicant), (full.case, full.applicant));
    }
}

#[tokio::test]
async fn a_case_shows_the_files_that_list_it_and_no_others() {
    let stage = Stage::new().await;
    let files = [File::pdf(0), File::pdf(1), File::pdf(2)];
    let mut draft = folder_draft(&ordinary_process(), &[0, 1], &files);
    let listed: [&[&str]; 3] = [&["case-0"], &["case-1"], &["case-0", "case-1"]];
    for (attachment, recipients) in draft.attachments.as_mut().unwrap().iter_mut().zip(listed) {
        attachment.recipients = Some(recipients.iter().map(|id| (*id).to_owned()).collect());
    }
    let folder = stage.hub.create_folder(&osl(), draft, Default::default(), Default::default()).await.unwrap();
    steps::send_files(&stage.hub, &osl(), &folder, &files).await;
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    for (number, expected) in [(0, [true, false, true]), (1, [false, true, true])] {
        let (caller, case) = (si(number, &ordinary_process()), folder.cases[number].id);
        let view = stage.hub.case(&caller, case, false).await.unwrap();
        for ((attachment, file), seen) in folder.attachments.iter().zip(&files).zip(expected) {
            assert_eq!(view.attachments.iter().any(|shown| shown.id == attachment.id), seen);
            match steps::download(&stage.hub, &caller, case, attachment.id).await {
                Ok(bytes) => assert!(seen && bytes == file.bytes),
                Err(error) => assert!(!seen && matches!(error, Error::NotFound(Noun::File)), "{error}"),
            }
        }
        let other = folder.cases[1 - number].id;
        forbidden(stage.hub.case(&caller, other, true).await);
        forbidden(steps::download(&stage.hub, &caller, other, folder.attachments[2].id).await);
    }
}

#[tokio::test]
async fn a_comment_is_never_shown_to_the_depositor_not_even_its_own() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let draft = || EventDraft {
        comment: Some("for colleagues".to_owned()),
        message: Some("for the other side".to_owned()),
        ..event_draft(ActionType::ComAdd)
    };
    let by_recipient = stage.post(&recipient(), case, draft()).await.unwrap();
    assert_eq!(by_recipient.event.comment.as_deref(), Some("for colleagues"));
    let by_depositor = stage.post(&osl(), case, draft()).await.unwrap();
    assert_eq!(by_depositor.event.comment, None);
    for event in [by_recipient.event.id, by_depositor.event.id] {
        let seen = stage.hub.event(&osl(), case, event).await.unwrap().event;
        assert_eq!((seen.comment, seen.message.as_deref()), (None, Some("for the other side")));
        let seen = stage.hub.event(&recipient(), case, event).await.unwrap().event;
        assert_eq!(seen.comment.as_deref(), Some("for colleagues"));
    }
    let view = stage.hub.case(&osl(), case, false).await.unwrap();
    assert!(view.events.iter().all(|event| event.event.comment.is_none()));
}

#[tokio::test]
async fn events_are_listed_oldest_first_and_files_in_the_order_sent() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let mut expected = Vec::new();
    for round in 0..12 {
        let caller = if round % 2 == 0 { recipient() } else { osl() };
        expected.push(stage.post(&caller, case, event_draft(ActionType::ComAdd)).await.unwrap().event.id);
    }
    let files = [File::pdf(9), File::pdf(1), File::xml(5)];
    expected.push(steps::post_files(&stage.hub, &recipient(), case, file_event_draft(&files), &files).await);
    for caller in [osl(), recipient()] {
        let view = stage.hub.case(&caller, case, false).await.unwrap();
        assert_eq!(view.events.iter().map(|event| event.event.id).collect::<Vec<_>>(), expected);
        let names: Vec<_> = view.events[12].attachments.iter().map(|file| file.file_name.as_str()).collect();
        assert_eq!(names, ["form-9.pdf", "form-1.pdf", "flow-5.xml"]);
    }
}

#[tokio::test]
async fn a_recipient_takes_a_case_through_its_life_in_progress_then_done_without_reading() {
    for path in [
        &[Status::InProgress, Status::Done][..],
        &[Status::SiReceived, Status::Done],
        &[Status::SiReceived, Status::Refused],
        &[Status::Sent, Status::SiReceived, Status::InProgress, Status::AddAwaiting, Status::InProgress, Status::Done],
        &[Status::Done, Status::InProgress, Status::InProgress, Status::Done, Status::Closed],
        &[Status::SiIntegrationError, Status::SiReceived],
    ] {
        let stage = Stage::new().await;
        let case = stage.case().await;
        for status in path {
            stage.hub.update_case(&recipient(), case, *status).await.unwrap();
            assert_eq!(stage.status(case).await, *status);
        }
    }
}

#[tokio::test]
async fn setting_the_status_that_is_set_is_accepted_and_writes_nothing() {
    let stage = Stage::new().await;
    let case = stage.case_at(Status::Done).await;
    let entries = stage.entries();
    stage.hub.update_case(&recipient(), case, Status::Done).await.unwrap();
    assert_eq!(stage.entries(), entries);
}

#[tokio::test]
async fn the_statuses_of_the_other_side_and_of_the_hub_are_refused() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    for status in [Status::HubeeReceived, Status::HubeeCompleted, Status::HubeeNotified, Status::Archived] {
        assert!(faults(stage.hub.update_case(&recipient(), case, status).await)[0].starts_with("status: "));
    }
    for status in
        [Status::Sent, Status::SiReceived, Status::AddAwaiting, Status::Done, Status::Refused, Status::Archived]
    {
        assert!(faults(stage.hub.update_case(&osl(), case, status).await)[0].starts_with("status: "));
    }
    assert_eq!(stage.status(case).await, Status::HubeeNotified);
}

#[tokio::test]
async fn a_recipient_cannot_reopen_what_is_closed() {
    let stage = Stage::new().await;
    let case = stage.case_at(Status::Closed).await;
    for status in [Status::InProgress, Status::Done, Status::Refused, Status::Sent] {
        faults(stage.hub.update_case(&recipient(), case, status).await);
        faults(stage.post(&recipient(), case, status_event(status)).await);
    }
    assert_eq!(stage.status(case).await, Status::Closed);
}

#[tokio::test]
async fn the_date_of_closing_stays_when_it_is_closed_again_and_goes_when_it_is_reopened() {
    let stage = Stage::new().await;
    let case = stage.case_at(Status::Closed).await;
    let closed_at = stage.hub.case(&osl(), case, true).await.unwrap().case.closed_at;
    assert!(closed_at.is_some());
    stage.clock.advance(1_000);
    stage.hub.update_case(&osl(), case, Status::Closed).await.unwrap();
    stage.post(&recipient(), case, status_event(Status::Closed)).await.unwrap();
    assert_eq!(stage.hub.case(&osl(), case, true).await.unwrap().case.closed_at, closed_at);
    stage.hub.update_case(&osl(), case, Status::HubeeNotified).await.unwrap();
    assert_eq!(stage.hub.case(&osl(), case, true).await.unwrap().case.closed_at, None);
}
