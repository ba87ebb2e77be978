//! Organizations, processes, subscriptions and credentials.

use navette_storage::conformance::fixtures::{administrator, enroller, osl, other_osl};
use serde_json::{Value, json};

use crate::desk::{Desk, recipient, text};

fn organization() -> Value {
    json!({
        "type": "SI", "companyRegister": "22770001000019", "branchCode": "77372", "name": "Commune d'Essai", "code": null,
        "country": "France", "postalCode": "77000", "territory": "Seine-et-Marne", "email": "mairie@example.fr",
        "phoneNumber": "+33102030405", "status": "Actif",
    })
}

fn process() -> Value {
    json!({
        "code": "EtatCivil.2", "name": "État civil", "description": null, "isActivated": true,
        "osl": { "type": "OSL", "companyRegister": "10000000000001", "branchCode": "DEPOT" },
        "attachmentFormatsEnabled": ["application/pdf"], "siAttachmentFormatsEnabled": [],
        "attachmentTypesEnabled": ["ACTE"], "attachmentMaxSizeEnabled": 1_048_576,
        "statusBeforeFileDeletion": "DONE", "timeBeforeFileDeletion": 1, "timeBeforeArchiving": 2,
        "timeBeforeFolderDeletion": 3, "messageToTransmitter": true, "subscriptionValidation": "Auto",
        "legalJustification": null,
    })
}

fn subscription() -> Value {
    let contact = json!({
        "firstName": "Anonyme", "lastName": "Essai", "email": "agent@example.fr", "function": null,
        "phoneNumber": null, "mobileNumber": null,
    });
    json!({
        "datapassId": 14_632, "processCode": "EtatCivil.2", "subscriber": recipient(0), "accessMode": "API",
        "notificationFrequency": "unitaire", "activateDateTime": "2026-01-01T02:00:00+02:00", "validateDateTime": null,
        "rejectDateTime": null, "endDateTime": null, "rejectionReason": null, "status": "Actif", "email": null,
        "localAdministrator": contact, "delegationActor": { "firstName": "Technique" },
    })
}

/// Whether `whole` holds every property of `part`.
fn contains(whole: &Value, part: &Value) -> bool {
    let (Some(whole), Some(part)) = (whole.as_object(), part.as_object()) else { return whole == part };
    part.iter().all(|(name, value)| whole.get(name).is_some_and(|found| contains(found, value)))
}

#[tokio::test]
async fn an_organization_is_registered_once_and_read_by_its_key() {
    let desk = Desk::new().await;
    for who in [administrator(), enroller()] {
        let desk = Desk::new().await;
        let got = desk.post(&who, "/referential/v1/organizations", organization()).await.is(201);
        assert_eq!(got.header("content-type"), Some("application/json"));
        assert!(contains(&got.json(), &organization()), "{}", got.json());
        let read = desk.get(&who, "/referential/v1/organizations/SI-22770001000019-77372").await.is(200).json();
        assert_eq!(read, got.json());
        let again = desk.post(&who, "/referential/v1/organizations", read).await.is(400);
        assert!(again.messages()[0].contains("already exists"), "in the first message");
    }
    let missing = desk.post(&administrator(), "/referential/v1/organizations", json!({})).await.is(400).messages();
    assert!(missing.len() >= 6 && missing.iter().all(|message| !message.contains("already exists")), "{missing:?}");
    let absent = "/referential/v1/organizations/SI-22770001000019-77372";
    desk.get(&administrator(), absent).await.is(404).says("Organization is not found");
    desk.get(&administrator(), "/referential/v1/organizations/commune").await.is(400);
}

#[tokio::test]
async fn a_process_is_registered_once_and_read_by_its_code() {
    let desk = Desk::new().await;
    let who = administrator();
    let got = desk.post(&who, "/referential/v1/processes", process()).await.is(201).json();
    assert!(contains(&got, &process()), "{got}");
    assert_eq!(desk.get(&who, "/referential/v1/processes/EtatCivil.2").await.is(200).json(), got);
    let again = desk.post(&who, "/referential/v1/processes", got).await.is(400);
    assert!(again.messages()[0].contains("already exists"));
    desk.get(&who, "/referential/v1/processes/NOBODYS").await.is(404).says("Process is not found");
    desk.get(&who, "/referential/v1/processes/no%20code").await.is(400);

    let mut faulty = process();
    faulty["code"] = json!("OTHER");
    faulty["osl"]["branchCode"] = json!("NOBODY");
    faulty["attachmentMaxSizeEnabled"] = json!(0);
    faulty["subscriptionValidation"] = json!("Perhaps");
    faulty["timeBeforeArchiving"] = json!("soon");
    desk.post(&who, "/referential/v1/processes", faulty)
        .await
        .is(400)
        .says("attachmentMaxSizeEnabled: ")
        .says("subscriptionValidation: ")
        .says("timeBeforeArchiving: Instance type (string)");
}

#[tokio::test]
async fn a_subscription_is_created_once_and_read_by_the_owner_of_its_process() {
    let desk = Desk::new().await;
    desk.post(&administrator(), "/referential/v1/processes", process()).await.is(201);
    let got = desk.post(&enroller(), "/referential/v1/subscriptions", subscription()).await.is(201).json();
    let mut expected = subscription();
    expected["activateDateTime"] = json!("2026-01-01T00:00:00.000+00:00");
    assert!(contains(&got, &expected), "{got}");
    assert!(got["creationDateTime"].is_string());

    let path = format!("/referential/v1/subscriptions/{}", text(&got["id"]));
    for who in [administrator(), osl()] {
        assert_eq!(desk.get(&who, &path).await.is(200).json(), got);
    }
    desk.get(&other_osl(), &path).await.is(404).says("Subscription is not found");
    desk.get(&administrator(), "/referential/v1/subscriptions/23133")
        .await
        .is(400)
        .says("[subscriptionId] Input string \"23133\" is not a valid UUID");

    let again = desk.post(&administrator(), "/referential/v1/subscriptions", got).await.is(400);
    assert!(again.messages()[0].contains("already exists"));
    let mut unknown = subscription();
    unknown["processCode"] = json!("NOBODYS");
    unknown["subscriber"]["branchCode"] = json!("99999");
    unknown["accessMode"] = json!("FAX");
    desk.post(&administrator(), "/referential/v1/subscriptions", unknown)
        .await
        .is(400)
        .says("processCode: ")
        .says("subscriber: ")
        .says("accessMode: ");
}

#[tokio::test]
async fn a_credential_is_issued_with_its_secret_and_revoked() {
    let desk = Desk::new().await;
    let who = administrator();
    let path = "/navette/v1/admin/credentials";
    let key = format!("SI-{}-0", text(&recipient(0)["companyRegister"]));
    let asked = json!({ "scope": "SI", "organization": key, "process": "CERTDC" });
    let issued = desk.post(&who, path, asked).await.is(201).json();
    assert_eq!(issued["client_secret"], "s3cret");
    assert_eq!(
        (&issued["scope"], &issued["organization"], &issued["process"]),
        (&json!("SI"), &json!(key), &json!("CERTDC"))
    );
    let one = format!("{path}/{}", text(&issued["client_id"]));
    desk.delete(&who, &one).await.is(204);
    desk.delete(&who, &one).await.is(204);
    desk.delete(&who, &format!("{path}/nobody")).await.is(404).says("Credential is not found");
    let admin = desk.post(&who, path, json!({ "scope": "ADMIN" })).await.is(201).json();
    assert_eq!((&admin["organization"], &admin["process"]), (&Value::Null, &Value::Null));

    for (asked, words) in [
        (json!({}), "scope: required property is missing"),
        (json!({ "scope": "KING" }), "scope: "),
        (json!({ "scope": "SI", "organization": key }), "process: "),
        (json!({ "scope": "OSL", "organization": key }), "organization: "),
        (json!({ "scope": "OSL" }), "organization: "),
        (json!({ "scope": "SI", "organization": "SI-22770001000019-1", "process": "CERTDC" }), "does not exist"),
        (json!({ "scope": "SI", "organization": key, "process": "NOBODYS" }), "process: "),
    ] {
        desk.post(&who, path, asked).await.is(400).says(words);
    }
}
