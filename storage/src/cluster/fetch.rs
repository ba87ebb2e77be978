//! Asks for all that the application of an entry reads.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use navette_router::model::{FolderId, Mail, MailId};
use uuid::Uuid;

use super::database::Database;
use super::error::Error;
use super::heads::Known;
use super::needs::Needs;
use super::order::Order;
use super::purges::shard_of;
use super::rows::{self, Columns, Key, Kind, Row};

/// More rows of one kind and owner than this are not asked for one by one.
const ROWS_BY_NAME_MAX: usize = 100;
/// Mails and copies that are asked for at once.
const QUESTIONS_AT_ONCE: usize = 16;

/// What was there before an entry.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// Records of the folder.
    pub(super) rows: HashMap<Key, Row>,
    /// Whether what is not among these records does not exist.
    pub(super) whole: bool,
    /// Mails that wait, each with the order of the entry that wrote it.
    pub(super) mails: HashMap<MailId, Option<(Mail, Order)>>,
    /// The greatest order of an entry that wrote any of it.
    pub(super) written: Order,
}

impl Fetched {
    /// What was there before a folder was made: nothing.
    pub(super) fn nothing() -> Self {
        Self { whole: true, ..Self::default() }
    }

    /// What is known already of what `needs` says.
    pub(super) fn known(known: &Known, needs: &Needs) -> Self {
        let mut fetched = Self { whole: known.whole, ..Self::default() };
        let needed = known.rows.iter().filter(|(key, _)| known.whole || needs.rows.contains(key));
        fetched.add(needed.map(|(key, row)| (*key, row.clone())));
        fetched
    }

    fn add(&mut self, rows: impl IntoIterator<Item = (Key, Row)>) {
        for (key, row) in rows {
            self.written = self.written.max(row.written);
            self.rows.insert(key, row);
        }
    }
}

impl Database {
    /// All that `needs` says, on top of what is known already.
    pub(super) async fn fetch(
        &self,
        folder: Option<FolderId>,
        needs: Needs,
        mut fetched: Fetched,
    ) -> Result<Fetched, Error> {
        if let Some(folder) = folder.filter(|_| !fetched.whole) {
            self.fetch_rows(folder, &needs, &mut fetched).await?;
        }
        let mails = stream::iter(needs.mails).map(|id| async move { Ok::<_, Error>((id, self.mail(id).await?)) });
        let mails: Vec<_> = mails.buffer_unordered(QUESTIONS_AT_ONCE).try_collect().await?;
        let written = mails.iter().filter_map(|(_, mail)| mail.as_ref().map(|(_, written)| *written)).max();
        fetched.written = fetched.written.max(written.unwrap_or(Order::MIN));
        fetched.mails.extend(mails);
        for purge in &needs.purges {
            let key = (purge.recipient.to_string(), shard_of(purge), purge.case.as_uuid(), purge.attachment.as_uuid());
            let written = self.row::<(Option<i64>,)>(&self.statements.purge_written, key).await?;
            fetched.written = fetched.written.max(written.and_then(|(written,)| written).unwrap_or(Order::MIN));
        }
        Ok(fetched)
    }

    async fn fetch_rows(&self, folder: FolderId, needs: &Needs, fetched: &mut Fetched) -> Result<(), Error> {
        let statements = &self.statements;
        if needs.whole {
            let columns: Vec<Columns> = self.rows(&statements.records_all, (folder.as_uuid(),)).await?;
            fetched.add(columns.into_iter().filter_map(rows::of_columns));
            fetched.whole = true;
            return Ok(());
        }
        let mut groups: BTreeMap<(Kind, Uuid), Vec<Uuid>> = BTreeMap::new();
        for key in &needs.rows {
            if fetched.rows.contains_key(key) {
                continue;
            }
            fetched.rows.insert(*key, Row { written: Order::MIN, ..Row::default() });
            groups.entry((key.kind, key.owner)).or_default().push(key.id);
        }
        let groups = stream::iter(groups).map(|((kind, owner), ids)| self.fetch_group(folder, kind, owner, ids));
        let found: Vec<_> = groups.buffer_unordered(QUESTIONS_AT_ONCE).try_collect().await?;
        fetched.add(found.into_iter().flatten().filter_map(rows::of_columns));
        Ok(())
    }

    async fn fetch_group(
        &self,
        folder: FolderId,
        kind: Kind,
        owner: Uuid,
        ids: Vec<Uuid>,
    ) -> Result<Vec<Columns>, Error> {
        let (statements, folder, word) = (&self.statements, folder.as_uuid(), kind.word());
        match ids.as_slice() {
            [id] => Ok(self.row(&statements.record, (folder, word, owner, id)).await?.into_iter().collect()),
            ids if ids.len() <= ROWS_BY_NAME_MAX => self.rows(&statements.records, (folder, word, owner, ids)).await,
            _ => self.rows(&statements.records_of, (folder, word, owner)).await,
        }
    }

    /// A mail that waits, and the order of the entry that wrote it.
    pub(super) async fn mail(&self, id: MailId) -> Result<Option<(Mail, Order)>, Error> {
        let row = self.row::<(Option<String>, Option<i64>)>(&self.statements.mail, (id.as_uuid(),)).await?;
        let Some((Some(record), written)) = row else { return Ok(None) };
        Ok(Some((serde_json::from_str(&record)?, written.unwrap_or(Order::MIN))))
    }
}
