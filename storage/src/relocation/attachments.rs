//! The bytes of an attachment: from one side to the other, and read again to see whether they arrived. Never a whole one in memory.

use futures_util::{StreamExt, pin_mut};
use navette_router::model::{Attachment, FolderId, Place};
use navette_router::ports::{Attachments, ErrorKind, Upload};

use super::digest::Running;
use super::error::{Error, is_damage};
use super::progress::Progress;

/// Copies the bytes of an attachment, whose digest must be that of its record. Where they are at the destination.
pub(super) async fn copy(
    from: &impl Attachments,
    to: &impl Attachments,
    folder: FolderId,
    attachment: &Attachment,
    place: &Place,
    progress: &Progress,
) -> Result<Place, Error> {
    let id = attachment.id;
    let damaged = || Error::Damaged { attachment: id, folder };
    let mut upload = to.upload(id, attachment.size_bytes).await.map_err(Error::Destination)?;
    let bytes = match from.read(place, 0..attachment.size_bytes) {
        Err(error) if error.kind() == ErrorKind::Corrupt => return Err(damaged()),
        bytes => bytes.map_err(Error::Source)?,
    };
    pin_mut!(bytes);
    while let Some(frame) = bytes.next().await {
        let frame = frame.map_err(|source| match is_damage(&source) {
            true => damaged(),
            false => Error::Unreadable { attachment: id, folder, source },
        })?;
        progress.add_bytes(frame.len() as u64);
        upload.write(frame).await.map_err(Error::Destination)?;
    }
    let stored = match upload.finish().await {
        Err(error) if matches!(error.kind(), ErrorKind::TooShort | ErrorKind::TooLong) => return Err(damaged()),
        stored => stored.map_err(Error::Destination)?,
    };
    if attachment.digest.is_some_and(|digest| digest != stored.digest) {
        to.discard(&stored.place);
        return Err(damaged());
    }
    Ok(stored.place)
}

/// Whether the bytes of an attachment are there and have the digest of its record. How many there are, or nothing when they are not.
pub(super) async fn check(
    attachments: &impl Attachments,
    folder: FolderId,
    attachment: &Attachment,
    place: &Place,
) -> Result<Option<u64>, Error> {
    let bytes = match attachments.read(place, 0..attachment.size_bytes) {
        Err(error) if error.kind() == ErrorKind::Corrupt => return Ok(None),
        bytes => bytes.map_err(Error::Destination)?,
    };
    pin_mut!(bytes);
    let (mut digest, mut size) = (Running::new(), 0);
    while let Some(frame) = bytes.next().await {
        match frame {
            Ok(frame) => {
                digest.update(&frame);
                size += frame.len() as u64;
            }
            Err(error) if is_damage(&error) => return Ok(None),
            Err(source) => return Err(Error::Unreadable { attachment: attachment.id, folder, source }),
        }
    }
    let is_whole = size == attachment.size_bytes;
    let is_same = attachment.digest.is_none_or(|expected| expected.0 == digest.finish());
    Ok((is_whole && is_same).then_some(size))
}
