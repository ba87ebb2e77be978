//! What a support desk and an auditor ask for.

use navette_router::Caller;
use navette_storage::conformance::fixtures::{File, administrator, ordinary_process, osl, si};
use serde_json::{Value, json};

use crate::desk::{Desk, announced, text};

async fn explained(desk: &Desk, id: &str) -> Value {
    desk.get(&administrator(), &format!("/navette/v1/admin/explain/{id}")).await.is(200).json()
}

fn named(who: Caller, request: &str) -> Caller {
    Caller { request: Some(request.into()), ..who }
}

#[tokio::test]
async fn each_thing_is_explained_by_where_it_is_and_what_happened_to_it() {
    let desk = Desk::new().await;
    let me = si(0, &ordinary_process());
    let file = File::pdf(1);
    let announced_only = desk.announces(&osl(), &ordinary_process(), &[0], std::slice::from_ref(&file)).await;
    let told = explained(&desk, &announced_only.folder).await;
    assert_eq!(told["kind"], "folder");
    assert_eq!(told["whereabouts"], "being deposited: 0 of 1 attachments have come, nobody was told");
    let told = explained(&desk, &announced_only.attachments[0]).await;
    assert_eq!(
        (&told["kind"], &told["whereabouts"]),
        (&json!("attachment"), &json!("announced: its bytes have not come"))
    );

    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0, 1], std::slice::from_ref(&file)).await;
    let told = explained(&desk, &deposit.cases[0]).await;
    assert_eq!(told["kind"], "case");
    assert!(text(&told["whereabouts"]).starts_with("HUBEE_NOTIFIED: waits in the inbox of SI-"), "{told}");
    desk.clears(&me).await;
    let event = json!({ "actionType": "ATTACH_DEPOSIT", "attachments": [announced(&file)] });
    let event = desk.post(&me, &deposit.events_path(0), event).await.is(201).json();
    let told = explained(&desk, &deposit.folder).await;
    assert!(text(&told["whereabouts"]).contains("1 of 2 recipients have not dealt with"), "{told}");
    assert_eq!(told["folder"]["cases"][0]["waiting"], 0);
    assert_eq!(told["folder"]["cases"][1]["waiting"], 1);
    let what: Vec<_> = told["timeline"].as_array().expect("moments").iter().map(|row| text(&row["what"])).collect();
    assert_eq!(what[0], "folder deposited");
    assert!(what.iter().any(|what| what.starts_with("ATTACH_DEPOSIT by SI-")), "{what:?}");
    assert!(!told.to_string().contains("Anonyme"), "an applicant is nobody's business here");

    let told = explained(&desk, &text(&event["id"])).await;
    assert_eq!((&told["kind"], &told["folder"]["id"]), (&json!("event"), &json!(deposit.folder)));
    let told = explained(&desk, &text(&event["attachments"][0]["id"])).await;
    assert_eq!((&told["kind"], &told["folder"]["id"]), (&json!("attachment"), &json!(deposit.folder)));
    let waiting = desk.inbox(&si(1, &ordinary_process())).await;
    assert_eq!(explained(&desk, &text(&waiting[0]["id"])).await["kind"], "notification");
}

#[tokio::test]
async fn a_request_is_explained_by_what_it_did_or_why_it_was_refused() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let me = named(si(0, &ordinary_process()), "done-1");
    desk.patch(&me, &deposit.case_path(0), json!({ "status": "SI_RECEIVED" })).await.is(204);
    let told = explained(&desk, "done-1").await;
    assert_eq!(
        (&told["kind"], &told["journal"][0]["what"]),
        (&json!("request"), &json!(["case status set: SI_RECEIVED"]))
    );
    assert_eq!(told["journal"][0]["by"], json!(me.client_id.as_str()));
    let of_case = explained(&desk, &deposit.cases[0]).await;
    let requests = of_case["journal"].as_array().expect("entries").iter().map(|row| row["request"].clone());
    assert_eq!(requests.into_iter().next_back(), Some(json!("done-1")));

    let told = explained(&desk, "refused-1").await;
    assert_eq!(
        (&told["kind"], &told["whereabouts"]),
        (&json!("request"), &json!("it was refused, and changed nothing"))
    );
    assert_eq!(told["refusals"][0]["messages"], json!(["attachments[0]: is missing"]));
    let told = explained(&desk, "never-heard-of").await;
    assert_eq!(told["kind"], "unknown");
    desk.get(&administrator(), "/navette/v1/admin/explain/not%20sane").await.is(400).says("is not an identifier");
}

#[tokio::test]
async fn what_was_deleted_is_told_by_the_journal() {
    let desk = Desk::new().await;
    let deposit = desk.announces(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    desk.delete(&osl(), &deposit.folder_path()).await.is(204);
    for id in [&deposit.folder, &deposit.cases[0], &deposit.attachments[0]] {
        let told = explained(&desk, id).await;
        assert_eq!(told["kind"], "unknown");
        assert_eq!(told["whereabouts"], "it is no longer there; the journal says what became of it");
        let last = told["journal"].as_array().and_then(|rows| rows.last()).expect("an entry");
        assert_eq!(last["what"], json!(["folder deleted"]));
    }
}

#[tokio::test]
async fn what_administrators_did_is_kept_with_what_was_before() {
    let desk = Desk::new().await;
    let who = named(administrator(), "change-1");
    let path = format!("/referential/v1/processes/{}", ordinary_process());
    let before = desk.get(&who, &path).await.is(200).json();
    let mut after = before.clone();
    after["name"] = json!("Another name");
    desk.send(&who, "PUT", &path, &[], bytes::Bytes::from(after.to_string()).into()).await.is(200);
    let credential = desk.post(&who, "/navette/v1/admin/credentials", json!({ "scope": "ADMIN" })).await.is(201).json();
    let credential_path = format!("/navette/v1/admin/credentials/{}", text(&credential["client_id"]));
    desk.delete(&who, &credential_path).await.is(204);

    let log = desk.get(&who, "/navette/v1/admin/log").await.is(200).json();
    let acts = log["acts"].as_array().expect("acts");
    assert_eq!((acts.len(), &log["next"]), (3, &Value::Null));
    let change = |index: usize| &acts[index]["changes"][0];
    assert_eq!(change(0)["kind"], "credential");
    assert!(change(0)["before"]["revoked_at"].is_null() && change(0)["after"]["revoked_at"].is_string());
    assert!(change(1)["before"].is_null() && change(1)["key"] == credential["client_id"]);
    assert_eq!((&change(2)["before"]["name"], &change(2)["after"]["name"]), (&before["name"], &json!("Another name")));
    for act in acts {
        assert_eq!((&act["by"], &act["request"]), (&json!(who.client_id.as_str()), &json!("change-1")));
    }
    assert!(!log.to_string().contains("secret"));

    let page = desk.get(&who, "/navette/v1/admin/log?maxResult=2").await.is(200).json();
    let next = format!("/navette/v1/admin/log?maxResult=2&before={}", text(&page["next"]));
    let rest = desk.get(&who, &next).await.is(200).json();
    assert_eq!((rest["acts"].as_array().map(Vec::len), &rest["acts"][0]), (Some(1), &acts[2]));
    desk.get(&who, "/navette/v1/admin/log?before=x&since=y").await.is(400).says("before: is not").says("'since'");
    // What parties do is no business of the audit.
    desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    assert_eq!(desk.get(&who, "/navette/v1/admin/log").await.is(200).json()["acts"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn the_status_counts_what_there_is_and_says_what_fails() {
    let desk = Desk::new().await;
    let status = desk.get(&administrator(), "/navette/v1/admin/status").await.is(200).json();
    assert_eq!(status["ready"], false);
    assert_eq!(status["checks"][0], json!({ "name": "journal", "ok": false, "reason": "the disk failed" }));
    assert!(status["organizations"].as_u64() > Some(3) && status["processes"].as_u64() >= Some(3), "{status}");
}
