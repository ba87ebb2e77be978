//! Which notifications follow from an entry.
//!
//! A pure function of the entry: whoever consumes the journal, and how often, finds the same notifications under the same
//! identifiers, so that delivering at least once has the effect of delivering once.

use crate::entry::{Entry, Fact};
use crate::model::{CaseId, EventId, FolderId, Notification, OrganizationKey, ProcessCode};

/// The notifications that follow from `entry`, in the order in which they enter the inboxes.
pub fn notifications(entry: &Entry) -> Vec<Notification> {
    let mut found = Vec::new();
    for fact in &entry.facts {
        match fact {
            Fact::FolderCompleted { folder, process, depositor, cases } => {
                for (case, recipient) in cases {
                    push(&mut found, entry, recipient, depositor, process, (*folder, *case, None));
                }
            }
            Fact::EventPosted { event, process, notified, .. } => {
                for recipient in notified {
                    let about = (event.folder, event.case, Some(event.id));
                    push(&mut found, entry, recipient, &event.transmitter, process, about);
                }
            }
            Fact::EventSent { event, case, folder, process, transmitter, notified }
            | Fact::EventReceived { event, case, folder, process, transmitter, notified } => {
                for recipient in notified {
                    push(&mut found, entry, recipient, transmitter, process, (*folder, *case, Some(*event)));
                }
            }
            Fact::NotificationPut(notification) => found.push(notification.clone()),
            Fact::OrganizationRegistered(_)
            | Fact::ProcessRegistered(_)
            | Fact::SubscriptionRegistered(_)
            | Fact::CredentialIssued(_)
            | Fact::CredentialRevoked(_)
            | Fact::FolderDeposited { .. }
            | Fact::AttachmentReceived { .. }
            | Fact::AttachmentRejected { .. }
            | Fact::FolderStatusSet { .. }
            | Fact::FolderDeleted { .. }
            | Fact::FileDeleted { .. }
            | Fact::FilesPurged(_)
            | Fact::CaseMoved { .. }
            | Fact::MigrationRecorded(_)
            | Fact::CaseStatusSet { .. }
            | Fact::Replaced(_)
            | Fact::MailsQueued(_)
            | Fact::MailPostponed { .. }
            | Fact::MailsEnded(_)
            | Fact::ActsForgotten(_)
            | Fact::CredentialsUsed(_)
            | Fact::DeliveriesQueued(_)
            | Fact::DeliveryAttempted { .. }
            | Fact::DeliveryEnded { .. }
            | Fact::DeliveriesReplayed(_)
            | Fact::DeliveryReturned { .. }
            | Fact::ReturnsEnded(_)
            | Fact::EventDeleted { .. }
            | Fact::NotificationDeleted(_)
            | Fact::RecordsImported(_) => {}
        }
    }
    found
}

fn push(
    found: &mut Vec<Notification>,
    entry: &Entry,
    recipient: &OrganizationKey,
    transmitter: &OrganizationKey,
    process: &ProcessCode,
    (folder, case, event): (FolderId, CaseId, Option<EventId>),
) {
    let rank = u32::try_from(found.len()).unwrap_or(u32::MAX);
    found.push(Notification {
        id: entry.id.notification(rank),
        recipient: recipient.clone(),
        transmitter: transmitter.clone(),
        process: process.clone(),
        folder,
        case,
        event,
        created_at: entry.at,
    });
}
