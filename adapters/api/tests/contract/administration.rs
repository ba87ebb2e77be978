//! What administrators of the hub ask for.

use navette_router::model::ClientId;
use navette_storage::conformance::fixtures::{File, administrator, ordinary_process, osl, si};
use serde_json::{Value, json};

use crate::desk::{Desk, recipient, text};

const CREDENTIALS: &str = "/navette/v1/admin/credentials";
const HOUR: i64 = 60 * 60 * 1_000;

#[tokio::test]
async fn a_credential_is_replaced_by_another_and_both_are_in_force_for_a_while() {
    let desk = Desk::new().await;
    let who = administrator();
    let key = format!("SI-{}-{}", text(&recipient(0)["companyRegister"]), text(&recipient(0)["branchCode"]));
    let asked = json!({ "scope": "SI", "organization": key, "process": ordinary_process().as_str() });
    let former = desk.post(&who, CREDENTIALS, asked).await.is(201).json();
    let path = format!("{CREDENTIALS}/{}/rotate", text(&former["client_id"]));
    desk.post(&who, &path, json!({ "overlap_hours": -1 }))
        .await
        .is(400)
        .says("overlap_hours: is not a number of hours");
    let next = desk.post(&who, &path, json!({ "overlap_hours": 2 })).await.is(201).json();
    assert_ne!(next["client_id"], former["client_id"]);
    for field in ["scope", "organization", "process"] {
        assert_eq!(next[field], former[field]);
    }
    desk.post(&who, &path, json!({})).await.is(400).says("already has a successor");

    let in_force = |credential: &Value| {
        let id = ClientId::new(&text(&credential["client_id"])).expect("a client identifier");
        desk.hub().caller(&id).is_some()
    };
    assert!(in_force(&former) && in_force(&next));
    desk.clock.advance(2 * HOUR - 1);
    assert!(in_force(&former));
    desk.clock.advance(1);
    assert!(!in_force(&former) && in_force(&next));

    let listed = desk.get(&who, CREDENTIALS).await.is(200).json();
    let rows = listed.as_array().expect("a list");
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["expires_at"].is_string() && rows[1]["expires_at"].is_null(), "{listed}");
    assert!(!listed.to_string().contains("secret"));
    desk.post(&who, &format!("{CREDENTIALS}/nobody/rotate"), json!({})).await.is(404);
}

#[tokio::test]
async fn what_retention_will_do_is_foreseen_and_nothing_is_done() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    desk.deposits(&osl(), &ordinary_process(), &[1], &[File::pdf(1)]).await;
    let who = si(0, &ordinary_process());
    desk.patch(&who, &deposit.case_path(0), json!({ "status": "CLOSED" })).await.is(204);
    let entries = desk.memory.journal().len();
    let foreseen = desk.get(&administrator(), "/navette/v1/admin/retention").await.is(200).json();
    assert_eq!(foreseen["next"], Value::Null);
    let folders = foreseen["folders"].as_array().expect("folders");
    assert_eq!((folders.len(), &folders[0]["folder"]), (1, &json!(deposit.folder)));
    let due = folders[0]["due"].as_array().expect("what is due");
    let actions: Vec<_> = due.iter().map(|row| text(&row["action"])).collect();
    assert_eq!(actions, ["archive_case", "delete_file"]);
    assert_eq!(due[1]["id"], json!(deposit.attachments[0]));
    let first = desk.get(&administrator(), "/navette/v1/admin/retention?maxResult=1").await.is(200).json();
    let path = format!("/navette/v1/admin/retention?maxResult=1&after={}", text(&first["next"]));
    desk.get(&administrator(), &path).await.is(200);
    desk.get(&administrator(), "/navette/v1/admin/retention?after=x&until=y")
        .await
        .is(400)
        .says("after: is not a valid UUID")
        .says("'until' is unexpected");
    assert_eq!(desk.memory.journal().len(), entries);
}

#[tokio::test]
async fn a_process_whose_delays_contradict_each_other_is_refused_with_the_reasons() {
    let desk = Desk::new().await;
    let path = format!("/referential/v1/processes/{}", ordinary_process());
    let process = desk.get(&administrator(), &path).await.is(200).json();
    let put = async |status: &str, [file, archiving, deletion]: [u32; 3]| {
        let mut process = process.clone();
        process["statusBeforeFileDeletion"] = json!(status);
        process["timeBeforeFileDeletion"] = json!(file);
        process["timeBeforeArchiving"] = json!(archiving);
        process["timeBeforeFolderDeletion"] = json!(deletion);
        desk.send(&administrator(), "PUT", &path, &[], bytes::Bytes::from(process.to_string()).into()).await
    };
    put("HUBEE_RECEIVED", [1, 1, 30]).await.is(400).says("statusBeforeFileDeletion: is a status from before");
    put("CLOSED", [31, 1, 30]).await.is(400).says("timeBeforeFileDeletion: is longer than a folder is kept");
    put("ARCHIVED", [30, 1, 30]).await.is(400).says("timeBeforeFileDeletion: is longer");
    for (status, days) in [("CLOSED", [30, 1, 30]), ("ARCHIVED", [29, 1, 30]), ("SI_RECEIVED", [1, 1, 30])] {
        put(status, days).await.is(200);
    }
}
