//! The application of a group of entries: what they write is gathered here, read back from here, and committed as one batch.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use fjall::{Keyspace, OwnedWriteBatch, Slice};
use navette_router::audit::Act;
use navette_router::model::{
    Attachment, AttachmentId, AttachmentStatus, Case, CaseId, ClientId, Credential, Delivery, DeliveryId, EntryId,
    Event, EventId, Folder, FolderId, Mail, MailId, Notification, NotificationId, OrganizationKey, Owner, Place, Purge,
    Statistic,
};
use navette_router::ports::{Inbox, Located};
use navette_router::referential::Reference;
use navette_router::view::Records;
use serde::{Serialize, de::DeserializeOwned};

use super::attachments::Location;
use super::inboxes::{Changes, Order};
use super::journal::Position;
use super::view::{Error, View};
use super::{codec, keys};

/// What a group of entries writes. `None` stands for a removal.
pub(super) struct Overlay<'a> {
    view: &'a View,
    records: HashMap<Vec<u8>, Option<Vec<u8>>>,
    inbox: HashMap<Vec<u8>, Option<Vec<u8>>>,
    lists: HashMap<Vec<u8>, Option<Vec<u8>>>,
    references: Vec<Reference>,
    changes: Changes,
    /// How many more e-mails wait.
    mails: isize,
    /// The position of the entry being applied.
    position: Position,
    /// How many notifications that entry has put so far.
    rank: u32,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        Self {
            view,
            records: HashMap::new(),
            inbox: HashMap::new(),
            lists: HashMap::new(),
            references: Vec::new(),
            changes: Changes::default(),
            mails: 0,
            position: 0,
            rank: 0,
        }
    }

    /// What follows is written by the entry at `position`.
    pub(super) fn begin(&mut self, position: Position) {
        self.position = position;
        self.rank = 0;
    }

    /// Roughly how many records are gathered.
    pub(super) fn len(&self) -> usize {
        self.records.len() + self.inbox.len() + self.lists.len()
    }

    /// Writes everything as one batch that carries the position it reaches. Memory follows.
    pub(super) fn commit(mut self) -> Result<(), Error> {
        let memory = &self.view.memory;
        let inboxes = memory.inboxes.plan(self.changes);
        for (inbox, state) in &inboxes {
            self.inbox.insert(keys::inbox_state(inbox), (state.waiting > 0).then(|| state.to_bytes().to_vec()));
        }
        // The journal is what lasts: what a crash takes from the view's own log is applied again.
        let mut batch = self.view.database.batch().durability(None);
        let mut written = Vec::with_capacity(self.records.len() + self.inbox.len());
        for (keyspace, changes, reached) in [
            (&self.view.records, self.records, self.position),
            // It may have reached the disk further than the others: its counts are those of there.
            (&self.view.inbox, self.inbox, self.position.max(self.view.counted)),
        ] {
            for (key, value) in changes {
                let (key, value) = (Slice::from(key), value.map(Slice::from));
                put(&mut batch, keyspace, key.clone(), value.clone());
                written.push((key, value));
            }
            batch.insert(keyspace, keys::APPLIED, reached.to_be_bytes());
        }
        for (key, value) in self.lists {
            put(&mut batch, &self.view.lists, Slice::from(key), value.map(Slice::from));
        }
        batch.insert(&self.view.lists, keys::APPLIED, self.position.to_be_bytes());
        // Before the batch: whoever sees one of its records, such as a notification, must not read an older one of the others here.
        written.iter().for_each(|(key, value)| self.view.recent.follow(key, value.as_ref()));
        batch.commit()?;
        self.view.rotate_when_full()?;
        if !self.references.is_empty() {
            let mut referential = memory.referential.write();
            self.references.into_iter().for_each(|reference| referential.put(reference));
        }
        memory.inboxes.follow(inboxes);
        let mails = memory.mails.load(Ordering::Relaxed).saturating_add_signed(self.mails);
        // Nobody else writes it.
        memory.mails.store(mails, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the inboxes do not know yet what the present entry does: a replay begins before what one of the keyspaces has reached.
    fn counts(&self) -> bool {
        self.position > self.view.counted
    }

    fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        match self.records.get(key) {
            Some(Some(bytes)) => Ok(Some(codec::decode(bytes)?)),
            Some(None) => Ok(None),
            None => self.view.recent.get(&self.view.records, key),
        }
    }

    fn write<T: Serialize>(&mut self, key: Vec<u8>, record: &T) -> Result<(), Error> {
        self.records.insert(key, Some(codec::encode(record)?));
        Ok(())
    }

    fn list<T: Serialize>(&mut self, key: Vec<u8>, record: &T) -> Result<(), Error> {
        self.lists.insert(key, Some(codec::encode(record)?));
        Ok(())
    }

    fn waiting(&self, id: NotificationId) -> Result<Option<(Notification, Order)>, Error> {
        let key = keys::notification(id);
        match self.inbox.get(&key) {
            Some(Some(bytes)) => Ok(Some(codec::decode(bytes)?)),
            Some(None) => Ok(None),
            None => self.view.recent.get(&self.view.inbox, &key),
        }
    }

    /// Where something belongs, so that its identifier alone is enough to find it.
    fn locate(&mut self, id: &[u8; 16], located: Located) {
        let (tag, owner) = match &located {
            Located::Attachment(Owner::Folder(folder)) => (b'F', folder.as_bytes()),
            Located::Attachment(Owner::Event(event)) => (b'E', event.as_bytes()),
            Located::Event(case) => (b'C', case.as_bytes()),
        };
        let mut value = Vec::with_capacity(1 + owner.len());
        value.push(tag);
        value.extend_from_slice(owner);
        self.records.insert(keys::located(id), Some(value));
    }

    /// Where the bytes of attachments lie, so that a start can tell live ones from those of dead uploads; and which bytes are to go,
    /// until they are gone.
    fn index_place(&mut self, place: Option<&Place>, live: bool) {
        let Some(Place::Stored(address)) = place else { return };
        let (key, value) = match address.parse() {
            Ok(Location::Volume { volume, offset, length }) => {
                (keys::extent(volume, offset), length.to_be_bytes().to_vec())
            }
            Ok(Location::File { id, .. }) => (keys::file(id), Vec::new()),
            Ok(Location::Inline(_)) | Err(_) => return,
        };
        self.lists.insert(key, live.then_some(value));
        if !live {
            self.lists.insert(keys::dead(address), Some(Vec::new()));
        }
    }
}

/// Writes a record, or removes it.
fn put(batch: &mut OwnedWriteBatch, keyspace: &Keyspace, key: Slice, value: Option<Slice>) {
    match value {
        Some(value) => batch.insert(keyspace, key, value),
        None => batch.remove(keyspace, key),
    }
}

impl Records for Overlay<'_> {
    type Error = Error;

    fn folder(&mut self, id: FolderId) -> Result<Option<Folder>, Error> {
        self.read(&keys::folder(id))
    }

    fn put_folder(&mut self, folder: Folder) -> Result<(), Error> {
        self.write(keys::folder(folder.id), &folder)
    }

    fn remove_folder(&mut self, id: FolderId) -> Result<(), Error> {
        self.records.insert(keys::folder(id), None);
        Ok(())
    }

    fn case(&mut self, id: CaseId) -> Result<Option<Case>, Error> {
        self.read(&keys::case(id))
    }

    fn put_case(&mut self, case: Case) -> Result<(), Error> {
        self.write(keys::case(case.id), &case)
    }

    fn remove_case(&mut self, id: CaseId) -> Result<(), Error> {
        self.records.insert(keys::case(id), None);
        Ok(())
    }

    fn attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Error> {
        self.read(&keys::attachment(owner, id))
    }

    fn put_attachment(&mut self, attachment: Attachment) -> Result<(), Error> {
        match attachment.place {
            Some(ref place) => self.index_place(Some(place), true),
            // One that waits for its bytes has none to lose.
            None if attachment.status == AttachmentStatus::Pending => {}
            None => {
                let before = self.read::<Attachment>(&keys::attachment(attachment.owner, attachment.id))?;
                self.index_place(before.and_then(|before| before.place).as_ref(), false);
            }
        }
        self.write(keys::attachment(attachment.owner, attachment.id), &attachment)
    }

    fn remove_attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<(), Error> {
        let key = keys::attachment(owner, id);
        if let Some(attachment) = self.read::<Attachment>(&key)? {
            self.index_place(attachment.place.as_ref(), false);
        }
        self.records.insert(key, None);
        self.records.insert(keys::located(id.as_bytes()), None);
        Ok(())
    }

    fn list_attachments(&mut self, owner: Owner, ids: &[AttachmentId]) -> Result<(), Error> {
        ids.iter().for_each(|id| self.locate(id.as_bytes(), Located::Attachment(owner)));
        let bytes = ids.iter().flat_map(|id| id.as_bytes().iter().copied()).collect();
        self.records.insert(keys::attachments(owner), Some(bytes));
        Ok(())
    }

    fn unlist_attachments(&mut self, owner: Owner) -> Result<(), Error> {
        self.records.insert(keys::attachments(owner), None);
        Ok(())
    }

    fn event(&mut self, case: CaseId, id: EventId) -> Result<Option<Event>, Error> {
        self.read(&keys::event(case, id))
    }

    fn put_event(&mut self, event: Event) -> Result<(), Error> {
        self.locate(event.id.as_bytes(), Located::Event(event.case));
        self.write(keys::event(event.case, event.id), &event)
    }

    fn remove_event(&mut self, case: CaseId, id: EventId) -> Result<(), Error> {
        self.records.insert(keys::event(case, id), None);
        self.records.insert(keys::located(id.as_bytes()), None);
        Ok(())
    }

    fn notification(&mut self, id: NotificationId) -> Result<Option<Notification>, Error> {
        Ok(self.waiting(id)?.map(|(notification, _)| notification))
    }

    fn list_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Error> {
        self.lists.insert(keys::case_of(recipient, id), Some(Vec::new()));
        Ok(())
    }

    fn unlist_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Error> {
        self.lists.insert(keys::case_of(recipient, id), None);
        Ok(())
    }

    fn put_purge(&mut self, purge: &Purge) -> Result<(), Error> {
        self.list(keys::purge(purge), purge)
    }

    fn remove_purge(&mut self, purge: &Purge) -> Result<(), Error> {
        self.lists.insert(keys::purge(purge), None);
        Ok(())
    }

    fn put_statistic(&mut self, statistic: &Statistic) -> Result<(), Error> {
        self.list(keys::statistic(statistic.folder), statistic)
    }

    fn put_notification(&mut self, notification: Notification) -> Result<(), Error> {
        let order = (self.position, self.rank);
        self.rank += 1;
        if self.waiting(notification.id)?.is_some() {
            return Ok(());
        }
        let id = notification.id;
        let inbox = Inbox { recipient: notification.recipient.clone(), process: notification.process.clone() };
        let place = keys::waiting(&keys::inbox(&inbox), order.0, order.1);
        self.inbox.insert(place, Some(id.as_bytes().to_vec()));
        self.inbox.insert(keys::waiting_of(notification.folder, id), Some(Vec::new()));
        self.inbox.insert(keys::notification(id), Some(codec::encode(&(notification, order))?));
        if self.counts() {
            self.changes.arrive(inbox, order);
        }
        Ok(())
    }

    fn remove_notification(&mut self, id: NotificationId) -> Result<(), Error> {
        let Some((notification, order)) = self.waiting(id)? else { return Ok(()) };
        self.inbox.insert(keys::waiting_of(notification.folder, id), None);
        let inbox = Inbox { recipient: notification.recipient, process: notification.process };
        self.inbox.insert(keys::waiting(&keys::inbox(&inbox), order.0, order.1), None);
        self.inbox.insert(keys::notification(id), None);
        if self.counts() {
            self.changes.depart(inbox);
        }
        Ok(())
    }

    fn mail(&mut self, id: MailId) -> Result<Option<Mail>, Error> {
        let key = keys::mail(id);
        match self.inbox.get(&key) {
            Some(Some(bytes)) => Ok(Some(codec::decode(bytes)?)),
            Some(None) => Ok(None),
            None => self.view.recent.get(&self.view.inbox, &key),
        }
    }

    fn put_mail(&mut self, mail: Mail) -> Result<(), Error> {
        self.inbox.insert(keys::mail_time(mail.due_at, mail.id), Some(Vec::new()));
        self.inbox.insert(keys::mail(mail.id), Some(codec::encode(&mail)?));
        self.mails += 1;
        Ok(())
    }

    fn remove_mail(&mut self, id: MailId) -> Result<(), Error> {
        let Some(mail) = self.mail(id)? else { return Ok(()) };
        self.inbox.insert(keys::mail_time(mail.due_at, id), None);
        self.inbox.insert(keys::mail(id), None);
        self.mails -= 1;
        Ok(())
    }

    fn delivery(&mut self, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let key = keys::delivery(id);
        match self.inbox.get(&key) {
            Some(Some(bytes)) => Ok(Some(codec::decode(bytes)?)),
            Some(None) => Ok(None),
            None => self.view.recent.get(&self.view.inbox, &key),
        }
    }

    fn put_delivery(&mut self, delivery: Delivery) -> Result<(), Error> {
        let id = delivery.id;
        let former = self.delivery(id)?;
        if let Some(due_at) = former.as_ref().and_then(Delivery::due_at) {
            self.inbox.insert(keys::delivery_time(delivery.subscription, due_at, id), None);
        }
        if delivery.is_awaited || former.is_some_and(|former| former.is_awaited) {
            let listed = delivery.is_awaited.then(Vec::new);
            self.inbox.insert(keys::delivery_awaited(delivery.subscription, id), listed);
        }
        if let Some(due_at) = delivery.due_at() {
            self.inbox.insert(keys::delivery_time(delivery.subscription, due_at, id), Some(Vec::new()));
        }
        self.inbox.insert(keys::delivery_about(delivery.folder, id), Some(Vec::new()));
        self.inbox.insert(keys::delivery_of(&delivery.recipient, id), Some(Vec::new()));
        self.inbox.insert(keys::delivery(id), Some(codec::encode(&delivery)?));
        Ok(())
    }

    fn remove_delivery(&mut self, id: DeliveryId) -> Result<(), Error> {
        let Some(delivery) = self.delivery(id)? else { return Ok(()) };
        if let Some(due_at) = delivery.due_at() {
            self.inbox.insert(keys::delivery_time(delivery.subscription, due_at, id), None);
        }
        if delivery.is_awaited {
            self.inbox.insert(keys::delivery_awaited(delivery.subscription, id), None);
        }
        self.inbox.insert(keys::delivery_about(delivery.folder, id), None);
        self.inbox.insert(keys::delivery_of(&delivery.recipient, id), None);
        self.inbox.insert(keys::delivery(id), None);
        Ok(())
    }

    fn put_act(&mut self, act: &Act) -> Result<(), Error> {
        self.list(keys::act(act.id), act)
    }

    fn remove_act(&mut self, id: EntryId) -> Result<(), Error> {
        self.lists.insert(keys::act(id), None);
        Ok(())
    }

    fn credential(&mut self, id: &ClientId) -> Result<Option<Credential>, Error> {
        let key = keys::credential(id);
        let reference = match self.lists.get(&key) {
            Some(Some(bytes)) => Some(codec::decode(bytes)?),
            Some(None) => None,
            None => self.view.lists.get(&key)?.map(|bytes| codec::decode(&bytes)).transpose()?,
        };
        Ok(reference.and_then(|reference: Reference| match reference {
            Reference::Credential(credential) => Some(credential),
            Reference::Organization(_)
            | Reference::Process(_)
            | Reference::Subscription(_)
            | Reference::Migration(_) => None,
        }))
    }

    fn put_reference(&mut self, reference: Reference) -> Result<(), Error> {
        self.list(keys::reference(&reference), &reference)?;
        self.references.push(reference);
        Ok(())
    }
}
