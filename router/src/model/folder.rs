//! Everything that one deposit contains.

use serde::{Deserialize, Serialize};

use super::{
    Applicant, ApplicantDraft, AttachmentDraft, CaseDraft, CaseId, FolderId, OrganizationKey, PartnerInfo, ProcessCode,
    Status, Timestamp,
};

/// One deposit. Its cases and attachments are records of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Identifier.
    pub id: FolderId,
    /// The online procedure.
    pub process: ProcessCode,
    /// Who deposited it.
    pub depositor: OrganizationKey,
    /// The depositor's own number, at most 30 characters; not promised to be unique.
    pub external_id: String,
    /// In whose name.
    pub applicant: Applicant,
    /// Where it stands; does not follow the cases, nor they it, but for completion.
    pub status: Status,
    /// Its cases, in the order they were sent.
    pub cases: Vec<CaseId>,
    /// The software that deposited it.
    pub partner_info: Option<PartnerInfo>,
    /// When it was deposited.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When it was archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
}

/// A folder as a depositor describes it.
#[derive(Debug, Default)]
pub struct FolderDraft {
    /// Process code.
    pub process_code: Option<String>,
    /// Depositor's number.
    pub external_id: Option<String>,
    /// Applicant.
    pub applicant: Option<ApplicantDraft>,
    /// Cases.
    pub cases: Option<Vec<CaseDraft>>,
    /// Attachments.
    pub attachments: Option<Vec<AttachmentDraft>>,
}
