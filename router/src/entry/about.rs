//! What a fact is about, for whoever looks for it.

use uuid::Uuid;

use super::{DeletedEvent, Fact, Imported, of};
use crate::model::{About, Attempt, CaseId};

impl Fact {
    /// What happened, in words.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrganizationRegistered(_) => "organization registered",
            Self::ProcessRegistered(_) => "process registered",
            Self::SubscriptionRegistered(_) => "subscription registered",
            Self::CredentialIssued(_) => "credential issued",
            Self::CredentialRevoked(_) => "credential revoked",
            Self::FolderDeposited { .. } => "folder deposited",
            Self::AttachmentReceived { .. } => "attachment received",
            Self::AttachmentRejected { .. } => "attachment rejected",
            Self::FolderCompleted { .. } => "folder completed",
            Self::FolderStatusSet { .. } => "folder status set",
            Self::FolderDeleted { .. } => "folder deleted",
            Self::FileDeleted { .. } => "file deleted",
            Self::FilesPurged(_) => "copies purged",
            Self::CaseMoved { .. } => "case moved",
            Self::MigrationRecorded(_) => "migration recorded",
            Self::Replaced(_) => "record replaced",
            Self::ActsForgotten(_) => "acts forgotten",
            Self::CredentialsUsed(_) => "credentials used",
            Self::CaseStatusSet { .. } => "case status set",
            Self::EventPosted { .. } => "event posted",
            Self::EventSent { .. } => "event sent",
            Self::EventReceived { .. } => "event received",
            Self::EventDeleted { .. } => "event deleted",
            Self::MailsQueued(_) => "e-mails queued",
            Self::MailPostponed { .. } => "e-mail postponed",
            Self::MailsEnded(_) => "e-mails ended",
            Self::DeliveriesQueued(_) => "deliveries queued",
            Self::DeliveryAttempted { .. } => "delivery attempted",
            Self::DeliveryEnded { .. } => "delivery ended",
            Self::DeliveriesReplayed(_) => "deliveries replayed",
            Self::DeliveryReturned { .. } => "answer returned",
            Self::ReturnsEnded(_) => "no more answers awaited",
            Self::NotificationDeleted(_) => "notification deleted",
            Self::NotificationPut(_) => "notification put",
            Self::RecordsImported(_) => "records imported",
        }
    }

    /// What became of it, where a word says it.
    pub const fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::FolderStatusSet { status, .. } | Self::CaseStatusSet { status, .. } => Some(status.as_str()),
            Self::EventPosted { event, .. } => Some(event.action.as_str()),
            Self::DeliveryAttempted { attempt: Attempt { failure: Some(failure), .. }, .. } => {
                Some(failure.kind.as_str())
            }
            Self::DeliveryAttempted { .. } => Some("delivered"),
            Self::DeliveryEnded { reason, .. } => Some(reason.as_str()),
            Self::DeliveryReturned { record, .. } => Some(record.outcome.as_str()),
            _ => None,
        }
    }

    /// The identifiers of folders, cases, attachments, events, notifications and deliveries that it names.
    pub fn ids(&self) -> Vec<Uuid> {
        let mut ids = Vec::new();
        match self {
            Self::FolderDeposited { folder, cases, attachments } => {
                ids.push(*folder.id.as_uuid());
                ids.extend(cases.iter().map(|case| *case.id.as_uuid()));
                ids.extend(attachments.iter().map(|attachment| *attachment.id.as_uuid()));
            }
            Self::AttachmentReceived { owner, attachment, .. }
            | Self::AttachmentRejected { owner, attachment }
            | Self::FileDeleted { owner, attachment, .. } => ids.extend([of(owner), *attachment.as_uuid()]),
            Self::FolderCompleted { folder, cases, .. } => {
                ids.push(*folder.as_uuid());
                ids.extend(cases.iter().map(|(case, _)| *case.as_uuid()));
            }
            Self::FolderStatusSet { folder, .. } => ids.push(*folder.as_uuid()),
            Self::FolderDeleted { folder, cases, attachments, events, notifications, deliveries, .. } => {
                ids.push(*folder.as_uuid());
                ids.extend(cases.iter().map(CaseId::as_uuid));
                ids.extend(attachments.iter().map(|attachment| *attachment.as_uuid()));
                for DeletedEvent { event, attachments, .. } in events {
                    ids.push(*event.as_uuid());
                    ids.extend(attachments.iter().map(|attachment| *attachment.as_uuid()));
                }
                ids.extend(notifications.iter().map(|notification| *notification.as_uuid()));
                ids.extend(deliveries.iter().map(|delivery| *delivery.as_uuid()));
            }
            Self::FilesPurged(purges) => {
                ids.extend(purges.iter().flat_map(|purge| [*purge.case.as_uuid(), *purge.attachment.as_uuid()]));
            }
            Self::CaseMoved { case, notifications, .. } => {
                ids.push(*case.as_uuid());
                ids.extend(notifications.iter().map(|notification| *notification.as_uuid()));
            }
            Self::CaseStatusSet { case, .. } => ids.push(*case.as_uuid()),
            Self::EventPosted { event, attachments, .. } => {
                ids.extend([*event.id.as_uuid(), *event.case.as_uuid()]);
                ids.extend(attachments.iter().map(|attachment| *attachment.id.as_uuid()));
            }
            Self::EventSent { event, case, .. } | Self::EventReceived { event, case, .. } => {
                ids.extend([*event.as_uuid(), *case.as_uuid()]);
            }
            Self::EventDeleted { event, case, attachments } => {
                ids.extend([*event.as_uuid(), *case.as_uuid()]);
                ids.extend(attachments.iter().map(|attachment| *attachment.as_uuid()));
            }
            Self::MailsQueued(mails) => ids.extend(mails.iter().filter_map(|mail| match mail.about {
                About::Case(case) | About::Event(case, _) => Some(*case.as_uuid()),
                About::Digest | About::FellBack | About::Suspended => None,
            })),
            Self::DeliveriesQueued(deliveries) => {
                ids.extend(deliveries.iter().flat_map(|delivery| [*delivery.id.as_uuid(), *delivery.case.as_uuid()]));
            }
            Self::DeliveryAttempted { delivery, .. }
            | Self::DeliveryEnded { delivery, .. }
            | Self::DeliveryReturned { delivery, .. } => ids.push(*delivery.as_uuid()),
            Self::DeliveriesReplayed(deliveries) | Self::ReturnsEnded(deliveries) => {
                ids.extend(deliveries.iter().map(|id| *id.as_uuid()))
            }
            Self::NotificationDeleted(id) => ids.push(*id.as_uuid()),
            Self::NotificationPut(notification) => {
                ids.extend([*notification.id.as_uuid(), *notification.case.as_uuid()]);
            }
            Self::RecordsImported(records) => ids.extend(records.iter().flat_map(Imported::ids)),
            Self::OrganizationRegistered(_)
            | Self::ProcessRegistered(_)
            | Self::SubscriptionRegistered(_)
            | Self::CredentialIssued(_)
            | Self::CredentialRevoked(_)
            | Self::MigrationRecorded(_)
            | Self::Replaced(_)
            | Self::MailPostponed { .. }
            | Self::MailsEnded(_)
            | Self::ActsForgotten(_)
            | Self::CredentialsUsed(_) => {}
        }
        ids
    }
}
