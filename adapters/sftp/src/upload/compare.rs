//! Is what lies on the server this message, its beginning, or something else? The end of a zip holds the checksums of all that is in
//! it, so its last bytes stand for the whole; and so do, for a beginning, those before the cut.

use bytes::{Bytes, BytesMut};
use navette_router::ports::{Delivery, DeliveryError};

use super::Upload;
use crate::message::Archive;

/// So much is read back and compared.
const WINDOW_BYTES: usize = 64 * 1024;

/// What lies there.
pub(super) enum Found<'a> {
    /// The whole message.
    Whole,
    /// Its beginning; what is missing, and the piece at the cut.
    Beginning(Box<(Archive<&'a Delivery>, Bytes)>),
    /// Something else.
    Other,
}

/// Compares the `size` bytes at `path` with the message.
pub(super) async fn compare<'a>(upload: &Upload<'a>, path: &str, size: u64) -> Result<Found<'a>, DeliveryError> {
    let mut archive = Archive::new(upload.delivery, upload.plan);
    let mut window = Window::default();
    let mut left = size;
    let mut rest = None;
    while left > 0 {
        let Some(mut bytes) = archive.next().await? else { return Ok(Found::Other) };
        let before = bytes.split_to(bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        left -= before.len() as u64;
        window.see(&before);
        rest = Some(bytes);
    }
    let wanted = window.end();
    let at = size - wanted.len() as u64;
    let read = upload.session.read(path, at, wanted.len()).await;
    let read = read.map_err(|error| upload.failed(&error, "reading back what was sent before"))?;
    if read != wanted {
        return Ok(Found::Other);
    }
    let rest = match rest.filter(|rest| !rest.is_empty()) {
        Some(rest) => Some(rest),
        None => archive.next().await?,
    };
    Ok(match rest {
        Some(rest) => Found::Beginning(Box::new((archive, rest))),
        None => Found::Whole,
    })
}

/// The last bytes that went by.
#[derive(Default)]
struct Window(BytesMut);

impl Window {
    fn see(&mut self, bytes: &[u8]) {
        let kept = bytes.get(bytes.len().saturating_sub(WINDOW_BYTES)..).unwrap_or_default();
        // Moved only when there are two of it, so that each byte is moved once.
        if self.0.len() + kept.len() > 2 * WINDOW_BYTES {
            let end = self.end();
            self.0.clear();
            self.0.extend_from_slice(&end);
        }
        self.0.extend_from_slice(kept);
    }

    fn end(&self) -> Bytes {
        Bytes::copy_from_slice(self.0.get(self.0.len().saturating_sub(WINDOW_BYTES)..).unwrap_or_default())
    }
}
