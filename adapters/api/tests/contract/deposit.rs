//! Announced, sent, completed; reopened and closed.

use navette_storage::conformance::fixtures::{
    File, administrator, foreign_process, ordinary_process, osl, other_osl, si, urgent_process,
};
use serde_json::{Value, json};

use crate::desk::{Deposit, Desk, folder, ids, recipient, text};

fn statuses(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|element| text(&element["status"])).collect()
}

#[tokio::test]
async fn a_deposit_is_answered_with_every_identifier_in_the_order_sent() {
    let desk = Desk::new().await;
    let files = [File::pdf(1), File::xml(2), File::data(3, 10)];
    let got = desk.post(&osl(), "/folders", folder(&urgent_process(), &[2, 0, 1], &files)).await.is(201);
    assert_eq!(got.header("content-type"), Some("application/json"));
    let body = got.json();
    assert_eq!(body["globalStatus"], "HUBEE_RECEIVED");
    assert_eq!(statuses(&body["cases"]), ["HUBEE_RECEIVED"; 3]);
    assert_eq!(statuses(&body["attachments"]), ["PENDING"; 3]);
    assert_eq!([&body["cases"][0]["recipient"], &body["cases"][2]["recipient"]], [&recipient(2), &recipient(1)]);
    let names: Vec<_> = (0..3).map(|index| text(&body["attachments"][index]["fileName"])).collect();
    assert_eq!(names, [files[0].name.as_str(), &files[1].name, &files[2].name]);
    let read = desk.get(&osl(), &Deposit::of(&body).folder_path()).await.is(200).json();
    assert_eq!(read, body, "what is read is what was answered");
}

#[tokio::test]
async fn everything_that_is_missing_is_listed_at_once() {
    let desk = Desk::new().await;
    let messages = desk.post(&osl(), "/folders", json!({})).await.is(400).messages();
    for field in ["processCode", "externalId", "applicant", "cases", "attachments"] {
        assert!(messages.contains(&format!("{field}: required property is missing; add it")), "{field}: {messages:?}");
    }
    assert_eq!(messages.len(), 5);
}

#[tokio::test]
async fn faults_of_type_and_of_the_rules_are_listed_together() {
    let desk = Desk::new().await;
    let mut body = folder(&urgent_process(), &[0], &[File::pdf(1)]);
    body["externalId"] = json!(7);
    body["applicant"]["email"] = json!("nobody");
    body["attachments"][0]["size"] = json!("large");
    body["attachments"][0]["type"] = json!("Flux");
    desk.post(&osl(), "/folders", body)
        .await
        .is(400)
        .says("externalId: Instance type (integer) does not match any allowed primitive type (allowed: [\"string\"])")
        .says("applicant.email: String is not a valid email value")
        .says("attachments[0].size: Instance type (string)")
        .says("attachments[0].type: is not allowed by process CERTDC");
}

#[tokio::test]
async fn a_recipient_must_exist_and_be_subscribed() {
    let desk = Desk::new().await;
    let mut body = folder(&urgent_process(), &[0, 1], &[File::pdf(1)]);
    body["cases"][1]["recipient"]["branchCode"] = json!("99999");
    let key = format!("SI-{}-99999", text(&recipient(1)["companyRegister"]));
    desk.post(&osl(), "/folders", body.clone()).await.is(400).says(&format!("Case recipient {key} does not exist"));

    let mut organization = recipient(1);
    organization["branchCode"] = json!("99999");
    for (name, value) in [("name", "Commune"), ("postalCode", "12000"), ("territory", "Aveyron"), ("status", "Actif")] {
        organization[name] = json!(value);
    }
    desk.post(&administrator(), "/referential/v1/organizations", organization).await.is(201);
    desk.post(&osl(), "/folders", body)
        .await
        .is(400)
        .says(&format!("Case recipient {key} does not suscribed to CERTDC"));
}

#[tokio::test]
async fn a_file_must_be_of_a_type_a_format_and_a_size_that_the_process_allows() {
    let desk = Desk::new().await;
    for (field, value) in [
        ("type", json!("flux")),
        ("mimeType", json!("image/png")),
        ("size", json!((1_u64 << 30) + 1)),
        ("size", json!(-1)),
    ] {
        let mut body = folder(&urgent_process(), &[0], &[File::pdf(1)]);
        body["attachments"][0][field] = value;
        desk.post(&osl(), "/folders", body).await.is(400).says(&format!("attachments[0].{field}: "));
    }
    let mut body = folder(&urgent_process(), &[0], &[File::pdf(1)]);
    body["attachments"][0]["mimeType"] = json!("text/xml");
    desk.post(&osl(), "/folders", body).await.is(201);
}

#[tokio::test]
async fn a_file_is_for_cases_of_its_own_folder() {
    let desk = Desk::new().await;
    for recipients in [json!(["case-0", "case-7"]), json!([]), json!(null)] {
        let mut body = folder(&urgent_process(), &[0], &[File::pdf(1)]);
        body["attachments"][0]["recipients"] = recipients;
        desk.post(&osl(), "/folders", body).await.is(400).says("attachments[0].recipients: ");
    }
}

#[tokio::test]
async fn only_the_owner_of_a_process_deposits() {
    let desk = Desk::new().await;
    let body = folder(&foreign_process(), &[0], &[File::pdf(1)]);
    desk.post(&osl(), "/folders", body.clone()).await.is(403).says("Unauthorized user");
    desk.post(&other_osl(), "/folders", body).await.is(201);
    let unknown = json!({ "processCode": "NOBODYS" });
    desk.post(&osl(), "/folders", unknown).await.is(400).says("processCode: is not the code of a process");
}

#[tokio::test]
async fn a_number_of_the_depositor_has_thirty_characters_and_need_not_be_unique() {
    let desk = Desk::new().await;
    let mut body = folder(&urgent_process(), &[0], &[File::pdf(1)]);
    body["externalId"] = json!("é".repeat(30));
    body["cases"][0]["externalId"] = json!("c".repeat(30));
    body["attachments"][0]["recipients"] = json!(["c".repeat(30)]);
    desk.post(&osl(), "/folders", body.clone()).await.is(201);
    desk.post(&osl(), "/folders", body.clone()).await.is(201);
    body["externalId"] = json!("é".repeat(31));
    desk.post(&osl(), "/folders", body).await.is(400).says("externalId: ");
}

#[tokio::test]
async fn completion_notifies_each_case_once_however_often_it_is_said() {
    let desk = Desk::new().await;
    let files = [File::pdf(1), File::xml(2)];
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0, 1], &files).await;
    for _ in 0..3 {
        desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(204);
    }
    let view = desk.get(&osl(), &deposit.folder_path()).await.is(200).json();
    assert_eq!(view["globalStatus"], "HUBEE_NOTIFIED");
    assert_eq!(statuses(&view["cases"]), ["HUBEE_NOTIFIED"; 2]);
    assert_eq!(statuses(&view["attachments"]), ["RECEIVED"; 2]);
    assert!(view["cases"][0]["transmissionDateTime"].is_string());
    for number in [0, 1] {
        let inbox = desk.inbox(&si(number, &urgent_process())).await;
        assert_eq!(inbox.len(), 1, "one case, one notification");
        assert_eq!(inbox[0]["caseId"], json!(deposit.cases[number]));
    }
    assert!(desk.inbox(&osl()).await.is_empty(), "the depositor knows");
}

#[tokio::test]
async fn a_folder_can_be_deleted_until_it_is_completed() {
    let desk = Desk::new().await;
    let deposit = desk.announces(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    desk.put(&osl(), &deposit.attachment_path(0), File::pdf(1).bytes).await.is(204);
    desk.delete(&osl(), &deposit.folder_path()).await.is(204);
    desk.get(&osl(), &deposit.folder_path()).await.is(404).says("Folder is not found");
    desk.delete(&osl(), &deposit.folder_path()).await.is(404);
    desk.put(&osl(), &deposit.attachment_path(0), File::pdf(1).bytes).await.is(404);
    assert_eq!(desk.memory.held(), Default::default(), "its files are gone");

    let completed = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    desk.delete(&osl(), &completed.folder_path()).await.is(400).says("HUBEE_RECEIVED");
    desk.get(&osl(), &completed.folder_path()).await.is(200);
}

#[tokio::test]
async fn a_folder_with_an_event_cannot_be_deleted() {
    let desk = Desk::new().await;
    let deposit = desk.announces(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    desk.post(&osl(), &deposit.events_path(0), json!({ "actionType": "COM_ADD" })).await.is(201);
    desk.delete(&osl(), &deposit.folder_path()).await.is(400).says("events");
}

#[tokio::test]
async fn a_folder_is_closed_with_a_date_or_by_the_clock_and_reopened() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let path = deposit.folder_path();
    desk.patch(&osl(), &path, json!({ "globalStatus": "CLOSED" })).await.is(204);
    let closed = desk.get(&osl(), &path).await.is(200).json();
    assert_eq!(closed["closeDateTime"], "2026-01-05T08:00:00.000+00:00");

    desk.patch(&osl(), &path, json!({ "globalStatus": "HUBEE_NOTIFIED", "closeDateTime": null })).await.is(204);
    let reopened = desk.get(&osl(), &path).await.is(200).json();
    assert_eq!((&reopened["globalStatus"], &reopened["closeDateTime"]), (&json!("HUBEE_NOTIFIED"), &Value::Null));

    let close = json!({ "globalStatus": "CLOSED", "closeDateTime": "2026-01-05T11:30:00+02:00" });
    desk.patch(&osl(), &path, close).await.is(204);
    let closed = desk.get(&osl(), &path).await.is(200).json();
    assert_eq!(closed["closeDateTime"], "2026-01-05T09:30:00.000+00:00");

    let bad = json!({ "globalStatus": "SHUT", "closeDateTime": "yesterday" });
    desk.patch(&osl(), &path, bad).await.is(400).says("globalStatus: ").says("closeDateTime: ");
    desk.patch(&osl(), &path, json!({})).await.is(400).says("globalStatus: required property is missing; add it");
    desk.patch(&osl(), &path, json!({ "globalStatus": "ARCHIVED" })).await.is(400);
}

#[tokio::test]
async fn the_status_of_a_folder_and_those_of_its_cases_are_apart() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0, 1], &[File::pdf(1)]).await;
    desk.patch(&si(0, &urgent_process()), &deposit.case_path(0), json!({ "status": "DONE" })).await.is(204);
    let view = desk.get(&osl(), &deposit.folder_path()).await.is(200).json();
    assert_eq!(view["globalStatus"], "HUBEE_NOTIFIED");
    desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "CLOSED" })).await.is(204);
    let view = desk.get(&osl(), &deposit.folder_path()).await.is(200).json();
    assert_eq!(statuses(&view["cases"]), ["DONE", "HUBEE_NOTIFIED"]);
}

#[tokio::test]
async fn the_software_that_deposits_is_kept_with_the_folder() {
    let desk = Desk::new().await;
    let body = folder(&ordinary_process(), &[0], &[File::pdf(1)]).to_string();
    let headers =
        [("editorName", "Éditeur"), ("APPLICATIONNAME", "Dépôt"), ("softwareversion", "1.2"), ("X-Unknown", "1")];
    let got = desk.send(&osl(), "POST", "/folders", &headers, bytes::Bytes::from(body.clone()).into()).await.is(201);
    let expected = json!({ "editorName": "Éditeur", "applicationName": "Dépôt", "softwareVersion": "1.2" });
    assert_eq!(got.json()["partnerInfo"], expected);
    let long = "x".repeat(51);
    let headers = [("editorName", long.as_str())];
    desk.send(&osl(), "POST", "/folders", &headers, bytes::Bytes::from(body).into()).await.is(400).says("editorName: ");
}

#[tokio::test]
async fn an_administrator_deposits_in_the_name_of_the_owner() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&administrator(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let view = desk.get(&osl(), &deposit.folder_path()).await.is(200).json();
    assert_eq!(ids(&view["cases"]), deposit.cases);
}
