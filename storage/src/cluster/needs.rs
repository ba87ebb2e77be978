//! Which records the application of an entry reads, so that they can be asked for beforehand and at once.

use std::collections::BTreeSet;

use navette_router::dispatch;
use navette_router::entry::{Entry, Fact, Imported};
use navette_router::model::{FolderId, MailId, Purge};

use super::rows::Key;

/// What an entry reads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// All that is in the folder.
    pub(super) whole: bool,
    /// Records of the folder.
    pub(super) rows: BTreeSet<Key>,
    /// Mails that wait.
    pub(super) mails: BTreeSet<MailId>,
    /// Copies that portals are to delete.
    pub(super) purges: BTreeSet<Purge>,
}

/// What `entry` reads when it is about `folder`, or about no folder.
pub(super) fn of(entry: &Entry, folder: Option<FolderId>) -> Needs {
    let mut needs = Needs::default();
    for fact in &entry.facts {
        needs.add(fact, folder);
    }
    if let Some(folder) = folder {
        let notified = dispatch::notifications(entry);
        needs.rows.extend(notified.iter().map(|notification| Key::notification(folder, notification.id)));
    }
    needs
}

/// Whether `entry` makes `folder`.
pub(super) fn makes(entry: &Entry, folder: FolderId) -> bool {
    let imported = |record: &Imported| matches!(record, Imported::Folder(made) if made.id == folder);
    entry.facts.iter().any(|fact| match fact {
        Fact::FolderDeposited { folder: made, .. } => made.id == folder,
        Fact::RecordsImported(records) => records.iter().any(imported),
        _ => false,
    })
}

impl Needs {
    fn add(&mut self, fact: &Fact, folder: Option<FolderId>) {
        match fact {
            Fact::MailsQueued(mails) => self.mails.extend(mails.iter().map(|mail| mail.id)),
            Fact::MailPostponed { mail, .. } => {
                self.mails.insert(*mail);
            }
            Fact::MailsEnded(ended) => self.mails.extend(ended.iter().map(|(id, _)| *id)),
            Fact::FilesPurged(purges) => self.purges.extend(purges.iter().cloned()),
            _ => {}
        }
        let Some(folder) = folder else { return };
        match fact {
            Fact::DeliveryAttempted { delivery, .. }
            | Fact::DeliveryEnded { delivery, .. }
            | Fact::DeliveryReturned { delivery, .. } => {
                self.rows.insert(Key::delivery(folder, *delivery));
            }
            Fact::DeliveriesReplayed(deliveries) | Fact::ReturnsEnded(deliveries) => {
                self.rows.extend(deliveries.iter().map(|id| Key::delivery(folder, *id)));
            }
            Fact::AttachmentReceived { owner, attachment, .. }
            | Fact::AttachmentRejected { owner, attachment }
            | Fact::FileDeleted { owner, attachment, .. } => {
                self.rows.insert(Key::attachment(*owner, *attachment));
            }
            Fact::FolderCompleted { cases, .. } => {
                self.rows.insert(Key::folder(folder));
                self.rows.extend(cases.iter().map(|(case, _)| Key::case(folder, *case)));
            }
            Fact::FolderStatusSet { .. } => {
                self.rows.insert(Key::folder(folder));
            }
            Fact::FolderDeleted { .. } => self.whole = true,
            Fact::CaseMoved { case, notifications, .. } => {
                self.rows.insert(Key::case(folder, *case));
                self.rows.extend(notifications.iter().map(|id| Key::notification(folder, *id)));
            }
            Fact::CaseStatusSet { case, .. } => {
                self.rows.insert(Key::case(folder, *case));
            }
            Fact::EventPosted { event, .. } => {
                self.rows.insert(Key::case(folder, event.case));
            }
            Fact::EventSent { event, case, .. } | Fact::EventReceived { event, case, .. } => {
                self.rows.insert(Key::event(*case, *event));
            }
            Fact::EventDeleted { event, attachments, .. } => {
                let owner = navette_router::model::Owner::Event(*event);
                self.rows.extend(attachments.iter().map(|id| Key::attachment(owner, *id)));
            }
            Fact::NotificationDeleted(id) => {
                self.rows.insert(Key::notification(folder, *id));
            }
            // What an attachment named before would be lost.
            Fact::RecordsImported(records) => {
                self.rows.extend(records.iter().filter_map(|record| match record {
                    Imported::Attachment(attachment) => Some(Key::attachment(attachment.owner, attachment.id)),
                    _ => None,
                }));
            }
            Fact::FolderDeposited { .. }
            | Fact::NotificationPut(_)
            | Fact::DeliveriesQueued(_)
            | Fact::MailsQueued(_)
            | Fact::MailPostponed { .. }
            | Fact::MailsEnded(_)
            | Fact::FilesPurged(_)
            | Fact::OrganizationRegistered(_)
            | Fact::ProcessRegistered(_)
            | Fact::SubscriptionRegistered(_)
            | Fact::CredentialIssued(_)
            | Fact::CredentialRevoked(_)
            | Fact::CredentialsUsed(_)
            | Fact::MigrationRecorded(_)
            | Fact::Replaced(_)
            | Fact::ActsForgotten(_) => {}
        }
    }
}
