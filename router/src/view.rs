//! How each fact changes the view.

use crate::dispatch;
use crate::entry::{Entry, Fact};
use crate::model::{
    Attachment, AttachmentId, AttachmentStatus, Case, CaseId, ClientId, Credential, Event, EventId, EventStatus,
    Folder, FolderId, Notification, NotificationId, Owner, Status,
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
    Ok(())
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
            cases.iter().try_for_each(|case| records.put_case(case.clone()))?;
            attachments.iter().try_for_each(|attachment| records.put_attachment(attachment.clone()))?;
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
                    case.status = Status::HubeeNotified;
                    case.updated_at = Some(entry.at);
                })?;
            }
            change_folder(records, *folder, |folder| {
                folder.status = Status::HubeeNotified;
                folder.updated_at = Some(entry.at);
            })
        }
        Fact::FolderStatusSet { folder, status, closed_at } => change_folder(records, *folder, |folder| {
            folder.status = *status;
            folder.closed_at = *closed_at;
            folder.updated_at = Some(entry.at);
        }),
        Fact::FolderDeleted { folder, cases, attachments } => {
            cases.iter().try_for_each(|case| records.remove_case(*case))?;
            attachments
                .iter()
                .try_for_each(|attachment| records.remove_attachment(Owner::Folder(*folder), *attachment))?;
            records.remove_folder(*folder)
        }
        Fact::CaseStatusSet { case, status } => set_case_status(entry, records, *case, *status),
        Fact::EventPosted { event, attachments, .. } => {
            attachments.iter().try_for_each(|attachment| records.put_attachment(attachment.clone()))?;
            change_case(records, event.case, |case| case.events = event.rank)?;
            records.put_event(event.clone())
        }
        Fact::EventSent { event, case, .. } => set_event_status(entry, records, *case, *event, EventStatus::Sent),
        Fact::EventReceived { event, case, .. } => {
            set_event_status(entry, records, *case, *event, EventStatus::Received)
        }
        Fact::EventDeleted { event, case, attachments } => {
            attachments
                .iter()
                .try_for_each(|attachment| records.remove_attachment(Owner::Event(*event), *attachment))?;
            records.remove_event(*case, *event)
        }
        Fact::NotificationDeleted(id) => records.remove_notification(*id),
        // Put with the other notifications of the entry.
        Fact::NotificationPut(_) => Ok(()),
    }
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
        case.status = status;
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
