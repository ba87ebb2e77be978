//! The life of an event that brings files: put together, sent, received; or given up.

use bytes::Bytes;
use navette_router::hub::{EventView, ReceiveError, Target};
use navette_router::model::{AttachmentStatus, CaseId, EventDraft, EventStatus, Status};
use navette_router::{Caller, Error, Noun};
use navette_storage::conformance::fixtures::{File, file_event_draft, osl, si, urgent_process};
use navette_storage::conformance::steps;

use crate::stage::{Stage, administrator, complaint, faults, forbidden, recipient};

fn files() -> [File; 2] {
    [File::pdf(1), File::data(2, 70_000)]
}

fn target(case: CaseId, event: &EventView, index: usize) -> Target {
    Target::Event { case, event: event.event.id, attachment: event.attachments[index].id }
}

async fn send(stage: &Stage, caller: &Caller, target: Target, bytes: &Bytes) -> Result<(), Error> {
    match steps::send(&stage.hub, caller, target, bytes.clone()).await {
        Ok(()) => Ok(()),
        Err(ReceiveError::Hub(error)) => Err(error),
        Err(ReceiveError::Body(never)) => match never {},
    }
}

#[tokio::test]
async fn an_event_with_files_is_its_authors_alone_until_it_is_sent() {
    for (author, other) in [(recipient(), osl()), (osl(), recipient())] {
        let stage = Stage::new().await;
        let case = stage.case().await;
        let before = stage.inbox(&administrator()).await.len();
        let event = stage.post(&author, case, file_event_draft(&files())).await.unwrap();
        assert_eq!(event.event.status, EventStatus::InProgress);
        assert!(event.attachments.iter().all(|file| file.status == AttachmentStatus::Pending));
        send(&stage, &author, target(case, &event, 0), &files()[0].bytes).await.unwrap();

        let id = event.event.id;
        assert!(matches!(stage.hub.event(&other, case, id).await, Err(Error::NotFound(Noun::Event))));
        assert!(stage.hub.case(&other, case, false).await.unwrap().events.is_empty());
        let hidden = steps::download_of_event(&stage.hub, &other, case, id, event.attachments[0].id).await;
        assert!(matches!(hidden, Err(Error::NotFound(Noun::Event))));
        let not_its_own = send(&stage, &other, target(case, &event, 1), &files()[1].bytes).await;
        assert!(matches!(not_its_own, Err(Error::NotFound(Noun::Event))));
        assert!(matches!(stage.hub.delete_event(&other, case, id).await, Err(Error::NotFound(Noun::Event))));

        send(&stage, &author, target(case, &event, 1), &files()[1].bytes).await.unwrap();
        stage.hub.update_event(&author, case, id, EventStatus::Sent).await.unwrap();
        let seen = stage.hub.event(&other, case, id).await.unwrap();
        assert_eq!(seen.event.status, EventStatus::Sent);
        for (attachment, file) in seen.attachments.iter().zip(files()) {
            let bytes = steps::download_of_event(&stage.hub, &other, case, id, attachment.id).await.unwrap();
            assert_eq!(bytes, file.bytes);
        }
        assert_eq!(stage.inbox(&administrator()).await.len(), before + 1);
        assert_eq!(stage.inbox(&other).await.last().unwrap().notification.event, Some(id));
    }
}

#[tokio::test]
async fn it_is_not_sent_before_all_its_files_are_there() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let event = stage.post(&recipient(), case, file_event_draft(&files())).await.unwrap();
    let id = event.event.id;
    for missing in [2, 1] {
        let told = faults(stage.hub.update_event(&recipient(), case, id, EventStatus::Sent).await);
        assert_eq!(told.len(), missing);
        assert!(told.iter().all(|fault| fault.contains("PENDING")), "{told:?}");
        let index = 2 - missing;
        send(&stage, &recipient(), target(case, &event, index), &files()[index].bytes).await.unwrap();
    }
    faults(stage.hub.update_event(&recipient(), case, id, EventStatus::Received).await);
    for _ in 0..2 {
        stage.hub.update_event(&recipient(), case, id, EventStatus::Sent).await.unwrap();
    }
    assert_eq!(stage.inbox(&osl()).await.len(), 1);
    stage.hub.update_event(&osl(), case, id, EventStatus::Received).await.unwrap();
    assert_eq!(stage.inbox(&recipient()).await.len(), 2);
}

#[tokio::test]
async fn a_file_that_is_not_what_was_announced_is_rejected_and_sent_again() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let event = stage.post(&recipient(), case, file_event_draft(&[File::pdf(1)])).await.unwrap();
    let forged = Bytes::from("x".repeat(File::pdf(1).bytes.len()));
    complaint(steps::send(&stage.hub, &recipient(), target(case, &event, 0), forged).await);
    let told = faults(stage.hub.update_event(&recipient(), case, event.event.id, EventStatus::Sent).await);
    assert!(told[0].contains("REJECTED"), "{told:?}");
    send(&stage, &recipient(), target(case, &event, 0), &File::pdf(1).bytes).await.unwrap();
    stage.hub.update_event(&recipient(), case, event.event.id, EventStatus::Sent).await.unwrap();
}

#[tokio::test]
async fn once_it_is_sent_its_files_stay_as_they_are() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let event = stage.post(&recipient(), case, file_event_draft(&[File::data(1, 500)])).await.unwrap();
    let bytes = File::data(1, 500).bytes;
    send(&stage, &recipient(), target(case, &event, 0), &bytes).await.unwrap();
    stage.hub.update_event(&recipient(), case, event.event.id, EventStatus::Sent).await.unwrap();
    send(&stage, &recipient(), target(case, &event, 0), &bytes).await.unwrap();
    faults(send(&stage, &recipient(), target(case, &event, 0), &File::data(2, 500).bytes).await);
    forbidden(send(&stage, &osl(), target(case, &event, 0), &bytes).await);
    let told = faults(stage.hub.delete_event(&recipient(), case, event.event.id).await);
    assert!(told[0].starts_with("eventId: "), "{told:?}");
}

#[tokio::test]
async fn it_may_be_given_up_before_it_is_sent_and_its_bytes_are_gone() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let held = stage.memory.held();
    let event = stage.post(&recipient(), case, file_event_draft(&files())).await.unwrap();
    send(&stage, &recipient(), target(case, &event, 1), &files()[1].bytes).await.unwrap();
    stage.hub.delete_event(&recipient(), case, event.event.id).await.unwrap();
    assert_eq!(stage.memory.held(), held);
    for caller in [recipient(), administrator()] {
        assert!(matches!(stage.hub.event(&caller, case, event.event.id).await, Err(Error::NotFound(Noun::Event))));
    }
    assert!(stage.hub.case(&recipient(), case, false).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn its_new_status_comes_with_its_sending_unless_the_case_moved_on() {
    let draft =
        |status: Status| EventDraft { case_new_status: Some(status.to_string()), ..file_event_draft(&[File::pdf(1)]) };
    for (meanwhile, expected) in [(None, Status::Done), (Some(Status::Closed), Status::Closed)] {
        let stage = Stage::new().await;
        let case = stage.case().await;
        let event = stage.post(&recipient(), case, draft(Status::Done)).await.unwrap();
        assert_eq!(stage.status(case).await, Status::HubeeNotified);
        send(&stage, &recipient(), target(case, &event, 0), &File::pdf(1).bytes).await.unwrap();
        if let Some(status) = meanwhile {
            stage.hub.update_case(&osl(), case, status).await.unwrap();
        }
        stage.hub.update_event(&recipient(), case, event.event.id, EventStatus::Sent).await.unwrap();
        assert_eq!(stage.status(case).await, expected);
    }
}

#[tokio::test]
async fn its_files_obey_the_process() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let kinds = File { kind: "ANYTHING".to_owned(), ..File::pdf(1) };
    stage.post(&recipient(), case, file_event_draft(&[kinds])).await.unwrap();
    let format = File { media_type: "image/png".to_owned(), ..File::pdf(1) };
    let told = faults(stage.post(&recipient(), case, file_event_draft(&[File::pdf(1), format])).await);
    assert!(told[0].starts_with("attachments[1].mimeType: "), "{told:?}");
    let many: Vec<File> = (0..101).map(File::pdf).collect();
    assert!(faults(stage.post(&recipient(), case, file_event_draft(&many)).await)[0].starts_with("attachments: "));
}

#[tokio::test]
async fn an_administrator_may_finish_what_either_side_began() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let event = stage.post(&recipient(), case, file_event_draft(&[File::pdf(1)])).await.unwrap();
    send(&stage, &administrator(), target(case, &event, 0), &File::pdf(1).bytes).await.unwrap();
    stage.hub.update_event(&administrator(), case, event.event.id, EventStatus::Sent).await.unwrap();
    assert_eq!(stage.inbox(&osl()).await.len(), 1);
}

#[tokio::test]
async fn the_credential_of_another_process_finds_nothing_of_it() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let event = stage.post(&recipient(), case, file_event_draft(&[File::pdf(1)])).await.unwrap();
    let stranger = si(0, &urgent_process());
    forbidden(stage.hub.event(&stranger, case, event.event.id).await);
    forbidden(send(&stage, &stranger, target(case, &event, 0), &File::pdf(1).bytes).await);
    forbidden(stage.post(&stranger, case, file_event_draft(&[File::pdf(1)])).await);
}
