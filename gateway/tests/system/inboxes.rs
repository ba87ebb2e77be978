//! What waits for whom.

use bytes::Bytes;
use futures_util::future::join_all;
use http::Method;
use serde_json::Value;

use crate::hub::Setup;
use crate::parties::{Must as _, complaints, deals_with, inbox, note, text};

pub(crate) async fn notifications_come_oldest_first_page_by_page(setup: Setup) {
    let hub = setup.start().await;
    let depositor = hub.depositor("CERTDC").await;
    let recipient = hub.recipient("CERTDC").await;
    let mut cases = Vec::new();
    for number in 0..30 {
        let folder = depositor.deposits(&[note("a.txt", &format!("{number}"))], &[&recipient]).await;
        cases.push(folder.cases[0].clone());
    }
    let page = async |query: &str| {
        let headers = [("accept-encoding", "gzip")];
        recipient.partner.send(Method::GET, &format!("/notifications{query}"), Bytes::new(), &headers).await.must(200)
    };
    let rows = |answer: &navette_gateway::partner::Answer| -> Vec<String> {
        answer.json().as_array().unwrap().iter().map(|row| text(row, "caseId")).collect()
    };
    for (query, from, to) in [
        ("", 0, 25),
        ("?maxResult=7", 0, 7),
        ("?maxResult=7&offSet=7", 7, 14),
        ("?offset=25", 25, 30),
        ("?maxResult=100000", 0, 30),
        ("?processCode=CERTDC,ETATCIVIL&maxResult=1000&processPriority=CERTDC", 0, 30),
    ] {
        let answer = page(query).await;
        assert_eq!(rows(&answer), cases[from..to], "{query}");
        assert_eq!(answer.headers["content-range"], format!("Notifications {from}-{}/30", to - 1), "{query}");
        // A common client announces gzip and then does not inflate an answer with a range.
        assert!(!answer.headers.contains_key("content-encoding"), "{query}");
    }
    assert!(rows(&page("?offset=30").await).is_empty());
    assert!(rows(&page("?processCode=ETATCIVIL").await).is_empty(), "the credential is for another process");

    let details = page("?eventDetails=true&maxResult=1").await.json();
    assert!(details[0]["eventActionType"].is_null() && details[0]["eventStatus"].is_null());
    let plain = page("?maxResult=1").await.json();
    assert!(plain[0].get("eventId").is_some_and(Value::is_null) && plain[0].get("eventActionType").is_none());

    // What is dealt with makes room, and the order of the rest stays.
    for row in inbox(&recipient.partner).await.iter().step_by(2) {
        deals_with(&recipient.partner, row).await;
    }
    let rest: Vec<String> = cases.iter().skip(1).step_by(2).cloned().collect();
    assert_eq!(rows(&page("").await), rest);
}

pub(crate) async fn a_notification_is_deleted_for_good(setup: Setup) {
    let hub = setup.start().await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let (one, other) = (&recipients[0], &recipients[1]);
    depositor.deposits(&[note("a.txt", "a")], &[one, other]).await;
    let notification = inbox(&one.partner).await.remove(0);
    let path = format!("/notifications/{}", text(&notification, "id"));
    other.partner.delete(&path).await.must(403);
    one.partner.delete(&path).await.must(204);
    let answer = one.partner.delete(&path).await.must(404).json();
    assert_eq!(complaints(&answer), ["Notification is not found"]);
    assert!(inbox(&one.partner).await.is_empty());
    assert_eq!(inbox(&other.partner).await.len(), 1);
}

pub(crate) async fn sixteen_who_complete_a_folder_notify_once(setup: Setup) {
    let hub = setup.start().await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let all: Vec<_> = recipients.iter().collect();
    let files = [note("a.txt", "a")];
    let folder = depositor.announces(&depositor.folder(&files, &all)).await;
    depositor.sends(&folder, &files).await;
    let completions = (0..16).map(|_| depositor.partner.set_folder_status(&folder.id, "HUBEE_COMPLETED"));
    for answer in join_all(completions).await {
        answer.must(204);
    }
    for recipient in &recipients {
        assert_eq!(inbox(&recipient.partner).await.len(), 1);
    }
}
