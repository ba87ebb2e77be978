//! An online procedure and its rules.

use std::fmt;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

use super::{Check, OrganizationKey, OrganizationKeyDraft, Status, Timestamp};

/// Names a process: 1 to 30 letters, digits, `-`, `_` or `.`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProcessCode(ArrayString<PROCESS_CODE_MAX_BYTES>);

const PROCESS_CODE_MAX_BYTES: usize = 30;

impl ProcessCode {
    /// The code, if it is well formed.
    pub fn new(code: &str) -> Option<Self> {
        let well_formed = !code.is_empty()
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        ArrayString::from(code).ok().filter(|_| well_formed).map(Self)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProcessCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ProcessCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How a subscription to a process becomes valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionValidation {
    /// At once.
    Auto,
    /// By an administrator.
    Manual,
}

impl SubscriptionValidation {
    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "Auto",
            Self::Manual => "Manual",
        }
    }
}

impl std::str::FromStr for SubscriptionValidation {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "Auto" => Ok(Self::Auto),
            "Manual" => Ok(Self::Manual),
            _ => Err(()),
        }
    }
}

/// How soon the cases of a process should reach their recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Priority {
    /// Before the others.
    Urgent,
    /// In their turn.
    #[default]
    Normal,
}

impl Priority {
    /// The word of the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "URGENT",
            Self::Normal => "NORMAL",
        }
    }
}

impl std::str::FromStr for Priority {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Urgent, Self::Normal].into_iter().find(|priority| priority.as_str() == word).ok_or(())
    }
}

/// A process of the referential and what it allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// What tells it from others.
    pub code: ProcessCode,
    /// Name, at most 100 characters.
    pub name: String,
    /// Description, at most 1 000 characters.
    pub description: Option<String>,
    /// Whether deposits are accepted.
    pub is_activated: bool,
    /// Who owns it and deposits.
    pub osl: OrganizationKey,
    /// Media types a depositor may send.
    pub attachment_formats: Vec<String>,
    /// Media types a recipient may send back; empty: the same as the depositor's.
    pub si_attachment_formats: Vec<String>,
    /// Codes of the kinds of attachment, compared with their case.
    pub attachment_types: Vec<String>,
    /// Largest attachment, in bytes.
    pub attachment_max_bytes: u64,
    /// How many attachments a folder may hold; none: as many as the hub takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments_max: Option<u32>,
    /// The statuses that a recipient is expected to set, in this order. Information for both sides: a case that takes another way
    /// is not refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_statuses: Vec<Status>,
    /// How soon its cases should reach their recipients.
    #[serde(default)]
    pub priority: Priority,
    /// The status of a case from which its files may be deleted.
    pub status_before_file_deletion: Status,
    /// Days between that status and the deletion.
    pub days_before_file_deletion: u32,
    /// Days between `CLOSED` and archiving.
    pub days_before_archiving: u32,
    /// Days between archiving and deletion of the folder.
    pub days_before_folder_deletion: u32,
    /// Whether a recipient may write to the depositor.
    pub messages_allowed: bool,
    /// How subscriptions become valid.
    pub subscription_validation: SubscriptionValidation,
    /// The law it rests on.
    pub legal_justification: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
}

/// A process as an administrator describes it.
#[derive(Debug, Default, Clone)]
pub struct ProcessDraft {
    /// Code.
    pub code: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Whether deposits are accepted.
    pub is_activated: Option<bool>,
    /// Owner.
    pub osl: Option<OrganizationKeyDraft>,
    /// Depositor's media types.
    pub attachment_formats: Option<Vec<String>>,
    /// Recipient's media types.
    pub si_attachment_formats: Option<Vec<String>>,
    /// Kinds of attachment.
    pub attachment_types: Option<Vec<String>>,
    /// Largest attachment, in bytes.
    pub attachment_max_bytes: Option<i64>,
    /// Attachments of a folder at most.
    pub attachments_max: Option<i64>,
    /// Statuses that are expected.
    pub required_statuses: Option<Vec<String>>,
    /// `URGENT` or `NORMAL`.
    pub priority: Option<String>,
    /// Status before file deletion.
    pub status_before_file_deletion: Option<String>,
    /// Days before file deletion.
    pub days_before_file_deletion: Option<i64>,
    /// Days before archiving.
    pub days_before_archiving: Option<i64>,
    /// Days before folder deletion.
    pub days_before_folder_deletion: Option<i64>,
    /// Whether messages are allowed.
    pub messages_allowed: Option<bool>,
    /// `Auto` or `Manual`.
    pub subscription_validation: Option<String>,
    /// Legal justification.
    pub legal_justification: Option<String>,
}

impl ProcessDraft {
    /// The process as registered at `now`, or faults in `check`.
    pub fn validate(self, check: &mut Check<'_>, now: Timestamp) -> Option<Process> {
        let code = check.required("code", self.code).and_then(|code| {
            let code = ProcessCode::new(&code);
            if code.is_none() {
                check.fault("code", "is not a process code; give 1 to 30 letters, digits, '-', '_' or '.'");
            }
            code
        });
        let name = check.text("name", self.name, 100);
        let description = check.optional_prose("description", self.description, 1_000);
        let is_activated = check.required("isActivated", self.is_activated);
        let osl = check.required("osl", self.osl).and_then(|draft| draft.validate(&mut check.inside("osl")));
        let attachment_formats = words(check, "attachmentFormatsEnabled", self.attachment_formats, 255, true);
        let si_attachment_formats = words(
            check,
            "siAttachmentFormatsEnabled",
            Some(self.si_attachment_formats.unwrap_or_default()),
            255,
            false,
        );
        let attachment_types = words(check, "attachmentTypesEnabled", self.attachment_types, 100, true);
        let attachment_max_bytes = check.required("attachmentMaxSizeEnabled", self.attachment_max_bytes);
        let attachment_max_bytes = attachment_max_bytes.and_then(|bytes| {
            let bytes = u64::try_from(bytes).ok().filter(|bytes| *bytes > 0);
            if bytes.is_none() {
                check.fault("attachmentMaxSizeEnabled", "must be at least 1; give a number of bytes");
            }
            bytes
        });
        let attachments_max = self.attachments_max.and_then(|count| {
            let count = u32::try_from(count).ok().filter(|count| *count > 0);
            if count.is_none() {
                check.fault("attachmentsMaxEnabled", "is not a number of attachments; give 1 or more, or nothing");
            }
            count
        });
        let required_statuses = required_statuses(check, self.required_statuses.unwrap_or_default());
        let priority = check.optional_word("priority", self.priority, "URGENT, NORMAL").unwrap_or_default();
        let status_before_file_deletion =
            check.word("statusBeforeFileDeletion", self.status_before_file_deletion, "the statuses of a case");
        let days_before_file_deletion = days(check, "timeBeforeFileDeletion", self.days_before_file_deletion);
        let days_before_archiving = days(check, "timeBeforeArchiving", self.days_before_archiving);
        let days_before_folder_deletion = days(check, "timeBeforeFolderDeletion", self.days_before_folder_deletion);
        if let Some(status) = status_before_file_deletion {
            let kept = [days_before_file_deletion, days_before_archiving, days_before_folder_deletion];
            contradictions(check, status, kept);
        }
        let messages_allowed = check.required("messageToTransmitter", self.messages_allowed);
        let subscription_validation =
            check.word("subscriptionValidation", self.subscription_validation, "Auto, Manual");
        let legal_justification = check.optional_prose("legalJustification", self.legal_justification, 1_000);
        Some(Process {
            code: code?,
            name,
            description,
            is_activated: is_activated?,
            osl: osl?,
            attachment_formats,
            si_attachment_formats,
            attachment_types,
            attachment_max_bytes: attachment_max_bytes?,
            attachments_max,
            required_statuses,
            priority,
            status_before_file_deletion: status_before_file_deletion?,
            days_before_file_deletion,
            days_before_archiving,
            days_before_folder_deletion,
            messages_allowed: messages_allowed?,
            subscription_validation: subscription_validation?,
            legal_justification,
            created_at: now,
            updated_at: None,
        })
    }
}

/// A list of words. An entry may itself be a list separated by commas: that is how published interface files show it.
fn words(check: &mut Check<'_>, field: &str, list: Option<Vec<String>>, max_chars: usize, filled: bool) -> Vec<String> {
    let Some(list) = check.required(field, list) else { return Vec::new() };
    let words: Vec<String> = list
        .iter()
        .flat_map(|entry| entry.split(','))
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if filled && words.is_empty() {
        check.fault(field, "must hold at least one value; add one");
    }
    if words.iter().any(|word| word.chars().count() > max_chars || word.chars().any(char::is_control)) {
        check.fault(
            field,
            format!("holds a value that is longer than {max_chars} characters or not printable; correct it"),
        );
    }
    words
}

/// Statuses that a recipient can set, each one later than the one before.
fn required_statuses(check: &mut Check<'_>, words: Vec<String>) -> Vec<Status> {
    let mut statuses = Vec::with_capacity(words.len());
    for (index, word) in words.into_iter().enumerate() {
        let field = format!("requiredStatuses[{index}]");
        let Some(status) = check.optional_word::<Status>(&field, Some(word), "the statuses of a case") else {
            continue;
        };
        if !crate::lifecycle::is_recipients(status) {
            check.fault(&field, "is not a status that a recipient sets; see the table of statuses");
        } else if statuses.last().is_some_and(|last: &Status| status.stage() < last.stage()) {
            check.fault(&field, "comes before the one it follows; put them in the order of a case's life");
        }
        statuses.push(status);
    }
    statuses
}

/// Delays of which one can never pass before another has.
fn contradictions(check: &mut Check<'_>, status: Status, [file, archiving, deletion]: [u32; 3]) {
    if status.stage() < Status::HubeeNotified.stage() {
        check.fault(
            "statusBeforeFileDeletion",
            "is a status from before the recipient is told: it would find no file; use HUBEE_NOTIFIED or a later one",
        );
    }
    let kept_days = match status {
        Status::Closed => archiving.saturating_add(deletion),
        Status::Archived => deletion,
        _ => return,
    };
    if file.saturating_add(1) > kept_days {
        let message = format!(
            "is longer than a folder is kept once it is {status}: {kept_days} days; shorten it, or lengthen \
             timeBeforeArchiving or timeBeforeFolderDeletion"
        );
        check.fault("timeBeforeFileDeletion", message);
    }
}

fn days(check: &mut Check<'_>, field: &str, value: Option<i64>) -> u32 {
    const CENTURY: i64 = 36_525;
    match check.required(field, value) {
        Some(days) if (0..=CENTURY).contains(&days) => u32::try_from(days).unwrap_or_default(),
        Some(_) => {
            check.fault(field, "is not a number of days; give 0 to 36525");
            0
        }
        None => 0,
    }
}
