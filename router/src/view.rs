//! How each fact changes the view.

use crate::audit::Act;
use crate::dispatch;
use crate::entry::{DeletedEvent, Entry, Fact, Imported};
use crate::model::{
    Attachment, AttachmentId, AttachmentStatus, Case, CaseId, ClientId, Credential, Delivery, DeliveryId,
    DeliveryState, EntryId, Event, EventId, EventStatus, Folder, FolderId, Mail, MailId, Notification, NotificationId,
    OrganizationKey, Owner, Purge, Statistic, Status,
};
use crate::referential::Reference;

/// The records of a view, as the application of an entry reads and writes them. What was put is what is read next.
pub trait Records {
    /// What can go wrong beneath.
    type Error;

    /// Reads a folder.
    fn folder(&mut self, id: FolderId) -> Result<Option<Folder>, Self::Error>;
    /// Writes a folder.
    fn put_folder(&mut self, folder: Folder) -> Result<(), Self::Error>;
    /// Removes a folder.
    fn remove_folder(&mut self, id: FolderId) -> Result<(), Self::Error>;
    /// Reads a case.
    fn case(&mut self, id: CaseId) -> Result<Option<Case>, Self::Error>;
    /// Writes a case.
    fn put_case(&mut self, case: Case) -> Result<(), Self::Error>;
    /// Removes a case.
    fn remove_case(&mut self, id: CaseId) -> Result<(), Self::Error>;
    /// Reads an attachment.
    fn attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<Option<Attachment>, Self::Error>;
    /// Writes an attachment.
    fn put_attachment(&mut self, attachment: Attachment) -> Result<(), Self::Error>;
    /// Removes an attachment.
    fn remove_attachment(&mut self, owner: Owner, id: AttachmentId) -> Result<(), Self::Error>;
    /// Lists the attachments that were announced together. A store that finds them by their owner anyway has nothing to do.
    fn list_attachments(&mut self, owner: Owner, ids: &[AttachmentId]) -> Result<(), Self::Error>;
    /// Takes back such a list.
    fn unlist_attachments(&mut self, owner: Owner) -> Result<(), Self::Error>;
    /// Reads an event.
    fn event(&mut self, case: CaseId, id: EventId) -> Result<Option<Event>, Self::Error>;
    /// Writes an event.
    fn put_event(&mut self, event: Event) -> Result<(), Self::Error>;
    /// Removes an event.
    fn remove_event(&mut self, case: CaseId, id: EventId) -> Result<(), Self::Error>;
    /// Puts a notification at the end of its inbox, unless it is there.
    fn put_notification(&mut self, notification: Notification) -> Result<(), Self::Error>;
    /// Takes a notification out of its inbox, if it is there.
    fn remove_notification(&mut self, id: NotificationId) -> Result<(), Self::Error>;
    /// Reads a notification that waits.
    fn notification(&mut self, id: NotificationId) -> Result<Option<Notification>, Self::Error>;
    /// Lists a case among those of its recipient.
    fn list_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Self::Error>;
    /// Takes a case off the list of a recipient, if it is there.
    fn unlist_case(&mut self, recipient: &OrganizationKey, id: CaseId) -> Result<(), Self::Error>;
    /// Adds a copy that a portal is to delete, unless it is there.
    fn put_purge(&mut self, purge: &Purge) -> Result<(), Self::Error>;
    /// Takes away a copy that a portal was to delete, if it is there.
    fn remove_purge(&mut self, purge: &Purge) -> Result<(), Self::Error>;
    /// Keeps what is known of a deleted folder.
    fn put_statistic(&mut self, statistic: &Statistic) -> Result<(), Self::Error>;
    /// Reads an e-mail that waits.
    fn mail(&mut self, id: MailId) -> Result<Option<Mail>, Self::Error>;
    /// Writes an e-mail that waits, at its time.
    fn put_mail(&mut self, mail: Mail) -> Result<(), Self::Error>;
    /// Takes away an e-mail, if it waits.
    fn remove_mail(&mut self, id: MailId) -> Result<(), Self::Error>;
    /// Reads a delivery of the folder that the entry is about.
    fn delivery(&mut self, id: DeliveryId) -> Result<Option<Delivery>, Self::Error>;
    /// Writes a delivery, lists it among those of its recipient and, while it waits, among those of its endpoint by its time.
    fn put_delivery(&mut self, delivery: Delivery) -> Result<(), Self::Error>;
    /// Removes a delivery, if it is there, and takes it off the lists.
    fn remove_delivery(&mut self, id: DeliveryId) -> Result<(), Self::Error>;
    /// Keeps what an administrator did.
    fn put_act(&mut self, act: &Act) -> Result<(), Self::Error>;
    /// Forgets what an administrator did.
    fn remove_act(&mut self, id: EntryId) -> Result<(), Self::Error>;
    /// Reads a credential.
    fn credential(&mut self, id: &ClientId) -> Result<Option<Credential>, Self::Error>;
    /// Adds to the referential, or replaces what has the same key.
    fn put_reference(&mut self, reference: Reference) -> Result<(), Self::Error>;
}

/// Applies `entry` to `records`. A fact about something that is gone changes nothing: on a replay it may have been deleted later.
pub fn apply<R: Records>(entry: &Entry, records: &mut R) -> Result<(), R::Error> {
    for fact in &entry.facts {
        apply_fact(entry, fact, records)?;
    }
    for notification in dispatch::notifications(entry) {
        records.put_notification(notification)?;
    }
    Act::of(entry).iter().try_for_each(|act| records.put_act(act))
}

fn apply_fact<R: Records>(entry: &Entry, fact: &Fact, records: &mut R) -> Result<(), R::Error> {
    match fact {
        Fact::OrganizationRegistered(organization) => {
            records.put_reference(Reference::Organization(organization.clone()))
        }
        Fact::ProcessRegistered(process) => records.put_reference(Reference::Process(process.clone())),
        Fact::SubscriptionRegistered(subscription) => {
            records.put_reference(Reference::Subscription(subscription.clone()))
        }
        Fact::CredentialIssued(credential) => records.put_reference(Reference::Credential(credential.clone())),
        Fact::CredentialRevoked(client_id) => {
            let Some(mut credential) = records.credential(client_id)? else { return Ok(()) };
            credential.revoked_at = Some(entry.at);
            records.put_reference(Reference::Credential(credential))
        }
        Fact::FolderDeposited { folder, cases, attachments } => {
            for case in cases {
                records.list_case(&case.recipient, case.id)?;
                records.put_case(case.clone())?;
            }
            put_attachments(records, Owner::Folder(folder.id), attachments)?;
            records.put_folder(folder.clone())
        }
        Fact::AttachmentReceived { owner, attachment, digest, place } => {
            change_attachment(records, *owner, *attachment, |attachment| {
                attachment.status = AttachmentStatus::Received;
                attachment.digest = Some(*digest);
                attachment.place = Some(place.clone());
            })
        }
        Fact::AttachmentRejected { owner, attachment } => {
            change_attachment(records, *owner, *attachment, |attachment| {
                attachment.status = AttachmentStatus::Rejected;
                attachment.digest = None;
                attachment.place = None;
            })
        }
        Fact::FolderCompleted { folder, cases, .. } => {
            for (case, _) in cases {
                change_case(records, *case, |case| {
                    case.transmitted_at = Some(entry.at);
                    case.take_status(Status::HubeeNotified, entry.at);
                    case.updated_at = Some(entry.at);
                })?;
            }
            change_folder(records, *folder, |folder| {
                folder.status = Status::HubeeNotified;
                folder.updated_at = Some(entry.at);
            })
        }
        Fact::FolderStatusSet { folder, status, closed_at } => change_folder(records, *folder, |folder| {
            folder.archived_at = (*status == Status::Archived).then_some(entry.at);
            folder.status = *status;
            folder.closed_at = *closed_at;
            folder.updated_at = Some(entry.at);
        }),
        Fact::FolderDeleted { folder, cases, attachments, events, notifications, deliveries, statistic } => {
            notifications.iter().try_for_each(|id| records.remove_notification(*id))?;
            deliveries.iter().try_for_each(|id| records.remove_delivery(*id))?;
            for DeletedEvent { case, event, attachments } in events {
                remove_event(records, *case, *event, attachments)?;
            }
            for id in cases {
                if let Some(case) = records.case(*id)? {
                    records.unlist_case(&case.recipient, *id)?;
                }
                records.remove_case(*id)?;
            }
            statistic.iter().try_for_each(|statistic| records.put_statistic(statistic))?;
            attachments
                .iter()
                .try_for_each(|attachment| records.remove_attachment(Owner::Folder(*folder), *attachment))?;
            records.unlist_attachments(Owner::Folder(*folder))?;
            records.remove_folder(*folder)
        }
        Fact::CaseStatusSet { case, status } => set_case_status(entry, records, *case, *status),
        Fact::EventPosted { event, attachments, .. } => {
            put_attachments(records, Owner::Event(event.id), attachments)?;
            change_case(records, event.case, |case| case.events = event.rank)?;
            records.put_event(event.clone())
        }
        Fact::EventSent { event, case, .. } => set_event_status(entry, records, *case, *event, EventStatus::Sent),
        Fact::EventReceived { event, case, .. } => {
            set_event_status(entry, records, *case, *event, EventStatus::Received)
        }
        Fact::EventDeleted { event, case, attachments } => remove_event(records, *case, *event, attachments),
        Fact::FileDeleted { owner, attachment, purges } => {
            change_attachment(records, *owner, *attachment, |attachment| {
                attachment.status = AttachmentStatus::Deleted;
                attachment.place = None;
            })?;
            purges.iter().try_for_each(|purge| records.put_purge(purge))
        }
        Fact::FilesPurged(purges) => purges.iter().try_for_each(|purge| records.remove_purge(purge)),
        Fact::CaseMoved { case, source, target, notifications } => {
            if let Some(mut case) = records.case(*case)? {
                records.unlist_case(source, case.id)?;
                records.list_case(target, case.id)?;
                case.recipient = target.clone();
                case.updated_at = Some(entry.at);
                records.put_case(case)?;
            }
            for id in notifications {
                if let Some(mut notification) = records.notification(*id)? {
                    records.remove_notification(*id)?;
                    notification.recipient = target.clone();
                    records.put_notification(notification)?;
                }
            }
            Ok(())
        }
        Fact::MigrationRecorded(migration) => records.put_reference(Reference::Migration(migration.clone())),
        Fact::MailsQueued(mails) => mails.iter().try_for_each(|mail| {
            if records.mail(mail.id)?.is_some() {
                return Ok(());
            }
            records.put_mail(mail.clone())
        }),
        Fact::MailPostponed { mail, attempts, due_at } => {
            let Some(mut mail) = records.mail(*mail)? else { return Ok(()) };
            records.remove_mail(mail.id)?;
            (mail.attempts, mail.due_at) = (*attempts, *due_at);
            records.put_mail(mail)
        }
        Fact::MailsEnded(ended) => ended.iter().try_for_each(|(id, _)| records.remove_mail(*id)),
        Fact::DeliveriesQueued(deliveries) => {
            deliveries.iter().try_for_each(|delivery| records.put_delivery(delivery.clone()))
        }
        Fact::DeliveryAttempted { delivery, attempt, state, reference, is_awaited, sequence } => {
            change_delivery(records, *delivery, |delivery| {
                delivery.note(attempt.clone());
                delivery.state = *state;
                delivery.is_awaited = *is_awaited;
                delivery.sequence = sequence.unwrap_or(delivery.sequence);
                delivery.reference = reference.clone().or_else(|| delivery.reference.take());
            })
        }
        Fact::DeliveryEnded { delivery, reason } => change_delivery(records, *delivery, |delivery| {
            delivery.state = DeliveryState::Dead { at: entry.at, reason: *reason };
        }),
        Fact::DeliveriesReplayed(deliveries) => deliveries.iter().try_for_each(|id| {
            change_delivery(records, *id, |delivery| {
                delivery.state = DeliveryState::Waiting { due_at: entry.at, since: entry.at, failed: 0 };
            })
        }),
        Fact::DeliveryReturned { delivery, record } => {
            change_delivery(records, *delivery, |delivery| delivery.note_return(record.clone()))
        }
        Fact::ReturnsEnded(deliveries) => {
            deliveries.iter().try_for_each(|id| change_delivery(records, *id, |delivery| delivery.is_awaited = false))
        }
        // What was is for the audit alone.
        Fact::Replaced(_) => Ok(()),
        Fact::ActsForgotten(ids) => ids.iter().try_for_each(|id| records.remove_act(*id)),
        Fact::CredentialsUsed(used) => used.iter().try_for_each(|(client_id, at)| {
            let Some(mut credential) = records.credential(client_id)? else { return Ok(()) };
            credential.used_at = Some(*at);
            records.put_reference(Reference::Credential(credential))
        }),
        Fact::NotificationDeleted(id) => records.remove_notification(*id),
        // Put with the other notifications of the entry.
        Fact::NotificationPut(_) => Ok(()),
        Fact::RecordsImported(imported) => imported.iter().try_for_each(|record| put_imported(records, record)),
    }
}

/// Sets a record that was imported, and what finds it.
fn put_imported<R: Records>(records: &mut R, record: &Imported) -> Result<(), R::Error> {
    match record {
        Imported::Folder(folder) => records.put_folder(folder.clone()),
        Imported::Case(case) => {
            records.list_case(&case.recipient, case.id)?;
            records.put_case(case.clone())
        }
        Imported::Announced(owner, ids) => records.list_attachments(*owner, ids),
        Imported::Attachment(attachment) => records.put_attachment(attachment.clone()),
        Imported::Event(event) => records.put_event(event.clone()),
        Imported::Delivery(delivery) => records.put_delivery(delivery.clone()),
        Imported::Purge(purge) => records.put_purge(purge),
        Imported::Statistic(statistic) => records.put_statistic(statistic),
        Imported::Act(act) => records.put_act(act),
    }
}

fn put_attachments<R: Records>(records: &mut R, owner: Owner, attachments: &[Attachment]) -> Result<(), R::Error> {
    if attachments.is_empty() {
        return Ok(());
    }
    let ids: Vec<AttachmentId> = attachments.iter().map(|attachment| attachment.id).collect();
    records.list_attachments(owner, &ids)?;
    attachments.iter().try_for_each(|attachment| records.put_attachment(attachment.clone()))
}

fn remove_event<R: Records>(
    records: &mut R,
    case: CaseId,
    event: EventId,
    attachments: &[AttachmentId],
) -> Result<(), R::Error> {
    attachments.iter().try_for_each(|attachment| records.remove_attachment(Owner::Event(event), *attachment))?;
    if !attachments.is_empty() {
        records.unlist_attachments(Owner::Event(event))?;
    }
    records.remove_event(case, event)
}

fn change_folder<R: Records>(records: &mut R, id: FolderId, change: impl FnOnce(&mut Folder)) -> Result<(), R::Error> {
    let Some(mut folder) = records.folder(id)? else { return Ok(()) };
    change(&mut folder);
    records.put_folder(folder)
}

fn change_case<R: Records>(records: &mut R, id: CaseId, change: impl FnOnce(&mut Case)) -> Result<(), R::Error> {
    let Some(mut case) = records.case(id)? else { return Ok(()) };
    change(&mut case);
    records.put_case(case)
}

fn change_delivery<R: Records>(
    records: &mut R,
    id: DeliveryId,
    change: impl FnOnce(&mut Delivery),
) -> Result<(), R::Error> {
    let Some(mut delivery) = records.delivery(id)? else { return Ok(()) };
    change(&mut delivery);
    records.put_delivery(delivery)
}

fn change_attachment<R: Records>(
    records: &mut R,
    owner: Owner,
    id: AttachmentId,
    change: impl FnOnce(&mut Attachment),
) -> Result<(), R::Error> {
    let Some(mut attachment) = records.attachment(owner, id)? else { return Ok(()) };
    change(&mut attachment);
    records.put_attachment(attachment)
}

fn set_case_status<R: Records>(entry: &Entry, records: &mut R, id: CaseId, status: Status) -> Result<(), R::Error> {
    change_case(records, id, |case| {
        case.closed_at =
            (status == Status::Closed).then(|| case.closed_at.filter(|_| case.status == status).unwrap_or(entry.at));
        case.take_status(status, entry.at);
        case.updated_at = Some(entry.at);
    })
}

fn set_event_status<R: Records>(
    entry: &Entry,
    records: &mut R,
    case: CaseId,
    id: EventId,
    status: EventStatus,
) -> Result<(), R::Error> {
    let Some(mut event) = records.event(case, id)? else { return Ok(()) };
    event.status = status;
    event.updated_at = entry.at;
    records.put_event(event)
}
