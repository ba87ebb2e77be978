//! The scenarios that partners play from end to end.

use navette_router::Caller;
use navette_storage::conformance::fixtures::{File, administrator, ordinary_process, osl, si};
use serde_json::{Value, json};

use crate::desk::{Deposit, Desk, announced, folder, text};

/// Posts an event with files, sends them and the event.
async fn sends_files(desk: &Desk, who: &Caller, deposit: &Deposit, files: &[File], more: Value) -> String {
    let mut event = json!({
        "actionType": "ATTACH_DEPOSIT", "notification": true, "attachments": files.iter().map(announced).collect::<Vec<_>>(),
    });
    for (name, value) in more.as_object().expect("an object") {
        event[name] = value.clone();
    }
    let event = desk.post(who, &deposit.events_path(0), event).await.is(201).json();
    let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    for (index, file) in files.iter().enumerate() {
        let file_path = format!("{path}/attachments/{}", text(&event["attachments"][index]["id"]));
        desk.put(who, &file_path, file.bytes.clone()).await.is(204);
    }
    path
}

#[tokio::test]
async fn a_recipient_asks_for_more_and_the_depositor_gives_it() {
    let desk = Desk::new().await;
    let (depositor, me) = (osl(), si(0, &ordinary_process()));
    let deposit = desk.deposits(&depositor, &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let case = deposit.case_path(0);
    desk.clears(&me).await;
    for status in ["SI_RECEIVED", "IN_PROGRESS", "ADD_AWAITING"] {
        desk.patch(&me, &case, json!({ "status": status })).await.is(204);
    }
    let question = json!({
        "actionType": "SENDING_MESSAGE", "notification": true, "message": "Une pièce manque", "caseNewStatus": "ADD_AWAITING",
    });
    let question = desk.post(&me, &deposit.events_path(0), question).await.is(201).json();
    let question = format!("{}/{}", deposit.events_path(0), text(&question["id"]));
    desk.patch(&depositor, &question, json!({ "status": "RECEIVED" })).await.is(204);
    desk.clears(&depositor).await;
    desk.clears(&me).await;

    let answer = sends_files(&desk, &depositor, &deposit, &[File::pdf(2)], json!({})).await;
    desk.patch(&depositor, &answer, json!({ "status": "SENT" })).await.is(204);
    let message = json!({ "actionType": "SENDING_MESSAGE", "notification": true, "message": "La voici" });
    desk.post(&depositor, &deposit.events_path(0), message).await.is(201);
    desk.patch(&depositor, &case, json!({ "status": "HUBEE_COMPLETED" })).await.is(204);
    assert_eq!(desk.status(&me, &case).await, "HUBEE_COMPLETED");

    let inbox = desk.inbox(&me).await;
    let actions: Vec<_> = inbox.iter().map(|row| text(&row["eventActionType"])).collect();
    assert_eq!(actions, ["ATTACH_DEPOSIT", "SENDING_MESSAGE"]);
    for status in ["IN_PROGRESS", "DONE"] {
        let event = json!({ "actionType": "STATUS_UPDATE", "notification": true, "caseNewStatus": status });
        desk.post(&me, &deposit.events_path(0), event).await.is(201);
    }
    desk.patch(&depositor, &case, json!({ "status": "CLOSED" })).await.is(204);
    desk.patch(&depositor, &deposit.folder_path(), json!({ "globalStatus": "CLOSED" })).await.is(204);
}

#[tokio::test]
async fn a_depositor_adds_files_to_a_closed_case_and_reopens_it() {
    let desk = Desk::new().await;
    let (depositor, me) = (osl(), si(0, &ordinary_process()));
    let deposit = desk.deposits(&depositor, &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let case = deposit.case_path(0);
    desk.patch(&me, &case, json!({ "status": "DONE" })).await.is(204);
    desk.patch(&depositor, &case, json!({ "status": "CLOSED" })).await.is(204);
    desk.patch(&depositor, &deposit.folder_path(), json!({ "globalStatus": "CLOSED" })).await.is(204);
    desk.clears(&me).await;

    let more = json!({ "caseCurrentStatus": "CLOSED", "caseNewStatus": "HUBEE_NOTIFIED" });
    let event = sends_files(&desk, &depositor, &deposit, &[File::pdf(2), File::xml(3)], more).await;
    assert_eq!(desk.status(&depositor, &case).await, "CLOSED", "an event that was not sent changes nothing");
    desk.patch(&depositor, &case, json!({ "status": "HUBEE_NOTIFIED" })).await.is(204);
    desk.patch(&depositor, &event, json!({ "status": "SENT" })).await.is(204);
    desk.patch(&depositor, &deposit.folder_path(), json!({ "globalStatus": "HUBEE_NOTIFIED" })).await.is(204);
    assert_eq!(desk.status(&me, &case).await, "HUBEE_NOTIFIED");
    assert_eq!(desk.inbox(&me).await.len(), 1);
    desk.patch(&me, &event, json!({ "status": "RECEIVED" })).await.is(204);
    assert_eq!(desk.inbox(&depositor).await.len(), 1);
}

#[tokio::test]
async fn a_status_that_comes_with_files_holds_once_they_are_sent() {
    let desk = Desk::new().await;
    let me = si(0, &ordinary_process());
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let event = sends_files(&desk, &me, &deposit, &[File::pdf(2)], json!({ "caseNewStatus": "DONE" })).await;
    assert_eq!(desk.status(&osl(), &deposit.case_path(0)).await, "HUBEE_NOTIFIED");
    desk.patch(&me, &event, json!({ "status": "SENT" })).await.is(204);
    assert_eq!(desk.status(&osl(), &deposit.case_path(0)).await, "DONE");
    // A depositor that took the files says so in the words of a published scenario.
    desk.patch(&osl(), &event, json!({ "status": "RECEIVED" })).await.is(204);
    desk.patch(&osl(), &deposit.case_path(0), json!({ "status": "IN_PROGRESS" })).await.is(204);
}

#[tokio::test]
async fn a_depositor_asks_before_the_recipient_was_told_and_only_then_it_sees() {
    let desk = Desk::new().await;
    let me = si(0, &ordinary_process());
    let deposit = desk.announces(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let note = json!({ "actionType": "SENDING_MESSAGE", "notification": true, "message": "Bonjour" });
    desk.post(&osl(), &deposit.events_path(0), note).await.is(201);
    assert!(desk.inbox(&me).await.is_empty(), "nobody is told of a case that does not exist for it yet");
    desk.put(&osl(), &deposit.attachment_path(0), File::pdf(1).bytes).await.is(204);
    desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(204);
    assert_eq!(desk.inbox(&me).await.len(), 1);
    let case = desk.get(&me, &deposit.case_path(0)).await.is(200).json();
    assert_eq!(case["events"][0]["message"], "Bonjour");
}

#[tokio::test]
async fn a_zip_may_be_called_xml() {
    let desk = Desk::new().await;
    let process = json!({
        "code": "SGR", "name": "Reprise", "isActivated": true,
        "osl": { "type": "OSL", "companyRegister": "10000000000001", "branchCode": "DEPOT" },
        "attachmentFormatsEnabled": ["application/zip, application/pdf"], "attachmentTypesEnabled": ["SGR"],
        "attachmentMaxSizeEnabled": 1000, "statusBeforeFileDeletion": "DONE", "timeBeforeFileDeletion": 30,
        "timeBeforeArchiving": 30, "timeBeforeFolderDeletion": 30, "messageToTransmitter": true,
        "subscriptionValidation": "Auto",
    });
    desk.post(&administrator(), "/referential/v1/processes", process).await.is(201);
    let subscription = json!({
        "datapassId": 7, "processCode": "SGR", "subscriber": crate::desk::recipient(0), "accessMode": "API",
        "notificationFrequency": "unitaire", "localAdministrator": { "email": "agent@example.fr" },
    });
    desk.post(&administrator(), "/referential/v1/subscriptions", subscription).await.is(201);

    let bytes = bytes::Bytes::from_static(b"PK\x03\x04 and so on");
    let file =
        File { name: "SGR.xml".to_owned(), kind: "SGR".to_owned(), media_type: "application/zip".to_owned(), bytes };
    let code = navette_router::model::ProcessCode::new("SGR").expect("a code");
    let got = desk.post(&osl(), "/folders", folder(&code, &[0], std::slice::from_ref(&file))).await.is(201);
    let deposit = Deposit::of(&got.json());
    desk.put(&osl(), &deposit.attachment_path(0), file.bytes.clone()).await.is(204);
    desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(204);
    assert_eq!(desk.inbox(&si(0, &code)).await.len(), 1);
}
