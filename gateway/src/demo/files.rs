//! Files to deposit where no real one may be used: a synthetic certificate of death, or whatever a folder holds.
//!
//! The synthetic files have the names, formats and sizes of what an e-certificate of death is made of (two XML documents and two
//! PDF documents) and are the same bytes at every call. Nothing in them describes a person, and each says that it is a specimen.

mod certificate;
mod folder;
mod media_type;
mod pdf;
mod scan;

pub use certificate::certificate_of_death;
pub use folder::from_folder;
pub use media_type::media_type;

/// Code of the kind of attachment for a file of which nothing else is known. Every process of the sandbox accepts it.
pub const ANY_KIND: &str = "PIECE_JOINTE";

/// One file to deposit.
#[derive(Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// File name, without any folder.
    pub name: String,
    /// Code of the kind of attachment, as in a process's list.
    pub kind: &'static str,
    /// Media type, from the name and the content.
    pub media_type: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for SampleFile {
    /// Without the content: it may be a gigabyte, and it may be somebody's.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SampleFile")
            .field("kind", &self.kind)
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The kind that a file's name tells: the two parts of a certificate of death end in `_DD` and `_VA` before the extension.
fn kind_of(name: &str) -> &'static str {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if stem.ends_with("_DD") {
        "DD_CertificatDeDeces"
    } else if stem.ends_with("_VA") {
        "VA_CertificatDeDeces"
    } else {
        ANY_KIND
    }
}
