//! A content on its way in: cut into pieces, of which some are being written while the next ones come. A piece is a row of the view's
//! servers or a part of an object.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Buf, Bytes, BytesMut};
use navette_router::content::HEAD_BYTES;
use navette_router::model::{AttachmentId, Digest, Place};
use navette_router::ports::{self, ErrorKind, Stored};
use object_store::{MultipartUpload, PutPayload};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use super::objects::PART_BYTES;
use super::place::{Content, Keeper, place_of_chunk};
use super::{Attachments, CHUNK_BYTES};
use crate::cluster::error::Error;

/// An upload in progress. Dropped before it is finished, it leaves nothing.
pub struct Upload {
    attachments: Attachments,
    content: Content,
    received_bytes: u64,
    digest: Context,
    head: BytesMut,
    /// The piece that is being filled.
    piece: BytesMut,
    /// Pieces that were cut off.
    pieces: u64,
    writes: JoinSet<Result<(), Error>>,
    /// An object that takes parts.
    object: Option<Box<dyn MultipartUpload>>,
    /// What makes an object visible. It goes on when nobody waits for it, so that it is known when it may be removed.
    completion: Option<JoinHandle<Result<(), Error>>>,
    /// Whether the pieces must go when this is dropped.
    is_unclaimed: bool,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Upload").field("content", &self.content).finish_non_exhaustive()
    }
}

impl Upload {
    pub(super) async fn begin(attachments: &Attachments, id: AttachmentId, declared_bytes: u64) -> Result<Self, Error> {
        let keeper = if attachments.objects.is_some() { Keeper::Objects } else { Keeper::Chunks };
        let content = Content { keeper, id: Uuid::now_v7(), bytes: declared_bytes };
        let is_inline = declared_bytes <= attachments.options.inline_max_bytes;
        if !is_inline {
            let database = &attachments.database;
            let row = (attachments.gateway.as_ref(), content.to_string(), id.as_uuid());
            database.write(&database.statements.put_upload, row).await?;
        }
        let mut upload = Self {
            attachments: attachments.clone(),
            content,
            received_bytes: 0,
            digest: Context::new(&SHA256),
            head: BytesMut::with_capacity(HEAD_BYTES),
            piece: BytesMut::new(),
            pieces: 0,
            writes: JoinSet::new(),
            object: None,
            completion: None,
            is_unclaimed: !is_inline,
        };
        if let Some(objects) = attachments.objects.as_ref().filter(|_| declared_bytes > PART_BYTES as u64) {
            upload.object = Some(objects.begin(content.id).await?);
        }
        Ok(upload)
    }

    const fn piece_bytes(&self) -> usize {
        match self.content.keeper {
            Keeper::Chunks => CHUNK_BYTES,
            Keeper::Objects => PART_BYTES,
        }
    }

    fn pieces_in_flight(&self) -> usize {
        match (self.content.keeper, &self.attachments.objects) {
            (Keeper::Objects, Some(objects)) => objects.upload_parts_in_flight,
            _ => self.attachments.options.upload_chunks_in_flight.max(1),
        }
    }

    fn is_inline(&self) -> bool {
        self.content.bytes <= self.attachments.options.inline_max_bytes
    }

    fn take_head(&mut self, frame: &Bytes) {
        let left = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(frame.get(..left).unwrap_or(frame));
    }

    /// Has the piece written, when there is room among those that are being written.
    async fn cut(&mut self) -> Result<(), Error> {
        while self.writes.len() >= self.pieces_in_flight() {
            self.one_written().await?;
        }
        let bytes = self.piece.split().freeze();
        let (part, number) = place_of_chunk(self.pieces);
        self.pieces += 1;
        let id = self.content.id;
        match (&mut self.object, &self.attachments.objects) {
            (Some(object), _) => {
                let part = object.put_part(PutPayload::from_bytes(bytes));
                self.writes.spawn(async move { Ok(part.await?) });
            }
            (None, Some(objects)) => {
                let objects = objects.clone();
                self.completion = Some(tokio::spawn(async move { Ok(objects.put(id, bytes).await?) }));
            }
            (None, None) => {
                let database = Arc::clone(&self.attachments.database);
                self.writes.spawn(async move {
                    database.write(&database.statements.put_chunk, (id, part, number, bytes.as_ref())).await
                });
            }
        }
        Ok(())
    }

    /// Waits until all of it is written and whoever knows its address finds it.
    async fn complete(&mut self) -> Result<(), Error> {
        while !self.writes.is_empty() {
            self.one_written().await?;
        }
        if let Some(mut object) = self.object.take() {
            self.completion = Some(tokio::spawn(async move { Ok(object.complete().await.map(drop)?) }));
        }
        let Some(completion) = &mut self.completion else { return Ok(()) };
        let ended = completion.await;
        // It is waited for once: what became of it is known now.
        self.completion = None;
        ended?
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
            let piece_bytes = self.piece_bytes();
            if self.piece.is_empty() {
                let left = self.content.bytes - (self.received_bytes - frame.len() as u64);
                self.piece.reserve(usize::try_from(left).map_or(piece_bytes, |left| left.min(piece_bytes)));
            }
            let taken = frame.len().min(piece_bytes - self.piece.len());
            self.piece.extend_from_slice(frame.get(..taken).unwrap_or_default());
            frame.advance(taken);
            if self.piece.len() == piece_bytes {
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
            Place::Inline(self.piece.split().freeze())
        } else {
            if !self.piece.is_empty() {
                self.cut().await?;
            }
            self.complete().await?;
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
        if !self.is_unclaimed {
            return;
        }
        let (discards, address) = (self.attachments.discards.clone(), self.content.to_string());
        let (object, completion) = (self.object.take(), self.completion.take());
        match Handle::try_current() {
            // Something may become visible after it was removed.
            Ok(runtime) if object.is_some() || completion.is_some() => {
                runtime.spawn(async move {
                    give_up(object, completion).await;
                    discards.discard(&address);
                });
            }
            // Chunks that are still on their way come too late, whenever they come: see the statements.
            _ => discards.discard(&address),
        }
    }
}

/// Removes the parts of an object, or waits until it is known what became of it.
async fn give_up(object: Option<Box<dyn MultipartUpload>>, completion: Option<JoinHandle<Result<(), Error>>>) {
    if let Some(completion) = completion {
        // However it ended, what is there now can be removed.
        completion.await.ok();
    }
    if let Some(mut object) = object
        && let Err(error) = object.abort().await
    {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "parts of an object are left to the rules of the bucket"
        );
    }
}
