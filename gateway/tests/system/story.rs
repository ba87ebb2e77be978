//! The main job from end to end.

use navette_gateway::demo::files::certificate_of_death;
use serde_json::json;

use crate::hub::Setup;
use crate::parties::{Must as _, deals_with, ids, inbox, note, text};

pub(crate) async fn a_folder_reaches_its_recipients_and_their_answers_come_back(setup: Setup) {
    let hub = setup.start().await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let (town_hall, agency) = (&recipients[0], &recipients[1]);
    let files = certificate_of_death();

    let folder = depositor.announces(&depositor.folder(&files, &[town_hall, agency])).await;
    assert_eq!(depositor.reads(&folder).await["globalStatus"], "HUBEE_RECEIVED");
    assert!(depositor.sees_attachments(&folder).await.iter().all(|status| status == "PENDING"));
    depositor.sends(&folder, &files).await;
    assert!(inbox(&town_hall.partner).await.is_empty());
    depositor.completes(&folder).await;
    assert_eq!(depositor.reads(&folder).await["globalStatus"], "HUBEE_NOTIFIED");

    for (recipient, case) in [(town_hall, &folder.cases[0]), (agency, &folder.cases[1])] {
        let notifications = inbox(&recipient.partner).await;
        assert_eq!(notifications.len(), 1);
        assert_eq!(notifications[0]["caseId"], case.as_str());
        assert!(notifications[0]["eventId"].is_null() && notifications[0]["eventStatus"].is_null());
        recipient.fetches(case, &files).await;
        for status in ["IN_PROGRESS", "DONE"] {
            recipient.answers(case, status).await;
        }
        deals_with(&recipient.partner, &notifications[0]).await;
        assert!(inbox(&recipient.partner).await.is_empty());
    }

    let answers = inbox(&depositor.partner).await;
    assert_eq!(answers.len(), 4);
    for (answer, status) in answers.iter().zip(["IN_PROGRESS", "DONE", "IN_PROGRESS", "DONE"]) {
        let path = format!("/cases/{}/events/{}", text(answer, "caseId"), text(answer, "eventId"));
        let event = depositor.partner.get(&path).await.must(200).json();
        assert_eq!(event["caseNewStatus"], status);
        assert_eq!(event["message"], "for the depositor");
        assert!(event["comment"].is_null(), "a comment is not for the depositor");
        depositor.partner.send_json(http::Method::PATCH, &path, &json!({ "status": "RECEIVED" })).await.must(204);
        deals_with(&depositor.partner, answer).await;
    }
    assert!(inbox(&depositor.partner).await.is_empty());

    let acknowledged = inbox(&town_hall.partner).await;
    assert_eq!(acknowledged.len(), 2);
    assert!(acknowledged.iter().all(|row| row["eventStatus"] == "RECEIVED"));
    let read = depositor.reads(&folder).await;
    assert!(read["cases"].as_array().unwrap().iter().all(|case| case["status"] == "DONE"));
    assert_eq!(read["globalStatus"], "HUBEE_NOTIFIED", "a folder does not follow its cases");
    depositor.partner.set_folder_status(&folder.id, "CLOSED").await.must(204);
    assert!(depositor.reads(&folder).await["closeDateTime"].is_string(), "the hub dates what was not dated");
}

pub(crate) async fn files_of_an_event_reach_the_other_side(setup: Setup) {
    let hub = setup.start().await;
    let depositor = hub.depositor("ETATCIVIL").await;
    let town_hall = hub.recipient("ETATCIVIL").await;
    let folder = depositor.deposits(&[note("request.txt", "please")], &[&town_hall]).await;
    let case = &folder.cases[0];
    let answer = b"here it is";

    let event = town_hall
        .partner
        .post_event(
            case,
            &json!({
                "actionType": "ATTACH_DEPOSIT", "notification": true, "caseNewStatus": "DONE",
                "attachments": [{ "fileName": "act.txt", "type": "PJ", "size": answer.len(), "mimeType": "text/plain" }],
            }),
        )
        .await
        .must(201)
        .json();
    assert_eq!(event["status"], "IN_PROGRESS");
    let (event, file) = (text(&event, "id"), ids(&event["attachments"]).remove(0));
    town_hall.partner.set_event_status(case, &event, "SENT").await.must(400);
    let path = format!("/cases/{case}/events/{event}/attachments/{file}");
    town_hall.partner.send(http::Method::PUT, &path, answer.as_slice().into(), &[]).await.must(204);
    depositor.partner.get(&path).await.must(404);
    assert!(inbox(&depositor.partner).await.is_empty());
    town_hall.partner.set_event_status(case, &event, "SENT").await.must(204);

    let notifications = inbox(&depositor.partner).await;
    assert_eq!(notifications.len(), 1);
    assert_eq!(notifications[0]["eventActionType"], "ATTACH_DEPOSIT");
    assert_eq!(notifications[0]["eventStatus"], "SENT");
    assert_eq!(depositor.partner.get(&path).await.must(200).body.as_ref(), answer);
    depositor.partner.set_event_status(case, &event, "RECEIVED").await.must(204);
    assert_eq!(inbox(&depositor.partner).await[0]["eventStatus"], "RECEIVED");
    assert_eq!(depositor.reads(&folder).await["cases"][0]["status"], "DONE");
}

pub(crate) async fn a_recipient_sees_only_the_files_that_list_its_case(setup: Setup) {
    let hub = setup.start().await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let (one, other) = (&recipients[0], &recipients[1]);
    let files = [note("for-both.txt", "both"), note("for-one.txt", "one")];
    let mut draft = depositor.folder(&files, &[one, other]);
    draft["attachments"][1]["recipients"] = json!(["CASE-1"]);
    let folder = depositor.announces(&draft).await;
    depositor.sends(&folder, &files).await;
    depositor.completes(&folder).await;

    one.fetches(&folder.cases[0], &files).await;
    other.fetches(&folder.cases[1], &files[..1]).await;
    other.partner.get(&format!("/cases/{}/attachments/{}", folder.cases[1], folder.attachments[1])).await.must(404);
    other.partner.get(&format!("/cases/{}/attachments/{}", folder.cases[0], folder.attachments[0])).await.must(403);
}
