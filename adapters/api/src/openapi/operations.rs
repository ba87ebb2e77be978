//! What each operation takes and gives. The match is exhaustive: an operation that is not described does not compile.

use http::StatusCode;
use navette_router::hub::{CredentialDraft, EndpointDraft, MigrationDraft};
use navette_router::listing::{OrganizationField, ProcessField, SubscriptionField};
use navette_router::model::{EventDraft, FolderDraft, OrganizationDraft, ProcessDraft, SubscriptionDraft};
use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::description::Description;
use super::parameter::{Parameter, codes, order, page, siret};
use crate::answer::{
    ActsAnswer, CaseAnswer, CredentialAnswer, CredentialRow, DeliveriesAnswer, DeliveryAnswer, EndpointAnswer,
    EventAnswer, ExplanationAnswer, FolderAnswer, MigrationAnswer, NotificationAnswer, OrganizationAnswer,
    ProcessAnswer, PurgeAnswer, ReplayedAnswer, RetentionAnswer, StatusAnswer, SubscriptionAnswer, TrialAnswer,
};
use crate::drafts::{CaseStatusDraft, EventStatusDraft, FolderStatusDraft, PurgesDraft, ReplayDraft, RotationDraft};
use crate::endpoint::Operation;

const FOLDERS: &str = "Folders";
const CASES: &str = "Cases";
const EVENTS: &str = "Events";
const NOTIFICATIONS: &str = "Notifications";
const DELIVERIES: &str = "Deliveries";
const PORTAL: &str = "Portal";
const ORGANIZATIONS: &str = "Organizations";
const PROCESSES: &str = "Processes";
const SUBSCRIPTIONS: &str = "Subscriptions";
const ADMINISTRATION: &str = "Administration";

/// What the documentation says of each group of operations.
pub(super) const TAGS: &[(&str, &str)] = &[
    (FOLDERS, "What an online service deposits: a folder, its cases and its attachments."),
    (NOTIFICATIONS, "The inbox of each party: what there is to fetch."),
    (CASES, "What a recipient fetches, and where its processing stands."),
    (EVENTS, "What happens to a case: statuses, messages, files that come back."),
    (DELIVERIES, "What the hub brings to recipients, what came of it, and what to do."),
    (PORTAL, "For portals that keep copies of files."),
    (ORGANIZATIONS, "Who takes part."),
    (PROCESSES, "The online procedures and their rules."),
    (SUBSCRIPTIONS, "Who receives what."),
    (ADMINISTRATION, "For whoever runs the hub."),
];

const CREATED: StatusCode = StatusCode::CREATED;
const OK: StatusCode = StatusCode::OK;

/// What there is to say of an operation; the schemas of answers go to `generator`.
pub(super) fn describe(operation: Operation, generator: &mut SchemaGenerator) -> Description {
    let to = generator;
    match operation {
        Operation::CreateFolder => {
            Description::new(FOLDERS).reads::<FolderDraft>(folder()).answers::<FolderAnswer<'_>>(CREATED, to)
        }
        Operation::GetFolder => {
            Description::new(FOLDERS).answers::<FolderAnswer<'_>>(OK, to).may_miss("Folder is not found")
        }
        Operation::UpdateFolder => Description::new(FOLDERS)
            .reads::<FolderStatusDraft>(json!({ "globalStatus": "HUBEE_COMPLETED" }))
            .may_miss("Folder is not found"),
        Operation::DeleteFolder => Description::new(FOLDERS).may_miss("Folder is not found"),
        Operation::Upload => Description::new(FOLDERS).takes_bytes().may_miss("Binary meta-data is not found"),
        Operation::ListNotifications => Description::new(NOTIFICATIONS)
            .query(page("offSet"))
            .query([
                codes("processCode", "Those about these processes only, separated by commas."),
                codes("processPriority", "Those about these processes first, separated by commas."),
                Parameter::query(
                    "eventDetails",
                    "Whether each row says what kind of event it is about.",
                    json!({ "type": "boolean" }),
                ),
            ])
            .pages::<NotificationAnswer<'_>>("Notifications", to),
        Operation::DeleteNotification => Description::new(NOTIFICATIONS).may_miss("Notification is not found"),
        Operation::MigrateCases => Description::new(CASES)
            .reads::<MigrationDraft>(json!({
                "organizationSource": { "type": "SI", "companyRegister": "21129901100018", "branchCode": "12202" },
                "organizationTarget": { "type": "SI", "companyRegister": "21129902900010", "branchCode": "12145" },
            }))
            .answers::<MigrationAnswer>(OK, to)
            .may_miss("Organization is not found"),
        Operation::ListPurges => Description::new(PORTAL).lists::<PurgeAnswer>(to),
        Operation::NotePurged => Description::new(PORTAL).reads::<PurgesDraft>(json!([])),
        Operation::GetCase => Description::new(CASES)
            .query([Parameter::query(
                "lite",
                "Whether to leave out events and attachments.",
                json!({ "type": "boolean" }),
            )])
            .answers::<CaseAnswer<'_>>(OK, to)
            .may_miss("Case is not found"),
        Operation::UpdateCase => Description::new(CASES)
            .reads::<CaseStatusDraft>(json!({ "status": "SI_RECEIVED" }))
            .may_miss("Case is not found"),
        Operation::DownloadCaseAttachment => Description::new(CASES).gives_bytes().may_miss("File is not found"),
        Operation::CreateEvent => Description::new(EVENTS)
            .reads::<EventDraft>(json!({
                "actionType": "STATUS_UPDATE", "notification": true, "caseCurrentStatus": "SI_RECEIVED",
                "caseNewStatus": "DONE", "message": "", "comment": "", "author": "État civil",
            }))
            .answers::<EventAnswer<'_>>(CREATED, to)
            .may_miss("Case is not found"),
        Operation::GetEvent => {
            Description::new(EVENTS).answers::<EventAnswer<'_>>(OK, to).may_miss("Event is not found")
        }
        Operation::UpdateEvent => Description::new(EVENTS)
            .reads::<EventStatusDraft>(json!({ "status": "RECEIVED" }))
            .may_miss("Event is not found"),
        Operation::DeleteEvent => Description::new(EVENTS).may_miss("Event is not found"),
        Operation::DownloadEventAttachment => Description::new(EVENTS).gives_bytes().may_miss("File is not found"),
        Operation::ListDeliveries => {
            Description::new(DELIVERIES).query(latest_first()).answers::<DeliveriesAnswer<'_>>(OK, to)
        }
        Operation::GetDelivery | Operation::ReplayDelivery => {
            Description::new(DELIVERIES).answers::<DeliveryAnswer<'_>>(OK, to).may_miss("Delivery is not found")
        }
        Operation::CreateOrganization => Description::new(ORGANIZATIONS)
            .query(organization_filters())
            .reads::<OrganizationDraft>(organization())
            .answers::<OrganizationAnswer<'_>>(CREATED, to),
        Operation::ListOrganizations => Description::new(ORGANIZATIONS)
            .query(organization_filters())
            .query([order(OrganizationField::WORDS)])
            .query(page("offSet"))
            .pages::<OrganizationAnswer<'_>>("Organizations", to),
        Operation::GetOrganization => Description::new(ORGANIZATIONS)
            .answers::<OrganizationAnswer<'_>>(OK, to)
            .may_miss("Organization is not found"),
        Operation::UpdateOrganization => Description::new(ORGANIZATIONS)
            .reads::<OrganizationDraft>(organization())
            .answers::<OrganizationAnswer<'_>>(OK, to)
            .may_miss("Organization is not found"),
        Operation::ListProcesses => Description::new(PROCESSES)
            .query([siret("companyRegister"), order(ProcessField::WORDS)])
            .query(page("offset"))
            .pages::<ProcessAnswer<'_>>("Processes", to),
        Operation::CreateProcess => {
            Description::new(PROCESSES).reads::<ProcessDraft>(process()).answers::<ProcessAnswer<'_>>(CREATED, to)
        }
        Operation::GetProcess => {
            Description::new(PROCESSES).answers::<ProcessAnswer<'_>>(OK, to).may_miss("Process is not found")
        }
        Operation::UpdateProcess => Description::new(PROCESSES)
            .reads::<ProcessDraft>(process())
            .answers::<ProcessAnswer<'_>>(OK, to)
            .may_miss("Process is not found"),
        Operation::ListSubscriptions => Description::new(SUBSCRIPTIONS)
            .query([
                codes("processCode", "Those to these processes only, separated by commas."),
                Parameter::query(
                    "datapassId",
                    "Number of the enrolment request.",
                    json!({ "type": "integer", "format": "int64" }),
                ),
                Parameter::query(
                    "status",
                    "Where it is in its life.",
                    json!({ "type": "string", "enum": ["Actif", "Inactif", "Refusé", "Suspendu"] }),
                ),
                siret("companyRegister"),
                Parameter::query(
                    "delegationActorEmail",
                    "Those looked after by whoever has this address.",
                    json!({ "type": "string" }),
                ),
                order(SubscriptionField::WORDS),
            ])
            .query(page("offSet"))
            .pages::<SubscriptionAnswer<'_>>("Subscriptions", to),
        Operation::CreateSubscription => Description::new(SUBSCRIPTIONS)
            .reads::<SubscriptionDraft>(subscription())
            .answers::<SubscriptionAnswer<'_>>(CREATED, to),
        Operation::GetSubscription => Description::new(SUBSCRIPTIONS)
            .answers::<SubscriptionAnswer<'_>>(OK, to)
            .may_miss("Subscription is not found"),
        Operation::UpdateSubscription => Description::new(SUBSCRIPTIONS)
            .reads::<SubscriptionDraft>(subscription())
            .answers::<SubscriptionAnswer<'_>>(OK, to)
            .may_miss("Subscription is not found"),
        Operation::SetEndpoint => Description::new(ADMINISTRATION)
            .reads::<EndpointDraft>(endpoint())
            .answers::<EndpointAnswer<'_>>(OK, to)
            .may_miss("Subscription is not found"),
        Operation::GetEndpoint | Operation::PauseEndpoint | Operation::ResumeEndpoint => {
            Description::new(ADMINISTRATION).answers::<EndpointAnswer<'_>>(OK, to).may_miss("Endpoint is not found")
        }
        Operation::RemoveEndpoint => Description::new(ADMINISTRATION).may_miss("Endpoint is not found"),
        Operation::TestEndpoint => {
            Description::new(ADMINISTRATION).answers::<TrialAnswer<'_>>(OK, to).may_miss("Endpoint is not found")
        }
        Operation::ReplayDeliveries => Description::new(ADMINISTRATION)
            .reads::<ReplayDraft>(json!({
                "recipient": "SI-21129902900010-12145", "processCode": "OTV", "from": "2026-11-23T00:00:00+01:00",
            }))
            .answers::<ReplayedAnswer>(OK, to)
            .may_miss("Organization is not found"),
        Operation::CreateCredential => Description::new(ADMINISTRATION)
            .reads::<CredentialDraft>(json!({ "scope": "ADMIN" }))
            .answers::<CredentialAnswer<'_>>(CREATED, to),
        Operation::ListCredentials => Description::new(ADMINISTRATION).lists::<CredentialRow<'_>>(to),
        Operation::RotateCredential => Description::new(ADMINISTRATION)
            .reads::<RotationDraft>(json!({ "overlap_hours": 24 }))
            .answers::<CredentialAnswer<'_>>(CREATED, to)
            .may_miss("Credential is not found"),
        Operation::DeleteCredential => Description::new(ADMINISTRATION).may_miss("Credential is not found"),
        Operation::Explain => Description::new(ADMINISTRATION).answers::<ExplanationAnswer<'_>>(OK, to),
        Operation::ListActs => Description::new(ADMINISTRATION).query(latest_first()).answers::<ActsAnswer<'_>>(OK, to),
        Operation::GetStatus => Description::new(ADMINISTRATION).answers::<StatusAnswer<'_>>(OK, to),
        Operation::ListRetention => Description::new(ADMINISTRATION)
            .query([
                Parameter::query(
                    "after",
                    "The folder behind which to go on.",
                    json!({ "type": "string", "format": "uuid" }),
                ),
                Parameter::query(
                    "maxResult",
                    "How many folders are looked at.",
                    json!({ "type": "integer", "minimum": 1 }),
                ),
            ])
            .answers::<RetentionAnswer>(OK, to),
    }
}

/// The parameters of a list that begins with the latest.
fn latest_first() -> [Parameter; 2] {
    [
        Parameter::query("before", "The `next` of the former answer.", json!({ "type": "string", "format": "uuid" })),
        Parameter::query("maxResult", "How many at most.", json!({ "type": "integer", "minimum": 1 })),
    ]
}

/// The published interface gives them to the whole address; POST passes them over.
fn organization_filters() -> [Parameter; 2] {
    let types = json!({ "type": "string", "enum": ["OSL", "SI", "ADMIN"] });
    [Parameter::query("type", "`OSL`, `SI` or `ADMIN`.", types), siret("company_register")]
}

fn folder() -> Value {
    json!({
        "processCode": "CERTDC", "externalId": "EXAMPLE-1",
        "applicant": { "firstName": "Camille", "lastName": "Exemple", "email": null },
        "cases": [{
            "externalId": "EXAMPLE-1-01",
            "recipient": { "type": "SI", "companyRegister": "21129901100018", "branchCode": "12202" },
        }],
        "attachments": [{
            "fileName": "certificat.pdf", "type": "DD_Certificatdedeces", "size": 1_024,
            "mimeType": "application/pdf", "recipients": ["EXAMPLE-1-01"],
        }],
    })
}

fn organization() -> Value {
    json!({
        "type": "SI", "companyRegister": "21010004600015", "branchCode": "01004", "name": "Ambérieu-en-Bugey",
        "code": "01004", "country": "France", "postalCode": "01500", "territory": "Ain",
        "email": "mairie@example.fr", "phoneNumber": "0400000000", "status": "Actif",
    })
}

fn process() -> Value {
    json!({
        "code": "EXEMPLE", "name": "Démarche d'exemple", "description": null, "isActivated": true,
        "osl": { "type": "OSL", "companyRegister": "11999902700012", "branchCode": "DGS" },
        "attachmentFormatsEnabled": ["application/pdf"], "siAttachmentFormatsEnabled": [],
        "attachmentTypesEnabled": ["JUSTIFICATIF"], "attachmentMaxSizeEnabled": 10_485_760,
        "statusBeforeFileDeletion": "DONE", "timeBeforeFileDeletion": 90, "timeBeforeArchiving": 30,
        "timeBeforeFolderDeletion": 365, "messageToTransmitter": true, "subscriptionValidation": "Auto",
        "legalJustification": null,
    })
}

fn endpoint() -> Value {
    json!({
        "mode": "SFTP",
        "settings": {
            "host": "sftp.mairie.example.fr", "user": "navette",
            "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHaC1aMA8cwL+FdM6vjfIJROPOm8boIKKnhzRce/N02x",
        },
        "secrets": { "password": "example" }, "maintenance": ["22:00-06:00"],
        "fallback": { "after_hours": 48, "mode": "PORTAIL" },
    })
}

fn subscription() -> Value {
    json!({
        "datapassId": 1_234, "processCode": "OTV", "notificationFrequency": "Unitaire", "accessMode": "API",
        "subscriber": { "type": "SI", "companyRegister": "21129902900010", "branchCode": "12145" },
        "localAdministrator": { "email": "mairie@example.fr" }, "delegationActor": null,
    })
}
