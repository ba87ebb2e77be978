//! What several answers are made of.

use navette_router::model::{Applicant, Attachment, AttachmentId, OrganizationKey, PartnerInfo};
use schemars::JsonSchema;
use serde::Serialize;

use super::text;
use crate::openapi::words::{CompanyRegister, FileStatus, Identifier, Side};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OrganizationIdentifier")]
#[serde(rename_all = "camelCase")]
pub(super) struct Key<'a> {
    /// `OSL`, `SI` or `ADMIN`.
    #[schemars(with = "Side")]
    r#type: &'a str,
    /// SIRET.
    #[schemars(with = "CompanyRegister")]
    company_register: &'a str,
    /// Branch: INSEE code for a commune.
    branch_code: &'a str,
}

impl<'a> From<&'a OrganizationKey> for Key<'a> {
    fn from(key: &'a OrganizationKey) -> Self {
        Self { r#type: key.kind().as_str(), company_register: key.company_register(), branch_code: key.branch_code() }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Applicant")]
#[serde(rename_all = "camelCase")]
pub(super) struct Person<'a> {
    /// First name.
    first_name: &'a str,
    /// Last name.
    last_name: &'a str,
    /// E-mail address.
    email: Option<&'a str>,
}

impl<'a> From<&'a Applicant> for Person<'a> {
    fn from(applicant: &'a Applicant) -> Self {
        Self { first_name: &applicant.first_name, last_name: &applicant.last_name, email: applicant.email.as_deref() }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PartnerInfo")]
#[serde(rename_all = "camelCase")]
pub(super) struct Partner<'a> {
    /// Editor.
    editor_name: Option<&'a str>,
    /// Application.
    application_name: Option<&'a str>,
    /// Version.
    software_version: Option<&'a str>,
}

pub(super) fn partner(info: Option<&PartnerInfo>) -> Option<Partner<'_>> {
    info.map(|info| Partner {
        editor_name: info.editor_name.as_deref(),
        application_name: info.application_name.as_deref(),
        software_version: info.software_version.as_deref(),
    })
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Attachment")]
#[serde(rename_all = "camelCase")]
pub(super) struct File<'a> {
    /// Identifier.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Identifier")]
    id: AttachmentId,
    /// Where it stands.
    #[schemars(with = "FileStatus")]
    status: &'static str,
    /// Name of the file.
    file_name: &'a str,
    /// One of the types of the process.
    r#type: &'a str,
    /// Length, in bytes.
    size: u64,
    /// Media type.
    mime_type: &'a str,
    /// External ids of the cases that may see it; in a folder only.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<&'a [String]>,
}

pub(super) fn file(attachment: &Attachment, with_recipients: bool) -> File<'_> {
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
