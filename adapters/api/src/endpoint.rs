//! Every operation of the interface, as one closed enum: a request is parsed into it before anything is done.

mod address;
mod query;
mod text;

use http::{Method, StatusCode};
use navette_router::hub::{NotificationQuery, Target};
use navette_router::listing::{OrganizationQuery, ProcessQuery, SubscriptionQuery};
use navette_router::model::{
    AttachmentId, CaseId, ClientId, EventId, FolderId, NotificationId, OrganizationKey, ProcessCode, SubscriptionId,
};
use navette_router::{Faults, Scope};

use address::Address;

const DEPOSITORS: &[Scope] = &[Scope::Osl, Scope::Admin];
const PARTIES: &[Scope] = &[Scope::Osl, Scope::Si, Scope::Admin];
const RECEIVERS: &[Scope] = &[Scope::Si, Scope::Admin];
const ENROLLERS: &[Scope] = &[Scope::Admin, Scope::Datapass];
const ADMINISTRATORS: &[Scope] = &[Scope::Admin];

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident $(($($part:ty),+))? = $name:literal for $scopes:expr;)+) => {
        /// One operation and what its address says.
        #[derive(Debug, Clone)]
        pub enum Endpoint { $($(#[$doc])* $variant $(($($part),+))?,)+ }

        impl Endpoint {
            /// The name of every operation.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name of the operation: labels metrics.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name),+ }
            }

            /// Whose credentials may ask for the operation at all. What they may see of it, the use case decides.
            pub const fn scopes(&self) -> &'static [Scope] {
                match self { $(Self::$variant { .. } => $scopes),+ }
            }
        }
    };
}

endpoints! {
    /// `POST /folders`
    CreateFolder = "create_folder" for DEPOSITORS;
    /// `GET /folders/{id}`
    GetFolder(FolderId) = "get_folder" for DEPOSITORS;
    /// `PATCH /folders/{id}`
    UpdateFolder(FolderId) = "update_folder" for DEPOSITORS;
    /// `DELETE /folders/{id}`
    DeleteFolder(FolderId) = "delete_folder" for DEPOSITORS;
    /// `PUT …/attachments/{id}` of a folder or of an event
    Upload(Target) = "upload" for PARTIES;
    /// `GET /notifications`
    ListNotifications(NotificationList) = "list_notifications" for PARTIES;
    /// `DELETE /notifications/{id}`
    DeleteNotification(NotificationId) = "delete_notification" for PARTIES;
    /// `PUT /cases/migrate`
    MigrateCases = "migrate_cases" for RECEIVERS;
    /// `GET /attachmentsIdsForPurge`
    ListPurges = "list_purges" for PARTIES;
    /// `PUT /idsPurged`
    NotePurged = "note_purged" for PARTIES;
    /// `GET /cases/{id}`, light or not
    GetCase(CaseId, bool) = "get_case" for PARTIES;
    /// `PATCH /cases/{id}`
    UpdateCase(CaseId) = "update_case" for PARTIES;
    /// `GET /cases/{id}/attachments/{id}`
    DownloadCaseAttachment(CaseId, AttachmentId) = "download_case_attachment" for PARTIES;
    /// `POST /cases/{id}/events`
    CreateEvent(CaseId) = "create_event" for PARTIES;
    /// `GET /cases/{id}/events/{id}`
    GetEvent(CaseId, EventId) = "get_event" for PARTIES;
    /// `PATCH /cases/{id}/events/{id}`
    UpdateEvent(CaseId, EventId) = "update_event" for PARTIES;
    /// `DELETE /cases/{id}/events/{id}`
    DeleteEvent(CaseId, EventId) = "delete_event" for PARTIES;
    /// `GET /cases/{id}/events/{id}/attachments/{id}`
    DownloadEventAttachment(CaseId, EventId, AttachmentId) = "download_event_attachment" for PARTIES;
    /// `POST /organizations`
    CreateOrganization = "create_organization" for ENROLLERS;
    /// `GET /organizations`
    ListOrganizations(OrganizationQuery) = "list_organizations" for ENROLLERS;
    /// `GET /organizations/{key}`
    GetOrganization(OrganizationKey) = "get_organization" for ENROLLERS;
    /// `PUT /organizations/{key}`
    UpdateOrganization(OrganizationKey) = "update_organization" for ADMINISTRATORS;
    /// `GET /processes`
    ListProcesses(ProcessQuery) = "list_processes" for ADMINISTRATORS;
    /// `POST /processes`
    CreateProcess = "create_process" for ADMINISTRATORS;
    /// `GET /processes/{code}`
    GetProcess(ProcessCode) = "get_process" for ADMINISTRATORS;
    /// `PUT /processes/{code}`
    UpdateProcess(ProcessCode) = "update_process" for ADMINISTRATORS;
    /// `GET /subscriptions`
    ListSubscriptions(SubscriptionQuery) = "list_subscriptions" for DEPOSITORS;
    /// `POST /subscriptions`
    CreateSubscription = "create_subscription" for ENROLLERS;
    /// `GET /subscriptions/{id}`
    GetSubscription(SubscriptionId) = "get_subscription" for DEPOSITORS;
    /// `PUT /subscriptions/{id}`
    UpdateSubscription(SubscriptionId) = "update_subscription" for ADMINISTRATORS;
    /// `POST /navette/v1/credentials`
    CreateCredential = "create_credential" for ADMINISTRATORS;
    /// `GET /navette/v1/credentials`
    ListCredentials = "list_credentials" for ADMINISTRATORS;
    /// `POST /navette/v1/credentials/{id}/rotate`
    RotateCredential(ClientId) = "rotate_credential" for ADMINISTRATORS;
    /// `GET /navette/v1/retention`
    ListRetention(RetentionList) = "list_retention" for ADMINISTRATORS;
    /// `DELETE /navette/v1/credentials/{id}`
    DeleteCredential(ClientId) = "delete_credential" for ADMINISTRATORS;
}

/// What of an inbox is asked for, and in how much detail.
#[derive(Debug, Clone, Default)]
pub struct NotificationList {
    /// Which ones.
    pub query: NotificationQuery,
    /// Whether each row says what kind of event it is about.
    pub event_details: bool,
}

/// Which folders' ends are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct RetentionList {
    /// Those behind this one.
    pub after: Option<FolderId>,
    /// How many folders are looked at, at most.
    pub limit: Option<usize>,
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
        let (base, rest) = parts.split_at_checked(2).ok_or(Refusal::UnknownPath)?;
        let mut address = Address::new(method, query);
        let endpoint = match base {
            ["teledossiers", "v1"] => address.teledossiers(rest),
            ["referential", "v1"] => address.referential(rest),
            ["navette", "v1"] => address.navette(rest),
            _ => Err(Refusal::UnknownPath),
        }?;
        address.finish(endpoint)
    }

    /// Whether the operation reads a body.
    pub const fn takes_body(&self) -> bool {
        matches!(
            self,
            Self::CreateFolder
                | Self::UpdateFolder(_)
                | Self::Upload(_)
                | Self::MigrateCases
                | Self::NotePurged
                | Self::UpdateCase(_)
                | Self::CreateEvent(_)
                | Self::UpdateEvent(..)
                | Self::CreateOrganization
                | Self::UpdateOrganization(_)
                | Self::CreateProcess
                | Self::UpdateProcess(_)
                | Self::CreateSubscription
                | Self::UpdateSubscription(_)
                | Self::CreateCredential
                | Self::RotateCredential(_)
        )
    }

    /// Whether its body is the content of an attachment, which may be large.
    pub const fn is_upload(&self) -> bool {
        matches!(self, Self::Upload(_))
    }
}

#[cfg(test)]
mod tests;
