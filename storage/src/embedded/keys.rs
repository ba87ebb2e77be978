//! The keys of the view, in its three keyspaces.
//!
//! What belongs to a folder, a case or a notification begins with its identifier, then a letter says what it is. Identifiers are
//! UUIDv7, so what is written now lies behind all that was written before: the engine appends tables instead of merging each of them
//! with all that is stored. What is looked up by something else, such as a recipient, begins with a letter, and is kept apart.

use navette_router::model::{
    AttachmentId, CaseId, ClientId, DeliveryId, EntryId, EventId, FolderId, MailId, NotificationId, OrganizationKey,
    Owner, ProcessCode, Purge, SubscriptionId, Timestamp,
};
use navette_router::ports::Inbox;
use navette_router::referential::Reference;
use uuid::Uuid;

/// The position up to which a keyspace was applied; one in each keyspace, for each may have reached the disk further than the other.
pub(super) const APPLIED: &[u8] = b"Mapplied";
/// The format of the view.
pub(super) const FORMAT: &[u8] = b"Mformat";
/// All records of the referential.
pub(super) const REFERENCES: &[u8] = b"R";

/// What is known of every inbox in which something waits.
pub(super) const INBOX_STATES: &[u8] = b"H";

/// All copies that portals are to delete.
pub(super) const PURGES: &[u8] = b"P";
/// All that is kept of deleted folders.
pub(super) const STATISTICS: &[u8] = b"S";

/// What belongs to an identifier.
fn of(id: &[u8; 16], tag: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(id.len() + 1 + rest.len());
    key.extend_from_slice(id);
    key.push(tag);
    key.extend_from_slice(rest);
    key
}

/// The letter of what belongs to an identifier; none of a key that begins with its letter, as no identifier does for 1 900 years.
pub(super) fn tag(key: &[u8]) -> Option<u8> {
    let begins_with_identifier = key.first().is_some_and(|first| !first.is_ascii_uppercase());
    begins_with_identifier.then(|| key.get(16).copied()).flatten()
}

/// Whether it is the key of a folder.
pub(super) fn is_folder(key: &[u8]) -> bool {
    key.len() == 17 && tag(key) == Some(b'F')
}

fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(tag);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

pub(super) fn folder(id: FolderId) -> Vec<u8> {
    of(id.as_bytes(), b'F', &[])
}

pub(super) fn case(id: CaseId) -> Vec<u8> {
    of(id.as_bytes(), b'C', &[])
}

/// A case, listed by its recipient.
pub(super) fn case_of(recipient: &OrganizationKey, case: CaseId) -> Vec<u8> {
    tagged(b'O', &[recipient.to_string().as_bytes(), &[0], case.as_bytes()])
}

pub(super) fn cases_of(recipient: &OrganizationKey) -> Vec<u8> {
    tagged(b'O', &[recipient.to_string().as_bytes(), &[0]])
}

/// A copy that the portal of a recipient is to delete.
pub(super) fn purge(purge: &Purge) -> Vec<u8> {
    let recipient = purge.recipient.to_string();
    tagged(b'P', &[recipient.as_bytes(), &[0], purge.case.as_bytes(), purge.attachment.as_bytes()])
}

pub(super) fn purges_of(recipient: &OrganizationKey) -> Vec<u8> {
    tagged(b'P', &[recipient.to_string().as_bytes(), &[0]])
}

/// What is kept of a deleted folder.
pub(super) fn statistic(folder: FolderId) -> Vec<u8> {
    tagged(b'S', &[folder.as_bytes()])
}

/// All that administrators did, oldest first.
pub(super) const ACTS: &[u8] = b"L";

/// What an administrator did.
pub(super) fn act(id: EntryId) -> Vec<u8> {
    tagged(b'L', &[id.as_bytes()])
}

/// All e-mails that wait, by their time.
pub(super) const MAIL_TIMES: &[u8] = b"T";

/// An e-mail that waits.
pub(super) fn mail(id: MailId) -> Vec<u8> {
    of(id.as_bytes(), b'Q', &[])
}

/// The place of an e-mail among those that wait.
pub(super) fn mail_time(due_at: Timestamp, id: MailId) -> Vec<u8> {
    let milliseconds = u64::try_from(due_at.milliseconds()).unwrap_or_default();
    tagged(b'T', &[&milliseconds.to_be_bytes(), id.as_bytes()])
}

/// A delivery.
pub(super) fn delivery(id: DeliveryId) -> Vec<u8> {
    of(id.as_bytes(), b'V', &[])
}

/// A delivery, listed by its folder.
pub(super) fn delivery_about(folder: FolderId, id: DeliveryId) -> Vec<u8> {
    of(folder.as_bytes(), b'U', id.as_bytes())
}

pub(super) fn deliveries_about(folder: FolderId) -> Vec<u8> {
    of(folder.as_bytes(), b'U', &[])
}

/// A delivery, listed by its recipient.
pub(super) fn delivery_of(recipient: &OrganizationKey, id: DeliveryId) -> Vec<u8> {
    tagged(b'J', &[recipient.to_string().as_bytes(), &[0], id.as_bytes()])
}

/// A delivery that waits, listed by its endpoint and its time.
pub(super) fn delivery_time(subscription: SubscriptionId, due_at: Timestamp, id: DeliveryId) -> Vec<u8> {
    let milliseconds = u64::try_from(due_at.milliseconds()).unwrap_or_default();
    tagged(b'K', &[subscription.as_bytes(), &milliseconds.to_be_bytes(), id.as_bytes()])
}

/// A delivery of which something may come back, listed by its endpoint.
pub(super) fn delivery_awaited(subscription: SubscriptionId, id: DeliveryId) -> Vec<u8> {
    tagged(b'G', &[subscription.as_bytes(), id.as_bytes()])
}

/// Where an attachment or an event belongs.
pub(super) fn located(id: &[u8; 16]) -> Vec<u8> {
    of(id, b'Z', &[])
}

/// A notification that waits, listed by its folder.
pub(super) fn waiting_of(folder: FolderId, id: NotificationId) -> Vec<u8> {
    of(folder.as_bytes(), b'W', id.as_bytes())
}

pub(super) fn all_waiting_of(folder: FolderId) -> Vec<u8> {
    of(folder.as_bytes(), b'W', &[])
}

pub(super) fn attachment(owner: Owner, id: AttachmentId) -> Vec<u8> {
    of(owner.as_bytes(), b'A', id.as_bytes())
}

/// The identifiers of all attachments of an owner, one behind the other: they are read one by one, which costs less than a search
/// for everything that begins like them.
pub(super) fn attachments(owner: Owner) -> Vec<u8> {
    of(owner.as_bytes(), b'B', &[])
}

pub(super) fn event(case: CaseId, id: EventId) -> Vec<u8> {
    of(case.as_bytes(), b'E', id.as_bytes())
}

pub(super) fn events(case: CaseId) -> Vec<u8> {
    of(case.as_bytes(), b'E', &[])
}

pub(super) fn notification(id: NotificationId) -> Vec<u8> {
    of(id.as_bytes(), b'N', &[])
}

/// An extent of a volume that an attachment lives in.
pub(super) fn extent(volume: u32, offset: u64) -> Vec<u8> {
    tagged(b'X', &[&volume.to_be_bytes(), &offset.to_be_bytes()])
}

pub(super) fn extents(volume: u32) -> Vec<u8> {
    tagged(b'X', &[&volume.to_be_bytes()])
}

/// All places whose attachments are gone from the view and may not be gone from the disk yet.
pub(super) const DEAD: &[u8] = b"D";

/// A place whose attachment is gone from the view.
pub(super) fn dead(address: &str) -> Vec<u8> {
    tagged(b'D', &[address.as_bytes()])
}

/// A file of its own that an attachment lives in.
pub(super) fn file(id: Uuid) -> Vec<u8> {
    tagged(b'Y', &[id.as_bytes()])
}

pub(super) fn credential(id: &ClientId) -> Vec<u8> {
    tagged(b'R', &[b"c", id.as_str().as_bytes()])
}

pub(super) fn reference(reference: &Reference) -> Vec<u8> {
    let organization = |key: &OrganizationKey| tagged(b'R', &[b"o", key.to_string().as_bytes()]);
    let process = |code: &ProcessCode| tagged(b'R', &[b"p", code.as_str().as_bytes()]);
    let subscription = |id: SubscriptionId| tagged(b'R', &[b"s", id.as_bytes()]);
    let migration = |source: &OrganizationKey| tagged(b'R', &[b"m", source.to_string().as_bytes()]);
    match reference {
        Reference::Organization(record) => organization(&record.key),
        Reference::Process(record) => process(&record.code),
        Reference::Subscription(record) => subscription(record.id),
        Reference::Credential(record) => credential(&record.client_id),
        Reference::Migration(record) => migration(&record.source),
    }
}

/// Where the notifications of an inbox lie. Neither part can hold the separator.
pub(super) fn inbox(inbox: &Inbox) -> Vec<u8> {
    tagged(b'I', &[inbox.recipient.to_string().as_bytes(), &[0], inbox.process.as_str().as_bytes(), &[0]])
}

/// What is known of an inbox.
pub(super) fn inbox_state(inbox: &Inbox) -> Vec<u8> {
    tagged(b'H', &[inbox.recipient.to_string().as_bytes(), &[0], inbox.process.as_str().as_bytes(), &[0]])
}

/// The inbox of a key made by [`inbox_state`], or of what precedes the order in a key made by [`waiting`].
pub(super) fn split_inbox(key: &[u8]) -> Option<Inbox> {
    let mut parts = key.get(1..)?.split(|byte| *byte == 0);
    let recipient = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let process = ProcessCode::new(std::str::from_utf8(parts.next()?).ok()?)?;
    Some(Inbox { recipient, process })
}

/// The place of a notification in its inbox: position of its entry, rank within it.
pub(super) fn waiting(inbox: &[u8], position: u64, rank: u32) -> Vec<u8> {
    let mut key = Vec::with_capacity(inbox.len() + 12);
    key.extend_from_slice(inbox);
    key.extend_from_slice(&position.to_be_bytes());
    key.extend_from_slice(&rank.to_be_bytes());
    key
}

/// The inbox and the order of a key made by [`waiting`].
pub(super) fn split_waiting(key: &[u8]) -> Option<(Inbox, (u64, u32))> {
    let (prefix, order) = key.split_at_checked(key.len().checked_sub(12)?)?;
    let (position, rank) = order.split_at(8);
    let order = (u64::from_be_bytes(position.try_into().ok()?), u32::from_be_bytes(rank.try_into().ok()?));
    Some((split_inbox(prefix)?, order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_waiting_notification_is_read_back() {
        let owner = Inbox {
            recipient: "SI-22770001000019-77372".parse().expect("a well-formed key"),
            process: ProcessCode::new("certificat-non-pacs").expect("a well-formed code"),
        };
        let key = waiting(&inbox(&owner), 258, 3);
        assert_eq!(split_waiting(&key), Some((owner.clone(), (258, 3))));
        assert_eq!(split_inbox(&inbox_state(&owner)), Some(owner));
        assert_eq!(split_waiting(b"short"), None);
    }

    #[test]
    fn a_key_has_the_letter_of_what_it_is_wherever_that_stands() {
        let folder = FolderId::generate();
        assert_eq!(tag(&super::folder(folder)), Some(b'F'));
        assert!(is_folder(&super::folder(folder)) && !is_folder(&attachments(Owner::Folder(folder))));
        // Another letter than its own stands where that of an identifier would.
        assert_eq!(tag(b"RpEtatCivil-AEC-CertificatF"), None);
    }
}
