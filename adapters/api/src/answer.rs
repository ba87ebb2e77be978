//! Answers, as the contract spells them: names, nulls and all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderValue, Response, StatusCode, header};
use navette_router::hub::{CaseView, EventView, FolderView, NotificationView};
use navette_router::model::{
    Applicant, Attachment, Case, Contact, Credential, Digest, Event, Organization, OrganizationKey, PartnerInfo,
    Process, Subscription, Timestamp,
};
use serde::{Serialize, Serializer};

use crate::Body;

/// A JSON answer.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    let mut bytes = Vec::with_capacity(1_024);
    if let Err(error) = serde_json::to_writer(&mut bytes, value) {
        tracing::error!(error = &error as &dyn std::error::Error, "an answer cannot be written");
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// A SHA-256 as the `digest` header writes it.
pub(crate) fn digest(digest: &Digest) -> String {
    BASE64.encode(digest.0)
}

fn text<S: Serializer, T: std::fmt::Display>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn optional<S: Serializer, T: std::fmt::Display>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Key<'a> {
    r#type: &'a str,
    company_register: &'a str,
    branch_code: &'a str,
}

impl<'a> From<&'a OrganizationKey> for Key<'a> {
    fn from(key: &'a OrganizationKey) -> Self {
        Self { r#type: key.kind().as_str(), company_register: key.company_register(), branch_code: key.branch_code() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Person<'a> {
    first_name: &'a str,
    last_name: &'a str,
    email: Option<&'a str>,
}

impl<'a> From<&'a Applicant> for Person<'a> {
    fn from(applicant: &'a Applicant) -> Self {
        Self { first_name: &applicant.first_name, last_name: &applicant.last_name, email: applicant.email.as_deref() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Partner<'a> {
    editor_name: Option<&'a str>,
    application_name: Option<&'a str>,
    software_version: Option<&'a str>,
}

fn partner(info: Option<&PartnerInfo>) -> Option<Partner<'_>> {
    info.map(|info| Partner {
        editor_name: info.editor_name.as_deref(),
        application_name: info.application_name.as_deref(),
        software_version: info.software_version.as_deref(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(serialize_with = "text")]
    id: navette_router::model::AttachmentId,
    status: &'static str,
    file_name: &'a str,
    r#type: &'a str,
    size: u64,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<&'a [String]>,
}

fn file(attachment: &Attachment, with_recipients: bool) -> File<'_> {
    File {
        id: attachment.id,
        status: attachment.status.as_str(),
        file_name: &attachment.file_name,
        r#type: &attachment.kind,
        size: attachment.size_bytes,
        mime_type: &attachment.media_type,
        recipients: with_recipients.then_some(attachment.recipients.as_slice()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FolderCase<'a> {
    #[serde(serialize_with = "text")]
    id: navette_router::model::CaseId,
    status: &'static str,
    recipient: Key<'a>,
    external_id: &'a str,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    transmission_date_time: Option<Timestamp>,
    partner_attributes: Option<&'a str>,
}

impl<'a> From<&'a Case> for FolderCase<'a> {
    fn from(case: &'a Case) -> Self {
        Self {
            id: case.id,
            status: case.status.as_str(),
            recipient: (&case.recipient).into(),
            external_id: &case.external_id,
            update_date_time: case.updated_at,
            transmission_date_time: case.transmitted_at,
            partner_attributes: case.partner_attributes.as_deref(),
        }
    }
}

/// A folder as its depositor sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: navette_router::model::FolderId,
    global_status: &'static str,
    process_code: &'a str,
    external_id: &'a str,
    #[serde(serialize_with = "text")]
    create_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    close_date_time: Option<Timestamp>,
    applicant: Person<'a>,
    partner_info: Option<Partner<'a>>,
    cases: Vec<FolderCase<'a>>,
    attachments: Vec<File<'a>>,
}

impl<'a> From<&'a FolderView> for FolderAnswer<'a> {
    fn from(view: &'a FolderView) -> Self {
        let folder = &view.folder;
        Self {
            id: folder.id,
            global_status: folder.status.as_str(),
            process_code: folder.process.as_str(),
            external_id: &folder.external_id,
            create_date_time: folder.created_at,
            update_date_time: folder.updated_at,
            close_date_time: folder.closed_at,
            applicant: (&folder.applicant).into(),
            partner_info: partner(folder.partner_info.as_ref()),
            cases: view.cases.iter().map(FolderCase::from).collect(),
            attachments: view.attachments.iter().map(|attachment| file(attachment, true)).collect(),
        }
    }
}

/// A case as one side sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CaseAnswer<'a> {
    #[serde(flatten)]
    case: FolderCase<'a>,
    process_code: &'a str,
    #[serde(serialize_with = "text")]
    create_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    close_date_time: Option<Timestamp>,
    applicant: Person<'a>,
    attachments: Vec<File<'a>>,
    events: Vec<EventAnswer<'a>>,
}

impl<'a> From<&'a CaseView> for CaseAnswer<'a> {
    fn from(view: &'a CaseView) -> Self {
        Self {
            case: (&view.case).into(),
            process_code: view.case.process.as_str(),
            create_date_time: view.case.created_at,
            close_date_time: view.case.closed_at,
            applicant: (&view.applicant).into(),
            attachments: view.attachments.iter().map(|attachment| file(attachment, false)).collect(),
            events: view.events.iter().map(EventAnswer::from).collect(),
        }
    }
}

/// An event as one side sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: navette_router::model::EventId,
    transmitter: Key<'a>,
    message: Option<&'a str>,
    comment: Option<&'a str>,
    action_type: &'static str,
    author: Option<&'a str>,
    notification: bool,
    #[serde(serialize_with = "text")]
    create_date_time: Timestamp,
    #[serde(serialize_with = "text")]
    update_date_time: Timestamp,
    status: &'static str,
    case_current_status: Option<&'a str>,
    case_new_status: Option<&'static str>,
    partner_attributes: Option<&'a str>,
    attachments: Vec<File<'a>>,
    partner_info: Option<Partner<'a>>,
}

impl<'a> From<&'a EventView> for EventAnswer<'a> {
    fn from(EventView { event, attachments }: &'a EventView) -> Self {
        let Event {
            id,
            transmitter,
            message,
            comment,
            action,
            author,
            notification,
            created_at,
            updated_at,
            status,
            ..
        } = event;
        Self {
            id: *id,
            transmitter: transmitter.into(),
            message: message.as_deref(),
            comment: comment.as_deref(),
            action_type: action.as_str(),
            author: author.as_deref(),
            notification: *notification,
            create_date_time: *created_at,
            update_date_time: *updated_at,
            status: status.as_str(),
            case_current_status: event.case_current_status.as_deref(),
            case_new_status: event.case_new_status.map(|status| status.as_str()),
            partner_attributes: event.partner_attributes.as_deref(),
            attachments: attachments.iter().map(|attachment| file(attachment, false)).collect(),
            partner_info: partner(event.partner_info.as_ref()),
        }
    }
}

/// A row of an inbox.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: navette_router::model::NotificationId,
    recipient: Key<'a>,
    transmitter: Key<'a>,
    process_code: &'a str,
    #[serde(serialize_with = "text")]
    case_id: navette_router::model::CaseId,
    #[serde(serialize_with = "optional")]
    event_id: Option<navette_router::model::EventId>,
    #[serde(serialize_with = "text")]
    date_time: Timestamp,
    event_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_action_type: Option<Option<&'static str>>,
}

/// A row, with the kind of event when details were asked for.
pub(crate) fn notification(view: &NotificationView, details: bool) -> NotificationAnswer<'_> {
    let NotificationView { notification, event } = view;
    NotificationAnswer {
        id: notification.id,
        recipient: (&notification.recipient).into(),
        transmitter: (&notification.transmitter).into(),
        process_code: notification.process.as_str(),
        case_id: notification.case,
        event_id: notification.event,
        date_time: notification.created_at,
        event_status: event.map(|(_, status)| status.as_str()),
        event_action_type: details.then(|| event.map(|(action, _)| action.as_str())),
    }
}

/// An organization of the referential.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationAnswer<'a> {
    #[serde(flatten)]
    key: Key<'a>,
    name: &'a str,
    code: Option<&'a str>,
    country: Option<&'a str>,
    postal_code: &'a str,
    territory: &'a str,
    email: Option<&'a str>,
    phone_number: Option<&'a str>,
    status: &'a str,
    #[serde(serialize_with = "text")]
    create_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
}

impl<'a> From<&'a Organization> for OrganizationAnswer<'a> {
    fn from(organization: &'a Organization) -> Self {
        Self {
            key: (&organization.key).into(),
            name: &organization.name,
            code: organization.code.as_deref(),
            country: organization.country.as_deref(),
            postal_code: &organization.postal_code,
            territory: &organization.territory,
            email: organization.email.as_deref(),
            phone_number: organization.phone_number.as_deref(),
            status: &organization.status,
            create_date_time: organization.created_at,
            update_date_time: organization.updated_at,
        }
    }
}

/// A process of the referential.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProcessAnswer<'a> {
    code: &'a str,
    name: &'a str,
    description: Option<&'a str>,
    is_activated: bool,
    osl: Key<'a>,
    attachment_formats_enabled: &'a [String],
    si_attachment_formats_enabled: &'a [String],
    attachment_types_enabled: &'a [String],
    attachment_max_size_enabled: u64,
    status_before_file_deletion: &'static str,
    time_before_file_deletion: u32,
    time_before_archiving: u32,
    time_before_folder_deletion: u32,
    message_to_transmitter: bool,
    subscription_validation: &'static str,
    #[serde(serialize_with = "text")]
    creation_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
    legal_justification: Option<&'a str>,
}

impl<'a> From<&'a Process> for ProcessAnswer<'a> {
    fn from(process: &'a Process) -> Self {
        Self {
            code: process.code.as_str(),
            name: &process.name,
            description: process.description.as_deref(),
            is_activated: process.is_activated,
            osl: (&process.osl).into(),
            attachment_formats_enabled: &process.attachment_formats,
            si_attachment_formats_enabled: &process.si_attachment_formats,
            attachment_types_enabled: &process.attachment_types,
            attachment_max_size_enabled: process.attachment_max_bytes,
            status_before_file_deletion: process.status_before_file_deletion.as_str(),
            time_before_file_deletion: process.days_before_file_deletion,
            time_before_archiving: process.days_before_archiving,
            time_before_folder_deletion: process.days_before_folder_deletion,
            message_to_transmitter: process.messages_allowed,
            subscription_validation: process.subscription_validation.as_str(),
            creation_date_time: process.created_at,
            update_date_time: process.updated_at,
            legal_justification: process.legal_justification.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContactAnswer<'a> {
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    email: Option<&'a str>,
    function: Option<&'a str>,
    phone_number: Option<&'a str>,
    mobile_number: Option<&'a str>,
}

impl<'a> From<&'a Contact> for ContactAnswer<'a> {
    fn from(contact: &'a Contact) -> Self {
        Self {
            first_name: contact.first_name.as_deref(),
            last_name: contact.last_name.as_deref(),
            email: contact.email.as_deref(),
            function: contact.function.as_deref(),
            phone_number: contact.phone_number.as_deref(),
            mobile_number: contact.mobile_number.as_deref(),
        }
    }
}

/// A subscription of the referential.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionAnswer<'a> {
    #[serde(serialize_with = "text")]
    id: navette_router::model::SubscriptionId,
    datapass_id: i64,
    process_code: &'a str,
    subscriber: Key<'a>,
    access_mode: Option<&'static str>,
    notification_frequency: &'a str,
    #[serde(serialize_with = "optional")]
    activate_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    validate_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    reject_date_time: Option<Timestamp>,
    #[serde(serialize_with = "optional")]
    end_date_time: Option<Timestamp>,
    #[serde(serialize_with = "text")]
    creation_date_time: Timestamp,
    #[serde(serialize_with = "optional")]
    update_date_time: Option<Timestamp>,
    delegation_actor: Option<ContactAnswer<'a>>,
    rejection_reason: Option<&'a str>,
    status: &'static str,
    email: Option<&'a str>,
    local_administrator: ContactAnswer<'a>,
}

impl<'a> From<&'a Subscription> for SubscriptionAnswer<'a> {
    fn from(subscription: &'a Subscription) -> Self {
        Self {
            id: subscription.id,
            datapass_id: subscription.datapass_id,
            process_code: subscription.process.as_str(),
            subscriber: (&subscription.subscriber).into(),
            access_mode: subscription.access_mode.map(|mode| mode.as_str()),
            notification_frequency: &subscription.notification_frequency,
            activate_date_time: subscription.activated_at,
            validate_date_time: subscription.validated_at,
            reject_date_time: subscription.rejected_at,
            end_date_time: subscription.ends_at,
            creation_date_time: subscription.created_at,
            update_date_time: subscription.updated_at,
            delegation_actor: subscription.delegation_actor.as_ref().map(ContactAnswer::from),
            rejection_reason: subscription.rejection_reason.as_deref(),
            status: subscription.status.as_str(),
            email: subscription.email.as_deref(),
            local_administrator: (&subscription.local_administrator).into(),
        }
    }
}

/// A credential, with the secret that is shown this once.
#[derive(Serialize)]
pub(crate) struct CredentialAnswer<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    scope: &'static str,
    #[serde(serialize_with = "optional")]
    organization: Option<&'a OrganizationKey>,
    #[serde(serialize_with = "optional")]
    process: Option<&'a navette_router::model::ProcessCode>,
}

/// A credential and its secret.
pub(crate) fn credential<'a>(credential: &'a Credential, secret: &'a str) -> CredentialAnswer<'a> {
    CredentialAnswer {
        client_id: credential.client_id.as_str(),
        client_secret: secret,
        scope: credential.scope.as_str(),
        organization: credential.organization.as_ref(),
        process: credential.process.as_ref(),
    }
}
