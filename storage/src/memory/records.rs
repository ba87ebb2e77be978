//! The view: records by their keys, and the inboxes in the order of arrival.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::ops::Bound;

use navette_router::audit::Act;
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, ClientId, Credential, Delivery, DeliveryId, EntryId, Event, EventId,
    Folder, FolderId, Mail, MailId, Notification, NotificationId, OrganizationKey, Owner, Place, Purge, Statistic,
    SubscriptionId, Timestamp,
};
use navette_router::ports::{Inbox, InboxPage, InboxQuery, Located};
use navette_router::referential::{Reference, Referential};
use navette_router::view;
use uuid::Uuid;

/// The order of arrival of a notification, over all inboxes.
type Order = u64;

/// All records of the view.
#[derive(Debug, Default)]
pub(super) struct Records {
    folders: BTreeMap<FolderId, Folder>,
    cases: HashMap<CaseId, Case>,
    attachments: HashMap<Owner, BTreeMap<AttachmentId, Attachment>>,
    events: HashMap<CaseId, BTreeMap<EventId, Event>>,
    notifications: HashMap<NotificationId, (Notification, Order)>,
    inboxes: BTreeMap<Inbox, BTreeMap<Order, NotificationId>>,
    arrivals: Order,
    cases_of: BTreeSet<(OrganizationKey, CaseId)>,
    purges: BTreeSet<Purge>,
    statistics: BTreeMap<FolderId, Statistic>,
    acts: BTreeMap<EntryId, Act>,
    mails: BTreeMap<MailId, Mail>,
    deliveries: BTreeMap<DeliveryId, Delivery>,
    referential: Referential,
}

impl Records {
    pub(super) fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.folders.get(&id)
    }

    pub(super) fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.get(&id)
    }

    pub(super) fn attachment(&self, owner: Owner, id: AttachmentId) -> Option<&Attachment> {
        self.attachments.get(&owner)?.get(&id)
    }

    pub(super) fn attachments(&self, owner: Owner) -> Vec<Attachment> {
        let mut attachments: Vec<_> =
            self.attachments.get(&owner).into_iter().flat_map(BTreeMap::values).cloned().collect();
        attachments.sort_by_key(|attachment| attachment.rank);
        attachments
    }

    /// Where the bytes of all attachments lie.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.attachments.values().flat_map(BTreeMap::values).filter_map(|attachment| attachment.place.as_ref())
    }

    pub(super) fn event(&self, case: CaseId, id: EventId) -> Option<&Event> {
        self.events.get(&case)?.get(&id)
    }

    pub(super) fn events(&self, case: CaseId) -> Vec<Event> {
        let mut events: Vec<_> = self.events.get(&case).into_iter().flat_map(BTreeMap::values).cloned().collect();
        events.sort_by_key(|event| event.rank);
        events
    }

    pub(super) fn notification(&self, id: NotificationId) -> Option<&Notification> {
        self.notifications.get(&id).map(|(notification, _)| notification)
    }

    pub(super) fn waiting(&self, folder: FolderId) -> Vec<Notification> {
        let all = self.notifications.values().map(|(notification, _)| notification);
        all.filter(|notification| notification.folder == folder).cloned().collect()
    }

    pub(super) fn folders_after(&self, after: Option<FolderId>, limit: usize) -> Vec<Folder> {
        let first = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.folders.range((first, Bound::Unbounded)).take(limit).map(|(_, folder)| folder.clone()).collect()
    }

    pub(super) fn cases_of(&self, recipient: &OrganizationKey, after: Option<CaseId>, limit: usize) -> Vec<CaseId> {
        let own = self.cases_of.iter().filter(|(key, id)| key == recipient && after.is_none_or(|after| *id > after));
        own.map(|(_, id)| *id).take(limit).collect()
    }

    pub(super) fn purges(&self, recipient: Option<&OrganizationKey>, limit: usize) -> Vec<Purge> {
        let wanted = |purge: &&Purge| recipient.is_none_or(|recipient| *recipient == purge.recipient);
        self.purges.iter().filter(wanted).take(limit).cloned().collect()
    }

    pub(super) fn statistics_after(&self, after: Option<FolderId>, limit: usize) -> Vec<Statistic> {
        let first = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.statistics.range((first, Bound::Unbounded)).take(limit).map(|(_, row)| row.clone()).collect()
    }

    pub(super) fn acts(&self, before: Option<EntryId>, limit: usize) -> Vec<Act> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        self.acts.range((Bound::Unbounded, end)).rev().take(limit).map(|(_, act)| act.clone()).collect()
    }

    pub(super) fn mail(&self, id: MailId) -> Option<&Mail> {
        self.mails.get(&id)
    }

    pub(super) fn mails_due(&self, now: Timestamp, limit: usize) -> Vec<Mail> {
        let mut due: Vec<Mail> = self.mails.values().filter(|mail| mail.due_at <= now).cloned().collect();
        due.sort_by_key(|mail| (mail.due_at, mail.id));
        due.truncate(limit);
        due
    }

    pub(super) fn mails_waiting(&self) -> usize {
        self.mails.len()
    }

    pub(super) fn delivery(&self, id: DeliveryId) -> Option<&Delivery> {
        self.deliveries.get(&id)
    }

    pub(super) fn deliveries(&self, folder: FolderId) -> Vec<Delivery> {
        self.deliveries.values().filter(|delivery| delivery.folder == folder).cloned().collect()
    }

    pub(super) fn deliveries_of(
        &self,
        recipient: &OrganizationKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Vec<Delivery> {
        self.latest(before, limit, |delivery| delivery.recipient == *recipient)
    }

    pub(super) fn deliveries_awaited(
        &self,
        subscription: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Vec<Delivery> {
        self.latest(before, limit, |delivery| delivery.subscription == subscription && delivery.is_awaited)
    }

    fn latest(&self, before: Option<DeliveryId>, limit: usize, picks: impl Fn(&Delivery) -> bool) -> Vec<Delivery> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let earlier = self.deliveries.range((Bound::Unbounded, end)).rev().map(|(_, delivery)| delivery);
        earlier.filter(|delivery| picks(delivery)).take(limit).cloned().collect()
    }

    pub(super) fn deliveries_due(&self, subscription: SubscriptionId, until: Timestamp, limit: usize) -> Vec<Delivery> {
        let of_endpoint = self.deliveries.values().filter(|delivery| delivery.subscription == subscription);
        let is_due = |delivery: &&Delivery| delivery.due_at().is_some_and(|due_at| due_at <= until);
        let mut due: Vec<Delivery> = of_endpoint.filter(is_due).cloned().collect();
        due.sort_by_key(|delivery| (delivery.due_at(), delivery.id));
        due.truncate(limit);
        due
    }

    pub(super) fn locate(&self, id: Uuid) -> Option<Located> {
        let attachment = AttachmentId::from_uuid(id);
        let owner = self.attachments.iter().find(|(_, attachments)| attachments.contains_key(&attachment));
        let case = || self.events.iter().find(|(_, events)| events.contains_key(&EventId::from_uuid(id)));
        let located = owner.map(|(owner, _)| Located::Attachment(*owner));
        located.or_else(|| case().map(|(case, _)| Located::Event(*case)))
    }

    pub(super) fn referential(&self) -> &Referential {
        &self.referential
    }

    pub(super) fn inbox(&self, query: &InboxQuery) -> InboxPage {
        let wanted = |inbox: &Inbox| {
            query.recipient.as_ref().is_none_or(|recipient| *recipient == inbox.recipient)
                && (query.processes.is_empty() || query.processes.contains(&inbox.process))
        };
        let mut waiting: Vec<(bool, Order, NotificationId)> = Vec::new();
        for (inbox, orders) in self.inboxes.iter().filter(|(inbox, _)| wanted(inbox)) {
            let later = !query.priority.contains(&inbox.process);
            waiting.extend(orders.iter().map(|(order, id)| (later, *order, *id)));
        }
        waiting.sort_unstable();
        let page = waiting.iter().skip(query.offset).take(query.limit);
        InboxPage {
            notifications: page.filter_map(|(_, _, id)| self.notification(*id).cloned()).collect(),
            total: waiting.len() as u64,
        }
    }
}

impl view::Records for Records {
    type Error = Infallible;

    fn folder(&mut self, id: FolderId) -> Result<Option<Folder>, Infallible> {
        Ok(self.folders.get(&id).cloned())
    }

    fn put_folder(&mut self, folder: Folder) -> Result<(), Infallible> {
        self.folders.insert(folder.id, folder);
        Ok(())
    }

    fn remove_folder(&mut self, id: FolderId) -> Result<(), Infallible> {
        self.folders.remove(&id);
        Ok(())
    }

    fn case(&mut self, id: CaseId) -> Result<Option<Case>, Infallible> {
        Ok(self.cases.get(&id).cloned())
    }

    fn put_case(&mut self, case: Case) -> Result<(), Infallible> {
        self.cases.insert(case.id, case);
        Ok(())
    }

    fn remove_case(&mut self, id: CaseId) -> Result<(), Infallible> {
        self.cases.remove(&id);
        Ok(())
    }

    fn attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Infallible> {
        Ok(Self::attachment(self, owner, id).cloned())
    }

    fn put_attachment(&mut self, attachment: Attachment) -> Result<(), Infallible> {
        self.attachments.entry(attachment.owner).or_default().insert(attachment.id, attachment);
        Ok(())
    }

    fn remove_attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<(), Infallible> {
        if let Some(attachments) = self.attachments.get_mut(&owner) {
            attachments.remove(&id);
            if attachments.is_empty() {
                self.attachments.remove(&owner);
            }
        }
        Ok(())
    }

    fn list_attachments(&mut self, _: Owner, _: &[AttachmentId]) -> Result<(), Infallible> {
        Ok(())
    }

    fn unlist_attachments(&mut self, _: Owner) -> Result<(), Infallible> {
        Ok(())
    }

    fn event(&mut self, case: CaseId, id: EventId) -> Result<Option<Event>, Infallible> {
        Ok(Self::event(self, case, id).cloned())
    }

    fn put_event(&mut self, event: Event) -> Result<(), Infallible> {
        self.events.entry(event.case).or_default().insert(event.id, event);
        Ok(())
    }

    fn remove_event(&mut self, case: CaseId, id: EventId) -> Result<(), Infallible> {
        if let Some(events) = self.events.get_mut(&case) {
            events.remove(&id);
        }
        Ok(())
    }

    fn put_notification(&mut self, notification: Notification) -> Result<(), Infallible> {
        if self.notifications.contains_key(&notification.id) {
            return Ok(());
        }
        self.arrivals += 1;
        let inbox = Inbox { recipient: notification.recipient.clone(), process: notification.process.clone() };
        self.inboxes.entry(inbox).or_default().insert(self.arrivals, notification.id);
        self.notifications.insert(notification.id, (notification, self.arrivals));
        Ok(())
    }

    fn remove_notification(&mut self, id: NotificationId) -> Result<(), Infallible> {
        let Some((notification, order)) = self.notifications.remove(&id) else { return Ok(()) };
        let inbox = Inbox { recipient: notification.recipient, process: notification.process };
        if let Some(orders) = self.inboxes.get_mut(&inbox) {
            orders.remove(&order);
            if orders.is_empty() {
                self.inboxes.remove(&inbox);
            }
        }
        Ok(())
    }

    fn notification(&mut self, id: NotificationId) -> Result<Option<Notification>, Infallible> {
        Ok(Self::notification(self, id).cloned())
    }

    fn list_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Infallible> {
        self.cases_of.insert((recipient.clone(), id));
        Ok(())
    }

    fn unlist_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Infallible> {
        self.cases_of.remove(&(recipient.clone(), id));
        Ok(())
    }

    fn put_purge(&mut self, purge: &Purge) -> Result<(), Infallible> {
        self.purges.insert(purge.clone());
        Ok(())
    }

    fn remove_purge(&mut self, purge: &Purge) -> Result<(), Infallible> {
        self.purges.remove(purge);
        Ok(())
    }

    fn put_statistic(&mut self, statistic: &Statistic) -> Result<(), Infallible> {
        self.statistics.insert(statistic.folder, statistic.clone());
        Ok(())
    }

    fn mail(&mut self, id: MailId) -> Result<Option<Mail>, Infallible> {
        Ok(self.mails.get(&id).cloned())
    }

    fn put_mail(&mut self, mail: Mail) -> Result<(), Infallible> {
        self.mails.insert(mail.id, mail);
        Ok(())
    }

    fn remove_mail(&mut self, id: MailId) -> Result<(), Infallible> {
        self.mails.remove(&id);
        Ok(())
    }

    fn delivery(&mut self, id: DeliveryId) -> Result<Option<Delivery>, Infallible> {
        Ok(self.deliveries.get(&id).cloned())
    }

    fn put_delivery(&mut self, delivery: Delivery) -> Result<(), Infallible> {
        self.deliveries.insert(delivery.id, delivery);
        Ok(())
    }

    fn remove_delivery(&mut self, id: DeliveryId) -> Result<(), Infallible> {
        self.deliveries.remove(&id);
        Ok(())
    }

    fn put_act(&mut self, act: &Act) -> Result<(), Infallible> {
        self.acts.insert(act.id, act.clone());
        Ok(())
    }

    fn remove_act(&mut self, id: EntryId) -> Result<(), Infallible> {
        self.acts.remove(&id);
        Ok(())
    }

    fn credential(&mut self, id: &ClientId) -> Result<Option<Credential>, Infallible> {
        Ok(self.referential.credential(id).cloned())
    }

    fn put_reference(&mut self, reference: Reference) -> Result<(), Infallible> {
        self.referential.put(reference);
        Ok(())
    }
}
