//! The records of one folder, as rows of its partition.

use navette_router::model::{AttachmentId, CaseId, DeliveryId, EventId, FolderId, NotificationId, Owner};
use scylla::value::CqlValue;
use uuid::Uuid;

use super::database::{Write, text};
use super::order::Order;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Folder,
    Case,
    Attachment,
    Event,
    Notification,
    Delivery,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Folder, Self::Case, Self::Attachment, Self::Event, Self::Notification, Self::Delivery];

    /// Its word in the tables.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Case => "case",
            Self::Attachment => "attachment",
            Self::Event => "event",
            Self::Notification => "notification",
            Self::Delivery => "delivery",
        }
    }

    /// The kind of this word.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Which record of a folder. The owner is the folder, but for an attachment of an event and for an event, whose owner is its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) owner: Uuid,
    pub(super) id: Uuid,
}

impl Key {
    pub(super) const fn folder(folder: FolderId) -> Self {
        Self { kind: Kind::Folder, owner: *folder.as_uuid(), id: *folder.as_uuid() }
    }

    pub(super) const fn case(folder: FolderId, id: CaseId) -> Self {
        Self { kind: Kind::Case, owner: *folder.as_uuid(), id: *id.as_uuid() }
    }

    pub(super) const fn attachment(owner: Owner, id: AttachmentId) -> Self {
        Self { kind: Kind::Attachment, owner: owner_uuid(owner), id: *id.as_uuid() }
    }

    pub(super) const fn event(case: CaseId, id: EventId) -> Self {
        Self { kind: Kind::Event, owner: *case.as_uuid(), id: *id.as_uuid() }
    }

    pub(super) const fn notification(folder: FolderId, id: NotificationId) -> Self {
        Self { kind: Kind::Notification, owner: *folder.as_uuid(), id: *id.as_uuid() }
    }

    pub(super) const fn delivery(folder: FolderId, id: DeliveryId) -> Self {
        Self { kind: Kind::Delivery, owner: *folder.as_uuid(), id: *id.as_uuid() }
    }

    /// The values that name its row.
    fn values(&self, folder: FolderId) -> Vec<CqlValue> {
        vec![
            CqlValue::Uuid(*folder.as_uuid()),
            text(self.kind.word()),
            CqlValue::Uuid(self.owner),
            CqlValue::Uuid(self.id),
        ]
    }
}

pub(super) const fn owner_uuid(owner: Owner) -> Uuid {
    match owner {
        Owner::Folder(id) => *id.as_uuid(),
        Owner::Event(id) => *id.as_uuid(),
    }
}

/// The place of a notification in its inbox: the order of its entry, and its rank within it.
pub(super) type Place = (Order, i32);

/// A record and what is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// The record as JSON; none when there is none.
    pub(super) record: Option<String>,
    /// Where it waits, when it is a notification.
    pub(super) place: Option<Place>,
    /// The order of the entry that wrote it; the least one when none did.
    pub(super) written: Order,
}

/// Columns of a row, as every statement that reads records gives them.
pub(super) type Columns = (String, Uuid, Uuid, Option<String>, Option<i64>, Option<i32>, Option<i64>);

/// The key and the row of these columns; none of a kind that this version does not know.
pub(super) fn of_columns((kind, owner, id, record, position, rank, written): Columns) -> Option<(Key, Row)> {
    let key = Key { kind: Kind::of(&kind)?, owner, id };
    Some((key, Row { record, place: position.zip(rank), written: written.unwrap_or(Order::MIN) }))
}

fn write(
    statement: fn(&super::statements::Statements) -> &scylla::statement::prepared::PreparedStatement,
    folder: FolderId,
    values: Vec<CqlValue>,
    key_columns: usize,
) -> Write {
    Write { statement, partition: ("records", folder.to_string()), values, key_columns }
}

/// Writes a record.
pub(super) fn put(folder: FolderId, key: &Key, record: String, place: Option<Place>) -> Write {
    let mut values = key.values(folder);
    values.push(CqlValue::Text(record));
    match place {
        None => write(|statements| &statements.put_record, folder, values, 4),
        Some((position, rank)) => {
            values.extend([CqlValue::BigInt(position), CqlValue::Int(rank)]);
            write(|statements| &statements.put_waiting, folder, values, 4)
        }
    }
}

/// Removes a record.
pub(super) fn remove(folder: FolderId, key: &Key) -> Write {
    write(|statements| &statements.remove_record, folder, key.values(folder), 4)
}

/// Removes all records of a folder.
pub(super) fn remove_all(folder: FolderId) -> Write {
    write(|statements| &statements.remove_folder, folder, vec![CqlValue::Uuid(*folder.as_uuid())], 1)
}
