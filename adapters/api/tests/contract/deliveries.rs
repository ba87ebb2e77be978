//! What the hub brings to recipients, as they see it.

use std::time::Duration;

use bytes::Bytes;
use navette_router::Caller;
use navette_router::entry::Fact;
use navette_router::hub::Attempted;
use navette_router::model::{AccessMode, DeadReason, DeliveryId};
use navette_router::ports::{Clock as _, DeliveryError, DeliveryErrorKind, PeerWords, Receipt, Store as _};
use navette_storage::conformance::fixtures::{
    File, administrator, ordinary_process, osl, recipient, si, urgent_process,
};
use serde_json::{Value, json};

use crate::desk::{Desk, Got, ids, text};

const DELIVERIES: &str = "/navette/v1/deliveries";
const REPLAY: &str = "/navette/v1/admin/deliveries/replay";

/// A hub that brings the first two recipients what is deposited for them.
async fn bringing() -> Desk {
    let desk = Desk::new().await;
    for number in [0, 1] {
        let found =
            desk.memory.referential(|known| known.subscription_of(&recipient(number), &ordinary_process()).cloned());
        let mut subscription = found.expect("a subscription");
        subscription.access_mode = Some(AccessMode::Webhook);
        desk.hub().seed(vec![Fact::SubscriptionRegistered(subscription)]).await.expect("a change");
    }
    desk
}

async fn deposits(desk: &Desk, recipients: &[usize]) {
    desk.deposits(&osl(), &ordinary_process(), recipients, &[File::pdf(1)]).await;
}

fn me() -> Caller {
    si(0, &ordinary_process())
}

/// The only delivery to the first recipient.
async fn only(desk: &Desk) -> Value {
    let listed = desk.get(&me(), DELIVERIES).await.is(200).json();
    let rows = listed["deliveries"].as_array().expect("deliveries");
    assert_eq!(rows.len(), 1, "{listed}");
    rows[0].clone()
}

fn path(delivery: &Value) -> String {
    format!("{DELIVERIES}/{}", text(&delivery["id"]))
}

async fn replays(desk: &Desk, who: &Caller, delivery: &Value) -> Got {
    desk.send(who, "POST", &format!("{}/replay", path(delivery)), &[], Bytes::new().into()).await
}

/// Notes what an attempt came to.
async fn attempted(desk: &Desk, delivery: &Value, outcome: Result<Receipt, DeliveryError>) {
    let id: DeliveryId = text(&delivery["id"]).parse().expect("an identifier");
    let attempted = Attempted { began_at: desk.clock.now(), took: Duration::from_millis(7), outcome };
    desk.hub().note_attempt(id, &attempted).await.expect("it is noted").expect("the delivery");
}

fn failure(kind: DeliveryErrorKind) -> Result<Receipt, DeliveryError> {
    Err(DeliveryError::new(kind, "it answered 500, look at its log").said(PeerWords::new("no room for a@example.fr")))
}

fn receipt(desk: &Desk) -> Result<Receipt, DeliveryError> {
    let (at, reference) = (desk.clock.now(), "DOSSIER-0815".to_owned());
    Ok(Receipt { reference, sent_bytes: 1, was_there: false, at, words: Some(PeerWords::new("thanks")) })
}

#[tokio::test]
async fn a_recipient_sees_where_a_delivery_stands_and_what_each_attempt_came_to() {
    let desk = bringing().await;
    deposits(&desk, &[0]).await;
    let case = desk.inbox(&me()).await[0]["caseId"].clone();
    let waiting = only(&desk).await;
    let began_at = desk.clock.now();
    attempted(&desk, &waiting, failure(DeliveryErrorKind::Busy)).await;
    let told = only(&desk).await;
    let expected = json!({
        "id": waiting["id"], "caseId": case, "folderId": waiting["folderId"], "eventId": null,
        "processCode": ordinary_process().as_str(), "recipient": recipient(0).to_string(), "accessMode": "WEBHOOK",
        "state": "waiting", "createdAt": waiting["createdAt"], "dueAt": told["dueAt"], "deliveredAt": null,
        "endedAt": null, "reason": null, "attempts": 1, "awaited": false, "lastReturns": [],
        "lastAttempts": [{
            "number": 1, "beganAt": began_at.to_string(), "tookMilliseconds": 7, "outcome": "busy",
            "concerns": "recipient",
            "explanation": "the server asks to come back later: it answered 500, look at its log",
            "said": "no room for […]",
        }],
    });
    assert_eq!(told, expected);
    assert!(text(&told["dueAt"]) > text(&waiting["dueAt"]), "{told} is later than {waiting}");
    assert_eq!((&waiting["attempts"], &waiting["lastAttempts"]), (&json!(0), &json!([])));
    assert_eq!(desk.get(&me(), &path(&told)).await.is(200).json(), told);
    assert_eq!(desk.get(&administrator(), &path(&told)).await.is(200).json(), told);

    attempted(&desk, &told, receipt(&desk)).await;
    let arrived = only(&desk).await;
    assert_eq!(
        (&arrived["state"], &arrived["attempts"], &arrived["dueAt"]),
        (&json!("delivered"), &json!(2), &Value::Null)
    );
    assert_eq!(text(&arrived["deliveredAt"]), desk.clock.now().to_string());
    let last = &arrived["lastAttempts"][1];
    assert_eq!(
        (&last["outcome"], &last["explanation"], &last["said"]),
        (&json!("delivered"), &Value::Null, &json!("thanks"))
    );
    assert!(!arrived.to_string().contains("0815"), "the number of the folder is in {arrived}");
}

#[tokio::test]
async fn what_is_not_attempted_any_more_says_why_and_what_to_do_and_is_replayed() {
    let desk = bringing().await;
    deposits(&desk, &[0]).await;
    let delivery = only(&desk).await;
    attempted(&desk, &delivery, failure(DeliveryErrorKind::Rejected)).await;
    let dead = only(&desk).await;
    assert_eq!(
        (&dead["state"], &dead["dueAt"], &dead["reason"]["kind"]),
        (&json!("dead"), &Value::Null, &json!("refused"))
    );
    assert_eq!(text(&dead["endedAt"]), desk.clock.now().to_string());
    assert!(text(&dead["reason"]["message"]).contains("replay the delivery"), "{dead}");

    let id: DeliveryId = text(&delivery["id"]).parse().expect("an identifier");
    for reason in DeadReason::ALL {
        let replayed = replays(&desk, &me(), &delivery).await.is(200).json();
        assert_eq!((&replayed["state"], &replayed["reason"]), (&json!("waiting"), &Value::Null));
        assert_eq!(text(&replayed["dueAt"]), desk.clock.now().to_string());
        assert!(desk.hub().end_delivery(id, reason).await.expect("it ends"));
        let ended = only(&desk).await;
        assert_eq!(text(&ended["reason"]["kind"]), reason.as_str());
        assert!(text(&ended["reason"]["message"]).contains(": "), "what to do is missing from {ended}");
    }
    let replayed = replays(&desk, &administrator(), &delivery).await.is(200).json();
    assert_eq!((&replayed["state"], &replayed["attempts"]), (&json!("waiting"), &json!(1)));
}

#[tokio::test]
async fn deliveries_are_listed_by_pages_the_latest_first() {
    let desk = bringing().await;
    for _ in 0..3 {
        deposits(&desk, &[0, 1]).await;
    }
    let all = desk.get(&me(), DELIVERIES).await.is(200).json();
    let all = ids(&all["deliveries"]);
    assert_eq!(all.len(), 3);
    assert!(all.is_sorted_by(|one, next| one > next), "{all:?}");
    let (mut paged, mut next) = (Vec::new(), String::new());
    for expected in [2, 1, 0] {
        let page = desk.get(&me(), &format!("{DELIVERIES}?maxResult=2{next}")).await.is(200).json();
        let rows = ids(&page["deliveries"]);
        assert_eq!((rows.len(), page["next"].is_null()), (expected, expected == 0), "{page}");
        paged.extend(rows);
        next = page["next"].as_str().map(|next| format!("&before={next}")).unwrap_or_default();
    }
    assert_eq!(paged, all);
    desk.get(&me(), &format!("{DELIVERIES}?before=x&maxResult=0&state=dead"))
        .await
        .is(400)
        .says("before: is not a valid UUID; give the `next` of the former answer")
        .says("maxResult: is less than 1")
        .says("Query parameter 'state' is unexpected");
}

#[tokio::test]
async fn a_delivery_to_somebody_else_cannot_be_told_from_none() {
    let desk = bringing().await;
    deposits(&desk, &[0]).await;
    let delivery = only(&desk).await;
    let entries = desk.memory.journal().len();
    let none = json!({ "id": "018f0000-0000-7000-8000-00000000000a" });
    let strangers = [si(1, &ordinary_process()), si(0, &urgent_process())];
    for (who, asked) in [(&strangers[0], &delivery), (&strangers[1], &delivery), (&me(), &none)] {
        desk.get(who, &path(asked)).await.is(404).says("Delivery is not found");
        replays(&desk, who, asked).await.is(404).says("Delivery is not found");
    }
    for who in &strangers {
        let listed = desk.get(who, DELIVERIES).await.is(200).json();
        assert_eq!(listed, json!({ "deliveries": [], "next": null }));
    }
    desk.get(&osl(), DELIVERIES).await.is(403);
    desk.get(&osl(), &path(&delivery)).await.is(403);
    replays(&desk, &osl(), &delivery).await.is(403);
    assert_eq!(desk.memory.journal().len(), entries, "nothing was written");
}

#[tokio::test]
async fn a_malformed_address_of_a_delivery_is_told_what_it_lacks() {
    let desk = Desk::new().await;
    let malformed = json!({ "id": "D-1" });
    let fault = "[deliveryId] Input string \"D-1\" is not a valid UUID";
    desk.get(&me(), &path(&malformed)).await.is(400).says(fault);
    replays(&desk, &me(), &malformed).await.is(400).says(fault);
    desk.delete(&me(), &path(&malformed)).await.is(405).says("use GET");
    desk.get(&me(), &format!("{}/replay", path(&malformed))).await.is(405).says("use POST");
    desk.get(&administrator(), REPLAY).await.is(405).says("use POST");
    desk.get(&me(), &format!("{}/attempts", path(&malformed))).await.is(404).says("Resource is not found");
}

#[tokio::test]
async fn an_administrator_replays_the_deliveries_of_a_recipient_by_process_case_and_period() {
    let desk = bringing().await;
    deposits(&desk, &[0]).await;
    desk.clock.advance(60_000);
    let between = desk.clock.now();
    deposits(&desk, &[0, 1]).await;
    let listed = desk.get(&me(), DELIVERIES).await.is(200).json();
    let (later, former) = (listed["deliveries"][0].clone(), listed["deliveries"][1].clone());
    let recipient = recipient(0).to_string();
    let asked = |with: Value| {
        let mut body = json!({ "recipient": recipient });
        for (name, value) in with.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    for (with, replayed) in [
        (json!({ "processCode": "NOBODYS" }), vec![]),
        (json!({ "processCode": ordinary_process().as_str(), "until": between.to_string() }), vec![&former]),
        (json!({ "from": between.to_string() }), vec![&later]),
        (json!({ "caseId": former["caseId"] }), vec![&former]),
        (json!({}), vec![&former, &later]),
    ] {
        for delivery in [&former, &later] {
            attempted(&desk, delivery, failure(DeliveryErrorKind::Gone)).await;
        }
        let told = desk.post(&administrator(), REPLAY, asked(with.clone())).await.is(200).json();
        assert_eq!(told, json!({ "replayed": replayed.len() }), "{with}");
        for delivery in [&former, &later] {
            let is_waiting = desk.get(&me(), &path(delivery)).await.is(200).json()["state"] == "waiting";
            assert_eq!(is_waiting, replayed.contains(&delivery), "{with}: {delivery}");
        }
    }
    attempted(&desk, &later, receipt(&desk)).await;
    for (with, replayed) in [(json!({}), 0), (json!({ "deliveredToo": true }), 1)] {
        let told = desk.post(&administrator(), REPLAY, asked(with)).await.is(200).json();
        assert_eq!(told["replayed"], replayed);
    }
}

#[tokio::test]
async fn every_fault_of_a_replay_is_told_at_once_and_nothing_is_replayed() {
    let desk = bringing().await;
    let who = administrator();
    let faulty = json!({
        "recipient": "Rodez", "processCode": "<b>", "caseId": "1", "from": "yesterday", "deliveredToo": "yes",
    });
    desk.post(&who, REPLAY, faulty)
        .await
        .is(400)
        .says("recipient: is not a known value; use one of the organizations, such as SI-22770001000019-77372")
        .says("processCode: is not a process code")
        .says("caseId: is not a valid UUID")
        .says("from: is not a valid date")
        .says("deliveredToo: Instance type (string)");
    let at = desk.clock.now().to_string();
    desk.post(&who, REPLAY, json!({ "from": at, "until": at }))
        .await
        .is(400)
        .says("recipient: required property is missing")
        .says("until: is not after from; correct one of them");
    let unknown = json!({ "recipient": "SI-99999999999999-9" });
    desk.post(&who, REPLAY, unknown).await.is(404).says("Organization is not found");
    desk.post(&me(), REPLAY, json!({})).await.is(403);
}
