//! Copies that portals are to delete: a recipient's lie in a fixed number of partitions, so that none grows without bound.

use futures_util::{StreamExt, TryStreamExt, stream};
use navette_router::model::{AttachmentId, CaseId, OrganizationKey, ProcessCode, Purge};
use scylla::value::CqlValue;
use uuid::Uuid;

use super::database::{Database, Write, text};
use super::error::Error;

/// Partitions of one recipient.
const SHARDS: i32 = 16;

type Columns = (String, String, Uuid, Uuid);

/// In which partition of its recipient a copy is.
pub(super) fn shard_of(purge: &Purge) -> i32 {
    purge.attachment.as_bytes().last().map_or(0, |byte| i32::from(*byte) % SHARDS)
}

fn key(purge: &Purge) -> Vec<CqlValue> {
    vec![
        text(&purge.recipient),
        CqlValue::Int(shard_of(purge)),
        CqlValue::Uuid(*purge.case.as_uuid()),
        CqlValue::Uuid(*purge.attachment.as_uuid()),
    ]
}

fn partition(purge: &Purge) -> (&'static str, String) {
    ("purges", format!("{} {}", purge.recipient, shard_of(purge)))
}

/// Adds a copy.
pub(super) fn put(purge: &Purge) -> Write {
    let mut values = key(purge);
    values.push(text(&purge.process));
    Write { statement: |statements| &statements.put_purge, key_columns: 4, partition: partition(purge), values }
}

/// Takes a copy away.
pub(super) fn remove(purge: &Purge) -> Write {
    Write {
        statement: |statements| &statements.remove_purge,
        key_columns: 4,
        partition: partition(purge),
        values: key(purge),
    }
}

fn of_columns((recipient, process, case, attachment): Columns) -> Result<Purge, Error> {
    Ok(Purge {
        recipient: recipient.parse().map_err(|_| Error::Malformed("organization"))?,
        process: ProcessCode::new(&process).ok_or(Error::Malformed("process"))?,
        case: CaseId::from_uuid(case),
        attachment: AttachmentId::from_uuid(attachment),
    })
}

impl Database {
    /// The copies of one recipient, in their order, or of all, in none; at most `limit`.
    pub(super) async fn purges(&self, recipient: Option<&OrganizationKey>, limit: usize) -> Result<Vec<Purge>, Error> {
        let rows_max = i32::try_from(limit).unwrap_or(i32::MAX);
        let rows = match recipient {
            None => self.rows::<Columns>(&self.statements.purges_all, (rows_max,)).await?,
            Some(recipient) => {
                let of_shard = |shard| {
                    let key = (recipient.to_string(), shard, rows_max);
                    async move { self.rows::<Columns>(&self.statements.purges, key).await }
                };
                let shards = stream::iter(0..SHARDS).map(of_shard).buffered(SHARDS as usize);
                shards.try_collect::<Vec<_>>().await?.into_iter().flatten().collect()
            }
        };
        let mut purges: Vec<Purge> = rows.into_iter().map(of_columns).collect::<Result<_, _>>()?;
        purges.sort_unstable();
        purges.truncate(limit);
        Ok(purges)
    }

    /// Some of the copies of one recipient, by case and attachment: those after `after`, at most `limit`.
    pub(super) async fn purges_after(
        &self,
        recipient: &OrganizationKey,
        after: Option<&Purge>,
        limit: usize,
    ) -> Result<Vec<Purge>, Error> {
        let rows_max = i32::try_from(limit).unwrap_or(i32::MAX);
        let (case, attachment) =
            after.map_or((Uuid::nil(), Uuid::nil()), |after| (*after.case.as_uuid(), *after.attachment.as_uuid()));
        let of_shard = |shard| {
            let key = (recipient.to_string(), shard, case, attachment, rows_max);
            async move { self.rows::<Columns>(&self.statements.purges_after, key).await }
        };
        let shards = stream::iter(0..SHARDS).map(of_shard).buffered(SHARDS as usize);
        let rows = shards.try_collect::<Vec<_>>().await?.into_iter().flatten();
        let mut purges: Vec<Purge> = rows.map(of_columns).collect::<Result<_, _>>()?;
        purges.sort_unstable_by_key(|purge| (purge.case, purge.attachment));
        purges.truncate(limit);
        Ok(purges)
    }
}
