//! An inbox as messages, for recipients who fetch whole cases: what waits, all that is in it, and that it was taken.

use std::sync::Arc;

use crate::entry::Fact;
use crate::error::Error;
use crate::lifecycle;
use crate::model::{Case, DeliveryId, EventId, Notification, NotificationId, Status};
use crate::ports::{self, Attachments, Clock, Files, InboxQuery, Store, Subject};
use crate::rights::{Caller, Scope};

use super::Hub;
use super::again::again;
use super::deliveries::became;

/// A case that waits for its recipient.
#[derive(Debug)]
pub struct WaitingMessage {
    /// The notification, which is acknowledged.
    pub id: NotificationId,
    /// All that is brought.
    pub delivery: ports::Delivery,
}

/// Some of the cases that wait.
#[derive(Debug)]
pub struct MessagesPage {
    /// Oldest first, each with its place among all that waits for the caller.
    pub messages: Vec<(usize, WaitingMessage)>,
    /// How many are to be passed over for the next page; none: this was the last.
    pub next: Option<usize>,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Some of the cases that wait for the caller, oldest first: of `limit` notifications behind the first `offset`, those that tell of a
    /// new case. `files` opens what is in them.
    pub async fn waiting_messages(
        &self,
        caller: &Caller,
        offset: usize,
        limit: usize,
        files: &Arc<dyn Files>,
    ) -> Result<MessagesPage, Error> {
        caller.require(&[Scope::Si])?;
        let query = InboxQuery {
            recipient: Some(caller.organization.clone()),
            processes: caller.process.iter().cloned().collect(),
            priority: Vec::new(),
            offset,
            limit,
        };
        let page = self.store.inbox(&query).await?;
        let next = (page.notifications.len() == limit).then_some(offset.saturating_add(limit));
        let mut messages = Vec::with_capacity(page.notifications.len());
        for (at, notification) in (offset..).zip(page.notifications) {
            messages.extend(self.waiting(notification, Arc::clone(files)).await?.map(|message| (at, message)));
        }
        Ok(MessagesPage { messages, next })
    }

    /// A case that waits for the caller; none when it does not, or not any more.
    pub async fn waiting_message(
        &self,
        caller: &Caller,
        id: NotificationId,
        files: Arc<dyn Files>,
    ) -> Result<Option<WaitingMessage>, Error> {
        caller.require(&[Scope::Si])?;
        match self.waiting_for_caller(caller, id).await? {
            Some(notification) => self.waiting(notification, files).await,
            None => Ok(None),
        }
    }

    /// A notification that waits for the caller. Not one's own and not there cannot be told apart.
    async fn waiting_for_caller(&self, caller: &Caller, id: NotificationId) -> Result<Option<Notification>, Error> {
        match self.own_notification(caller, id).await {
            Ok(notification) => Ok(Some(notification)),
            Err(Error::NotFound(_) | Error::Forbidden) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The caller's software has taken a case: it does not wait any more, and its status says so unless more was said of it already. Again,
    /// it changes nothing.
    pub async fn take_message(&self, caller: &Caller, id: NotificationId) -> Result<(), Error> {
        again(|| self.take_message_once(caller, id)).await
    }

    async fn take_message_once(&self, caller: &Caller, id: NotificationId) -> Result<(), Error> {
        caller.require(&[Scope::Si])?;
        let Some(folder) = self.waiting_for_caller(caller, id).await?.map(|notification| notification.folder) else {
            return Ok(());
        };
        let writer = self.store.writer(Subject::Folder(folder)).await?;
        let Some(notification) = self.waiting_for_caller(caller, id).await? else { return Ok(()) };
        let now = self.now();
        let mut facts = vec![Fact::NotificationDeleted(id)];
        let case = self.store.case(notification.case).await?;
        let has_room = |case: &Case| case.events < self.limits.events_per_case;
        if let Some(case) = case.filter(|case| lifecycle::is_untouched(case.status) && has_room(case)) {
            facts.extend(became(&case, EventId::generate(), None, Some(Status::SiReceived), &[], now));
        }
        self.commit(writer, caller, now, facts).await
    }

    /// All that a notification of a new case tells of.
    async fn waiting(
        &self,
        notification: Notification,
        files: Arc<dyn Files>,
    ) -> Result<Option<WaitingMessage>, Error> {
        if notification.event.is_some() {
            return Ok(None);
        }
        let (folder, case) = (self.store.folder(notification.folder).await?, self.store.case(notification.case).await?);
        let (Some(folder), Some(case)) = (folder, case) else { return Ok(None) };
        // It is called for once, so the notification names it.
        let id = DeliveryId::from_uuid(*notification.id.as_uuid());
        let delivery = self.message(id, (folder, case, None), files).await?;
        Ok(delivery.map(|delivery| WaitingMessage { id: notification.id, delivery }))
    }
}
