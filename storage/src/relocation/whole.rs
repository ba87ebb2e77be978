//! All that is in a folder, as it is read from one side and written to the other.

use std::collections::BTreeMap;

use navette_router::entry::Imported;
use navette_router::model::{Attachment, AttachmentId, Case, Delivery, Event, Folder, Owner};
use navette_router::ports::{Error, Store};

use super::digest::Item;

/// A folder with all that is in it, but for what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The folder.
    pub folder: Folder,
    /// Its cases.
    pub cases: Vec<Case>,
    /// Its attachments, and those of its events.
    pub attachments: Vec<Attachment>,
    /// The events of its cases.
    pub events: Vec<Event>,
    /// What was, or is to be, brought to its recipients.
    pub deliveries: Vec<Delivery>,
}

impl Whole {
    /// What the port knows of a folder.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn read(store: &impl Store, folder: Folder) -> Result<Self, Error> {
        let cases = store.cases(&folder.cases).await?;
        let mut attachments = store.attachments(Owner::Folder(folder.id)).await?;
        let mut events = Vec::new();
        for case in cases.iter().filter(|case| case.events > 0) {
            for event in store.events(case.id).await? {
                if event.attachments > 0 {
                    attachments.extend(store.attachments(Owner::Event(event.id)).await?);
                }
                events.push(event);
            }
        }
        let deliveries = store.deliveries(folder.id).await?;
        Ok(Self { folder, cases, attachments, events, deliveries })
    }

    /// Its records, the folder first: whoever knows the folder may find the others missing, but never the other way round.
    pub(super) fn records(self) -> Vec<Imported> {
        let mut announced: BTreeMap<Owner, Vec<(u32, AttachmentId)>> = BTreeMap::new();
        for attachment in &self.attachments {
            announced.entry(attachment.owner).or_default().push((attachment.rank, attachment.id));
        }
        let announced = announced.into_iter().map(|(owner, mut ids)| {
            ids.sort_unstable();
            Imported::Announced(owner, ids.into_iter().map(|(_, id)| id).collect())
        });
        let mut records = vec![Imported::Folder(self.folder)];
        records.extend(self.cases.into_iter().map(Imported::Case));
        records.extend(announced);
        records.extend(self.attachments.into_iter().map(Imported::Attachment));
        records.extend(self.events.into_iter().map(Imported::Event));
        records.extend(self.deliveries.into_iter().map(Imported::Delivery));
        records
    }

    /// What is compared of it, in an order of its own.
    ///
    /// # Errors
    /// When a record is no JSON.
    pub(super) fn items(&self) -> Result<Vec<Item>, serde_json::Error> {
        let mut items = vec![Item::of("folder", &self.folder.id, &self.folder)?];
        for case in &self.cases {
            items.push(Item::of("case", &case.id, case)?);
        }
        for attachment in &self.attachments {
            items.push(Item::of_attachment(attachment)?);
        }
        for event in &self.events {
            items.push(Item::of("event", &event.id, event)?);
        }
        for delivery in &self.deliveries {
            items.push(Item::of("delivery", &delivery.id, delivery)?);
        }
        items.sort_unstable_by(|one, other| one.key().cmp(&other.key()));
        Ok(items)
    }
}
