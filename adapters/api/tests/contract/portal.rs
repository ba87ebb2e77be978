//! What portals ask for: cases that move, copies of deleted files.

use navette_storage::conformance::fixtures::{
    File, administrator, enroller, ordinary_process, osl, other_osl, si, urgent_process,
};
use serde_json::{Value, json};

use crate::desk::{Desk, Got, recipient, text};

const MIGRATE: &str = "/cases/migrate";
const PURGES: &str = "/attachmentsIdsForPurge";
const DAY: i64 = 24 * 60 * 60 * 1_000;

async fn put(desk: &Desk, who: &navette_router::Caller, path: &str, body: Value) -> Got {
    desk.send(who, "PUT", path, &[], bytes::Bytes::from(body.to_string()).into()).await
}

#[tokio::test]
async fn cases_move_to_another_organization_and_the_answer_says_how_many() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0, 1], &[File::pdf(1)]).await;
    let asked = json!({ "organizationSource": recipient(0), "organizationTarget": recipient(2) });
    let got = put(&desk, &administrator(), MIGRATE, asked.clone()).await.is(200);
    assert_eq!(got.json(), json!({ "caseUpdated": 1 }));
    assert_eq!(put(&desk, &administrator(), MIGRATE, asked.clone()).await.is(200).json(), json!({ "caseUpdated": 0 }));
    let (former, next) = (si(0, &ordinary_process()), si(2, &ordinary_process()));
    desk.get(&former, &deposit.case_path(0)).await.is(403);
    desk.get(&next, &deposit.case_path(0)).await.is(200);
    assert_eq!((desk.inbox(&former).await.len(), desk.inbox(&next).await.len()), (0, 1));

    let mut unknown = asked.clone();
    unknown["organizationTarget"]["branchCode"] = json!("99999");
    put(&desk, &administrator(), MIGRATE, unknown).await.is(404).says("Organization is not found");
    let itself = json!({ "organizationSource": recipient(0), "organizationTarget": recipient(0) });
    put(&desk, &administrator(), MIGRATE, itself).await.is(400).says("organizationTarget: is organizationSource");
    put(&desk, &administrator(), MIGRATE, json!({ "organizationTarget": { "type": 3 } }))
        .await
        .is(400)
        .says("organizationSource: required property is missing")
        .says("organizationTarget.type: Instance type (integer)");
    // A recipient may hand over its own cases, and nobody else's.
    put(&desk, &si(1, &ordinary_process()), MIGRATE, asked).await.is(403);
    let own = json!({ "organizationSource": recipient(1), "organizationTarget": recipient(2) });
    put(&desk, &osl(), MIGRATE, own.clone()).await.is(403);
    assert_eq!(put(&desk, &si(1, &ordinary_process()), MIGRATE, own).await.is(200).json(), json!({ "caseUpdated": 1 }));
}

#[tokio::test]
async fn a_portal_is_told_once_of_each_copy_that_it_is_to_delete() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0, 1], &[File::pdf(1)]).await;
    for number in [0, 1] {
        let who = si(number, &ordinary_process());
        desk.patch(&who, &deposit.case_path(number), json!({ "status": "DONE" })).await.is(204);
    }
    assert_eq!(desk.get(&administrator(), PURGES).await.is(200).json(), json!([]));
    desk.clock.advance(31 * DAY);
    desk.sweeps().await;

    let pair =
        |index: usize| json!({ "folder_attachment_id": deposit.attachments[0], "case_id": deposit.cases[index] });
    let own = si(0, &ordinary_process());
    assert_eq!(desk.get(&own, PURGES).await.is(200).json(), json!([pair(0)]));
    for who in [administrator(), osl()] {
        assert_eq!(desk.get(&who, PURGES).await.is(200).json().as_array().map(Vec::len), Some(2));
    }
    for who in [other_osl(), si(0, &urgent_process()), si(2, &ordinary_process())] {
        assert_eq!(desk.get(&who, PURGES).await.is(200).json(), json!([]));
    }
    desk.get(&enroller(), PURGES).await.is(403);

    put(&desk, &own, "/idsPurged", json!([pair(0), pair(1)])).await.is(204);
    assert_eq!(desk.get(&own, PURGES).await.is(200).json(), json!([]));
    assert_eq!(desk.get(&administrator(), PURGES).await.is(200).json(), json!([pair(1)]), "the others' are theirs");
    put(&desk, &own, "/idsPurged", json!([pair(0)])).await.is(204);
    put(&desk, &own, "/idsPurged", json!([])).await.is(204);
    put(&desk, &own, "/idsPurged", json!([{ "case_id": "x" }, 7]))
        .await
        .is(400)
        .says("[0].folder_attachment_id: required property is missing")
        .says("[0].case_id: is not a valid UUID")
        .says("[1]: Instance type (integer)");
    put(&desk, &own, "/idsPurged", json!({})).await.is(400).says("send a JSON array");

    let case = desk.get(&own, &deposit.case_path(0)).await.is(200).json();
    assert_eq!(text(&case["attachments"][0]["status"]), "DELETED");
    desk.get(&own, &format!("{}/attachments/{}", deposit.case_path(0), deposit.attachments[0])).await.is(404);
}
