//! Inboxes: what waits for an organization, oldest first.

use crate::entry::Fact;
use crate::error::{Error, Noun};
use crate::model::{ActionType, EventStatus, FolderId, Notification, NotificationId, ProcessCode};
use crate::ports::{Attachments, Clock, InboxQuery, Store};
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::{Ground, Outcome, likely_or_again};
use super::cases::PARTIES;

/// What of an inbox is asked for.
#[derive(Debug, Clone, Default)]
pub struct NotificationQuery {
    /// Only these processes; empty: all that the caller receives.
    pub processes: Vec<ProcessCode>,
    /// These first.
    pub priority: Vec<ProcessCode>,
    /// How many to pass over.
    pub offset: usize,
    /// How many at most; none: the default page.
    pub limit: Option<usize>,
}

/// A notification and, for an event, how that stands now.
#[derive(Debug, Clone)]
pub struct NotificationView {
    /// The notification.
    pub notification: Notification,
    /// What was done, and whether it was acknowledged.
    pub event: Option<(ActionType, EventStatus)>,
}

/// A page of an inbox.
#[derive(Debug, Clone)]
pub struct NotificationsPage {
    /// What waits.
    pub notifications: Vec<NotificationView>,
    /// How many were passed over.
    pub offset: usize,
    /// How many wait in all.
    pub total: u64,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// A page of the caller's inbox: prioritized processes first, then oldest first.
    pub async fn notifications(&self, caller: &Caller, query: NotificationQuery) -> Result<NotificationsPage, Error> {
        caller.require(PARTIES)?;
        let limit = query.limit.unwrap_or(self.limits.page_default).min(self.limits.page_max);
        let Some(processes) = readable(caller, query.processes) else {
            return Ok(NotificationsPage { notifications: Vec::new(), offset: query.offset, total: 0 });
        };
        let recipient = (caller.scope != Scope::Admin).then(|| caller.organization.clone());
        let inbox = InboxQuery { recipient, processes, priority: query.priority, offset: query.offset, limit };
        let page = self.store.inbox(&inbox).await?;
        let mut notifications = Vec::with_capacity(page.notifications.len());
        for notification in page.notifications {
            let event = match notification.event {
                Some(event) => {
                    self.store.event(notification.case, event).await?.map(|event| (event.action, event.status))
                }
                None => None,
            };
            notifications.push(NotificationView { notification, event });
        }
        Ok(NotificationsPage { notifications, offset: query.offset, total: page.total })
    }

    /// Takes a notification out of the caller's inbox for good.
    pub async fn delete_notification(&self, caller: &Caller, id: NotificationId) -> Result<(), Error> {
        caller.require(PARTIES)?;
        let folder = self.own_notification(caller, id).await?.folder;
        likely_or_again(|ground| self.delete_notification_once(caller, id, folder, ground)).await
    }

    async fn delete_notification_once(
        &self,
        caller: &Caller,
        id: NotificationId,
        folder: FolderId,
        ground: Ground,
    ) -> Result<Outcome, Error> {
        let Some(writer) = self.folder_writer(folder, ground).await? else { return Ok(Outcome::Unchanged) };
        self.own_notification(caller, id).await?;
        self.commit(writer, caller, self.now(), vec![Fact::NotificationDeleted(id)]).await?;
        Ok(Outcome::Committed)
    }

    pub(super) async fn own_notification(&self, caller: &Caller, id: NotificationId) -> Result<Notification, Error> {
        let notification = self.store.notification(id).await?.ok_or(Error::NotFound(Noun::Notification))?;
        caller.may_see_notification(&notification)?;
        Ok(notification)
    }
}

/// The processes to read: those asked for, as far as the credential covers them. `None` when that leaves none.
fn readable(caller: &Caller, asked: Vec<ProcessCode>) -> Option<Vec<ProcessCode>> {
    match &caller.process {
        None => Some(asked),
        Some(own) if asked.is_empty() || asked.contains(own) => Some(vec![own.clone()]),
        Some(_) => None,
    }
}
