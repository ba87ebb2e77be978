//! The attachments port: places of the domain on the outside, locations on disk on the inside.

use std::ops::Range;

use bytes::Bytes;
use navette_router::model::{AttachmentId, Digest, Place};
use navette_router::ports::{self, ErrorKind};

use super::attachments::{Attachments, Error, Live, Location, Reader, Upload};
use super::view::View;

impl From<Error> for ports::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::NoSpace { .. } => ErrorKind::NoSpace,
            Error::TooLong { .. } => ErrorKind::TooLong,
            Error::TooShort { .. } => ErrorKind::TooShort,
            _ => ErrorKind::Unavailable,
        };
        Self::new(kind, error)
    }
}

fn location(place: &Place) -> Result<Location, ports::Error> {
    match place {
        Place::Inline(bytes) => Ok(Location::Inline(bytes.clone())),
        Place::Stored(address) => address.parse().map_err(|error| ports::Error::new(ErrorKind::Corrupt, error)),
    }
}

fn place(location: Location) -> Place {
    match location {
        Location::Inline(bytes) => Place::Inline(bytes),
        Location::Volume { .. } | Location::File { .. } => Place::Stored(location.to_string().into()),
    }
}

impl ports::Attachments for Attachments {
    type Upload = Upload;
    type Reader = Reader;

    async fn upload(&self, id: AttachmentId, declared_bytes: u64) -> Result<Upload, ports::Error> {
        Ok(Self::upload(self, *id.as_uuid(), declared_bytes)?)
    }

    fn read(&self, place: &Place, range: Range<u64>) -> Result<Reader, ports::Error> {
        Ok(Self::read(self, &location(place)?, range))
    }

    fn discard(&self, place: &Place) {
        match location(place) {
            Ok(Location::Inline(_)) => {}
            Ok(location) => Self::discard(self, &location),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an attachment cannot be discarded")
            }
        }
    }
}

impl ports::Upload for Upload {
    async fn write(&mut self, frame: Bytes) -> Result<(), ports::Error> {
        Ok(Self::write(self, frame).await?)
    }

    async fn finish(self) -> Result<ports::Stored, ports::Error> {
        let stored = Self::finish(self).await?;
        Ok(ports::Stored { place: place(stored.location), digest: Digest(stored.digest), head: stored.head })
    }
}

/// What the view knows of live attachments, asked for once, at start.
impl Live for View {
    fn extents(&self, volume: u32) -> Result<Vec<(u64, u64)>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self::extents(self, volume)?)
    }

    fn file(&self, id: uuid::Uuid) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self::file(self, id)?)
    }
}
