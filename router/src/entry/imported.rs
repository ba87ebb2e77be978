//! Records that come as they are from another store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::of;
use crate::audit::Act;
use crate::model::{Attachment, AttachmentId, Case, Delivery, Event, Folder, Owner, Purge, Statistic};

/// One record, as it was where it comes from; only the places of bytes are those of here.
///
/// What else moves has facts that say the same: those of the referential, `NotificationPut` and `MailsQueued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Imported {
    /// A folder.
    Folder(Folder),
    /// A case, which is listed among those of its recipient.
    Case(Case),
    /// Which attachments were announced together, in their order.
    Announced(Owner, Vec<AttachmentId>),
    /// An attachment.
    Attachment(Attachment),
    /// An event.
    Event(Event),
    /// A delivery, which is listed where it is due and among those of its recipient.
    Delivery(Delivery),
    /// A copy that a portal is to delete.
    Purge(Purge),
    /// What is kept of a deleted folder.
    Statistic(Statistic),
    /// What an administrator did.
    Act(Act),
}

impl Imported {
    /// The identifiers that it names, of folders, cases, attachments, events and deliveries.
    pub(super) fn ids(&self) -> Vec<Uuid> {
        match self {
            Self::Folder(folder) => vec![*folder.id.as_uuid()],
            Self::Case(case) => vec![*case.id.as_uuid()],
            Self::Announced(owner, ids) => ids.iter().map(|id| *id.as_uuid()).chain([of(owner)]).collect(),
            Self::Attachment(attachment) => vec![*attachment.id.as_uuid(), of(&attachment.owner)],
            Self::Event(event) => vec![*event.id.as_uuid(), *event.case.as_uuid()],
            Self::Delivery(delivery) => vec![*delivery.id.as_uuid(), *delivery.case.as_uuid()],
            Self::Purge(purge) => vec![*purge.case.as_uuid(), *purge.attachment.as_uuid()],
            Self::Statistic(statistic) => vec![*statistic.folder.as_uuid()],
            Self::Act(_) => Vec::new(),
        }
    }
}
