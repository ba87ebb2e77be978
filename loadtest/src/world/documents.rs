//! What is registered, as the contract writes it.

use std::fmt::Write as _;

use serde_json::json;

use crate::geography::Place;
use crate::profile::ProcessPlan;
use crate::quantity::MAX_FILE_BYTES;

const FORMATS: [&str; 1] = ["application/pdf"];
/// The type of every file.
pub(crate) const FILE_TYPE: &str = "PIECE_JOINTE";

/// How the hub names an organization.
pub(super) fn key(kind: &str, place: &Place) -> String {
    let mut key = String::new();
    // Writing to a text cannot fail.
    write!(key, "{kind}-{}-{}", place.siret, place.branch).ok();
    key
}

/// An organization.
pub(super) fn organization(kind: &str, place: &Place) -> String {
    json!({
        "type": kind, "companyRegister": place.siret, "branchCode": place.branch, "name": place.name,
        "code": place.branch, "country": "France", "postalCode": place.branch, "territory": place.name, "status": "Actif",
    })
    .to_string()
}

/// A process.
pub(super) fn process(plan: &ProcessPlan, owner: &Place) -> String {
    json!({
        "code": plan.code, "name": plan.name, "isActivated": true,
        "osl": { "type": "OSL", "companyRegister": owner.siret, "branchCode": owner.branch },
        "attachmentFormatsEnabled": FORMATS, "siAttachmentFormatsEnabled": FORMATS, "attachmentTypesEnabled": [FILE_TYPE],
        "attachmentMaxSizeEnabled": MAX_FILE_BYTES, "statusBeforeFileDeletion": "DONE",
        "timeBeforeFileDeletion": 3_650, "timeBeforeArchiving": 3_650, "timeBeforeFolderDeletion": 3_650,
        "messageToTransmitter": true, "subscriptionValidation": "Auto",
    })
    .to_string()
}

/// A subscription.
pub(super) fn subscription(place: &Place, process: &str) -> String {
    json!({
        "datapassId": 1, "processCode": process, "accessMode": "API", "notificationFrequency": "Aucune", "status": "Actif",
        "subscriber": { "type": "SI", "companyRegister": place.siret, "branchCode": place.branch },
        "localAdministrator": { "email": "charge@example.fr" },
        "activateDateTime": "2020-01-01T00:00:00Z", "validateDateTime": "2020-01-01T00:00:00Z",
    })
    .to_string()
}
