//! The part of a folder that goes to one recipient.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CaseId, Check, FolderId, OrganizationKey, OrganizationKeyDraft, ProcessCode, Status, Timestamp};

/// The part of a folder that goes to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Identifier.
    pub id: CaseId,
    /// The folder it is a part of.
    pub folder: FolderId,
    /// The folder's process.
    pub process: ProcessCode,
    /// Who deposited the folder.
    pub depositor: OrganizationKey,
    /// Who receives the case.
    pub recipient: OrganizationKey,
    /// The depositor's own number, at most 100 characters, unique within the folder.
    pub external_id: String,
    /// Technical words between depositor and recipient, at most 1 024 characters.
    pub partner_attributes: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// When it was deposited.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// When the recipient was told.
    pub transmitted_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How many events were posted to it, deleted ones included.
    pub events: u32,
    /// Since when it has stood at each stage that it reached and was not taken back from, by [`Status::stage`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reached: BTreeMap<u8, Timestamp>,
}

impl Case {
    /// Notes that it takes `status` at `at`. A case that is taken back has not reached what it had.
    pub fn take_status(&mut self, status: Status, at: Timestamp) {
        if self.status != status {
            let stage = status.stage();
            self.reached.retain(|reached, _| *reached < stage);
            self.reached.insert(stage, at);
        }
        self.status = status;
    }

    /// Since when it has stood at `status` or beyond.
    pub fn reached(&self, status: Status) -> Option<Timestamp> {
        self.reached.range(status.stage()..).map(|(_, at)| *at).min()
    }
}

/// A case as a depositor describes it.
#[derive(Debug, Default)]
pub struct CaseDraft {
    /// Depositor's number.
    pub external_id: Option<String>,
    /// Recipient.
    pub recipient: Option<OrganizationKeyDraft>,
    /// Technical words.
    pub partner_attributes: Option<String>,
}

impl CaseDraft {
    /// The case of `folder`, or faults in `check`.
    pub fn validate(
        self,
        check: &mut Check<'_>,
        folder: FolderId,
        process: Option<&ProcessCode>,
        depositor: &OrganizationKey,
        now: Timestamp,
    ) -> Option<Case> {
        let external_id = check.text("externalId", self.external_id, 100);
        let partner_attributes = check.optional_prose("partnerAttributes", self.partner_attributes, 1_024);
        let recipient = check
            .required("recipient", self.recipient)
            .and_then(|draft| draft.validate(&mut check.inside("recipient")));
        Some(Case {
            id: CaseId::generate(),
            folder,
            process: process?.clone(),
            depositor: depositor.clone(),
            recipient: recipient?,
            external_id,
            partner_attributes,
            status: Status::HubeeReceived,
            created_at: now,
            updated_at: None,
            transmitted_at: None,
            closed_at: None,
            events: 0,
            reached: BTreeMap::new(),
        })
    }
}
