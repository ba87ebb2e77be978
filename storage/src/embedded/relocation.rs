//! What a move asks of the store of one machine.

use std::ops::Bound;

use navette_router::entry::{Entry, Fact};
use navette_router::model::{FolderId, Mail, Notification, NotificationId, OrganizationKey, Purge, Timestamp};
use navette_router::ports::{Error, Inbox, InboxQuery, Store as _, Subject};
use uuid::Uuid;

use super::keys;
use super::store::Store;
use super::view::{self, View};
use crate::relocation::{Arrival, Parts, Relocatable, Whole};

/// An inbox is in one part.
const PART: i64 = 0;

impl Relocatable for Store {
    async fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.applied() == 0)
    }

    async fn reached(&self) -> Result<String, Error> {
        Ok(self.applied().to_string())
    }

    async fn folder_ids_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<FolderId>, Error> {
        Ok(self.view().folder_ids_after(after, limit)?)
    }

    async fn whole(&self, id: FolderId) -> Result<Option<Whole>, Error> {
        let Some(folder) = self.folder(id).await? else { return Ok(None) };
        Whole::read(self, folder).await.map(Some)
    }

    async fn purges_after(
        &self,
        recipient: &OrganizationKey,
        after: Option<&Purge>,
        limit: usize,
    ) -> Result<Vec<Purge>, Error> {
        Ok(self.view().purges_after(recipient, after, limit)?)
    }

    async fn mails(&self) -> Result<Vec<Mail>, Error> {
        self.mails_due(Timestamp::from_milliseconds(i64::MAX), usize::MAX).await
    }

    async fn inboxes(&self) -> Result<Vec<Parts>, Error> {
        let all = InboxQuery { recipient: None, processes: vec![], priority: vec![], offset: 0, limit: 0 };
        let (inboxes, _) = self.view().memory.inboxes.select(&all);
        Ok(inboxes.into_iter().map(|(inbox, _)| Parts { inbox, parts: vec![PART] }).collect())
    }

    async fn waiting_after(
        &self,
        inbox: &Inbox,
        _: i64,
        after: Option<Arrival>,
        limit: usize,
    ) -> Result<Vec<(Arrival, Notification)>, Error> {
        Ok(self.view().waiting_after(inbox, after, limit)?)
    }

    async fn import_waiting(&self, begun_at: Timestamp, _: u64, notifications: Vec<Notification>) -> Result<(), Error> {
        // One entry: all of them are put, or none. What waits already stays where it is.
        let facts = notifications.into_iter().map(Fact::NotificationPut).collect();
        let writer = self.writer(Subject::Mails).await?;
        self.commit(writer, Entry::new(begun_at, None, facts)).await
    }
}

impl View {
    fn folder_ids_after(&self, after: Option<FolderId>, limit: usize) -> Result<Vec<FolderId>, view::Error> {
        let first = after.map_or(Bound::Unbounded, |after| Bound::Excluded(keys::folder(after)));
        let mut ids = Vec::new();
        for guard in self.records.range::<Vec<u8>, _>((first, Bound::Unbounded)) {
            if ids.len() == limit {
                break;
            }
            let key = guard.key()?;
            if keys::is_folder(&key) {
                ids.extend(key.get(..16).and_then(|id| Uuid::from_slice(id).ok()).map(FolderId::from_uuid));
            }
        }
        Ok(ids)
    }

    fn waiting_after(
        &self,
        inbox: &Inbox,
        after: Option<Arrival>,
        limit: usize,
    ) -> Result<Vec<(Arrival, Notification)>, view::Error> {
        let query = InboxQuery {
            recipient: Some(inbox.recipient.clone()),
            processes: vec![inbox.process.clone()],
            priority: vec![],
            offset: 0,
            limit,
        };
        let (selected, _) = self.memory.inboxes.select(&query);
        let Some((_, head)) = selected.into_iter().next() else { return Ok(Vec::new()) };
        let prefix = keys::inbox(inbox);
        let first = after.map_or_else(
            || Bound::Included(keys::waiting(&prefix, head.0, head.1)),
            |after| Bound::Excluded(keys::waiting(&prefix, after.position, after.rank)),
        );
        let last = Bound::Included(keys::waiting(&prefix, u64::MAX, u32::MAX));
        let mut waiting = Vec::new();
        for guard in self.inbox.range::<Vec<u8>, _>((first, last)).take(limit) {
            let (key, value) = guard.into_inner()?;
            let id = Uuid::from_slice(&value).ok().map(NotificationId::from_uuid);
            let Some(((_, (position, rank)), notification)) = keys::split_waiting(&key).zip(id) else { continue };
            let arrival = Arrival { position, rank, notification };
            waiting.extend(self.notification(notification)?.map(|notification| (arrival, notification)));
        }
        Ok(waiting)
    }
}
