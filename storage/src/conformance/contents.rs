//! Storing and reading bytes through the attachments port.

use std::io;
use std::ops::Range;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt;
use navette_router::model::{AttachmentId, Place};
use navette_router::ports::{Attachments, Error, Stored, Upload};

/// Stores `bytes` as they are declared, in frames of `frame_bytes`.
pub async fn store<A: Attachments>(attachments: &A, bytes: Bytes, frame_bytes: usize) -> Result<Stored, Error> {
    store_as(attachments, bytes.len() as u64, bytes, frame_bytes).await
}

/// Stores `bytes` under another declared size.
pub async fn store_as<A: Attachments>(
    attachments: &A,
    declared_bytes: u64,
    mut bytes: Bytes,
    frame_bytes: usize,
) -> Result<Stored, Error> {
    let mut upload = attachments.upload(AttachmentId::generate(), declared_bytes).await?;
    while !bytes.is_empty() {
        upload.write(bytes.split_to(frame_bytes.min(bytes.len()))).await?;
    }
    upload.finish().await
}

/// Reads a range.
pub async fn read<A: Attachments>(attachments: &A, place: &Place, range: Range<u64>) -> io::Result<Bytes> {
    drain(attachments.read(place, range).map_err(io::Error::other)?).await
}

/// All that a reader gives, or its error.
pub async fn drain(reader: impl Stream<Item = io::Result<Bytes>>) -> io::Result<Bytes> {
    let mut reader = pin!(reader);
    let mut gathered = BytesMut::new();
    while let Some(chunk) = reader.next().await {
        gathered.extend_from_slice(&chunk?);
    }
    Ok(gathered.freeze())
}
