//! An entry as a message of Kafka: JSON that a person reads, with the headers of a CloudEvent.

use navette_router::entry::Entry;
use navette_router::model::{EntryId, FolderId};
use navette_router::ports::Subject;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use uuid::Uuid;

use super::error::Error;
use super::order::Order;

/// The present format of entries.
pub(super) const FORMAT: u32 = 1;

const REFERENTIAL: &str = "referential";
const MAILS: &str = "mails";
const ID_HEADER: &str = "ce_id";
const FORMAT_HEADER: &str = "ce_schemaversion";
const ORDER_HEADER: &str = "ce_order";

/// An entry that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decided {
    /// What it is about.
    pub(super) subject: Subject,
    /// Its order, which is the timestamp of all that it writes.
    pub(super) order: Order,
    /// The entry.
    pub(super) entry: Entry,
}

/// The row of a subject in the table of decisions.
pub(super) const fn subject_uuid(subject: Subject) -> Uuid {
    match subject {
        Subject::Folder(id) => *id.as_uuid(),
        Subject::Referential => Uuid::nil(),
        Subject::Mails => Uuid::max(),
    }
}

/// The key of a message, which keeps the entries about one subject in their order.
pub(super) fn key(subject: Subject) -> String {
    match subject {
        Subject::Folder(id) => id.to_string(),
        Subject::Referential => REFERENTIAL.to_owned(),
        Subject::Mails => MAILS.to_owned(),
    }
}

fn subject(key: &str) -> Option<Subject> {
    match key {
        REFERENTIAL => Some(Subject::Referential),
        MAILS => Some(Subject::Mails),
        folder => folder.parse().ok().map(Subject::Folder),
    }
}

/// The folder of a subject, if it is one.
pub(super) const fn folder_of(subject: Subject) -> Option<FolderId> {
    match subject {
        Subject::Folder(id) => Some(id),
        Subject::Referential | Subject::Mails => None,
    }
}

/// The headers of a message.
pub(super) fn headers(decided: &Decided, gateway: &str) -> OwnedHeaders {
    let Decided { subject, order, entry } = decided;
    let text = |headers: OwnedHeaders, key: &str, value: &str| headers.insert(Header { key, value: Some(value) });
    let mut headers = OwnedHeaders::new_with_capacity(10);
    for (name, value) in [
        ("ce_specversion", "1.0"),
        (ID_HEADER, &*entry.id.to_string()),
        ("ce_type", "fr.navette.entry"),
        ("ce_source", &*format!("/navette/{gateway}")),
        ("ce_subject", &*key(*subject)),
        ("ce_time", &*entry.at.to_string()),
        ("content-type", "application/json"),
        (FORMAT_HEADER, &*FORMAT.to_string()),
        (ORDER_HEADER, &*order.to_string()),
    ] {
        headers = text(headers, name, value);
    }
    match &entry.request {
        Some(request) => text(headers, "ce_request", request),
        None => headers,
    }
}

fn header<'a>(message: &'a impl Message, name: &str) -> Option<&'a str> {
    let headers = message.headers()?;
    let found = headers.iter().find(|header| header.key == name)?.value?;
    std::str::from_utf8(found).ok()
}

/// The identifier of the entry of a message, if it has one.
pub(super) fn id(message: &impl Message) -> Option<EntryId> {
    header(message, ID_HEADER)?.parse().ok()
}

/// What a message says. [`Error::UnknownFormat`] of another version of this software.
pub(super) fn open(message: &impl Message) -> Result<Decided, Error> {
    let header = |name: &str| header(message, name);
    match header(FORMAT_HEADER).and_then(|format| format.parse().ok()) {
        Some(FORMAT) => {}
        Some(other) => return Err(Error::UnknownFormat(other)),
        None => return Err(Error::Malformed("version of a message")),
    }
    let order =
        header(ORDER_HEADER).and_then(|order| order.parse().ok()).ok_or(Error::Malformed("order of a message"))?;
    let key = message.key().and_then(|key| std::str::from_utf8(key).ok());
    let subject = key.and_then(subject).ok_or(Error::Malformed("key of a message"))?;
    let entry = serde_json::from_slice(message.payload().unwrap_or_default())?;
    Ok(Decided { subject, order, entry })
}

#[cfg(test)]
mod tests {
    use navette_router::model::Timestamp;
    use proptest::prelude::*;
    use rdkafka::message::OwnedMessage;

    use super::*;

    fn message(payload: Vec<u8>, key: &str, headers: OwnedHeaders) -> OwnedMessage {
        let (topic, time) = ("topic".to_owned(), rdkafka::Timestamp::NotAvailable);
        OwnedMessage::new(Some(payload), Some(key.as_bytes().to_vec()), topic, time, 0, 0, Some(headers))
    }

    fn decided() -> Decided {
        let entry = Entry::new(Timestamp::from_milliseconds(7), None, Vec::new());
        Decided { subject: Subject::Folder(FolderId::generate()), order: 42, entry }
    }

    #[test]
    fn an_entry_is_read_back_from_its_message() {
        let decided = decided();
        let payload = serde_json::to_vec(&decided.entry).expect("an entry is JSON");
        let message = message(payload, &key(decided.subject), headers(&decided, "one"));
        assert_eq!(open(&message).expect("a message"), decided);
    }

    #[test]
    fn an_unknown_format_is_refused_with_a_sentence() {
        let headers = OwnedHeaders::new().insert(Header { key: FORMAT_HEADER, value: Some("9") });
        assert!(matches!(open(&message(Vec::new(), MAILS, headers)), Err(Error::UnknownFormat(9))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_entry_or_refused(payload: Vec<u8>, key in "\\PC{0,40}") {
            let decided = decided();
            drop(open(&message(payload, &key, headers(&decided, "one"))));
        }
    }
}
