//! The vocabulary of the journal: facts, in the past tense.
//!
//! A fact *sets*, it never adds: applying the same entries again, from any earlier position, ends in the same view. A fact holds
//! all that dispatch needs, so that the journal can be consumed without the view. The types are encoded with their field names;
//! a new field is optional, a changed meaning is a new variant.

mod about;
mod imported;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use imported::Imported;

use crate::model::{
    Attachment, AttachmentId, Attempt, Case, CaseId, ClientId, Credential, DeadReason, Delivery, DeliveryId,
    DeliveryState, Digest, EntryId, Event, EventId, Folder, FolderId, Mail, MailEnd, MailId, Migration, Notification,
    NotificationId, Organization, OrganizationKey, Owner, Place, Process, ProcessCode, Purge, ReturnRecord, Statistic,
    Status, Subscription, Timestamp,
};
use crate::referential::Reference;

/// All that one use case changed: durable together, visible together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Identifier; those of the notifications that follow derive from it.
    pub id: EntryId,
    /// When it was decided.
    pub at: Timestamp,
    /// The credential that asked for it; none when the hub acted by itself.
    pub by: Option<ClientId>,
    /// The request in which it was asked for: the `X-Request-Id` of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestName>,
    /// What happened.
    pub facts: Vec<Fact>,
}

/// What ties an entry to a request: 1 to 64 letters, digits, `-` or `_`. Cheap to clone.
pub type RequestName = std::sync::Arc<str>;

impl Entry {
    /// An entry of the hub's own, or in the name of somebody who asked for it earlier.
    pub fn new(at: Timestamp, by: Option<ClientId>, facts: Vec<Fact>) -> Self {
        Self { id: EntryId::generate(), at, by, request: None, facts }
    }
}

/// An event that went with its folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedEvent {
    /// The case.
    pub case: CaseId,
    /// The event.
    pub event: EventId,
    /// Its attachments.
    pub attachments: Vec<AttachmentId>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// An organization entered the referential, or changed.
    OrganizationRegistered(Organization),
    /// A process entered the referential, or changed.
    ProcessRegistered(Process),
    /// A subscription was created, or changed.
    SubscriptionRegistered(Subscription),
    /// A credential was issued.
    CredentialIssued(Credential),
    /// A credential was revoked, at the entry's time.
    CredentialRevoked(ClientId),
    /// A folder was announced with its cases and attachments.
    FolderDeposited {
        /// The folder.
        folder: Folder,
        /// Its cases.
        cases: Vec<Case>,
        /// Its attachments.
        attachments: Vec<Attachment>,
    },
    /// The bytes of an attachment are durable at `place`.
    AttachmentReceived {
        /// What it belongs to.
        owner: Owner,
        /// Which one.
        attachment: AttachmentId,
        /// Its SHA-256.
        digest: Digest,
        /// Where it is.
        place: Place,
    },
    /// What came for an attachment was not what was announced; its bytes were not kept.
    AttachmentRejected {
        /// What it belongs to.
        owner: Owner,
        /// Which one.
        attachment: AttachmentId,
    },
    /// A folder was completed: it and its cases are notified.
    FolderCompleted {
        /// The folder.
        folder: FolderId,
        /// Its process.
        process: ProcessCode,
        /// Who deposited it.
        depositor: OrganizationKey,
        /// Its cases and who receives them.
        cases: Vec<(CaseId, OrganizationKey)>,
    },
    /// The status of a folder was set.
    FolderStatusSet {
        /// The folder.
        folder: FolderId,
        /// The status.
        status: Status,
        /// When it was closed, if the status says that it is.
        closed_at: Option<Timestamp>,
    },
    /// A folder was deleted with all that is in it.
    FolderDeleted {
        /// The folder.
        folder: FolderId,
        /// Its cases.
        cases: Vec<CaseId>,
        /// Its attachments.
        attachments: Vec<AttachmentId>,
        /// The events of its cases.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        events: Vec<DeletedEvent>,
        /// The notifications about it that still waited.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notifications: Vec<NotificationId>,
        /// What was, or was to be, brought to its recipients.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deliveries: Vec<DeliveryId>,
        /// What is kept of it; nothing of one that was never completed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statistic: Option<Statistic>,
    },
    /// The time of a file was up: its bytes are deleted.
    FileDeleted {
        /// What it belongs to.
        owner: Owner,
        /// Which one.
        attachment: AttachmentId,
        /// The cases that listed it, whose portal is to delete its copy.
        purges: Vec<Purge>,
    },
    /// A portal has deleted its copies of these.
    FilesPurged(Vec<Purge>),
    /// A case went over to another recipient, with its notifications that still waited.
    CaseMoved {
        /// The case.
        case: CaseId,
        /// Whose it was.
        source: OrganizationKey,
        /// Whose it is.
        target: OrganizationKey,
        /// The notifications.
        notifications: Vec<NotificationId>,
    },
    /// The move of all cases of an organization began, or ended.
    MigrationRecorded(Migration),
    /// What an administrator changed was this before; the other facts of the entry say what it became.
    Replaced(Reference),
    /// Old records of what administrators did were forgotten.
    ActsForgotten(Vec<EntryId>),
    /// When credentials last came for a token.
    CredentialsUsed(Vec<(ClientId, Timestamp)>),
    /// The status of a case was set.
    CaseStatusSet {
        /// The case.
        case: CaseId,
        /// The status.
        status: Status,
    },
    /// An event was posted.
    EventPosted {
        /// The event.
        event: Event,
        /// The files it announces.
        attachments: Vec<Attachment>,
        /// The process of its case.
        process: ProcessCode,
        /// Whose inboxes it goes to now.
        notified: Vec<OrganizationKey>,
    },
    /// The files of an event are all there: the other side can see it.
    EventSent {
        /// The event.
        event: EventId,
        /// Its case.
        case: CaseId,
        /// Its folder.
        folder: FolderId,
        /// The process of its case.
        process: ProcessCode,
        /// Who posted it.
        transmitter: OrganizationKey,
        /// Whose inboxes it goes to.
        notified: Vec<OrganizationKey>,
    },
    /// The other side took an event.
    EventReceived {
        /// The event.
        event: EventId,
        /// Its case.
        case: CaseId,
        /// Its folder.
        folder: FolderId,
        /// The process of its case.
        process: ProcessCode,
        /// Who took it.
        transmitter: OrganizationKey,
        /// The author, when it asked to know.
        notified: Vec<OrganizationKey>,
    },
    /// An event that was never sent was deleted with its files.
    EventDeleted {
        /// The event.
        event: EventId,
        /// Its case.
        case: CaseId,
        /// Its files.
        attachments: Vec<AttachmentId>,
    },
    /// E-mails are to be sent; one that waits already stays as it is.
    MailsQueued(Vec<Mail>),
    /// A server did not take an e-mail: it waits longer.
    MailPostponed {
        /// Which.
        mail: MailId,
        /// How often it was tried.
        attempts: u32,
        /// Not sent before.
        due_at: Timestamp,
    },
    /// E-mails wait no longer.
    MailsEnded(Vec<(MailId, MailEnd)>),
    /// Something is to be brought to its recipients.
    DeliveriesQueued(Vec<Delivery>),
    /// An attempt to bring something has ended.
    DeliveryAttempted {
        /// Which delivery.
        delivery: DeliveryId,
        /// What the attempt came to.
        attempt: Attempt,
        /// Where the delivery stands now.
        state: DeliveryState,
        /// What the peer calls it, when it has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// Whether something may come back from the recipient from now on.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_awaited: bool,
        /// The rank that it has from now on, when that changes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// Something came back from a recipient. What it became is in the other facts of the entry.
    DeliveryReturned {
        /// About which delivery.
        delivery: DeliveryId,
        /// What.
        record: ReturnRecord,
    },
    /// Nothing is awaited any more of what was brought.
    ReturnsEnded(Vec<DeliveryId>),
    /// A delivery ended without an attempt, at the entry's time.
    DeliveryEnded {
        /// Which delivery.
        delivery: DeliveryId,
        /// Why.
        reason: DeadReason,
    },
    /// Deliveries are attempted again, from the entry's time on, as if they had just been called for.
    DeliveriesReplayed(Vec<DeliveryId>),
    /// A recipient took a notification out of its inbox.
    NotificationDeleted(NotificationId),
    /// A notification was put into an inbox by hand or by migration.
    NotificationPut(Notification),
    /// Records came as they are from another store.
    RecordsImported(Vec<Imported>),
}

const fn of(owner: &Owner) -> Uuid {
    match owner {
        Owner::Folder(id) => *id.as_uuid(),
        Owner::Event(id) => *id.as_uuid(),
    }
}
