//! What a move asks of the store of a cluster.

use std::collections::BTreeMap;

use navette_router::model::{
    FolderId, Mail, Notification, NotificationId, OrganizationKey, ProcessCode, Purge, Timestamp,
};
use navette_router::ports::{self, Inbox};
use rdkafka::consumer::BaseConsumer;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::Error;
use super::listings::{Direction, List};
use super::options::Options;
use super::rows::{self, Columns, Kind};
use super::store::Store;
use super::topics::{self, Topics};
use crate::relocation::{Arrival, Parts, Relocatable, Whole};

impl Relocatable for Store {
    async fn is_empty(&self) -> Result<bool, ports::Error> {
        let nothing_was_written = self.ends().await?.into_iter().all(|end| end == 0);
        Ok(nothing_was_written && self.folder_ids_after(None, 1).await?.is_empty())
    }

    async fn reached(&self) -> Result<String, ports::Error> {
        let ends = self.ends().await?;
        Ok(ends.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
    }

    async fn folder_ids_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<FolderId>, ports::Error> {
        let after = after.map(|after| *after.as_uuid());
        let listed = self.shared.database.list(&List::Folders, Direction::Forward(after), limit).await?;
        Ok(listed.into_iter().map(|listed| FolderId::from_uuid(listed.id)).collect())
    }

    async fn whole(&self, id: FolderId) -> Result<Option<Whole>, ports::Error> {
        Ok(self.read_whole(id).await?)
    }

    async fn purges_after(
        &self,
        recipient: &OrganizationKey,
        after: Option<&Purge>,
        limit: usize,
    ) -> Result<Vec<Purge>, ports::Error> {
        Ok(self.shared.database.purges_after(recipient, after, limit).await?)
    }

    async fn mails(&self) -> Result<Vec<Mail>, ports::Error> {
        Ok(self.shared.database.mails().await?)
    }

    async fn inboxes(&self) -> Result<Vec<Parts>, ports::Error> {
        Ok(self.parts_of_inboxes().await?)
    }

    async fn waiting_after(
        &self,
        inbox: &Inbox,
        part: i64,
        after: Option<Arrival>,
        limit: usize,
    ) -> Result<Vec<(Arrival, Notification)>, ports::Error> {
        Ok(self.read_waiting(inbox, part, after, limit).await?)
    }

    async fn import_waiting(
        &self,
        begun_at: Timestamp,
        first: u64,
        notifications: Vec<Notification>,
    ) -> Result<(), ports::Error> {
        Ok(self.shared.import_waiting(begun_at, first, notifications).await?)
    }
}

impl Store {
    /// Behind which message each partition of the topics ends.
    async fn ends(&self) -> Result<Vec<i64>, Error> {
        let options = self.shared.options.clone();
        tokio::task::spawn_blocking(move || ends(&options)).await?
    }

    async fn read_whole(&self, id: FolderId) -> Result<Option<Whole>, Error> {
        let database = &self.shared.database;
        let columns: Vec<Columns> = database.rows(&database.statements.records_all, (id.as_uuid(),)).await?;
        let (mut folder, mut cases, mut attachments) = (None, Vec::new(), Vec::new());
        let (mut events, mut deliveries) = (Vec::new(), Vec::new());
        for (key, row) in columns.into_iter().filter_map(rows::of_columns) {
            let Some(record) = row.record else { continue };
            match key.kind {
                Kind::Folder => folder = Some(read(&record)?),
                Kind::Case => cases.push(read(&record)?),
                Kind::Attachment => attachments.push(read(&record)?),
                Kind::Event => events.push(read(&record)?),
                Kind::Delivery => deliveries.push(read(&record)?),
                Kind::Notification => {}
            }
        }
        Ok(folder.map(|folder| Whole { folder, cases, attachments, events, deliveries }))
    }

    async fn parts_of_inboxes(&self) -> Result<Vec<Parts>, Error> {
        type Columns = (String, String, i64, Option<i64>);
        let database = &self.shared.database;
        let mut inboxes: BTreeMap<Inbox, Vec<i64>> = BTreeMap::new();
        for (recipient, process, hour, _) in database.rows::<Columns>(&database.statements.inboxes_all, ()).await? {
            let recipient = recipient.parse().map_err(|_| Error::Malformed("organization"))?;
            let process = ProcessCode::new(&process).ok_or(Error::Malformed("process"))?;
            inboxes.entry(Inbox { recipient, process }).or_default().push(hour);
        }
        let in_order = |(inbox, mut parts): (Inbox, Vec<i64>)| {
            parts.sort_unstable();
            Parts { inbox, parts }
        };
        Ok(inboxes.into_iter().map(in_order).collect())
    }

    async fn read_waiting(
        &self,
        inbox: &Inbox,
        hour: i64,
        after: Option<Arrival>,
        limit: usize,
    ) -> Result<Vec<(Arrival, Notification)>, Error> {
        let database = &self.shared.database;
        let after = after.map_or((i64::MIN, i32::MIN, Uuid::nil()), |after| {
            let position = i64::try_from(after.position).unwrap_or(i64::MAX);
            let rank = i32::try_from(after.rank).unwrap_or(i32::MAX);
            (position, rank, *after.notification.as_uuid())
        });
        let (recipient, process) = (inbox.recipient.to_string(), inbox.process.to_string());
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let key = (recipient, process, hour, after.0, after.1, after.2, limit);
        let rows: Vec<(i64, i32, Uuid, String)> = database.rows(&database.statements.inbox_after, key).await?;
        let arrived = |(position, rank, id, record): (i64, i32, Uuid, String)| {
            let arrival = Arrival {
                position: u64::try_from(position).map_err(|_| Error::Malformed("place"))?,
                rank: u32::try_from(rank).map_err(|_| Error::Malformed("place"))?,
                notification: NotificationId::from_uuid(id),
            };
            Ok((arrival, read(&record)?))
        };
        rows.into_iter().map(arrived).collect()
    }
}

fn read<T: DeserializeOwned>(record: &str) -> Result<T, Error> {
    Ok(serde_json::from_str(record)?)
}

/// Blocks.
fn ends(options: &Options) -> Result<Vec<i64>, Error> {
    let (topics, wait) = (Topics::of(&options.kafka), options.kafka.request_timeout);
    let consumer: BaseConsumer = topics::client(&options.kafka, &options.gateway).create()?;
    let journal = (0..i32::from(options.kafka.journal_partitions)).map(|partition| (&topics.journal, partition));
    let all = journal.chain([(&topics.referential, 0)]);
    all.map(|(topic, partition)| Ok(topics::watermarks(&consumer, topic, partition, wait)?.1)).collect()
}
