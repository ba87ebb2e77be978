//! The application of an entry: what it writes is gathered here and read back from here; what differs is written out.
//!
//! An entry may be applied again, by anybody, at any later time. So every write carries the order of the entry, and what a later
//! entry wrote is left as it is.

use std::collections::HashMap;

use navette_router::audit::Act;
use navette_router::model::{
    Attachment, AttachmentId, Case, CaseId, ClientId, Credential, Delivery, DeliveryId, EntryId, Event, EventId,
    Folder, FolderId, Mail, MailId, Notification, NotificationId, OrganizationKey, Owner, Place, Purge, Statistic,
};
use navette_router::referential::{Reference, Referential};
use navette_router::view::Records;
use serde::{Serialize, de::DeserializeOwned};

use super::changes::Changes;
use super::database::Write;
use super::error::Error;
use super::fetch::Fetched;
use super::listings::List;
use super::order::Order;
use super::rows::{Key, Row};
use super::{deliveries, inbox_rows, listings, lookups, mails, purges, rows};

/// What one entry writes.
#[derive(Debug)]
pub(super) struct Overlay<'a> {
    order: Order,
    folder: Option<FolderId>,
    fetched: Fetched,
    /// Which of the rows this entry writes, and whether there was one before.
    written: HashMap<Key, bool>,
    folder_removed: bool,
    known: &'a Referential,
    /// How many notifications the entry has put so far.
    rank: i32,
    /// What is written outside of the folder, by row: of what an entry does to a row, the last thing counts, for all of it has one
    /// timestamp.
    outside: HashMap<(&'static str, String), (Turn, Write)>,
    changes: Changes,
}

/// When something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Before the folder.
    First,
    /// After the folder.
    Last,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(order: Order, folder: Option<FolderId>, fetched: Fetched, known: &'a Referential) -> Self {
        Self {
            order,
            folder,
            fetched,
            written: HashMap::new(),
            folder_removed: false,
            known,
            rank: 0,
            outside: HashMap::new(),
            changes: Changes::default(),
        }
    }

    /// All that is to be written.
    pub(super) fn finish(mut self) -> Changes {
        for (turn, write) in self.outside.into_values() {
            match turn {
                Turn::First => self.changes.before.push(write),
                Turn::Last => self.changes.after.push(write),
            }
        }
        let Some(folder) = self.folder else { return self.changes };
        if self.folder_removed {
            self.changes.folder.push(rows::remove_all(folder));
            self.changes.removes_folder = true;
            return self.changes;
        }
        for key in self.written.into_keys() {
            let row = Row { written: self.order, ..self.fetched.rows.remove(&key).unwrap_or_default() };
            self.changes.folder.push(match &row.record {
                Some(record) => rows::put(folder, &key, record.clone(), row.place),
                None => rows::remove(folder, &key),
            });
            self.changes.rows.insert(key, row);
        }
        self.changes
    }

    fn first(&mut self, write: Write) {
        self.outside.insert(write.row(), (Turn::First, write));
    }

    fn last(&mut self, write: Write) {
        self.outside.insert(write.row(), (Turn::Last, write));
    }

    fn list(&mut self, writes: [Write; 2]) {
        writes.into_iter().for_each(|write| self.last(write));
    }

    fn own_folder(&self) -> Result<FolderId, Error> {
        self.folder.ok_or(Error::ForeignFolder)
    }

    fn row(&self, key: &Key) -> Result<Option<&Row>, Error> {
        match self.fetched.rows.get(key) {
            Some(row) => Ok(Some(row)),
            None if self.fetched.whole => Ok(None),
            None => Err(Error::NotFetched),
        }
    }

    fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, Error> {
        let record = self.row(key)?.and_then(|row| row.record.as_deref());
        Ok(record.map(serde_json::from_str).transpose()?)
    }

    /// Sets a record, unless a later entry wrote it. Whether it was set, and whether it is new.
    fn set(&mut self, key: Key, record: Option<String>, place: Option<rows::Place>) -> Option<bool> {
        let row = self.fetched.rows.entry(key).or_insert_with(|| Row { written: Order::MIN, ..Row::default() });
        if row.written > self.order {
            return None;
        }
        let existed = *self.written.entry(key).or_insert_with(|| row.record.is_some());
        (row.record, row.place) = (record, place);
        Some(!existed)
    }

    fn put<T: Serialize>(&mut self, key: Key, record: &T) -> Result<Option<bool>, Error> {
        Ok(self.set(key, Some(serde_json::to_string(record)?), None))
    }

    /// Writes a record that is found by its identifier alone, unless a later entry wrote it. Whether it did.
    fn put_found<T: Serialize>(&mut self, key: Key, record: &T) -> Result<bool, Error> {
        let folder = self.own_folder()?;
        let put = self.put(key, record)?;
        if put == Some(true) {
            self.last(lookups::put(folder, &key));
        }
        Ok(put.is_some())
    }

    fn remove_found(&mut self, key: Key) {
        if self.set(key, None, None).is_some() {
            self.first(lookups::remove(key.id));
        }
    }

    fn waiting(&self, id: NotificationId) -> Result<Option<(Notification, rows::Place)>, Error> {
        let Some(folder) = self.folder else { return Ok(None) };
        let Some(row) = self.row(&Key::notification(folder, id))? else { return Ok(None) };
        let (Some(record), Some(place)) = (&row.record, row.place) else { return Ok(None) };
        Ok(Some((serde_json::from_str(record)?, place)))
    }

    /// Where this entry puts a notification: at the end, or where it put it when it was applied before. Another place would leave a row
    /// of the inbox that nobody finds who deletes the notification meanwhile: of what was put, some may be gone, and ranks differ.
    fn place_of(&mut self, key: &Key) -> rows::Place {
        let next = (self.order, self.rank);
        self.rank = self.rank.saturating_add(1);
        let former = self.fetched.rows.get(key).and_then(|row| row.place);
        former.filter(|(order, _)| *order == self.order).unwrap_or(next)
    }

    /// Where the bytes of an attachment were before this entry, if this entry may still say so.
    fn former_place(&self, key: &Key) -> Result<Option<Place>, Error> {
        match self.fetched.rows.get(key) {
            Some(row) if row.written <= self.order => Ok(self.read::<Attachment>(key)?.and_then(|former| former.place)),
            _ => Ok(None),
        }
    }

    /// What is known of a delivery before this entry, if this entry may still change it. One that was just called for was not there.
    fn former_delivery(&self, key: &Key) -> Result<Option<Delivery>, Error> {
        match self.fetched.rows.get(key) {
            Some(row) if row.written <= self.order => self.read(key),
            _ => Ok(None),
        }
    }

    fn fetched_mail(&self, id: MailId) -> Result<Option<(Mail, Order)>, Error> {
        self.fetched.mails.get(&id).cloned().ok_or(Error::NotFetched)
    }
}

impl Records for Overlay<'_> {
    type Error = Error;

    fn folder(&mut self, id: FolderId) -> Result<Option<Folder>, Error> {
        self.read(&Key::folder(id))
    }

    fn put_folder(&mut self, folder: Folder) -> Result<(), Error> {
        if self.own_folder()? != folder.id {
            return Err(Error::ForeignFolder);
        }
        if self.put(Key::folder(folder.id), &folder)? == Some(true) {
            self.list(listings::put(&List::Folders, *folder.id.as_uuid(), None));
        }
        Ok(())
    }

    fn remove_folder(&mut self, id: FolderId) -> Result<(), Error> {
        if self.set(Key::folder(id), None, None).is_some() {
            self.folder_removed = true;
            self.first(listings::remove(&List::Folders, *id.as_uuid()));
        }
        Ok(())
    }

    fn case(&mut self, id: CaseId) -> Result<Option<Case>, Error> {
        let folder = self.own_folder()?;
        self.read(&Key::case(folder, id))
    }

    fn put_case(&mut self, case: Case) -> Result<(), Error> {
        self.put_found(Key::case(case.folder, case.id), &case).map(drop)
    }

    fn remove_case(&mut self, id: CaseId) -> Result<(), Error> {
        let folder = self.own_folder()?;
        self.remove_found(Key::case(folder, id));
        Ok(())
    }

    fn attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Error> {
        self.own_folder()?;
        self.read(&Key::attachment(owner, id))
    }

    fn put_attachment(&mut self, attachment: Attachment) -> Result<(), Error> {
        let key = Key::attachment(attachment.owner, attachment.id);
        let former = self.former_place(&key)?;
        if self.put_found(key, &attachment)? && former != attachment.place {
            self.changes.lose(former, attachment.id);
            self.changes.name(attachment.place.as_ref());
        }
        Ok(())
    }

    fn remove_attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<(), Error> {
        self.own_folder()?;
        let key = Key::attachment(owner, id);
        let former = self.former_place(&key)?;
        self.changes.lose(former, id);
        self.remove_found(key);
        Ok(())
    }

    // They lie together by their owner.
    fn list_attachments(&mut self, _: Owner, _: &[AttachmentId]) -> Result<(), Error> {
        Ok(())
    }

    fn unlist_attachments(&mut self, _: Owner) -> Result<(), Error> {
        Ok(())
    }

    fn event(&mut self, case: CaseId, id: EventId) -> Result<Option<Event>, Error> {
        self.own_folder()?;
        self.read(&Key::event(case, id))
    }

    fn put_event(&mut self, event: Event) -> Result<(), Error> {
        self.put_found(Key::event(event.case, event.id), &event).map(drop)
    }

    fn remove_event(&mut self, case: CaseId, id: EventId) -> Result<(), Error> {
        self.own_folder()?;
        self.remove_found(Key::event(case, id));
        Ok(())
    }

    fn put_notification(&mut self, notification: Notification) -> Result<(), Error> {
        let (folder, id) = (self.own_folder()?, notification.id);
        let key = Key::notification(folder, id);
        let place = self.place_of(&key);
        // One that this very entry put is put again: whoever did it first may not have come to the inbox.
        if self.waiting(id)?.is_some_and(|(_, former)| former != place) {
            return Ok(());
        }
        let record = serde_json::to_string(&notification)?;
        if self.set(key, Some(record.clone()), Some(place)).is_some() {
            self.last(lookups::put(folder, &key));
            self.last(inbox_rows::put(&notification, place, record));
            self.changes.inboxes.push(inbox_rows::Bucket::of(&notification, place));
        }
        Ok(())
    }

    fn remove_notification(&mut self, id: NotificationId) -> Result<(), Error> {
        let Some((notification, place)) = self.waiting(id)? else { return Ok(()) };
        let key = Key::notification(self.own_folder()?, id);
        // The place is kept for an entry that removes and puts again.
        if self.set(key, None, Some(place)).is_some() {
            self.first(lookups::remove(key.id));
            self.first(inbox_rows::remove(&notification, place));
        }
        Ok(())
    }

    fn notification(&mut self, id: NotificationId) -> Result<Option<Notification>, Error> {
        Ok(self.waiting(id)?.map(|(notification, _)| notification))
    }

    fn list_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Error> {
        self.list(listings::put(&List::CasesOf(recipient.clone()), *id.as_uuid(), None));
        Ok(())
    }

    fn unlist_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Error> {
        self.first(listings::remove(&List::CasesOf(recipient.clone()), *id.as_uuid()));
        Ok(())
    }

    fn put_purge(&mut self, purge: &Purge) -> Result<(), Error> {
        self.last(purges::put(purge));
        Ok(())
    }

    fn remove_purge(&mut self, purge: &Purge) -> Result<(), Error> {
        self.first(purges::remove(purge));
        Ok(())
    }

    fn put_statistic(&mut self, statistic: &Statistic) -> Result<(), Error> {
        let record = serde_json::to_string(statistic)?;
        self.list(listings::put(&List::Statistics, *statistic.folder.as_uuid(), Some(record)));
        Ok(())
    }

    fn mail(&mut self, id: MailId) -> Result<Option<Mail>, Error> {
        Ok(self.fetched_mail(id)?.map(|(mail, _)| mail))
    }

    fn put_mail(&mut self, mail: Mail) -> Result<(), Error> {
        if self.fetched_mail(mail.id)?.is_some_and(|(_, written)| written > self.order) {
            return Ok(());
        }
        self.first(mails::put_due(&mail));
        self.last(mails::put(&mail)?);
        self.changes.mails += 1;
        self.fetched.mails.insert(mail.id, Some((mail, self.order)));
        Ok(())
    }

    fn remove_mail(&mut self, id: MailId) -> Result<(), Error> {
        let Some((mail, written)) = self.fetched_mail(id)? else { return Ok(()) };
        if written > self.order {
            return Ok(());
        }
        self.first(mails::remove_due(&mail));
        self.last(mails::remove(id));
        self.changes.mails -= 1;
        self.fetched.mails.insert(id, None);
        Ok(())
    }

    fn delivery(&mut self, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let folder = self.own_folder()?;
        self.read(&Key::delivery(folder, id))
    }

    fn put_delivery(&mut self, delivery: Delivery) -> Result<(), Error> {
        if self.own_folder()? != delivery.folder {
            return Err(Error::ForeignFolder);
        }
        let key = Key::delivery(delivery.folder, delivery.id);
        let former = self.former_delivery(&key)?;
        let Some(is_new) = self.put(key, &delivery)? else { return Ok(()) };
        let was_awaited = former.as_ref().is_some_and(|former| former.is_awaited);
        if let Some(due_at) = former.as_ref().and_then(Delivery::due_at) {
            self.first(deliveries::remove_due(&delivery, due_at));
        }
        let awaited = List::Awaited(delivery.subscription);
        if delivery.is_awaited {
            self.list(listings::put(&awaited, key.id, None));
        } else if was_awaited {
            self.first(listings::remove(&awaited, key.id));
        }
        if let Some(due_at) = delivery.due_at() {
            self.list(deliveries::put_due(&delivery, due_at));
        }
        if is_new {
            self.last(lookups::put(delivery.folder, &key));
            self.list(listings::put(&List::DeliveriesOf(delivery.recipient), key.id, None));
        }
        Ok(())
    }

    fn remove_delivery(&mut self, id: DeliveryId) -> Result<(), Error> {
        let key = Key::delivery(self.own_folder()?, id);
        if let Some(former) = self.former_delivery(&key)? {
            if let Some(due_at) = former.due_at() {
                self.first(deliveries::remove_due(&former, due_at));
            }
            if former.is_awaited {
                self.first(listings::remove(&List::Awaited(former.subscription), key.id));
            }
            self.first(listings::remove(&List::DeliveriesOf(former.recipient), key.id));
        }
        self.remove_found(key);
        Ok(())
    }

    fn put_act(&mut self, act: &Act) -> Result<(), Error> {
        let record = serde_json::to_string(act)?;
        self.list(listings::put(&List::Acts, *act.id.as_uuid(), Some(record)));
        Ok(())
    }

    fn remove_act(&mut self, id: EntryId) -> Result<(), Error> {
        self.first(listings::remove(&List::Acts, *id.as_uuid()));
        Ok(())
    }

    fn credential(&mut self, id: &ClientId) -> Result<Option<Credential>, Error> {
        let put = self.changes.references.iter().rev().find_map(|reference| match reference {
            Reference::Credential(credential) if credential.client_id == *id => Some(credential),
            _ => None,
        });
        Ok(put.or_else(|| self.known.credential(id)).cloned())
    }

    fn put_reference(&mut self, reference: Reference) -> Result<(), Error> {
        self.changes.references.push(reference);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
