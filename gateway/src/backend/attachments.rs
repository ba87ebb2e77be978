//! The bytes of attachments, wherever the configuration keeps them.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use navette_router::model::{AttachmentId, Place};
use navette_router::ports::{self, Error, Stored};
#[cfg(feature = "cluster")]
use navette_storage::cluster;
use navette_storage::embedded::attachments as embedded;

/// Where the bytes of attachments are kept.
#[derive(Debug)]
pub enum Attachments {
    /// On this machine.
    Embedded(embedded::Attachments),
    /// On servers that several gateways share.
    #[cfg(feature = "cluster")]
    Cluster(cluster::Attachments),
}

/// An upload in progress.
#[derive(Debug)]
pub enum Upload {
    /// On this machine.
    Embedded(embedded::Upload),
    /// On shared servers.
    #[cfg(feature = "cluster")]
    Cluster(<cluster::Attachments as ports::Attachments>::Upload),
}

/// The bytes of a content.
pub enum Reader {
    /// From this machine.
    Embedded(embedded::Reader),
    /// From shared servers.
    #[cfg(feature = "cluster")]
    Cluster(Pin<Box<<cluster::Attachments as ports::Attachments>::Reader>>),
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Attachments {
    /// How many uploads are in progress.
    pub fn uploads(&self) -> u64 {
        match self {
            Self::Embedded(attachments) => attachments.statistics().uploads,
            #[cfg(feature = "cluster")]
            Self::Cluster(attachments) => attachments.uploads(),
        }
    }

    /// Those of this machine, if they are kept there.
    pub const fn embedded(&self) -> Option<&embedded::Attachments> {
        match self {
            Self::Embedded(attachments) => Some(attachments),
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => None,
        }
    }
}

impl ports::Attachments for Attachments {
    type Upload = Upload;
    type Reader = Reader;

    async fn upload(&self, id: AttachmentId, declared_bytes: u64) -> Result<Upload, Error> {
        match self {
            Self::Embedded(attachments) => {
                ports::Attachments::upload(attachments, id, declared_bytes).await.map(Upload::Embedded)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(attachments) => {
                let upload = Box::pin(ports::Attachments::upload(attachments, id, declared_bytes)).await?;
                Ok(Upload::Cluster(upload))
            }
        }
    }

    fn read(&self, place: &Place, range: Range<u64>) -> Result<Reader, Error> {
        match self {
            Self::Embedded(attachments) => ports::Attachments::read(attachments, place, range).map(Reader::Embedded),
            #[cfg(feature = "cluster")]
            Self::Cluster(attachments) => {
                Ok(Reader::Cluster(Box::pin(ports::Attachments::read(attachments, place, range)?)))
            }
        }
    }

    fn discard(&self, place: &Place) {
        match self {
            Self::Embedded(attachments) => ports::Attachments::discard(attachments, place),
            #[cfg(feature = "cluster")]
            Self::Cluster(attachments) => ports::Attachments::discard(attachments, place),
        }
    }
}

impl ports::Upload for Upload {
    async fn write(&mut self, frame: Bytes) -> Result<(), Error> {
        match self {
            Self::Embedded(upload) => ports::Upload::write(upload, frame).await,
            #[cfg(feature = "cluster")]
            Self::Cluster(upload) => Box::pin(ports::Upload::write(upload, frame)).await,
        }
    }

    async fn finish(self) -> Result<Stored, Error> {
        match self {
            Self::Embedded(upload) => ports::Upload::finish(upload).await,
            #[cfg(feature = "cluster")]
            Self::Cluster(upload) => Box::pin(ports::Upload::finish(upload)).await,
        }
    }
}

impl Stream for Reader {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.get_mut() {
            Self::Embedded(reader) => Pin::new(reader).poll_next(context),
            #[cfg(feature = "cluster")]
            Self::Cluster(reader) => reader.as_mut().poll_next(context),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Embedded(reader) => reader.size_hint(),
            #[cfg(feature = "cluster")]
            Self::Cluster(reader) => reader.size_hint(),
        }
    }
}
