//! What waits, and for whom.

use navette_storage::conformance::fixtures::{
    File, administrator, foreign_process, ordinary_process, osl, other_osl, si, urgent_process,
};
use serde_json::{Value, json};

use crate::desk::{Desk, Got, text};

fn cases(got: &Got) -> Vec<String> {
    got.json().as_array().expect("a bare list").iter().map(|row| text(&row["caseId"])).collect()
}

#[tokio::test]
async fn an_inbox_gives_twenty_five_oldest_first_and_says_how_many_there_are() {
    let desk = Desk::new().await;
    let si = si(0, &urgent_process());
    let empty = desk.get(&si, "/notifications").await.is(200);
    assert_eq!((empty.json(), empty.header("content-range")), (json!([]), Some("Notifications 0-0/0")));

    let mut deposited = Vec::new();
    for _ in 0..30 {
        desk.clock.advance(1);
        deposited.extend(desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await.cases);
    }
    let first = desk.get(&si, "/notifications").await.is(200);
    assert_eq!(first.header("content-range"), Some("Notifications 0-24/30"));
    assert_eq!(cases(&first), deposited[..25]);
    for offset in ["offSet", "offset"] {
        let second = desk.get(&si, &format!("/notifications?maxResult=25&{offset}=25")).await.is(200);
        assert_eq!(second.header("content-range"), Some("Notifications 25-29/30"));
        assert_eq!(cases(&second), deposited[25..]);
    }
    let all = desk.get(&si, "/notifications?maxResult=100000").await.is(200);
    assert_eq!((all.header("content-range"), cases(&all)), (Some("Notifications 0-29/30"), deposited.clone()));
    let beyond = desk.get(&si, &format!("/notifications?offSet={}", usize::MAX)).await.is(200);
    assert_eq!((beyond.header("content-range"), beyond.json()), (Some("Notifications 0-0/30"), json!([])));
}

#[tokio::test]
async fn a_page_is_bounded_by_configuration_whatever_is_asked_for() {
    let desk = Desk::new().await;
    let everybody: Vec<usize> = vec![0; 1_100];
    desk.deposits(&osl(), &urgent_process(), &everybody, &[File::pdf(1)]).await;
    let got = desk.get(&si(0, &urgent_process()), "/notifications?maxResult=10000").await.is(200);
    assert_eq!(got.header("content-range"), Some("Notifications 0-999/1100"));
}

#[tokio::test]
async fn a_new_case_has_no_event_and_every_key_all_the_same() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let si = si(0, &urgent_process());
    let row = &desk.get(&si, "/notifications").await.is(200).json()[0];
    assert_eq!(row["recipient"], crate::desk::recipient(0));
    assert_eq!(
        row["transmitter"],
        json!({ "type": "OSL", "companyRegister": "10000000000001", "branchCode": "DEPOT" })
    );
    assert_eq!((&row["processCode"], &row["caseId"]), (&json!("CERTDC"), &json!(deposit.cases[0])));
    for key in ["eventId", "eventStatus"] {
        assert_eq!(row.get(key), Some(&Value::Null), "{key}");
    }
    assert_eq!(row.get("eventActionType"), None, "only with details");
    let row = &desk.get(&si, "/notifications?eventDetails=true").await.is(200).json()[0];
    assert_eq!(row.get("eventActionType"), Some(&Value::Null));
}

#[tokio::test]
async fn details_say_what_was_done_and_whether_it_was_acknowledged() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    let event = json!({ "actionType": "STATUS_UPDATE", "notification": true, "caseNewStatus": "DONE" });
    let event = desk.post(&si(0, &urgent_process()), &deposit.events_path(0), event).await.is(201).json();
    let row = &desk.inbox(&osl()).await[0];
    assert_eq!((&row["eventId"], &row["eventActionType"]), (&event["id"], &json!("STATUS_UPDATE")));
    assert_eq!(row["eventStatus"], "SENT");
    let path = format!("{}/{}", deposit.events_path(0), text(&event["id"]));
    desk.patch(&osl(), &path, json!({ "status": "RECEIVED" })).await.is(204);
    let row = &desk.inbox(&osl()).await[0];
    assert_eq!(row["eventStatus"], "RECEIVED", "right after the acknowledgement");
}

#[tokio::test]
async fn an_inbox_is_that_of_an_organization_and_of_the_process_of_the_credential() {
    let desk = Desk::new().await;
    let urgent = desk.deposits(&osl(), &urgent_process(), &[0, 1], &[File::pdf(1)]).await;
    let ordinary = desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let foreign = desk.deposits(&other_osl(), &foreign_process(), &[0], &[File::pdf(1)]).await;
    for (who, query, expected) in [
        (si(0, &urgent_process()), "", vec![&urgent.cases[0]]),
        (si(1, &urgent_process()), "", vec![&urgent.cases[1]]),
        (si(0, &ordinary_process()), "", vec![&ordinary.cases[0]]),
        (si(2, &urgent_process()), "", vec![]),
        (si(0, &urgent_process()), "?processCode=ETATCIVIL", vec![]),
        (si(0, &urgent_process()), "?processCode=ETATCIVIL,CERTDC", vec![&urgent.cases[0]]),
        (administrator(), "?processCode=RSA&processCode=ETATCIVIL", vec![&ordinary.cases[0], &foreign.cases[0]]),
        (
            administrator(),
            "?processPriority=RSA",
            vec![&foreign.cases[0], &urgent.cases[0], &urgent.cases[1], &ordinary.cases[0]],
        ),
    ] {
        let got = desk.get(&who, &format!("/notifications{query}")).await.is(200);
        assert_eq!(cases(&got).iter().collect::<Vec<_>>(), expected, "{} {query}", who.client_id);
    }
}

#[tokio::test]
async fn a_notification_is_deleted_by_its_recipient_once_and_for_good() {
    let desk = Desk::new().await;
    desk.deposits(&osl(), &urgent_process(), &[0, 1], &[File::pdf(1)]).await;
    let me = si(0, &urgent_process());
    let path = format!("/notifications/{}", text(&desk.inbox(&me).await[0]["id"]));
    for other in [si(1, &urgent_process()), si(0, &ordinary_process()), osl()] {
        desk.delete(&other, &path).await.is(403).says("Unauthorized user");
    }
    desk.delete(&me, &path).await.is(204);
    desk.delete(&me, &path).await.is(404).says("Notification is not found");
    assert!(desk.inbox(&me).await.is_empty());
    assert_eq!(desk.inbox(&si(1, &urgent_process())).await.len(), 1);
}

#[tokio::test]
async fn the_reference_loop_ends_when_the_inbox_is_empty() {
    let desk = Desk::new().await;
    let me = si(0, &urgent_process());
    for _ in 0..5 {
        desk.deposits(&osl(), &urgent_process(), &[0], &[File::pdf(1)]).await;
    }
    let mut taken = 0;
    while let Some(row) = desk.get(&me, "/notifications?maxResult=1").await.is(200).json().get(0) {
        let case = format!("/cases/{}", text(&row["caseId"]));
        desk.get(&me, &case).await.is(200);
        let event = json!({ "actionType": "STATUS_UPDATE", "notification": true, "caseNewStatus": "IN_PROGRESS" });
        desk.post(&me, &format!("{case}/events"), event).await.is(201);
        desk.delete(&me, &format!("/notifications/{}", text(&row["id"]))).await.is(204);
        taken += 1;
        assert!(taken <= 5, "what was taken does not come back");
    }
    assert_eq!((taken, desk.inbox(&osl()).await.len()), (5, 5));
}
