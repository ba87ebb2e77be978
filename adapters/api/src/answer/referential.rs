//! Organizations and processes.

use navette_router::model::{Organization, Process, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::parts::Key;
use super::{optional, text};
use crate::openapi::words::{CaseStatus, DateTime, PriorityWord, Validation};

/// An organization of the referential.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Organization")]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationAnswer<'a> {
    #[serde(flatten)]
    key: Key<'a>,
    /// Name.
    name: &'a str,
    /// Code.
    code: Option<&'a str>,
    /// Country.
    country: Option<&'a str>,
    /// Postal code.
    postal_code: &'a str,
    /// Territory.
    territory: &'a str,
    /// E-mail address.
    email: Option<&'a str>,
    /// Telephone number.
    phone_number: Option<&'a str>,
    /// Where it stands.
    status: &'a str,
    /// When it was created.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    create_date_time: Timestamp,
    /// When it last changed.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
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
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Process")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProcessAnswer<'a> {
    /// Code.
    code: &'a str,
    /// Name.
    name: &'a str,
    /// Description.
    description: Option<&'a str>,
    /// Whether deposits are accepted.
    is_activated: bool,
    /// Who owns it and deposits.
    osl: Key<'a>,
    /// Media types that a depositor may send.
    attachment_formats_enabled: &'a [String],
    /// Media types that a recipient may send; those of the depositor when it is empty.
    si_attachment_formats_enabled: &'a [String],
    /// Codes of the kinds of attachment, with their case.
    attachment_types_enabled: &'a [String],
    /// Largest attachment, in bytes.
    attachment_max_size_enabled: u64,
    /// How many attachments a folder may hold; null: as many as the hub takes.
    attachments_max_enabled: Option<u32>,
    /// The statuses that a recipient is expected to set, in this order; another way is not refused.
    #[schemars(with = "Vec<CaseStatus>")]
    required_statuses: Vec<&'static str>,
    /// How soon its cases should reach their recipients.
    #[schemars(with = "PriorityWord")]
    priority: &'static str,
    /// The status of a case from which its files may be deleted.
    #[schemars(with = "CaseStatus")]
    status_before_file_deletion: &'static str,
    /// Days between that status and the deletion.
    time_before_file_deletion: u32,
    /// Days between `CLOSED` and archiving.
    time_before_archiving: u32,
    /// Days between archiving and the deletion of the folder.
    time_before_folder_deletion: u32,
    /// Whether a recipient may write to the depositor.
    message_to_transmitter: bool,
    /// How subscriptions become valid.
    #[schemars(with = "Validation")]
    subscription_validation: &'static str,
    /// When it was created.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    creation_date_time: Timestamp,
    /// When it last changed.
    #[serde(serialize_with = "optional")]
    #[schemars(with = "Option<DateTime>")]
    update_date_time: Option<Timestamp>,
    /// The law it rests on.
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
            attachments_max_enabled: process.attachments_max,
            required_statuses: process.required_statuses.iter().map(|status| status.as_str()).collect(),
            priority: process.priority.as_str(),
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
