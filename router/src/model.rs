//! The nouns of the domain, one file each. Constructors validate and report every fault at once.

mod applicant;
mod attachment;
mod case;
mod check;
mod credential;
mod delivery;
mod endpoint;
mod event;
mod folder;
mod hexadecimal;
mod identifier;
mod mail;
mod maintenance;
mod migration;
mod notification;
mod organization;
mod partner;
mod process;
mod purge;
mod returned;
mod statistic;
mod status;
mod subscription;
mod timestamp;

pub use applicant::{Applicant, ApplicantDraft};
pub use attachment::{Attachment, AttachmentDraft, AttachmentStatus, Digest, Owner, Place};
pub use case::{Case, CaseDraft};
pub use check::Check;
pub use credential::{ClientId, Credential, SecretHash};
pub use delivery::{Attempt, DeadReason, Delivery, DeliveryState, Failure};
pub use endpoint::{EndpointOf, EndpointRecord, Fallback, Sealed, SealedSecret};
pub use event::{ActionType, Event, EventDraft, EventStatus};
pub use folder::{Folder, FolderDraft};
pub use identifier::{
    AttachmentId, CaseId, DeliveryId, EntryId, EventId, FolderId, MailId, NotificationId, SubscriptionId,
};
pub use mail::{About, Frequency, Mail, MailEnd};
pub use maintenance::{MaintenanceWindow, NotAWindow};
pub use migration::Migration;
pub use notification::Notification;
pub use organization::{Organization, OrganizationDraft, OrganizationKey, OrganizationKeyDraft, OrganizationType};
pub use partner::PartnerInfo;
pub use process::{Priority, Process, ProcessCode, ProcessDraft, SubscriptionValidation};
pub use purge::Purge;
pub use returned::{ReturnOutcome, ReturnRecord};
pub use statistic::Statistic;
pub use status::Status;
pub use subscription::{AccessMode, Contact, ContactDraft, Subscription, SubscriptionDraft, SubscriptionStatus};
pub use timestamp::Timestamp;
