use bytes::Bytes;
use navette_router::model::{Attachment, AttachmentId, AttachmentStatus, FolderId, Owner, Place};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn item(fields: Value) -> Item {
    Item { kind: "case", id: "one".to_owned(), fields }
}

fn parsed(text: &str) -> Item {
    item(serde_json::from_str(text).expect("JSON"))
}

fn attachment(place: Option<Place>) -> Attachment {
    Attachment {
        id: AttachmentId::from_uuid(Uuid::from_u128(1)),
        owner: Owner::Folder(FolderId::from_uuid(Uuid::from_u128(2))),
        rank: 0,
        file_name: "note.txt".to_owned(),
        kind: "NOTE".to_owned(),
        size_bytes: 3,
        media_type: "text/plain".to_owned(),
        recipients: vec!["case-1".to_owned()],
        status: AttachmentStatus::Received,
        digest: None,
        place,
    }
}

#[test]
fn the_digest_is_the_same_whatever_the_order_of_fields() {
    let (one, other) = (parsed(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#), parsed(r#"{"b":{"d":null,"c":[1,2]},"a":1}"#));
    assert_eq!(one.digest(), other.digest());
}

#[test]
fn the_digest_is_what_it_was_in_former_versions() {
    // Who moved there with one version and comes back with another compares the two.
    let digest = hexadecimal(&item(json!({"a": "é", "b": [true, -7]})).digest());
    assert!(digest.starts_with("ed148bd0"), "{digest}");
}

#[test]
fn whatever_differs_changes_the_digest() {
    let variants = [
        json!({"a": "1"}),
        json!({"a": 1}),
        json!({"a": [1]}),
        json!({"a": [1, 1]}),
        json!({"a": {"1": 1}}),
        json!({"a": null}),
        json!({"a": 1, "b": null}),
        json!({"b": 1}),
        json!({}),
    ];
    let mut digests: Vec<Digest> = variants.into_iter().map(|fields| item(fields).digest()).collect();
    digests.push(Item { id: "two".to_owned(), ..item(json!({})) }.digest());
    digests.push(Item { kind: "folder", ..item(json!({})) }.digest());
    let distinct: std::collections::BTreeSet<&Digest> = digests.iter().collect();
    assert_eq!(distinct.len(), digests.len());
}

#[test]
fn where_bytes_lie_does_not_count_and_whether_they_are_there_does() {
    let digest = |place| Item::of_attachment(&attachment(place)).expect("JSON").digest();
    let inline = digest(Some(Place::Inline(Bytes::from_static(b"abc"))));
    assert_eq!(inline, digest(Some(Place::Stored("volume:7:4096:3".into()))));
    assert_ne!(inline, digest(None));
}

#[test]
fn differences_name_records_and_fields_and_no_values() {
    let named = |id: &str, fields: Value| Item { kind: "case", id: id.to_owned(), fields };
    let source = [
        named("1", json!({"status": "DONE", "author": "Madame Secrète", "rank": 1})),
        named("2", json!({})),
        named("4", json!({"same": 1})),
    ];
    let destination = [
        named("1", json!({"status": "CLOSED", "author": "Monsieur Caché", "rank": 1, "new": 1})),
        named("3", json!({})),
        named("4", json!({"same": 1})),
    ];
    let told: Vec<String> = differences(&source, &destination).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "case 1 differs in author, new, status",
            "case 2 is not at the destination",
            "case 3 is only at the destination"
        ]
    );
}
