//! Where subscriptions want their cases brought.

use bytes::Bytes;
use navette_storage::conformance::fixtures::{administrator, ordinary_process, osl, si};
use serde_json::{Value, json};

use crate::desk::{Desk, Got, text};

/// A subscription without endpoint: its path.
async fn bare(desk: &Desk) -> String {
    let list = format!("/referential/v1/subscriptions?processCode={}", ordinary_process());
    let listed = desk.get(&administrator(), &list).await.is(200).json();
    let path = format!("/navette/v1/admin/subscriptions/{}/endpoint", text(&listed[0]["id"]));
    desk.delete(&administrator(), &path).await.is(204);
    path
}

async fn set(desk: &Desk, path: &str, body: &Value) -> Got {
    desk.send(&administrator(), "PUT", path, &[], Bytes::from(body.to_string()).into()).await
}

fn webhook() -> Value {
    json!({
        "mode": "WEBHOOK", "settings": { "url": "https://si.example.fr" }, "secrets": { "secret": "hush-hush" },
        "maintenance": ["22:00-06:00"], "fallback": { "after_hours": 48, "mode": "PORTAIL" },
    })
}

#[tokio::test]
async fn an_endpoint_is_set_read_and_taken_away_and_its_secret_is_never_shown() {
    let desk = Desk::new().await;
    let path = bare(&desk).await;
    desk.get(&administrator(), &path).await.is(404).says("Endpoint is not found");
    desk.delete(&administrator(), &path).await.is(404);
    let told = set(&desk, &path, &webhook()).await.is(200).json();
    assert_eq!((&told["mode"], &told["in_use"], &told["paused"]), (&json!("WEBHOOK"), &json!(false), &json!(false)));
    assert!(told["secrets"]["secret"]["set_at"].is_string(), "{told}");
    assert_eq!(told["fallback"], json!({ "after_hours": 48, "mode": "PORTAIL" }));
    assert_eq!(desk.get(&administrator(), &path).await.is(200).json(), told);

    // Whoever changes a setting cannot know the secret.
    let mut moved = webhook();
    moved["settings"]["url"] = json!("https://other.example.fr");
    moved["secrets"] = json!({ "previous_secret": "older" });
    let moved = set(&desk, &path, &moved).await.is(200).json();
    let names: Vec<_> = moved["secrets"].as_object().expect("secrets").keys().cloned().collect();
    assert_eq!(names, ["previous_secret", "secret"]);
    let gone = json!({ "mode": "WEBHOOK", "settings": moved["settings"], "secrets": { "previous_secret": null } });
    let gone = set(&desk, &path, &gone).await.is(200).json();
    assert_eq!((gone["secrets"].as_object().map(serde_json::Map::len), &gone["fallback"]), (Some(1), &Value::Null));

    let log = desk.get(&administrator(), "/navette/v1/admin/log").await.is(200).json().to_string();
    assert!(log.contains("https://other.example.fr"), "what was set is on record: {log}");
    for said in [log, told.to_string(), moved.to_string(), gone.to_string()] {
        assert!(!said.contains("hush") && !said.contains("older"), "{said}");
    }
    desk.delete(&administrator(), &path).await.is(204);
    desk.get(&administrator(), &path).await.is(404);
}

#[tokio::test]
async fn every_fault_of_an_endpoint_is_told_at_once_and_nothing_is_kept() {
    let desk = Desk::new().await;
    let path = bare(&desk).await;
    let faulty = json!({
        "mode": "WEBHOOK", "settings": { "secret": "hush-hush", "prot": "1" }, "maintenance": ["22:00"],
        "fallback": { "after_hours": 0, "mode": "SFTP" },
    });
    set(&desk, &path, &faulty)
        .await
        .is(400)
        .says("settings.url: is missing; give it")
        .says("secrets.secret: is a secret; give it among the secrets")
        .says("settings.prot: is not a known setting")
        .says("maintenance[0]: is not a part of a day")
        .says("fallback.after_hours: is not a number of hours from 1 to 720")
        .says("fallback.mode: is not a known value; use one of PORTAIL, API");
    let other = json!({ "mode": "SFTP", "settings": { "Jean Dupont": "1", "port": 1 } });
    set(&desk, &path, &other)
        .await
        .is(400)
        .says("mode: is not a way of this hub; it has WEBHOOK")
        .says("settings: holds a name that is none")
        .says("settings.port: Instance type (integer)");
    set(&desk, &path, &json!({ "settings": {} })).await.is(400).says("mode: required property is missing");
    desk.get(&administrator(), &path).await.is(404);
    let missing = "/navette/v1/admin/subscriptions/018f0000-0000-7000-8000-00000000000a/endpoint";
    set(&desk, missing, &webhook()).await.is(404).says("Subscription is not found");
}

#[tokio::test]
async fn a_pause_holds_until_it_is_ended_whatever_is_set_and_a_change_of_the_subscription_keeps_the_endpoint() {
    let desk = Desk::new().await;
    let path = bare(&desk).await;
    set(&desk, &path, &webhook()).await.is(200);
    let pause = async |word: &str| {
        desk.send(&administrator(), "POST", &format!("{path}/{word}"), &[], Bytes::new().into()).await.is(200).json()
    };
    assert_eq!(pause("pause").await["paused"], true);
    let entries = desk.memory.journal().len();
    pause("pause").await;
    assert_eq!(desk.memory.journal().len(), entries, "again, it changes nothing more");
    assert_eq!(set(&desk, &path, &webhook()).await.is(200).json()["paused"], true);

    let id = path.split('/').nth(5).expect("an identifier");
    let subscription = format!("/referential/v1/subscriptions/{id}");
    let mut row = desk.get(&administrator(), &subscription).await.is(200).json();
    row["accessMode"] = json!("WEBHOOK");
    set(&desk, &subscription, &row).await.is(200);
    let told = desk.get(&administrator(), &path).await.is(200).json();
    assert_eq!((&told["paused"], &told["in_use"]), (&json!(true), &json!(true)));
    assert_eq!(pause("resume").await["paused"], false);
}

#[tokio::test]
async fn the_way_to_an_endpoint_is_tried_and_what_is_wrong_is_told() {
    let desk = Desk::new().await;
    let path = bare(&desk).await;
    let tries = async || {
        desk.send(&administrator(), "POST", &format!("{path}/test"), &[], Bytes::new().into()).await.is(200).json()
    };
    set(&desk, &path, &webhook()).await.is(200);
    assert_eq!(tries().await, json!({ "works": true, "found": ["it answered"], "problem": null }));
    let mut down = webhook();
    down["settings"]["url"] = json!("https://down.example.fr");
    set(&desk, &path, &down).await.is(200);
    let told = tries().await;
    assert_eq!((&told["works"], &told["problem"]["concerns"]), (&json!(false), &json!("recipient")));
    assert_eq!(text(&told["problem"]["message"]), "the server cannot be reached: nobody answers; start the server");
}

#[tokio::test]
async fn endpoints_are_an_administrators_business() {
    let desk = Desk::new().await;
    let path = bare(&desk).await;
    for who in [osl(), si(0, &ordinary_process())] {
        desk.get(&who, &path).await.is(403);
        desk.send(&who, "PUT", &path, &[], Bytes::from("{").into()).await.is(403);
        desk.delete(&who, &path).await.is(403);
        for word in ["pause", "resume", "test"] {
            desk.send(&who, "POST", &format!("{path}/{word}"), &[], Bytes::new().into()).await.is(403);
        }
    }
    desk.send(&administrator(), "PATCH", &path, &[], Bytes::new().into()).await.is(405).says("GET, PUT, DELETE");
}
