//! What is brought to recipients: called for by the entry that notifies, attempted until it has arrived or is given up, and again when
//! somebody asks for it.

mod attempts;
mod called;
mod own;
mod returns;
mod suspension;

use std::collections::HashMap;
use std::time::Duration;

use crate::delivery::Retry;
use crate::dispatch;
use crate::entry::{Entry, Fact};
use crate::error::Error;
use crate::model::{
    AccessMode, Attachment, Delivery, DeliveryId, DeliveryState, FolderId, Notification, OrganizationType, Owner,
    Priority, ProcessCode, SubscriptionId, Timestamp,
};
use crate::ports::{Attachments, Capabilities, Clock, Store};

use super::Hub;

pub use attempts::{Attempted, Prepared};
pub(super) use called::Called;
pub use own::ReplayQuery;
pub(super) use returns::became;
pub use returns::{AwaitedPage, NotedReturn};

/// How things are brought to recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRules {
    /// The ways there are, and what each can do.
    pub ways: Vec<(AccessMode, Capabilities)>,
    /// How deliveries of urgent processes are tried again.
    pub urgent: Retry,
    /// How those of the others are.
    pub normal: Retry,
    /// How long something may come back of what has arrived.
    pub await_for: Duration,
    /// After how many failures of one delivery its endpoint is one at which nothing arrives, until something does.
    pub failing_after: u32,
    /// After how long of that the endpoint is paused.
    pub suspend_after: Duration,
}

impl DeliveryRules {
    /// What a way can do; none when there is no such way.
    pub fn capabilities(&self, mode: AccessMode) -> Option<&Capabilities> {
        self.ways.iter().find(|(known, _)| *known == mode).map(|(_, capabilities)| capabilities)
    }

    fn retry(&self, priority: Priority) -> &Retry {
        match priority {
            Priority::Urgent => &self.urgent,
            Priority::Normal => &self.normal,
        }
    }
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// The same hub, which goes to recipients that want it.
    #[must_use]
    pub fn with_deliveries(self, rules: DeliveryRules) -> Self {
        Self { deliveries: Some(rules), ..self }
    }

    /// The deliveries that an entry calls for.
    pub(super) async fn deliveries(&self, entry: &Entry) -> Result<Option<Fact>, Error> {
        if self.deliveries.is_none() {
            return Ok(None);
        }
        // That its own event was received is nothing to bring to anybody.
        let acknowledges = |row: &Notification| {
            let received = |fact: &Fact| matches!(fact, Fact::EventReceived { event, .. } if row.event == Some(*event));
            entry.facts.iter().any(received)
        };
        let mut notified = dispatch::notifications(entry);
        notified.retain(|row| !acknowledges(row));
        self.called_for(&notified, entry.at).await
    }

    /// The deliveries that say the same as these notifications, which are all about one folder.
    pub(super) async fn called_for(&self, notified: &[Notification], now: Timestamp) -> Result<Option<Fact>, Error> {
        let wanted: Vec<(&Notification, SubscriptionId)> = self.store.referential(|known| {
            let of = |row| Some((row, self.endpoint(known, row, now)?));
            notified.iter().filter_map(of).collect()
        });
        let Some((first, _)) = wanted.first() else { return Ok(None) };
        let mut sequences = self.sequences(first.folder).await?;
        let files = self.store.attachments(Owner::Folder(first.folder)).await?;
        let mut deliveries = Vec::with_capacity(wanted.len());
        for (notification, subscription) in wanted {
            let sequence = sequences.entry(subscription).or_default();
            *sequence += 1;
            deliveries.push(Delivery {
                id: DeliveryId::generate(),
                subscription,
                recipient: notification.recipient.clone(),
                process: notification.process.clone(),
                folder: notification.folder,
                case: notification.case,
                event: notification.event,
                notification: notification.id,
                sequence: *sequence,
                size_bytes: self.size_bytes(notification, &files).await?,
                created_at: now,
                state: DeliveryState::Waiting { due_at: now, since: now, failed: 0 },
                attempts: 0,
                last_attempts: Vec::new(),
                reference: None,
                is_awaited: false,
                last_returns: Vec::new(),
            });
        }
        Ok(Some(Fact::DeliveriesQueued(deliveries)))
    }

    /// The subscription whose endpoint wants this, if there is one.
    fn endpoint(
        &self,
        known: &crate::referential::Referential,
        row: &Notification,
        now: Timestamp,
    ) -> Option<SubscriptionId> {
        if row.recipient.kind() != OrganizationType::Si {
            return None;
        }
        let found = known.endpoint_of(&row.recipient, &row.process, now)?;
        let capabilities = self.deliveries.as_ref()?.capabilities(found.endpoint.mode)?;
        (row.event.is_none() || capabilities.events).then_some(found.subscription)
    }

    /// The rank that the last delivery of a folder has at each endpoint.
    async fn sequences(&self, folder: FolderId) -> Result<HashMap<SubscriptionId, u32>, Error> {
        let mut sequences = HashMap::new();
        for delivery in self.store.deliveries(folder).await? {
            let last = sequences.entry(delivery.subscription).or_default();
            *last = delivery.sequence.max(*last);
        }
        Ok(sequences)
    }

    async fn size_bytes(&self, notification: &Notification, files: &[Attachment]) -> Result<u64, Error> {
        let sum = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0, u64::saturating_add);
        if let Some(event) = notification.event {
            let files = self.store.attachments(Owner::Event(event)).await?;
            return Ok(sum(&mut files.iter().map(|file| file.size_bytes)));
        }
        let Some(case) = self.store.case(notification.case).await? else { return Ok(0) };
        let seen = files.iter().filter(|file| file.recipients.contains(&case.external_id));
        Ok(sum(&mut seen.map(|file| file.size_bytes)))
    }

    /// Whether a process is urgent.
    pub fn is_urgent(&self, process: &ProcessCode) -> bool {
        self.priority(process) == Priority::Urgent
    }

    fn priority(&self, process: &ProcessCode) -> Priority {
        self.store.referential(|known| known.process(process).map(|process| process.priority)).unwrap_or_default()
    }
}
