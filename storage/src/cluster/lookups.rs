//! In which folder a case, an attachment, an event, a notification or a delivery is: an identifier alone does not say it.

use navette_router::model::{CaseId, EventId, FolderId, Owner};
use navette_router::ports::Located;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use scylla::value::CqlValue;
use uuid::Uuid;

use super::database::{Database, Write, text};
use super::error::Error;
use super::rows::{Key, Kind};
use crate::recent::recent;

/// Identifiers whose folder is remembered, some hundred bytes each. A folder is never another one, so nothing has to be forgotten.
const REMEMBERED_MAX: usize = 50_000;
/// The part of that for those that were asked for again.
const HOT: f64 = 0.5;

/// Where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) folder: FolderId,
    pub(super) key: Key,
}

impl Found {
    /// In the words of the port; none of what the port knows without help.
    pub(super) fn located(&self) -> Option<Located> {
        match self.key.kind {
            Kind::Attachment if self.key.owner == *self.folder.as_uuid() => {
                Some(Located::Attachment(Owner::Folder(self.folder)))
            }
            Kind::Attachment => Some(Located::Attachment(Owner::Event(EventId::from_uuid(self.key.owner)))),
            Kind::Event => Some(Located::Event(CaseId::from_uuid(self.key.owner))),
            Kind::Folder | Kind::Case | Kind::Notification | Kind::Delivery => None,
        }
    }
}

/// What was found lately.
#[derive(Debug)]
pub(super) struct Lookups {
    remembered: Cache<Uuid, Found>,
}

impl Default for Lookups {
    fn default() -> Self {
        Self { remembered: recent(REMEMBERED_MAX, REMEMBERED_MAX as u64, HOT, UnitWeighter) }
    }
}

impl Lookups {
    /// These are in this folder.
    pub(super) fn remember(&self, folder: FolderId, keys: impl IntoIterator<Item = Key>) {
        keys.into_iter().for_each(|key| self.remembered.insert(key.id, Found { folder, key }));
    }

    /// Where this was when it was last looked for; it may be gone since.
    pub(super) async fn find(&self, database: &Database, id: Uuid) -> Result<Option<Found>, Error> {
        if let Some(found) = self.remembered.get(&id) {
            return Ok(Some(found));
        }
        let found = find(database, id).await?;
        if let Some(found) = found {
            self.remembered.insert(id, found);
        }
        Ok(found)
    }
}

/// Where this is.
pub(super) async fn find(database: &Database, id: Uuid) -> Result<Option<Found>, Error> {
    let row = database.row::<(String, Uuid, Uuid)>(&database.statements.lookup, (id,)).await?;
    Ok(row.and_then(|(kind, folder, owner)| {
        let key = Key { kind: Kind::of(&kind)?, owner, id };
        Some(Found { folder: FolderId::from_uuid(folder), key })
    }))
}

/// Says where a record is.
pub(super) fn put(folder: FolderId, key: &Key) -> Write {
    Write {
        statement: |statements| &statements.put_lookup,
        key_columns: 1,
        partition: ("lookups", key.id.to_string()),
        values: vec![
            CqlValue::Uuid(key.id),
            text(key.kind.word()),
            CqlValue::Uuid(*folder.as_uuid()),
            CqlValue::Uuid(key.owner),
        ],
    }
}

/// Says that it is nowhere.
pub(super) fn remove(id: Uuid) -> Write {
    Write {
        statement: |statements| &statements.remove_lookup,
        key_columns: 1,
        partition: ("lookups", id.to_string()),
        values: vec![CqlValue::Uuid(id)],
    }
}
