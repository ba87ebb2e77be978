//! What several answers are made of.

use navette_router::model::{Applicant, Attachment, AttachmentId, OrganizationKey, PartnerInfo};
use serde::Serialize;

use super::text;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key<'a> {
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
pub(super) struct Person<'a> {
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
pub(super) struct Partner<'a> {
    editor_name: Option<&'a str>,
    application_name: Option<&'a str>,
    software_version: Option<&'a str>,
}

pub(super) fn partner(info: Option<&PartnerInfo>) -> Option<Partner<'_>> {
    info.map(|info| Partner {
        editor_name: info.editor_name.as_deref(),
        application_name: info.application_name.as_deref(),
        software_version: info.software_version.as_deref(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File<'a> {
    #[serde(serialize_with = "text")]
    id: AttachmentId,
    status: &'static str,
    file_name: &'a str,
    r#type: &'a str,
    size: u64,
    mime_type: &'a str,
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
