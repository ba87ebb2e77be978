//! A content on its way in: cut into chunks, of which some are being written while the next ones come.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Buf, Bytes, BytesMut};
use navette_router::content::HEAD_BYTES;
use navette_router::model::{AttachmentId, Digest, Place};
use navette_router::ports::{self, ErrorKind, Stored};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::place::{Content, place_of_chunk};
use super::{Attachments, CHUNK_BYTES};
use crate::cluster::error::Error;

/// An upload in progress. Dropped before it is finished, it leaves nothing.
pub struct Upload {
    attachments: Attachments,
    content: Content,
    received_bytes: u64,
    digest: Context,
    head: BytesMut,
    /// The chunk that is being filled.
    chunk: BytesMut,
    /// Chunks that were cut off.
    chunks: u64,
    writes: JoinSet<Result<(), Error>>,
    /// Whether chunks must go when this is dropped.
    is_unclaimed: bool,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Upload").field("content", &self.content).finish_non_exhaustive()
    }
}

impl Upload {
    pub(super) async fn begin(attachments: &Attachments, id: AttachmentId, declared_bytes: u64) -> Result<Self, Error> {
        let content = Content { id: Uuid::now_v7(), bytes: declared_bytes };
        let is_inline = declared_bytes <= attachments.options.inline_max_bytes;
        if !is_inline {
            let database = &attachments.database;
            let row = (attachments.gateway.as_ref(), content.to_string(), id.as_uuid());
            database.write(&database.statements.put_upload, row).await?;
        }
        Ok(Self {
            attachments: attachments.clone(),
            content,
            received_bytes: 0,
            digest: Context::new(&SHA256),
            head: BytesMut::with_capacity(HEAD_BYTES),
            chunk: BytesMut::new(),
            chunks: 0,
            writes: JoinSet::new(),
            is_unclaimed: !is_inline,
        })
    }

    fn is_inline(&self) -> bool {
        self.content.bytes <= self.attachments.options.inline_max_bytes
    }

    fn take_head(&mut self, frame: &Bytes) {
        let left = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(frame.get(..left).unwrap_or(frame));
    }

    /// Has the chunk written, when there is room among those that are being written.
    async fn cut(&mut self) -> Result<(), Error> {
        while self.writes.len() >= self.attachments.options.upload_chunks_in_flight.max(1) {
            self.one_written().await?;
        }
        let bytes = self.chunk.split().freeze();
        let (part, number) = place_of_chunk(self.chunks);
        self.chunks += 1;
        let (database, id) = (Arc::clone(&self.attachments.database), self.content.id);
        self.writes.spawn(async move {
            database.write(&database.statements.put_chunk, (id, part, number, bytes.as_ref())).await
        });
        Ok(())
    }

    async fn one_written(&mut self) -> Result<(), Error> {
        self.writes.join_next().await.map_or(Ok(()), |written| written?)
    }

    fn is_overrun(&self) -> bool {
        self.received_bytes > self.content.bytes
    }
}

impl ports::Upload for Upload {
    async fn write(&mut self, mut frame: Bytes) -> Result<(), ports::Error> {
        self.received_bytes = self.received_bytes.saturating_add(frame.len() as u64);
        if self.is_overrun() {
            return Err(ErrorKind::TooLong.into());
        }
        self.digest.update(&frame);
        self.take_head(&frame);
        while !frame.is_empty() {
            let taken = frame.len().min(CHUNK_BYTES - self.chunk.len());
            self.chunk.extend_from_slice(frame.get(..taken).unwrap_or_default());
            frame.advance(taken);
            if self.chunk.len() == CHUNK_BYTES {
                self.cut().await?;
            }
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Stored, ports::Error> {
        if self.is_overrun() {
            return Err(ErrorKind::TooLong.into());
        }
        if self.received_bytes < self.content.bytes {
            return Err(ErrorKind::TooShort.into());
        }
        let place = if self.is_inline() {
            Place::Inline(self.chunk.split().freeze())
        } else {
            if !self.chunk.is_empty() {
                self.cut().await?;
            }
            while !self.writes.is_empty() {
                self.one_written().await?;
            }
            Place::Stored(self.content.to_string().into())
        };
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.digest.clone().finish().as_ref());
        self.is_unclaimed = false;
        Ok(Stored { place, digest: Digest(sha256), head: self.head.split().freeze() })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Chunks that are still on their way come too late, whenever they come: see the statements.
        if self.is_unclaimed {
            self.attachments.discards.discard(&self.content.to_string());
        }
    }
}
