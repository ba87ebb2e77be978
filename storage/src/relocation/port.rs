//! What a move asks of a store beyond what use cases ask.

use std::future::Future;

use navette_router::model::{FolderId, Mail, Notification, NotificationId, OrganizationKey, Purge, Timestamp};
use navette_router::ports::{Error, Inbox, Store};
use serde::{Deserialize, Serialize};

use super::whole::Whole;

/// The place of a notification among all that wait: what came first has the least. It means something only to the store that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Arrival {
    /// The entry that put it there.
    pub position: u64,
    /// Its rank among those that the entry put.
    pub rank: u32,
    /// The notification, which decides between two of the same place.
    pub notification: NotificationId,
}

/// An inbox, and the parts in which something may wait, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The inbox.
    pub inbox: Inbox,
    /// What the store calls its parts.
    pub parts: Vec<i64>,
}

/// A store whose records can be moved to another one. Nobody else writes to either meanwhile.
pub trait Relocatable: Store {
    /// Whether nothing was ever written to it.
    fn is_empty(&self) -> impl Future<Output = Result<bool, Error>> + Send;

    /// How far its journal reaches: another text as soon as anything was committed.
    fn reached(&self) -> impl Future<Output = Result<String, Error>> + Send;

    /// Some of the folders, in their order: those after `after`, at most `limit`.
    fn folder_ids_after(
        &self,
        after: Option<FolderId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<FolderId>, Error>> + Send;

    /// All that is in a folder, but for what waits.
    fn whole(&self, id: FolderId) -> impl Future<Output = Result<Option<Whole>, Error>> + Send;

    /// Some of the copies that the portal of a recipient is to delete, in their order: those after `after`, at most `limit`.
    fn purges_after(
        &self,
        recipient: &OrganizationKey,
        after: Option<&Purge>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Purge>, Error>> + Send;

    /// All e-mails that wait; configuration bounds how many.
    fn mails(&self) -> impl Future<Output = Result<Vec<Mail>, Error>> + Send;

    /// The inboxes in which something may wait.
    fn inboxes(&self) -> impl Future<Output = Result<Vec<Parts>, Error>> + Send;

    /// Some of what waits in a part of an inbox, in its order: what came after `after`, at most `limit`.
    fn waiting_after(
        &self,
        inbox: &Inbox,
        part: i64,
        after: Option<Arrival>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(Arrival, Notification)>, Error>> + Send;

    /// Puts notifications into their inboxes, behind those of former calls and in this order, the first of them being number `first` of a
    /// move that began at `begun_at`. What a call that was cut short has put already stays where it is.
    fn import_waiting(
        &self,
        begun_at: Timestamp,
        first: u64,
        notifications: Vec<Notification>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
