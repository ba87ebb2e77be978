//! What happens to a case: statuses, comments, messages, acknowledgements.

use navette_storage::conformance::fixtures::{File, administrator, ordinary_process, osl, si, urgent_process};
use serde_json::{Value, json};

use crate::desk::{Desk, file_event, ids, text};

#[tokio::test]
async fn a_status_is_set_blindly_and_in_any_order_of_ones_own_side() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    for (index, status) in ["IN_PROGRESS", "DONE", "DONE", "SENT", "SI_RECEIVED", "DONE"].into_iter().enumerate() {
        let event = json!({
            "actionType": "STATUS_UPDATE", "notification": true, "caseCurrentStatus": "NOT_SO", "caseNewStatus": status,
        });
        let got = desk.post(&me, &deposit.events_path(0), event).await.is(201).json();
        assert_eq!((&got["status"], &got["caseNewStatus"]), (&json!("SENT"), &json!(status)));
        assert_eq!(got["caseCurrentStatus"], "NOT_SO", "information, kept, never a condition");
        assert_eq!(desk.status(&osl(), &deposit.case_path(0)).await, status);
        assert_eq!(desk.inbox(&osl()).await.len(), index + 1, "each was asked to be told");
    }
}

#[tokio::test]
async fn a_status_may_be_patched_and_then_told_by_an_event() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    for status in ["SI_RECEIVED", "REFUSED"] {
        desk.patch(&me, &deposit.case_path(0), json!({ "status": status })).await.is(204);
        let event = json!({ "actionType": "STATUS_UPDATE", "notification": true, "caseNewStatus": status });
        desk.post(&me, &deposit.events_path(0), event).await.is(201);
        assert_eq!(desk.status(&osl(), &deposit.case_path(0)).await, status);
    }
    let case = desk.get(&osl(), &deposit.case_path(0)).await.is(200).json();
    let statuses: Vec<_> = (0..2).map(|index| text(&case["events"][index]["caseNewStatus"])).collect();
    assert_eq!(statuses, ["SI_RECEIVED", "REFUSED"], "oldest first");
}

#[tokio::test]
async fn each_side_sets_its_own_statuses_and_nobody_archives() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    for (who, status) in [
        (&osl(), "SENT"),
        (&osl(), "SI_RECEIVED"),
        (&osl(), "ADD_AWAITING"),
        (&osl(), "DONE"),
        (&osl(), "REFUSED"),
        (&osl(), "HUBEE_RECEIVED"),
        (&osl(), "ARCHIVED"),
        (&me, "HUBEE_RECEIVED"),
        (&me, "HUBEE_COMPLETED"),
        (&me, "HUBEE_NOTIFIED"),
        (&me, "ARCHIVED"),
        (&me, "Done"),
        (&me, ""),
        (&administrator(), "ARCHIVED"),
    ] {
        desk.patch(who, &deposit.case_path(0), json!({ "status": status })).await.is(400).says("status: ");
        if !status.is_empty() {
            let event = json!({ "actionType": "STATUS_UPDATE", "caseNewStatus": status });
            desk.post(who, &deposit.events_path(0), event).await.is(400).says("caseNewStatus: ");
        }
    }
    assert_eq!(desk.status(&osl(), &deposit.case_path(0)).await, "HUBEE_NOTIFIED");
    desk.patch(&me, &deposit.case_path(0), json!({}))
        .await
        .is(400)
        .says("status: required property is missing; add it");
    desk.patch(&osl(), &deposit.case_path(0), json!({ "status": "IN_PROGRESS" })).await.is(204);
    desk.patch(&me, &deposit.case_path(0), json!({ "status": "CLOSED" })).await.is(204);
}

#[tokio::test]
async fn a_comment_is_for_the_colleagues_of_the_recipient() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    let event = json!({ "actionType": "COM_ADD", "notification": true, "comment": "between us", "author": "Agent" });
    let event = desk.post(&me, &deposit.events_path(0), event).await.is(201).json();
    assert_eq!(event["comment"], "between us");
    let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    for (who, expected) in [(&me, json!("between us")), (&administrator(), json!("between us")), (&osl(), Value::Null)]
    {
        let read = desk.get(who, &path).await.is(200).json();
        assert_eq!(read.get("comment"), Some(&expected), "{}", who.client_id);
        let case = desk.get(who, &deposit.case_path(0)).await.is(200).json();
        assert_eq!(case["events"][0].get("comment"), Some(&expected), "{}", who.client_id);
    }
    let event = json!({ "actionType": "COM_ADD", "comment": "from the depositor" });
    let event = desk.post(&osl(), &deposit.events_path(0), event).await.is(201).json();
    assert_eq!(event.get("comment"), Some(&Value::Null), "a depositor never sees one back");
}

#[tokio::test]
async fn an_event_has_its_message_and_its_files_even_when_it_has_none() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    let headers = [("editorname", "Éditeur")];
    let body = bytes::Bytes::from(json!({ "actionType": "ATTACH_DL" }).to_string());
    let event = desk.send(&me, "POST", &deposit.events_path(0), &headers, body.into()).await.is(201).json();
    for (key, expected) in [
        ("message", Value::Null),
        ("comment", Value::Null),
        ("caseNewStatus", Value::Null),
        ("attachments", json!([])),
        ("notification", json!(false)),
        ("actionType", json!("ATTACH_DL")),
        ("transmitter", crate::desk::recipient(0)),
        ("partnerInfo", json!({ "editorName": "Éditeur", "applicationName": null, "softwareVersion": null })),
    ] {
        assert_eq!(event.get(key), Some(&expected), "{key}");
    }
    let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    assert_eq!(desk.get(&osl(), &path).await.is(200).json(), event, "what is read is what was answered");
}

#[tokio::test]
async fn only_the_six_actions_exist_and_only_one_announces_files() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    let path = deposit.events_path(0);
    for action in ["STATUS_UPDATE", "ATTACH_DL", "ATTACH_DL_ALL", "COM_ADD"] {
        desk.post(&me, &path, json!({ "actionType": action, "attachments": [] })).await.is(201);
        let mut event = file_event(&[File::pdf(1)]);
        event["actionType"] = json!(action);
        desk.post(&me, &path, event).await.is(400).says("attachments: must be empty");
    }
    desk.post(&me, &path, json!({ "actionType": "ATTACH_DEPOSIT" })).await.is(400).says("attachments: ");
    desk.post(&me, &path, json!({ "actionType": "ATTACH_DEPOSIT", "attachments": [] })).await.is(400);
    for action in ["attach_dl", "DANCE", ""] {
        desk.post(&me, &path, json!({ "actionType": action })).await.is(400).says("actionType: ");
    }
    desk.post(&me, &path, json!({ "message": 1, "notification": "yes", "caseNewStatus": "GONE" }))
        .await
        .is(400)
        .says("message: Instance type (integer)")
        .says("notification: Instance type (string)")
        .says("caseNewStatus: ")
        .says("actionType: required property is missing; add it");
}

#[tokio::test]
async fn messages_are_sent_where_the_process_allows_them_and_kept_with_any_other_action() {
    let desk = Desk::new().await;
    let message = json!({ "actionType": "SENDING_MESSAGE", "notification": true, "message": "Bonjour\nà vous" });
    let allowed = desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let me = si(0, &ordinary_process());
    let event = desk.post(&me, &allowed.events_path(0), message.clone()).await.is(201).json();
    assert_eq!(event["message"], "Bonjour\nà vous");
    let empty = json!({ "actionType": "SENDING_MESSAGE", "message": " " });
    desk.post(&me, &allowed.events_path(0), empty).await.is(400).says("message: ");

    let silent = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let me = si(0, &urgent_process());
    desk.post(&me, &silent.events_path(0), message).await.is(400).says("does not allow messages");
    let status = json!({ "actionType": "STATUS_UPDATE", "message": "with every status", "caseNewStatus": "DONE" });
    let event = desk.post(&me, &silent.events_path(0), status).await.is(201).json();
    assert_eq!(event["message"], "with every status");
}

#[tokio::test]
async fn an_acknowledgement_travels_back_to_whoever_asked_for_it() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    for (author, receiver) in [(&me, &osl()), (&osl(), &me)] {
        let event = json!({ "actionType": "SENDING_MESSAGE", "notification": true, "message": "Bonjour" });
        let event = desk.post(author, &deposit.events_path(0), event).await.is(201).json();
        let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
        assert!(desk.inbox(author).await.is_empty());
        desk.patch(author, &path, json!({ "status": "RECEIVED" })).await.is(403).says("Unauthorized user");

        for _ in 0..2 {
            desk.patch(receiver, &path, json!({ "status": "RECEIVED" })).await.is(204);
        }
        for side in [author, receiver] {
            let inbox = desk.inbox(side).await;
            assert_eq!(inbox.len(), 1, "the receiver's own stays, the author gets one");
            assert_eq!((&inbox[0]["eventId"], &inbox[0]["eventStatus"]), (&event["id"], &json!("RECEIVED")));
        }
        assert_eq!(desk.get(author, &path).await.is(200).json()["status"], "RECEIVED");
        desk.clears(author).await;
        assert_eq!(desk.inbox(receiver).await.len(), 1);
        desk.clears(receiver).await;
    }
}

#[tokio::test]
async fn who_does_not_ask_for_a_notification_causes_none() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    for notification in [json!(false), Value::Null] {
        let event = json!({ "actionType": "STATUS_UPDATE", "notification": notification, "caseNewStatus": "DONE" });
        let event = desk.post(&me, &deposit.events_path(0), event).await.is(201).json();
        let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
        desk.patch(&osl(), &path, json!({ "status": "RECEIVED" })).await.is(204);
    }
    assert!(desk.inbox(&osl()).await.is_empty() && desk.inbox(&me).await.is_empty());
}

#[tokio::test]
async fn events_are_listed_oldest_first() {
    let (desk, deposit, me) = Desk::with_a_case().await;
    let mut posted = Vec::new();
    for index in 0..12 {
        let who = if index % 2 == 0 { &me } else { &osl() };
        let event = json!({ "actionType": "COM_ADD", "partnerAttributes": format!("n={index}") });
        posted.push(text(&desk.post(who, &deposit.events_path(0), event).await.is(201).json()["id"]));
    }
    assert_eq!(ids(&desk.get(&me, &deposit.case_path(0)).await.is(200).json()["events"]), posted);
}

#[tokio::test]
async fn an_event_belongs_to_its_own_case() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0, 1], &[File::pdf(1)]).await;
    let event = json!({ "actionType": "COM_ADD" });
    let event = desk.post(&si(0, &ordinary_process()), &deposit.events_path(0), event).await.is(201).json();
    let elsewhere = format!("{}/{}", deposit.events_path(1), text(&event["id"]));
    desk.get(&si(1, &ordinary_process()), &elsewhere).await.is(404).says("Event is not found");
    let there = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    desk.get(&si(1, &ordinary_process()), &there).await.is(403).says("Unauthorized user");
}
