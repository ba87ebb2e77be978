//! One thing that happened to a case.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{AttachmentDraft, CaseId, EventId, FolderId, OrganizationKey, PartnerInfo, Status, Timestamp};
use crate::rights::Side;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActionType {
    /// The case changed status.
    StatusUpdate,
    /// Files were added.
    AttachDeposit,
    /// A file was downloaded.
    AttachDl,
    /// All files were downloaded.
    AttachDlAll,
    /// A comment was added for colleagues.
    ComAdd,
    /// A message was sent to the other side.
    SendingMessage,
}

impl ActionType {
    /// The six words, for a message.
    pub const WORDS: &'static str = "STATUS_UPDATE, ATTACH_DEPOSIT, ATTACH_DL, ATTACH_DL_ALL, COM_ADD, SENDING_MESSAGE";

    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StatusUpdate => "STATUS_UPDATE",
            Self::AttachDeposit => "ATTACH_DEPOSIT",
            Self::AttachDl => "ATTACH_DL",
            Self::AttachDlAll => "ATTACH_DL_ALL",
            Self::ComAdd => "COM_ADD",
            Self::SendingMessage => "SENDING_MESSAGE",
        }
    }
}

impl FromStr for ActionType {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::StatusUpdate, Self::AttachDeposit, Self::AttachDl, Self::AttachDlAll, Self::ComAdd, Self::SendingMessage]
            .into_iter()
            .find(|action| action.as_str() == word)
            .ok_or(())
    }
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventStatus {
    /// Its files are still being sent; only its author sees it.
    InProgress,
    /// The other side can see it.
    Sent,
    /// The other side said that it took it.
    Received,
}

impl EventStatus {
    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Sent => "SENT",
            Self::Received => "RECEIVED",
        }
    }
}

impl FromStr for EventStatus {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::InProgress, Self::Sent, Self::Received].into_iter().find(|status| status.as_str() == word).ok_or(())
    }
}

/// One thing that happened to a case.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identifier.
    pub id: EventId,
    /// The case it happened to.
    pub case: CaseId,
    /// The folder of that case.
    pub folder: FolderId,
    /// Its rank among the events of the case, from 1.
    pub rank: u32,
    /// Who did it.
    pub transmitter: OrganizationKey,
    /// On whose side that was.
    pub side: Side,
    /// What was done.
    pub action: ActionType,
    /// Where it stands.
    pub status: EventStatus,
    /// Whether the other side is notified, and the author of the acknowledgement.
    pub notification: bool,
    /// Words for the other side, at most 1 000 characters.
    pub message: Option<String>,
    /// Words for the recipient's colleagues, at most 1 000 characters; never shown to a depositor.
    pub comment: Option<String>,
    /// The agent, at most 255 characters.
    pub author: Option<String>,
    /// What the author believed the case's status to be: kept, never a condition.
    pub case_current_status: Option<String>,
    /// The status that the event gives the case.
    pub case_new_status: Option<Status>,
    /// Technical words, at most 1 024 characters.
    pub partner_attributes: Option<String>,
    /// The software that posted it.
    pub partner_info: Option<PartnerInfo>,
    /// How many attachments it announced.
    pub attachments: u32,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl fmt::Debug for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("id", &self.id)
            .field("case", &self.case)
            .field("action", &self.action)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// An event as its author describes it.
#[derive(Default, Clone)]
pub struct EventDraft {
    /// One of the six words.
    pub action_type: Option<String>,
    /// Whether to notify the other side.
    pub notification: Option<bool>,
    /// Message.
    pub message: Option<String>,
    /// Comment.
    pub comment: Option<String>,
    /// Agent.
    pub author: Option<String>,
    /// Believed status.
    pub case_current_status: Option<String>,
    /// New status.
    pub case_new_status: Option<String>,
    /// Technical words.
    pub partner_attributes: Option<String>,
    /// Files.
    pub attachments: Option<Vec<AttachmentDraft>>,
}

impl fmt::Debug for EventDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EventDraft").field("action_type", &self.action_type).finish_non_exhaustive()
    }
}
