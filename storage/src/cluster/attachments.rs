//! The bytes of attachments, as chunk rows: a partition holds a part of a content, and no more than 32 MiB; or as objects of a bucket,
//! where there is one. What was kept the one way before the other was chosen is read as it was kept.
//!
//! A small content travels in the entry that names it. Of any other, a row of the gateway says that it is there before its first
//! chunk is written, until an entry names it: what a dead gateway left is found by its next start.

mod discard;
mod objects;
mod place;
mod reader;
mod recovery;
mod upload;

use std::ops::Range;
use std::sync::Arc;

use navette_router::model::{AttachmentId, Place};
use navette_router::ports;

use super::database::Database;

pub(super) use discard::Discards;
pub(super) use objects::Objects;
pub use objects::{Bucket, BucketError};
pub use reader::Reader;
pub(super) use recovery::recover;
pub use upload::Upload;

/// The bytes of a chunk, but for the last one of a content.
pub(super) const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks of a partition: 32 MiB.
pub(super) const CHUNKS_PER_PART: u64 = 128;

/// How attachments are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Contents of at most so many bytes travel in their entry.
    pub inline_max_bytes: u64,
    /// Chunks of one upload that are being written at once: so many times 256 KiB of memory.
    pub upload_chunks_in_flight: usize,
    /// Chunks of one download that are read ahead: so many times 256 KiB of memory; of an object, so many times 1 MiB.
    pub download_chunks_in_flight: usize,
    /// Contents that wait to be deleted; what comes beyond is deleted at the next start.
    pub discards_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { inline_max_bytes: 4_096, upload_chunks_in_flight: 4, download_chunks_in_flight: 4, discards_max: 10_000 }
    }
}

/// Keeps attachments on the view's servers.
#[derive(Debug, Clone)]
pub struct Attachments {
    options: Options,
    gateway: Arc<str>,
    database: Arc<Database>,
    objects: Option<Objects>,
    discards: Discards,
    /// One is held by each upload in progress, beside this one.
    uploads: Arc<()>,
}

impl Attachments {
    pub(super) fn new(
        options: Options,
        gateway: &str,
        database: Arc<Database>,
        objects: Option<Objects>,
        discards: Discards,
    ) -> Self {
        Self { options, gateway: gateway.into(), database, objects, discards, uploads: Arc::default() }
    }

    /// How many uploads are in progress.
    pub fn uploads(&self) -> u64 {
        Arc::strong_count(&self.uploads).saturating_sub(1) as u64
    }
}

impl ports::Attachments for Attachments {
    type Upload = Upload;
    type Reader = Reader;

    async fn upload(&self, id: AttachmentId, declared_bytes: u64) -> Result<Upload, ports::Error> {
        Ok(Upload::begin(self, id, declared_bytes).await?)
    }

    fn read(&self, place: &Place, range: Range<u64>) -> Result<Reader, ports::Error> {
        Reader::open(self, place, range)
    }

    fn discard(&self, place: &Place) {
        if let Place::Stored(address) = place {
            self.discards.discard(address);
        }
    }
}
