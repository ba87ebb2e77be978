//! Who may call what: every operation with every scope.

use navette_storage::conformance::fixtures::{File, administrator, enroller, ordinary_process, osl, si};
use serde_json::{Value, json};

use crate::desk::{Desk, announced, text};

const OSL: &str = "OSL";
const SI: &str = "SI";
const ADMIN: &str = "ADMIN";
const DATAPASS: &str = "DATAPASS";

#[tokio::test]
async fn every_operation_is_for_the_scopes_of_the_contract_and_for_no_other() {
    let desk = Desk::new().await;
    let me = si(0, &ordinary_process());
    let file = File::pdf(1);
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0], std::slice::from_ref(&file)).await;
    let event = json!({ "actionType": "ATTACH_DEPOSIT", "attachments": [announced(&file)] });
    let event = desk.post(&me, &deposit.events_path(0), event).await.is(201).json();
    let event_path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    let event_file = format!("{event_path}/attachments/{}", text(&event["attachments"][0]["id"]));
    desk.put(&me, &event_file, file.bytes.clone()).await.is(204);
    desk.patch(&me, &event_path, json!({ "status": "SENT" })).await.is(204);
    let nobody = "018f0000-0000-7000-8000-00000000000a";
    let (folder, case) = (deposit.folder_path(), deposit.case_path(0));

    let parties: &[&str] = &[OSL, SI, ADMIN];
    let depositors: &[&str] = &[OSL, ADMIN];
    let enrollers: &[&str] = &[ADMIN, DATAPASS];
    let administrators: &[&str] = &[ADMIN];
    let operations: Vec<(&str, String, Value, &[&str])> = vec![
        ("POST", "/folders".to_owned(), json!({}), depositors),
        ("GET", folder.clone(), Value::Null, depositors),
        ("PATCH", folder.clone(), json!({ "globalStatus": "HUBEE_NOTIFIED" }), depositors),
        ("DELETE", folder.clone(), Value::Null, depositors),
        ("PUT", deposit.attachment_path(0), Value::Null, depositors),
        ("GET", "/notifications".to_owned(), Value::Null, parties),
        ("DELETE", format!("/notifications/{nobody}"), Value::Null, parties),
        ("GET", case.clone(), Value::Null, parties),
        ("PUT", "/cases/migrate".to_owned(), json!({}), &[SI, ADMIN]),
        ("GET", "/attachmentsIdsForPurge".to_owned(), Value::Null, parties),
        ("PUT", "/idsPurged".to_owned(), json!([]), parties),
        ("PATCH", case.clone(), json!({ "status": "IN_PROGRESS" }), parties),
        ("GET", format!("{case}/attachments/{}", deposit.attachments[0]), Value::Null, parties),
        ("POST", deposit.events_path(0), json!({ "actionType": "COM_ADD" }), parties),
        ("GET", event_path.clone(), Value::Null, parties),
        ("DELETE", event_path.clone(), Value::Null, parties),
        ("GET", event_file.clone(), Value::Null, parties),
        ("POST", "/referential/v1/organizations".to_owned(), json!({}), enrollers),
        ("GET", "/referential/v1/organizations/SI-20000000000000-0".to_owned(), Value::Null, enrollers),
        ("GET", "/referential/v1/organizations".to_owned(), Value::Null, enrollers),
        ("PUT", "/referential/v1/organizations/SI-20000000000000-0".to_owned(), json!({}), administrators),
        ("GET", "/referential/v1/processes".to_owned(), Value::Null, administrators),
        ("PUT", "/referential/v1/processes/CERTDC".to_owned(), json!({}), administrators),
        ("GET", "/referential/v1/subscriptions".to_owned(), Value::Null, depositors),
        ("PUT", format!("/referential/v1/subscriptions/{nobody}"), json!({}), administrators),
        ("POST", "/referential/v1/processes".to_owned(), json!({}), administrators),
        ("GET", "/referential/v1/processes/CERTDC".to_owned(), Value::Null, administrators),
        ("POST", "/referential/v1/subscriptions".to_owned(), json!({}), enrollers),
        ("GET", format!("/referential/v1/subscriptions/{nobody}"), Value::Null, depositors),
        ("GET", "/navette/v1/deliveries".to_owned(), Value::Null, &[SI]),
        ("GET", format!("/navette/v1/deliveries/{nobody}"), Value::Null, &[SI, ADMIN]),
        ("POST", format!("/navette/v1/deliveries/{nobody}/replay"), Value::Null, &[SI, ADMIN]),
        ("POST", "/navette/v1/admin/deliveries/replay".to_owned(), json!({}), administrators),
        ("POST", "/navette/v1/admin/credentials".to_owned(), json!({}), administrators),
        ("GET", "/navette/v1/admin/credentials".to_owned(), Value::Null, administrators),
        ("POST", "/navette/v1/admin/credentials/client-1/rotate".to_owned(), json!({}), administrators),
        ("GET", "/navette/v1/admin/retention".to_owned(), Value::Null, administrators),
        ("GET", format!("/navette/v1/admin/explain/{nobody}"), Value::Null, administrators),
        ("GET", "/navette/v1/admin/log".to_owned(), Value::Null, administrators),
        ("GET", "/navette/v1/admin/status".to_owned(), Value::Null, administrators),
        ("DELETE", "/navette/v1/admin/credentials/client-1".to_owned(), Value::Null, administrators),
    ];
    for (method, path, body, allowed) in &operations {
        for (scope, who) in [(OSL, osl()), (SI, me.clone()), (ADMIN, administrator()), (DATAPASS, enroller())] {
            let body = if *method == "PUT" { file.bytes.clone() } else { body.to_string().into() };
            let got = desk.send(&who, method, path, &[], body.into()).await;
            assert_eq!(got.status != 403, allowed.contains(&scope), "{scope} {method} {path}: {}", got.status);
            if got.status == 403 {
                assert_eq!(got.json(), json!({ "errors": [{ "code": 403, "message": "Unauthorized user" }] }));
            }
        }
    }
}

#[tokio::test]
async fn whoever_may_not_ask_is_not_told_what_is_wrong_with_the_question() {
    let desk = Desk::new().await;
    for (who, path) in [(si(0, &ordinary_process()), "/folders"), (osl(), "/referential/v1/organizations")] {
        desk.send(&who, "POST", path, &[], bytes::Bytes::from_static(b"{ this is not JSON").into()).await.is(403);
    }
}

#[tokio::test]
async fn the_files_of_an_event_are_sent_by_the_side_that_announced_them() {
    let desk = Desk::new().await;
    let file = File::pdf(1);
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0], std::slice::from_ref(&file)).await;
    for (author, other) in [(si(0, &ordinary_process()), osl()), (osl(), si(0, &ordinary_process()))] {
        let event = json!({ "actionType": "ATTACH_DEPOSIT", "attachments": [announced(&file)] });
        let event = desk.post(&author, &deposit.events_path(0), event).await.is(201).json();
        let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
        let file_path = format!("{path}/attachments/{}", text(&event["attachments"][0]["id"]));
        desk.put(&other, &file_path, file.bytes.clone()).await.is(404);
        desk.put(&enroller(), &file_path, file.bytes.clone()).await.is(403);
        desk.patch(&enroller(), &path, json!({ "status": "SENT" })).await.is(403);
        desk.put(&author, &file_path, file.bytes.clone()).await.is(204);
        desk.patch(&author, &path, json!({ "status": "SENT" })).await.is(204);
    }
}

#[tokio::test]
async fn a_refusal_by_right_writes_nothing() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let entries = desk.memory.journal().len();
    let stranger = si(1, &ordinary_process());
    desk.patch(&stranger, &deposit.case_path(0), json!({ "status": "DONE" })).await.is(403);
    desk.post(&stranger, &deposit.events_path(0), json!({ "actionType": "COM_ADD" })).await.is(403);
    desk.put(&stranger, &deposit.attachment_path(0), File::pdf(1).bytes).await.is(403);
    desk.patch(&stranger, &deposit.folder_path(), json!({ "globalStatus": "CLOSED" })).await.is(403);
    assert_eq!(desk.memory.journal().len(), entries);
}
