//! A deposit is completed: each recipient is told of its own case.

use navette_router::model::{AttachmentStatus, Status};
use navette_router::ports::Clock as _;
use navette_storage::conformance::fixtures::{File, depositor, ordinary_process, osl, recipient, si};
use navette_storage::conformance::steps;

use crate::stage::{Stage, administrator, faults, first_file};

#[tokio::test]
async fn completion_notifies_folder_and_cases_and_each_recipient_once() {
    let stage = Stage::new().await;
    let files = [File::pdf(1)];
    let folder = steps::announce(&stage.hub, &osl(), &ordinary_process(), &[0, 1, 2], &files).await.unwrap();
    steps::send_files(&stage.hub, &osl(), &folder, &files).await;
    stage.clock.advance(5_000);
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    let completed = stage.folder(&folder).await;
    assert_eq!(completed.folder.status, Status::HubeeNotified);
    for (number, case) in completed.cases.iter().enumerate() {
        assert_eq!((case.status, case.transmitted_at), (Status::HubeeNotified, Some(stage.clock.now())));
        let waiting = stage.inbox(&si(number, &ordinary_process())).await;
        assert_eq!(waiting.len(), 1);
        let notification = &waiting[0].notification;
        assert_eq!((notification.case, notification.event), (case.id, None));
        assert_eq!((&notification.recipient, &notification.transmitter), (&recipient(number), &depositor()));
        assert!(waiting[0].event.is_none());
    }
    assert!(stage.inbox(&osl()).await.is_empty());
}

#[tokio::test]
async fn every_attachment_that_is_missing_is_told_and_nothing_happens() {
    let stage = Stage::new().await;
    let files = [File::pdf(1), File::data(2, 100), File::xml(3)];
    let folder = stage.announced_with(&files).await;
    stage.send(first_file(&folder), File::pdf(1).bytes).await.unwrap();
    let entries = stage.entries();
    let missing = faults(steps::complete(&stage.hub, &osl(), folder.folder.id).await);
    assert_eq!(missing.len(), 2);
    for (fault, index) in missing.iter().zip([1, 2]) {
        assert!(fault.starts_with(&format!("attachments[{index}]: ")) && fault.contains("PENDING"), "{fault}");
    }
    assert_eq!(stage.entries(), entries);
    assert_eq!(stage.folder(&folder).await.folder.status, Status::HubeeReceived);
    assert!(stage.inbox(&administrator()).await.is_empty());
}

#[tokio::test]
async fn completing_again_changes_nothing_whatever_the_recipient_did_meanwhile() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let entries = stage.entries();
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    assert_eq!(stage.entries(), entries);
    for status in [Status::InProgress, Status::Done, Status::Closed] {
        stage.hub.update_folder(&osl(), folder.folder.id, status, None).await.unwrap();
        steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
        assert_eq!(stage.folder(&folder).await.folder.status, status);
    }
    assert_eq!(stage.inbox(&administrator()).await.len(), 1);
}

#[tokio::test]
async fn a_complement_takes_the_folder_from_add_awaiting_to_completed_and_notifies_nobody() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let before = stage.inbox(&administrator()).await.len();
    stage.hub.update_folder(&osl(), folder.folder.id, Status::AddAwaiting, None).await.unwrap();
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    let view = stage.folder(&folder).await;
    assert_eq!((view.folder.status, view.cases[0].status), (Status::HubeeCompleted, Status::HubeeNotified));
    assert_eq!(stage.inbox(&administrator()).await.len(), before);
    assert_eq!(view.attachments[0].status, AttachmentStatus::Received);
}
