//! How the referential changes: what PUT takes, the life of a subscription, and what a deposit sees of it.

use navette_storage::conformance::fixtures::{File, administrator, enroller, ordinary_process, osl, si};
use serde_json::{Value, json};

use crate::desk::{Desk, folder, recipient, text};

/// The subscription of recipient 0 to the ordinary process, as the list gives it.
async fn subscription(desk: &Desk) -> (String, Value) {
    let path = format!("/referential/v1/subscriptions?processCode={}", ordinary_process());
    let rows = desk.get(&administrator(), &path).await.is(200).json();
    let own = |row: &&Value| row["subscriber"]["companyRegister"] == recipient(0)["companyRegister"];
    let row = rows.as_array().and_then(|rows| rows.iter().find(own)).expect("a subscription").clone();
    (format!("/referential/v1/subscriptions/{}", text(&row["id"])), row)
}

/// Puts the subscription of recipient 0 back with these fields changed.
async fn change(desk: &Desk, fields: Value) -> crate::desk::Got {
    let (path, mut row) = subscription(desk).await;
    for (name, value) in fields.as_object().expect("fields") {
        row[name] = value.clone();
    }
    let row = row.as_object_mut().expect("an object");
    row.remove("id");
    row.remove("creationDateTime");
    desk.send(&administrator(), "PUT", &path, &[], bytes::Bytes::from(Value::from(row.clone()).to_string()).into())
        .await
}

async fn put(desk: &Desk, path: &str, body: &Value) -> crate::desk::Got {
    desk.send(&administrator(), "PUT", path, &[], bytes::Bytes::from(body.to_string()).into()).await
}

#[tokio::test]
async fn everything_that_was_read_can_be_put_back() {
    let desk = Desk::new().await;
    desk.clock.advance(1_000);
    let key = format!("SI-{}-{}", text(&recipient(0)["companyRegister"]), text(&recipient(0)["branchCode"]));
    let (subscription, _) = subscription(&desk).await;
    for path in [
        format!("/referential/v1/organizations/{key}"),
        format!("/referential/v1/processes/{}", ordinary_process()),
        subscription,
    ] {
        let before = desk.get(&administrator(), &path).await.is(200).json();
        let mut after = put(&desk, &path, &before).await.is(200).json();
        assert_eq!(desk.get(&administrator(), &path).await.is(200).json(), after);
        assert!(after["updateDateTime"].is_string(), "{path}");
        after["updateDateTime"] = before["updateDateTime"].clone();
        assert_eq!(after, before, "{path}");
    }
}

#[tokio::test]
async fn what_names_a_thing_cannot_be_changed_and_what_does_not_exist_cannot_be_put() {
    let desk = Desk::new().await;
    let path = format!(
        "/referential/v1/organizations/SI-{}-{}",
        text(&recipient(0)["companyRegister"]),
        text(&recipient(0)["branchCode"])
    );
    let mut organization = desk.get(&administrator(), &path).await.is(200).json();
    organization["name"] = json!("Commune nouvelle");
    assert_eq!(put(&desk, &path, &organization).await.is(200).json()["name"], "Commune nouvelle");
    organization["branchCode"] = json!("99999");
    put(&desk, &path, &organization).await.is(400).says("cannot change");
    put(&desk, "/referential/v1/organizations/SI-99999999999999-1", &organization)
        .await
        .is(404)
        .says("Organization is not found");

    let path = format!("/referential/v1/processes/{}", ordinary_process());
    let mut process = desk.get(&administrator(), &path).await.is(200).json();
    process["code"] = json!("OTHER");
    process["osl"]["branchCode"] = json!("NOBODY");
    put(&desk, &path, &process).await.is(400).says("code: must be").says("osl: organization");
    put(&desk, "/referential/v1/processes/OTHER", &process).await.is(404).says("Process is not found");

    change(&desk, json!({ "processCode": "CERTDC", "subscriber": recipient(1) }))
        .await
        .is(400)
        .says("processCode: must be")
        .says("subscriber: must be");
    let (_, row) = subscription(&desk).await;
    put(&desk, "/referential/v1/subscriptions/018f0000-0000-7000-8000-00000000000a", &row)
        .await
        .is(404)
        .says("Subscription is not found");
}

#[tokio::test]
async fn a_subscription_is_activated_with_a_date_and_an_access_mode_and_can_be_suspended() {
    let desk = Desk::new().await;
    let deposit = async || desk.post(&osl(), "/folders", folder(&ordinary_process(), &[0], &[File::pdf(1)])).await;
    deposit().await.is(201);

    let suspended = change(&desk, json!({ "status": "Suspendu" })).await.is(200).json();
    assert_eq!(suspended["status"], "Suspendu");
    deposit().await.is(400).says("suscribed");

    change(&desk, json!({ "status": "Actif", "accessMode": null })).await.is(400).says("accessMode: is needed");
    let active = change(&desk, json!({ "status": "Actif", "accessMode": "PORTAIL" })).await.is(200).json();
    assert!(active["activateDateTime"].is_string(), "the hub dates it");
    deposit().await.is(201);

    let (start, end) = ("2099-01-01T00:00:00+02:00", "2098-01-01T00:00:00+02:00");
    change(&desk, json!({ "activateDateTime": start, "endDateTime": end }))
        .await
        .is(400)
        .says("endDateTime: is before");
    change(&desk, json!({ "activateDateTime": start })).await.is(200);
    deposit().await.is(400);
    change(&desk, json!({ "activateDateTime": null, "endDateTime": "2020-01-01T00:00:00Z" })).await.is(200);
    deposit().await.is(400);
}

#[tokio::test]
async fn a_depositor_reads_only_access_modes_of_the_published_interface() {
    let desk = Desk::new().await;
    let called = change(&desk, json!({ "accessMode": "WEBHOOK" })).await.is(200).json();
    assert_eq!(called["accessMode"], "WEBHOOK");
    let path = format!("/referential/v1/subscriptions/{}", text(&called["id"]));
    assert_eq!(desk.get(&administrator(), &path).await.json()["accessMode"], "WEBHOOK");
    assert_eq!(desk.get(&osl(), &path).await.json()["accessMode"], "API");
    let listed = desk.get(&osl(), "/referential/v1/subscriptions").await.is(200).json().to_string();
    assert!(!listed.contains("WEBHOOK"), "{listed}");
}

#[tokio::test]
async fn what_was_addressed_before_a_suspension_still_reaches_its_recipient() {
    let desk = Desk::new().await;
    let deposit = desk.deposits(&osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    change(&desk, json!({ "status": "Suspendu" })).await.is(200);
    let who = si(0, &ordinary_process());
    assert_eq!(desk.inbox(&who).await.len(), 1);
    desk.get(&who, &deposit.case_path(0)).await.is(200);
    desk.patch(&who, &deposit.case_path(0), json!({ "status": "DONE" })).await.is(204);
}

#[tokio::test]
async fn where_a_person_validates_an_enrolment_only_asks() {
    let desk = Desk::new().await;
    let path = format!("/referential/v1/processes/{}", ordinary_process());
    let mut process = desk.get(&administrator(), &path).await.is(200).json();
    process["subscriptionValidation"] = json!("Manual");
    put(&desk, &path, &process).await.is(200);
    let mut organization = desk
        .get(
            &administrator(),
            &format!(
                "/referential/v1/organizations/SI-{}-{}",
                text(&recipient(0)["companyRegister"]),
                text(&recipient(0)["branchCode"])
            ),
        )
        .await
        .json();
    organization["branchCode"] = json!("NEW");
    desk.post(&enroller(), "/referential/v1/organizations", organization.clone()).await.is(201);
    let asked = json!({
        "datapassId": 7, "processCode": ordinary_process().as_str(), "accessMode": "API", "status": "Actif",
        "subscriber": { "type": "SI", "companyRegister": organization["companyRegister"], "branchCode": "NEW" },
        "notificationFrequency": "unitaire", "localAdministrator": { "email": "agent@example.fr" },
    });
    let got = desk.post(&enroller(), "/referential/v1/subscriptions", asked).await.is(201).json();
    assert_eq!((&got["status"], &got["validateDateTime"]), (&json!("Inactif"), &Value::Null));
    let path = format!("/referential/v1/subscriptions/{}", text(&got["id"]));
    let mut granted = got;
    granted["status"] = json!("Actif");
    assert!(put(&desk, &path, &granted).await.is(200).json()["activateDateTime"].is_string());
}
