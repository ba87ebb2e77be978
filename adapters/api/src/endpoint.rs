//! Every operation of the interface, as one closed enum: a request is parsed into it before anything is done.

mod address;
mod lists;
mod query;
mod text;

use http::{Method, StatusCode};
use navette_router::hub::Target;
use navette_router::listing::{OrganizationQuery, ProcessQuery, SubscriptionQuery};
use navette_router::model::{
    AttachmentId, CaseId, ClientId, DeliveryId, EventId, FolderId, NotificationId, OrganizationKey, ProcessCode,
    SubscriptionId,
};
use navette_router::{Faults, Scope};

use address::Address;

pub use lists::NotificationList;
pub(crate) use lists::{ActList, DeliveryList, RetentionList};

const DEPOSITORS: &[Scope] = &[Scope::Osl, Scope::Admin];
const PARTIES: &[Scope] = &[Scope::Osl, Scope::Si, Scope::Admin];
const RECIPIENTS: &[Scope] = &[Scope::Si];
const RECEIVERS: &[Scope] = &[Scope::Si, Scope::Admin];
const ENROLLERS: &[Scope] = &[Scope::Admin, Scope::Datapass];
const ADMINISTRATORS: &[Scope] = &[Scope::Admin];

macro_rules! endpoints {
    ($($(#[doc = $summary:literal])+ $variant:ident $(($($part:ty),+))? = $name:literal at $($address:literal),+ for $scopes:expr;)+) => {
        /// One operation and what its address says.
        #[derive(Debug, Clone)]
        pub enum Endpoint { $($(#[doc = $summary])+ $variant $(($($part),+))?,)+ }

        impl Endpoint {
            /// Which operation it is.
            pub const fn operation(&self) -> Operation {
                match self { $(Self::$variant { .. } => Operation::$variant),+ }
            }
        }

        /// An operation of the interface, whatever it is asked about. What is said of each by an exhaustive match cannot forget one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation { $($(#[doc = $summary])+ $variant,)+ }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name: labels metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it does, in a sentence.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => concat!($($summary),+).trim_ascii()),+ }
            }

            /// Methods and paths, each as `METHOD /path/{parameter}`.
            pub const fn addresses(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($address),+]),+ }
            }

            /// Whose credentials may ask for the operation at all. What they may see of it, the use case decides.
            pub const fn scopes(self) -> &'static [Scope] {
                match self { $(Self::$variant => $scopes),+ }
            }
        }
    };
}

endpoints! {
    /// Creates a folder: its cases, and the attachments that will come.
    CreateFolder = "create_folder" at "POST /teledossiers/v1/folders" for DEPOSITORS;
    /// Reads a folder with its cases and attachments.
    GetFolder(FolderId) = "get_folder" at "GET /teledossiers/v1/folders/{folderId}" for DEPOSITORS;
    /// Completes, closes or reopens a folder.
    UpdateFolder(FolderId) = "update_folder" at "PATCH /teledossiers/v1/folders/{folderId}" for DEPOSITORS;
    /// Deletes a folder that nobody was told of.
    DeleteFolder(FolderId) = "delete_folder" at "DELETE /teledossiers/v1/folders/{folderId}" for DEPOSITORS;
    /// Sends the content of an attachment; the answer comes when it is durable.
    Upload(Target) = "upload" at "PUT /teledossiers/v1/folders/{folderId}/attachments/{attachmentId}", "PUT /teledossiers/v1/cases/{caseId}/events/{eventId}/attachments/{attachmentId}" for PARTIES;
    /// Lists what waits in the inbox, the oldest first.
    ListNotifications(NotificationList) = "list_notifications" at "GET /teledossiers/v1/notifications" for PARTIES;
    /// Takes a notification out of the inbox, for good.
    DeleteNotification(NotificationId) = "delete_notification" at "DELETE /teledossiers/v1/notifications/{notificationId}" for PARTIES;
    /// Moves every case of an organization to another.
    MigrateCases = "migrate_cases" at "PUT /teledossiers/v1/cases/migrate" for RECEIVERS;
    /// Lists the copies that a portal is to delete.
    ListPurges = "list_purges" at "GET /teledossiers/v1/attachmentsIdsForPurge" for PARTIES;
    /// Says which copies a portal has deleted.
    NotePurged = "note_purged" at "PUT /teledossiers/v1/idsPurged" for PARTIES;
    /// Reads a case with what its reader may see of it.
    GetCase(CaseId, bool) = "get_case" at "GET /teledossiers/v1/cases/{caseId}" for PARTIES;
    /// Sets the status of a case.
    UpdateCase(CaseId) = "update_case" at "PATCH /teledossiers/v1/cases/{caseId}" for PARTIES;
    /// Fetches the content of an attachment of a case.
    DownloadCaseAttachment(CaseId, AttachmentId) = "download_case_attachment" at "GET /teledossiers/v1/cases/{caseId}/attachments/{attachmentId}" for PARTIES;
    /// Posts an event on a case.
    CreateEvent(CaseId) = "create_event" at "POST /teledossiers/v1/cases/{caseId}/events" for PARTIES;
    /// Reads an event with its attachments.
    GetEvent(CaseId, EventId) = "get_event" at "GET /teledossiers/v1/cases/{caseId}/events/{eventId}" for PARTIES;
    /// Sends an event whose files are there, or says that it was received.
    UpdateEvent(CaseId, EventId) = "update_event" at "PATCH /teledossiers/v1/cases/{caseId}/events/{eventId}" for PARTIES;
    /// Deletes an event that was not sent.
    DeleteEvent(CaseId, EventId) = "delete_event" at "DELETE /teledossiers/v1/cases/{caseId}/events/{eventId}" for PARTIES;
    /// Fetches the content of an attachment of an event.
    DownloadEventAttachment(CaseId, EventId, AttachmentId) = "download_event_attachment" at "GET /teledossiers/v1/cases/{caseId}/events/{eventId}/attachments/{attachmentId}" for PARTIES;
    /// Lists what the hub brings to the caller and what became of it, the latest first.
    ListDeliveries(DeliveryList) = "list_deliveries" at "GET /navette/v1/deliveries" for RECIPIENTS;
    /// Says where a delivery stands, what each attempt came to, and what to do.
    GetDelivery(DeliveryId) = "get_delivery" at "GET /navette/v1/deliveries/{deliveryId}" for RECEIVERS;
    /// Has a delivery attempted again from now on, whatever came of it.
    ReplayDelivery(DeliveryId) = "replay_delivery" at "POST /navette/v1/deliveries/{deliveryId}/replay" for RECEIVERS;
    /// Registers an organization.
    CreateOrganization = "create_organization" at "POST /referential/v1/organizations" for ENROLLERS;
    /// Lists organizations.
    ListOrganizations(OrganizationQuery) = "list_organizations" at "GET /referential/v1/organizations" for ENROLLERS;
    /// Reads an organization.
    GetOrganization(OrganizationKey) = "get_organization" at "GET /referential/v1/organizations/{id}" for ENROLLERS;
    /// Changes an organization.
    UpdateOrganization(OrganizationKey) = "update_organization" at "PUT /referential/v1/organizations/{id}" for ADMINISTRATORS;
    /// Lists processes and their rules.
    ListProcesses(ProcessQuery) = "list_processes" at "GET /referential/v1/processes" for ADMINISTRATORS;
    /// Registers a process and its rules.
    CreateProcess = "create_process" at "POST /referential/v1/processes" for ADMINISTRATORS;
    /// Reads a process and its rules.
    GetProcess(ProcessCode) = "get_process" at "GET /referential/v1/processes/{code}" for ADMINISTRATORS;
    /// Changes a process and its rules.
    UpdateProcess(ProcessCode) = "update_process" at "PUT /referential/v1/processes/{code}" for ADMINISTRATORS;
    /// Lists subscriptions; a depositor sees those of its own processes.
    ListSubscriptions(SubscriptionQuery) = "list_subscriptions" at "GET /referential/v1/subscriptions" for DEPOSITORS;
    /// Subscribes an organization to a process.
    CreateSubscription = "create_subscription" at "POST /referential/v1/subscriptions" for ENROLLERS;
    /// Reads a subscription.
    GetSubscription(SubscriptionId) = "get_subscription" at "GET /referential/v1/subscriptions/{subscriptionId}" for DEPOSITORS;
    /// Changes a subscription, or where it is in its life.
    UpdateSubscription(SubscriptionId) = "update_subscription" at "PUT /referential/v1/subscriptions/{subscriptionId}" for ADMINISTRATORS;
    /// Sets where the cases of a subscription are brought, with what the hub needs to get in there. Secrets are never given back.
    SetEndpoint(SubscriptionId) = "set_endpoint" at "PUT /navette/v1/admin/subscriptions/{subscriptionId}/endpoint" for ADMINISTRATORS;
    /// Reads where the cases of a subscription are brought, without any secret.
    GetEndpoint(SubscriptionId) = "get_endpoint" at "GET /navette/v1/admin/subscriptions/{subscriptionId}/endpoint" for ADMINISTRATORS;
    /// Takes an endpoint away, with its secrets.
    RemoveEndpoint(SubscriptionId) = "remove_endpoint" at "DELETE /navette/v1/admin/subscriptions/{subscriptionId}/endpoint" for ADMINISTRATORS;
    /// Brings nothing to an endpoint until it is resumed; what is to be delivered waits.
    PauseEndpoint(SubscriptionId) = "pause_endpoint" at "POST /navette/v1/admin/subscriptions/{subscriptionId}/endpoint/pause" for ADMINISTRATORS;
    /// Brings to an endpoint again.
    ResumeEndpoint(SubscriptionId) = "resume_endpoint" at "POST /navette/v1/admin/subscriptions/{subscriptionId}/endpoint/resume" for ADMINISTRATORS;
    /// Tries the way to an endpoint from the hub, without delivering anything, and says what is wrong.
    TestEndpoint(SubscriptionId) = "test_endpoint" at "POST /navette/v1/admin/subscriptions/{subscriptionId}/endpoint/test" for ADMINISTRATORS;
    /// Has the deliveries to a recipient attempted again from now on.
    ReplayDeliveries = "replay_deliveries" at "POST /navette/v1/admin/deliveries/replay" for ADMINISTRATORS;
    /// Issues a credential; its secret is shown this once.
    CreateCredential = "create_credential" at "POST /navette/v1/admin/credentials" for ADMINISTRATORS;
    /// Lists credentials, never a secret.
    ListCredentials = "list_credentials" at "GET /navette/v1/admin/credentials" for ADMINISTRATORS;
    /// Issues a credential in the place of another, which stays in force for a while.
    RotateCredential(ClientId) = "rotate_credential" at "POST /navette/v1/admin/credentials/{client_id}/rotate" for ADMINISTRATORS;
    /// Revokes a credential, at once.
    DeleteCredential(ClientId) = "delete_credential" at "DELETE /navette/v1/admin/credentials/{client_id}" for ADMINISTRATORS;
    /// Says where something is, what happened to it, and why it was refused.
    Explain(String) = "explain" at "GET /navette/v1/admin/explain/{any_id}" for ADMINISTRATORS;
    /// Lists what administrators did, the latest first.
    ListActs(ActList) = "list_acts" at "GET /navette/v1/admin/log" for ADMINISTRATORS;
    /// Says how the hub is.
    GetStatus = "get_status" at "GET /navette/v1/admin/status" for ADMINISTRATORS;
    /// Foresees which files and folders will go, and when.
    ListRetention(RetentionList) = "list_retention" at "GET /navette/v1/admin/retention" for ADMINISTRATORS;
}

/// Why a request is none of the operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing at this address: 404.
    UnknownPath,
    /// There is, but not with this method: 405 with what is allowed.
    UnknownMethod(&'static str),
    /// The address or its query is malformed: 400 with every fault.
    Malformed(Faults),
}

impl Refusal {
    /// The status it is answered with.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::UnknownMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// The parts of the longest address: `teledossiers/v1/cases/{id}/events/{id}/attachments/{id}`.
const PARTS_MAX: usize = 8;

impl Endpoint {
    /// The operation that a request asks for. Pure: no socket is needed to test it.
    pub fn parse(method: &Method, path: &str, query: Option<&str>) -> Result<Self, Refusal> {
        let mut parts = [""; PARTS_MAX];
        let mut count = 0;
        for part in path.strip_prefix('/').ok_or(Refusal::UnknownPath)?.split('/') {
            if part.is_empty() {
                return Err(Refusal::UnknownPath);
            }
            *parts.get_mut(count).ok_or(Refusal::UnknownPath)? = part;
            count += 1;
        }
        let parts = parts.get(..count).unwrap_or_default();
        let mut address = Address::new(method, query);
        let endpoint = match parts {
            ["teledossiers", "v1", rest @ ..] => address.teledossiers(rest),
            ["referential", "v1", rest @ ..] => address.referential(rest),
            ["navette", "v1", "deliveries", rest @ ..] => address.deliveries(rest),
            ["navette", "v1", "admin", rest @ ..] => address.administration(rest),
            _ => Err(Refusal::UnknownPath),
        }?;
        address.finish(endpoint)
    }
}

#[cfg(test)]
mod tests;
