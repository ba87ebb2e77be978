//! A recipient finds its case and its files, and nobody else's.

use base64::Engine as _;
use navette_storage::conformance::fixtures::{
    File, administrator, digest, ordinary_process, osl, other_osl, si, urgent_process,
};
use serde_json::json;

use crate::desk::{Deposit, Desk, folder, ids, text};

const NOBODY: &str = "018f0000-0000-7000-8000-00000000000a";

#[tokio::test]
async fn a_recipient_finds_its_case_with_the_files_that_list_it() {
    let desk = Desk::new().await;
    let files = [File::pdf(1), File::pdf(2), File::pdf(3)];
    let mut body = folder(&urgent_process(), &[0, 1], &files);
    body["attachments"][1]["recipients"] = json!(["case-0"]);
    body["attachments"][2]["recipients"] = json!(["case-1"]);
    let deposit = Deposit::of(&desk.post(&osl(), "/folders", body).await.is(201).json());
    for (index, file) in files.iter().enumerate() {
        desk.put(&osl(), &deposit.attachment_path(index), file.bytes.clone()).await.is(204);
    }
    desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(204);

    for (number, seen, unseen) in [(0, [0, 1], 2), (1, [0, 2], 1)] {
        let me = si(number, &urgent_process());
        let case = desk.get(&me, &deposit.case_path(number)).await.is(200).json();
        assert_eq!(case["status"], "HUBEE_NOTIFIED");
        assert_eq!(case["applicant"]["lastName"], "Essai");
        assert_eq!(ids(&case["attachments"]), seen.map(|index| deposit.attachments[index].clone()));
        assert_eq!(case["attachments"][0].get("recipients"), None, "who else sees a file is not told");
        for index in seen {
            let path = format!("{}/attachments/{}", deposit.case_path(number), deposit.attachments[index]);
            assert_eq!(desk.get(&me, &path).await.is(200).body, files[index].bytes);
        }
        let path = format!("{}/attachments/{}", deposit.case_path(number), deposit.attachments[unseen]);
        desk.get(&me, &path).await.is(404).says("File is not found");
        desk.get(&me, &deposit.case_path(1 - number)).await.is(403).says("Unauthorized user");
        let path = format!("{}/attachments/{}", deposit.case_path(1 - number), deposit.attachments[0]);
        desk.get(&me, &path).await.is(403);
    }
}

#[tokio::test]
async fn a_light_case_leaves_out_files_and_events_but_not_their_keys() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let me = si(0, &urgent_process());
    desk.post(&me, &deposit.events_path(0), json!({ "actionType": "COM_ADD", "comment": "x" })).await.is(201);
    let light = desk.get(&me, &format!("{}?lite=true", deposit.case_path(0))).await.is(200).json();
    assert_eq!((&light["attachments"], &light["events"]), (&json!([]), &json!([])));
    let whole = desk.get(&me, &format!("{}?lite=false", deposit.case_path(0))).await.is(200).json();
    assert_eq!((ids(&whole["attachments"]).len(), ids(&whole["events"]).len()), (1, 1));
}

#[tokio::test]
async fn a_file_comes_back_byte_for_byte_with_its_digest() {
    let desk = Desk::new().await;
    let files = [File::data(1, 0), File::data(2, 1), File::data(3, 3 << 20), File::pdf(4)];
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &files).await;
    for who in [si(0, &urgent_process()), osl(), administrator()] {
        for (index, file) in files.iter().enumerate() {
            let path = format!("{}/attachments/{}", deposit.case_path(0), deposit.attachments[index]);
            let got = desk.get(&who, &path).await.is(200);
            assert!(got.body == file.bytes, "{}", file.name);
            let expected = base64::engine::general_purpose::STANDARD.encode(digest(&file.bytes).0);
            assert_eq!(got.header("digest"), Some(expected.as_str()));
            assert_eq!(got.header("content-length"), Some(file.bytes.len().to_string().as_str()));
            assert_eq!(got.header("content-type"), Some("application/octet-stream"));
            assert_eq!(got.header("accept-ranges"), Some("bytes"));
        }
    }
}

#[tokio::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let desk = Desk::new().await;
    let file = File::data(1, 10_000);
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], std::slice::from_ref(&file)).await;
    let path = format!("{}/attachments/{}", deposit.case_path(0), deposit.attachments[0]);
    for (range, status, expected, content_range) in [
        ("bytes=0-99", 206, 0..100, Some("bytes 0-99/10000")),
        ("bytes=9990-", 206, 9_990..10_000, Some("bytes 9990-9999/10000")),
        ("bytes=-10", 206, 9_990..10_000, Some("bytes 9990-9999/10000")),
        ("bytes=5000-99999", 206, 5_000..10_000, Some("bytes 5000-9999/10000")),
        ("bytes=0-1,5-6", 200, 0..10_000, None),
        ("lines=0-1", 200, 0..10_000, None),
    ] {
        let me = si(0, &urgent_process());
        let got = desk.send(&me, "GET", &path, &[("Range", range)], bytes::Bytes::new().into()).await;
        assert_eq!((got.status, got.header("content-range")), (status, content_range), "{range}");
        assert_eq!(got.header("content-length"), Some(expected.len().to_string().as_str()), "{range}");
        assert_eq!(got.body, file.bytes.slice(expected), "{range}");
    }
    let beyond = [("Range", "bytes=10000-")];
    let got = desk.send(&osl(), "GET", &path, &beyond, bytes::Bytes::new().into()).await.is(416);
    assert_eq!(got.header("content-range"), Some("bytes */10000"));
}

#[tokio::test]
async fn nothing_is_shown_to_a_recipient_before_completion() {
    let desk = Desk::new().await;
    let deposit = desk.announces(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    desk.put(&osl(), &deposit.attachment_path(0), File::pdf(1).bytes).await.is(204);
    let me = si(0, &urgent_process());
    desk.get(&me, &deposit.case_path(0)).await.is(403);
    desk.get(&me, &format!("{}/attachments/{}", deposit.case_path(0), deposit.attachments[0])).await.is(403);
    desk.patch(&me, &deposit.case_path(0), json!({ "status": "DONE" })).await.is(403);
    desk.post(&me, &deposit.events_path(0), json!({ "actionType": "COM_ADD" })).await.is(403);
    assert!(desk.inbox(&me).await.is_empty());
    desk.get(&osl(), &deposit.case_path(0)).await.is(200);
}

#[tokio::test]
async fn the_credential_of_another_process_or_operator_is_not_enough() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    for who in [si(0, &ordinary_process()), si(1, &urgent_process()), other_osl()] {
        desk.get(&who, &deposit.case_path(0)).await.is(403).says("Unauthorized user");
        desk.patch(&who, &deposit.case_path(0), json!({ "status": "CLOSED" })).await.is(403);
        desk.post(&who, &deposit.events_path(0), json!({ "actionType": "COM_ADD" })).await.is(403);
    }
    desk.get(&other_osl(), &deposit.folder_path()).await.is(403);
    desk.delete(&other_osl(), &deposit.folder_path()).await.is(403);
    desk.put(&other_osl(), &deposit.attachment_path(0), File::pdf(1).bytes).await.is(403);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_by_its_name() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let (folder, case) = (deposit.folder_path(), deposit.case_path(0));
    for (method, path, words) in [
        ("GET", format!("/folders/{NOBODY}"), "Folder is not found"),
        ("DELETE", format!("/folders/{NOBODY}"), "Folder is not found"),
        ("PUT", format!("/folders/{NOBODY}/attachments/{NOBODY}"), "Folder is not found"),
        ("PUT", format!("{folder}/attachments/{NOBODY}"), "Binary meta-data is not found"),
        ("GET", format!("/cases/{NOBODY}"), "Case is not found"),
        ("GET", format!("/cases/{NOBODY}/attachments/{NOBODY}"), "Case is not found"),
        ("GET", format!("{case}/attachments/{NOBODY}"), "File is not found"),
        ("GET", format!("/cases/{NOBODY}/events/{NOBODY}"), "Case is not found"),
        ("GET", format!("{case}/events/{NOBODY}"), "Event is not found"),
        ("DELETE", format!("{case}/events/{NOBODY}"), "Event is not found"),
        ("PUT", format!("{case}/events/{NOBODY}/attachments/{NOBODY}"), "Event is not found"),
        ("GET", format!("{case}/events/{NOBODY}/attachments/{NOBODY}"), "Event is not found"),
        ("DELETE", format!("/notifications/{NOBODY}"), "Notification is not found"),
    ] {
        desk.send(&osl(), method, &path, &[], bytes::Bytes::new().into()).await.is(404).says(words);
    }
    desk.post(&osl(), &format!("/cases/{NOBODY}/events"), json!({ "actionType": "COM_ADD" })).await.is(404);
    desk.patch(&osl(), &format!("/cases/{NOBODY}"), json!({ "status": "CLOSED" })).await.is(404);
    desk.patch(&osl(), &format!("/folders/{NOBODY}"), json!({ "globalStatus": "CLOSED" })).await.is(404);
}

#[tokio::test]
async fn a_file_that_did_not_come_cannot_be_downloaded() {
    let desk = Desk::new().await;
    let deposit = desk.announces(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let path = format!("{}/attachments/{}", deposit.case_path(0), deposit.attachments[0]);
    desk.get(&osl(), &path).await.is(404).says("File is not found");
    desk.put(&osl(), &deposit.attachment_path(0), File::pdf(1).bytes).await.is(204);
    desk.get(&osl(), &path).await.is(200);
}

#[tokio::test]
async fn a_case_can_be_closed_and_says_when() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    desk.clock.advance(1_500);
    desk.patch(&osl(), &deposit.case_path(0), json!({ "status": "CLOSED" })).await.is(204);
    let case = desk.get(&osl(), &deposit.case_path(0)).await.is(200).json();
    assert_eq!(text(&case["closeDateTime"]), "2026-01-05T08:00:01.500+00:00");
    desk.patch(&osl(), &deposit.case_path(0), json!({ "status": "HUBEE_NOTIFIED" })).await.is(204);
    let case = desk.get(&osl(), &deposit.case_path(0)).await.is(200).json();
    assert_eq!((&case["status"], &case["closeDateTime"]), (&json!("HUBEE_NOTIFIED"), &json!(null)));
}
