//! A file that travels with a folder or with an event.

use std::{fmt, str::FromStr};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{AttachmentId, Check, EventId, FolderId};

/// What an attachment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// A folder: the attachment is seen by the cases it lists.
    Folder(FolderId),
    /// An event: the attachment is seen by whoever sees the event.
    Event(EventId),
}

impl Owner {
    /// The 16 bytes of the owner's identifier.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        match self {
            Self::Folder(id) => id.as_bytes(),
            Self::Event(id) => id.as_bytes(),
        }
    }
}

/// Where the reception of an attachment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AttachmentStatus {
    /// Announced, not received.
    Pending,
    /// Received, durable, as announced.
    Received,
    /// Received with malware in it.
    Corrupted,
    /// What came was not what was announced.
    Rejected,
    /// Its bytes are gone.
    Deleted,
}

impl AttachmentStatus {
    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Received => "RECEIVED",
            Self::Corrupted => "CORRUPTED",
            Self::Rejected => "REJECTED",
            Self::Deleted => "DELETED",
        }
    }
}

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(#[serde(with = "super::hexadecimal")] pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        formatter.write_str(")")
    }
}

/// Where the bytes of a received attachment are.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// In the journal entry itself: a few kB at most.
    Inline(#[serde(with = "super::hexadecimal")] Bytes),
    /// At an address that the attachment store gave, and that means something only to it.
    Stored(Box<str>),
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(bytes) => write!(formatter, "Inline({} bytes)", bytes.len()),
            Self::Stored(address) => write!(formatter, "Stored({address})"),
        }
    }
}

/// A file, as announced and as received.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Identifier.
    pub id: AttachmentId,
    /// What it belongs to.
    pub owner: Owner,
    /// Its rank among the attachments announced together, from 0.
    pub rank: u32,
    /// Name, at most 255 characters. Kept as a name, never used as a path.
    pub file_name: String,
    /// Code of its kind, at most 100 characters.
    pub kind: String,
    /// Announced size, in bytes.
    pub size_bytes: u64,
    /// Announced media type.
    pub media_type: String,
    /// External ids of the cases that see it; empty for an event's.
    pub recipients: Vec<String>,
    /// Where reception stands.
    pub status: AttachmentStatus,
    /// SHA-256 of what was received.
    pub digest: Option<Digest>,
    /// Where the bytes are.
    pub place: Option<Place>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // File names often hold the name of a person.
        formatter
            .debug_struct("Attachment")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("size_bytes", &self.size_bytes)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// An attachment as it is announced.
#[derive(Default, Clone)]
pub struct AttachmentDraft {
    /// File name.
    pub file_name: Option<String>,
    /// Code of its kind.
    pub kind: Option<String>,
    /// Size in bytes.
    pub size: Option<i64>,
    /// Media type.
    pub mime_type: Option<String>,
    /// External ids of cases.
    pub recipients: Option<Vec<String>>,
}

impl fmt::Debug for AttachmentDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AttachmentDraft").field("size", &self.size).finish_non_exhaustive()
    }
}

impl AttachmentDraft {
    /// The attachment announced as the `rank`-th of `owner`, or faults in `check`. `recipients` is left to the folder.
    pub fn validate(self, check: &mut Check<'_>, owner: Owner, rank: u32) -> Attachment {
        let size = check.required("size", self.size).unwrap_or_default();
        let size_bytes = u64::try_from(size).unwrap_or_else(|_| {
            check.fault("size", "must not be negative; give the number of bytes");
            0
        });
        let media_type = check.text("mimeType", self.mime_type, 255);
        if !media_type.is_empty() && MediaType::from_str(&media_type).is_err() {
            check.fault("mimeType", "is not a media type; write it like application/pdf");
        }
        Attachment {
            id: AttachmentId::generate(),
            owner,
            rank,
            file_name: check.text("fileName", self.file_name, 255),
            kind: check.text("type", self.kind, 100),
            size_bytes,
            media_type,
            recipients: self.recipients.unwrap_or_default(),
            status: AttachmentStatus::Pending,
            digest: None,
            place: None,
        }
    }
}

struct MediaType;

impl FromStr for MediaType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        let token = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&byte))
        };
        match essence.split_once('/') {
            Some((kind, subtype)) if token(kind) && token(subtype) => Ok(Self),
            _ => Err(()),
        }
    }
}
