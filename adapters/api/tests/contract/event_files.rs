//! Events that bring files.

use navette_storage::conformance::fixtures::{File, noise, osl};
use serde_json::json;

use crate::desk::{Desk, file_event, ids, text};

#[tokio::test]
async fn an_event_with_files_is_its_authors_until_all_of_them_came_and_it_is_sent() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    let files = [File::pdf(1), File::xml(2), File::data(3, 70_000)];
    let event = desk.post(&me, &deposit.events_path(0), file_event(&files)).await.is(201).json();
    assert_eq!(event["status"], "IN_PROGRESS");
    let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    let file_path = |index: usize| format!("{path}/attachments/{}", text(&event["attachments"][index]["id"]));
    let names: Vec<_> = (0..3).map(|index| text(&event["attachments"][index]["fileName"])).collect();
    assert_eq!(names, files.each_ref().map(|file| file.name.clone()), "in the order sent");

    // The other side neither sees it nor touches it.
    desk.get(&osl(), &path).await.is(404).says("Event is not found");
    desk.get(&osl(), &file_path(0)).await.is(404);
    desk.put(&osl(), &file_path(0), files[0].bytes.clone()).await.is(404);
    desk.patch(&osl(), &path, json!({ "status": "RECEIVED" })).await.is(404);
    desk.delete(&osl(), &path).await.is(404);
    assert_eq!(desk.get(&osl(), &deposit.case_path(0)).await.is(200).json()["events"], json!([]));
    assert_eq!(ids(&desk.get(&me, &deposit.case_path(0)).await.is(200).json()["events"]).len(), 1);

    // Nor is it sent before all is there.
    desk.put(&me, &file_path(0), files[0].bytes.clone()).await.is(204);
    desk.put(&me, &file_path(1), noise(1, files[1].bytes.len())).await.is(400);
    let refused = desk.patch(&me, &path, json!({ "status": "SENT" })).await.is(400).messages();
    assert_eq!(refused.len(), 2, "{refused:?}");
    desk.patch(&me, &path, json!({ "status": "RECEIVED" })).await.is(400);
    desk.patch(&me, &path, json!({ "status": "IN_PROGRESS" })).await.is(400);
    assert!(desk.inbox(&osl()).await.is_empty());

    for (index, file) in files.iter().enumerate().skip(1) {
        desk.put(&me, &file_path(index), file.bytes.clone()).await.is(204);
    }
    desk.patch(&me, &path, json!({ "status": "SENT" })).await.is(204);
    desk.patch(&me, &path, json!({ "status": "SENT" })).await.is(204);
    let inbox = desk.inbox(&osl()).await;
    assert_eq!((inbox.len(), &inbox[0]["eventId"]), (1, &event["id"]), "told once");

    let seen = desk.get(&osl(), &path).await.is(200).json();
    assert_eq!((&seen["status"], ids(&seen["attachments"]).len()), (&json!("SENT"), 3));
    for (index, file) in files.iter().enumerate() {
        let got = desk.get(&osl(), &file_path(index)).await.is(200);
        assert!(got.body == file.bytes && got.header("digest").is_some(), "{}", file.name);
    }
    desk.delete(&me, &path).await.is(400).says("only an ATTACH_DEPOSIT event that is IN_PROGRESS");
    desk.put(&osl(), &file_path(0), files[0].bytes.clone()).await.is(403);
}

#[tokio::test]
async fn an_event_that_was_not_sent_can_be_deleted_with_its_files() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    let held = desk.memory.held();
    let event = desk.post(&me, &deposit.events_path(0), file_event(&[File::data(1, 9_000)])).await.is(201).json();
    let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    let file = format!("{path}/attachments/{}", text(&event["attachments"][0]["id"]));
    desk.put(&me, &file, noise(1, 9_000)).await.is(204);
    assert_ne!(desk.memory.held(), held);
    desk.delete(&me, &path).await.is(204);
    assert_eq!(desk.memory.held(), held, "its files are gone");
    desk.get(&me, &path).await.is(404).says("Event is not found");
    desk.delete(&me, &path).await.is(404);

    let comment = desk.post(&me, &deposit.events_path(0), json!({ "actionType": "COM_ADD" })).await.is(201).json();
    desk.delete(&me, &format!("{}/{}", deposit.events_path(0), text(&comment["id"]))).await.is(400);
}
