//! Organizations and processes.

use navette_router::model::{Organization, Process, Timestamp};
use serde::Serialize;

use super::parts::Key;
use super::{optional, text};

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
