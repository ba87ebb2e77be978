//! What goes into a message, in which order, under which names. No byte of a file is read for it.

use navette_router::model::Attachment;
use navette_router::ports::Delivery;

use super::name::{Number, code, extension};
use super::{message_name, xml, zip};

/// A zip of the older form has no room for more; this leaves some for headers.
const FILES_MAX_BYTES: u64 = u32::MAX as u64 - (64 << 20);
/// Its list of entries is counted with 16 bits; this leaves room for those that are ours.
const FILES_MAX: usize = 60_000;
/// A file is a document when the code of its kind holds one of these: forms, their data, their summary.
const DOCUMENT_WORDS: [&str; 6] = ["flux", "recap", "form", "cerfa", "pdf", "xml"];

/// Why a delivery has no form as a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A zip cannot hold so many bytes.
    #[error("its files have more than 4 GiB together, which a message cannot hold")]
    TooLarge,
    /// A zip cannot hold so many files.
    #[error("it has more than {FILES_MAX} files, which a message cannot hold")]
    TooMany,
}

/// What an entry of the zip is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A text that is made here.
    Made {
        /// Its name in the zip.
        name: String,
        /// What it holds.
        text: String,
        /// Whether it is compressed.
        compresses: bool,
    },
    /// An attachment.
    File {
        /// Its name in the zip.
        name: String,
        /// Which of the delivery's attachments.
        index: usize,
        /// How many bytes it has.
        size_bytes: u64,
        /// Whether it is compressed: it gets smaller then.
        compresses: bool,
    },
}

/// What a message is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The name of the message.
    pub name: String,
    /// What is in it, in order.
    pub entries: Vec<Entry>,
}

/// An attachment with its names in the message.
pub(super) struct Named<'a> {
    pub(super) index: usize,
    pub(super) attachment: &'a Attachment,
    /// Its code: that of its kind, numbered where several have the same, because readers want one file a code.
    pub(super) code: String,
    /// Its name in the zip.
    pub(super) entry: String,
    pub(super) is_document: bool,
}

impl Plan {
    /// The message of `delivery`, whose process is called `process` there: a word without hyphens.
    pub fn new(delivery: &Delivery, process: &str) -> Result<Self, Unfit> {
        if delivery.size_bytes() > FILES_MAX_BYTES {
            return Err(Unfit::TooLarge);
        }
        if delivery.attachments.len() > FILES_MAX {
            return Err(Unfit::TooMany);
        }
        let number = Number::new(&delivery.folder.external_id);
        let named = named(delivery, &number, process);
        let texts = xml::texts(delivery, process, &named);
        let envelope = format!("{}-{process}-ent-{}.xml", number.as_str(), delivery.sequence);
        let (documents, others): (Vec<_>, Vec<_>) = named.into_iter().partition(|named| named.is_document);
        let message = Entry::Made { name: "message.xml".to_owned(), text: texts.message, compresses: true };
        let mut entries = vec![message];
        entries.extend(documents.into_iter().map(Entry::of));
        entries.push(Entry::Made { name: envelope, text: texts.envelope, compresses: true });
        entries.extend(others.into_iter().map(Entry::of));
        Ok(Self { name: message_name(&number, process, delivery.sequence), entries })
    }

    /// The same in which nothing is compressed, so that it is known how long it is before a file is read.
    pub fn plain(delivery: &Delivery, process: &str) -> Result<Self, Unfit> {
        let mut plan = Self::new(delivery, process)?;
        plan.entries.iter_mut().for_each(Entry::stay_plain);
        let fits = plan.size_bytes().is_some_and(|size_bytes| size_bytes < u64::from(u32::MAX));
        if fits { Ok(plan) } else { Err(Unfit::TooLarge) }
    }

    /// How many bytes the message has, to the byte; none when something in it is compressed.
    pub fn size_bytes(&self) -> Option<u64> {
        let sizes: Option<Vec<_>> = self.entries.iter().map(Entry::plain_size).collect();
        Some(zip::plain_size_bytes(sizes?))
    }
}

impl Entry {
    fn of(named: Named<'_>) -> Self {
        let compresses = compresses(named.attachment, &named.entry);
        Self::File { name: named.entry, index: named.index, size_bytes: named.attachment.size_bytes, compresses }
    }

    const fn stay_plain(&mut self) {
        let (Self::Made { compresses, .. } | Self::File { compresses, .. }) = self;
        *compresses = false;
    }

    /// The lengths of its name and of what it holds; none when it is compressed.
    const fn plain_size(&self) -> Option<(usize, u64)> {
        match self {
            Self::Made { compresses: true, .. } | Self::File { compresses: true, .. } => None,
            Self::Made { name, text, .. } => Some((name.len(), text.len() as u64)),
            Self::File { name, size_bytes, .. } => Some((name.len(), *size_bytes)),
        }
    }

    /// Its name in the zip.
    pub fn name(&self) -> &str {
        match self {
            Self::Made { name, .. } | Self::File { name, .. } => name,
        }
    }
}

fn named<'a>(delivery: &'a Delivery, number: &Number, process: &str) -> Vec<Named<'a>> {
    let mut codes = std::collections::HashMap::<&str, u32>::new();
    let mut has_form = false;
    let mut all: Vec<Named<'a>> = Vec::with_capacity(delivery.attachments.len());
    for (index, attachment) in delivery.attachments.iter().enumerate() {
        let rank = codes.entry(attachment.kind.as_str()).or_default();
        *rank += 1;
        let code = if *rank == 1 { attachment.kind.clone() } else { format!("{}_{rank}", attachment.kind) };
        let mut extension = extension(&attachment.file_name, &attachment.media_type);
        let is_xml = extension == "xml";
        if is_xml {
            // Readers take the one XML that is named for the form: what follows is a text to them.
            if std::mem::replace(&mut has_form, true) {
                "txt".clone_into(&mut extension);
            }
        }
        let is_document = is_xml || is_document(&attachment.kind);
        let part = if is_document { "doc" } else { "pj" };
        let name_code = self::code(&attachment.kind);
        let entry =
            format!("{}-{process}-{part}-{name_code}-{rank}-{}.{extension}", number.as_str(), delivery.sequence);
        all.push(Named { index, attachment, code, entry, is_document });
    }
    all
}

fn is_document(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    DOCUMENT_WORDS.iter().any(|word| kind.contains(word))
}

fn compresses(attachment: &Attachment, entry: &str) -> bool {
    let extension = entry.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_text = attachment.media_type.starts_with("text/");
    let is_known = matches!(
        extension,
        "xml" | "txt" | "csv" | "json" | "html" | "htm" | "rtf" | "svg" | "bmp" | "tif" | "tiff" | "doc" | "xls"
    );
    is_text || is_known
}
