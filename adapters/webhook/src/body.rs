//! What is said in a call: identifiers, a status and links. No name of a person or of a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navette_router::model::{Attachment, Timestamp};
use navette_router::ports::Delivery;
use serde_json::{Value, json};

/// The JSON of a delivery. The same for each attempt.
pub(crate) fn message(base_url: &str, delivery: &Delivery) -> String {
    let case = &delivery.case;
    let case_url = format!("{base_url}/teledossiers/v1/cases/{}", case.id);
    let (kind, url, at) = match &delivery.event {
        None => ("case.notified", case_url, case.transmitted_at.unwrap_or(case.created_at)),
        Some(event) => ("event.sent", format!("{case_url}/events/{}", event.id), event.created_at),
    };
    let file = |attachment: &Attachment| {
        json!({
            "id": attachment.id.to_string(),
            "type": attachment.kind,
            "mimeType": attachment.media_type,
            "size": attachment.size_bytes,
            "digest": attachment.digest.map(|digest| STANDARD.encode(digest.0)),
            "url": format!("{url}/attachments/{}", attachment.id),
        })
    };
    let attachments: Vec<Value> = delivery.attachments.iter().map(file).collect();
    let event = delivery.event.as_ref().map(|event| {
        json!({
            "id": event.id.to_string(),
            "actionType": event.action.as_str(),
            "caseNewStatus": event.case_new_status.map(|status| status.as_str()),
        })
    });
    let said = json!({
        "type": kind,
        "timestamp": at.to_string(),
        "data": {
            "processCode": delivery.process.code.as_str(),
            "folderId": delivery.folder.id.to_string(),
            "caseId": case.id.to_string(),
            "status": case.status.as_str(),
            "sequence": delivery.sequence,
            "event": event,
            "url": url,
            "attachments": attachments,
        },
    });
    said.to_string()
}

/// The JSON of a call that only tries the way.
pub(crate) fn ping(now: Timestamp) -> String {
    json!({ "type": "ping", "timestamp": now.to_string(), "data": {} }).to_string()
}
