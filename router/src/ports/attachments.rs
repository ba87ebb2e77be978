//! Where the bytes of attachments are kept.

use std::{future::Future, io, ops::Range};

use bytes::Bytes;
use futures_core::Stream;

use super::Error;
use crate::model::{AttachmentId, Digest, Place};

/// What was made durable.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Where it is.
    pub place: Place,
    /// Its SHA-256, computed while it came in.
    pub digest: Digest,
    /// Its first bytes, at most [`HEAD_BYTES`](crate::content::HEAD_BYTES): enough to judge what it is.
    pub head: Bytes,
}

/// Keeps the bytes of attachments. Never holds a whole one in memory, but for tiny ones.
pub trait Attachments: Send + Sync + 'static {
    /// An upload in progress.
    type Upload: Upload;
    /// A download in progress.
    type Reader: Stream<Item = io::Result<Bytes>> + Send + 'static;

    /// Makes room for `declared_bytes` bytes. Dropping what it returns frees them.
    fn upload(&self, id: AttachmentId, declared_bytes: u64)
    -> impl Future<Output = Result<Self::Upload, Error>> + Send;

    /// Reads a range of what was stored.
    fn read(&self, place: &Place, range: Range<u64>) -> Result<Self::Reader, Error>;

    /// Makes the bytes at `place` go away for good, soon, without making the caller wait. Doing it again changes nothing.
    fn discard(&self, place: &Place);
}

/// An upload in progress.
pub trait Upload: Send + 'static {
    /// Takes the next bytes. [`TooLong`](super::ErrorKind::TooLong) as soon as they are more than declared.
    fn write(&mut self, frame: Bytes) -> impl Future<Output = Result<(), Error>> + Send;

    /// Makes all of it durable. [`TooShort`](super::ErrorKind::TooShort) when bytes are missing.
    fn finish(self) -> impl Future<Output = Result<Stored, Error>> + Send;
}
