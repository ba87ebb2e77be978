//! A folder is announced, closed, reopened, deleted.

use navette_router::Faults;
use navette_router::model::{AttachmentStatus, PartnerInfo, Status, Timestamp};
use navette_router::ports::Clock as _;
use navette_storage::conformance::fixtures::{
    File, case_external_id, depositor, event_draft, file_event_draft, folder_draft, ordinary_process, osl, recipient,
    urgent_process,
};
use navette_storage::conformance::steps;
use navette_storage::memory::Held;

use crate::stage::{Stage, administrator, faults, first_file};

#[tokio::test]
async fn a_folder_is_announced_with_every_identifier_in_the_order_sent() {
    let stage = Stage::new().await;
    let files = [File::pdf(3), File::xml(2), File::data(1, 10)];
    let folder = steps::announce(&stage.hub, &osl(), &urgent_process(), &[2, 0, 1], &files).await.unwrap();
    assert_eq!(folder.folder.status, Status::HubeeReceived);
    assert_eq!(folder.folder.depositor, depositor());
    assert_eq!(folder.folder.cases, folder.cases.iter().map(|case| case.id).collect::<Vec<_>>());
    let recipients: Vec<_> = folder.cases.iter().map(|case| case.recipient.clone()).collect();
    assert_eq!(recipients, [2, 0, 1].map(recipient));
    let external_ids: Vec<_> = folder.cases.iter().map(|case| case.external_id.clone()).collect();
    assert_eq!(external_ids, [0, 1, 2].map(case_external_id));
    assert!(folder.cases.iter().all(|case| case.status == Status::HubeeReceived && case.transmitted_at.is_none()));
    let names: Vec<_> = folder.attachments.iter().map(|attachment| attachment.file_name.as_str()).collect();
    assert_eq!(names, ["form-3.pdf", "flow-2.xml", "data-1.bin"]);
    assert!(folder.attachments.iter().all(|attachment| attachment.status == AttachmentStatus::Pending));
    let read = stage.folder(&folder).await;
    assert_eq!((read.folder, read.cases), (folder.folder, folder.cases));
    assert_eq!(read.attachments, folder.attachments);
}

#[tokio::test]
async fn the_software_that_deposited_is_remembered() {
    let stage = Stage::new().await;
    let info = PartnerInfo { editor_name: Some("Éditeur".to_owned()), ..PartnerInfo::default() };
    let draft = folder_draft(&ordinary_process(), &[0], &[File::pdf(1)]);
    let folder = stage.hub.create_folder(&osl(), draft, info.clone(), Faults::default()).await.unwrap();
    assert_eq!(folder.folder.partner_info, Some(info));
}

#[tokio::test]
async fn the_depositors_number_need_not_be_unique() {
    let stage = Stage::new().await;
    let (one, other) = (stage.announced().await.folder, stage.announced().await.folder);
    assert_eq!(one.external_id, other.external_id);
    assert_ne!(one.id, other.id);
}

#[tokio::test]
async fn external_ids_of_thirty_characters_and_odd_file_names_are_kept_as_they_are() {
    let stage = Stage::new().await;
    let mut draft = folder_draft(&ordinary_process(), &[0], &[File::pdf(1)]);
    let long = "é".repeat(30);
    draft.external_id = Some(long.clone());
    draft.cases.as_mut().unwrap()[0].external_id = Some(long.clone());
    let attachment = &mut draft.attachments.as_mut().unwrap()[0];
    attachment.recipients = Some(vec![long.clone()]);
    attachment.file_name = Some("../../etc/passwd".to_owned());
    let folder = stage.hub.create_folder(&osl(), draft, PartnerInfo::default(), Faults::default()).await.unwrap();
    assert_eq!((&folder.folder.external_id, &folder.cases[0].external_id), (&long, &long));
    assert_eq!(folder.attachments[0].file_name, "../../etc/passwd");
}

#[tokio::test]
async fn an_administrator_deposits_in_the_name_of_the_owner_of_the_process() {
    let stage = Stage::new().await;
    let folder = steps::announce(&stage.hub, &administrator(), &urgent_process(), &[0], &[File::pdf(1)]).await.unwrap();
    assert_eq!(folder.folder.depositor, depositor());
    assert!(stage.hub.folder(&osl(), folder.folder.id).await.is_ok());
}

#[tokio::test]
async fn a_folder_that_was_not_completed_is_deleted_with_its_bytes() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    stage.send(first_file(&folder), File::pdf(1).bytes).await.unwrap();
    assert_eq!(stage.memory.held().contents, 1);
    stage.hub.delete_folder(&osl(), folder.folder.id).await.unwrap();
    assert_eq!(stage.memory.held(), Held::default());
    assert!(stage.hub.folder(&osl(), folder.folder.id).await.is_err());
    assert!(stage.hub.case(&osl(), folder.cases[0].id, true).await.is_err());
}

#[tokio::test]
async fn a_folder_that_was_completed_cannot_be_deleted() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    assert!(faults(stage.hub.delete_folder(&osl(), folder.folder.id).await)[0].contains("HUBEE_NOTIFIED"));
}

#[tokio::test]
async fn a_folder_with_an_event_cannot_be_deleted_until_the_event_is() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    let (id, case) = (folder.folder.id, folder.cases[0].id);
    let event = stage.post(&osl(), case, file_event_draft(&[File::pdf(2)])).await.unwrap().event.id;
    assert!(faults(stage.hub.delete_folder(&osl(), id).await)[0].contains("events"));
    stage.hub.delete_event(&osl(), case, event).await.unwrap();
    stage.hub.delete_folder(&osl(), id).await.unwrap();

    let folder = stage.announced().await;
    let comment = event_draft(navette_router::model::ActionType::ComAdd);
    stage.post(&osl(), folder.cases[0].id, comment).await.unwrap();
    faults(stage.hub.delete_folder(&osl(), folder.folder.id).await);
}

#[tokio::test]
async fn a_folder_is_closed_at_the_date_given_or_else_now() {
    let stage = Stage::new().await;
    let given = Timestamp::from_milliseconds(1_700_000_000_000);
    for (date, expected) in [(Some(given), given), (None, stage.clock.now())] {
        let folder = stage.notified().await;
        stage.hub.update_folder(&osl(), folder.folder.id, Status::Closed, date).await.unwrap();
        let closed = stage.folder(&folder).await;
        assert_eq!((closed.folder.status, closed.folder.closed_at), (Status::Closed, Some(expected)));
        assert_eq!(closed.cases[0].status, Status::HubeeNotified, "a folder's status changed its case");
    }
}

#[tokio::test]
async fn a_closed_folder_or_case_is_reopened_by_its_depositor() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let (id, case) = (folder.folder.id, folder.cases[0].id);
    stage.hub.update_folder(&osl(), id, Status::Closed, None).await.unwrap();
    stage.hub.update_case(&osl(), case, Status::Closed).await.unwrap();
    assert!(stage.folder(&folder).await.cases[0].closed_at.is_some());
    stage.hub.update_folder(&osl(), id, Status::HubeeNotified, None).await.unwrap();
    stage.hub.update_case(&osl(), case, Status::HubeeNotified).await.unwrap();
    let reopened = stage.folder(&folder).await;
    assert_eq!((reopened.folder.status, reopened.folder.closed_at), (Status::HubeeNotified, None));
    assert_eq!((reopened.cases[0].status, reopened.cases[0].closed_at), (Status::HubeeNotified, None));
}

#[tokio::test]
async fn nothing_but_completion_takes_a_folder_out_of_its_deposit() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    for status in Status::ALL.iter().filter(|status| **status != Status::HubeeCompleted) {
        faults(stage.hub.update_folder(&osl(), folder.folder.id, *status, None).await);
        faults(stage.hub.update_case(&osl(), folder.cases[0].id, *status).await);
    }
}
