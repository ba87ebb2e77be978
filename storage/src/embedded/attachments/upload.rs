//! An upload in progress: hashes frames as they come and brings them to where an attachment of the declared size belongs.

use std::fmt;
use std::io;
use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::batch::{self, Batch};
use super::buffer::Buffer;
use super::disk::Caching;
use super::error::Error;
use super::extent;
use super::files::FileWriter;
use super::location::Location;
use super::options::Options;
use super::shared::{Shared, Slot, blocking, count};
use super::volume::Reservation;
use super::{syncer, volumes};

/// How many of the first bytes are given back, to judge what the attachment is.
const HEAD_BYTES: usize = 8 * 1024;

/// What was made durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it is.
    pub location: Location,
    /// Its size, in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub digest: [u8; 32],
    /// Its first bytes, at most 8 KiB.
    pub head: Bytes,
}

/// An upload in progress. Dropped before it is finished, everything that it took is freed, by another thread.
///
/// Both methods must run on a tokio runtime. Either may be given up between two polls; the upload can then only be dropped.
pub struct Upload {
    shared: Arc<Shared>,
    declared_bytes: u64,
    received_bytes: u64,
    digest: digest::Context,
    head: Vec<u8>,
    sink: Sink,
    broken: bool,
    _slot: Slot,
}

enum Sink {
    Inline(BytesMut),
    Whole(WholeSink),
    Volume(VolumeSink),
    File(FileSink),
}

impl Upload {
    pub(super) fn new(shared: Arc<Shared>, id: Uuid, declared_bytes: u64) -> Result<Self, Error> {
        shared.check()?;
        let slot = Slot::take(&shared)?;
        let options = &shared.options;
        let sink = if declared_bytes <= options.inline_max_bytes {
            Sink::Inline(BytesMut::new())
        } else if declared_bytes <= options.volume_max_bytes {
            match WholeSink::bytes(options, declared_bytes) {
                Some(bytes) => Sink::Whole(WholeSink { id, bytes, buffer: None, filled_bytes: extent::HEADER_BYTES }),
                None => Sink::Volume(VolumeSink { id, batch: Batch::default(), reservation: None, written_bytes: 0 }),
            }
        } else {
            Sink::File(FileSink { batch: Batch::default(), state: FileState::Unopened })
        };
        let digest = digest::Context::new(&digest::SHA256);
        Ok(Self {
            shared,
            declared_bytes,
            received_bytes: 0,
            digest,
            head: Vec::new(),
            sink,
            broken: false,
            _slot: slot,
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`] as soon as they are more than declared; [`Error::NoSpace`], [`Error::Failed`] or [`Error::Io`] when they, or those
    /// before them, cannot be written. After an error the upload can only be dropped.
    pub async fn write(&mut self, frame: Bytes) -> Result<(), Error> {
        if self.broken {
            return Err(used_after_error());
        }
        // Until it went well, and so also when it is given up half-way.
        self.broken = true;
        self.take(frame).await?;
        self.broken = false;
        Ok(())
    }

    async fn take(&mut self, frame: Bytes) -> Result<(), Error> {
        let declared_bytes = self.declared_bytes;
        let received_bytes = self.received_bytes.saturating_add(frame.len() as u64);
        if received_bytes > declared_bytes {
            return Err(Error::TooLong { declared_bytes });
        }
        self.received_bytes = received_bytes;
        self.digest.update(&frame);
        // Copied: a slice would keep the whole buffer alive that it came in.
        let head = frame.len().min(HEAD_BYTES - self.head.len());
        self.head.extend_from_slice(frame.split_at(head).0);
        match &mut self.sink {
            Sink::Inline(gathered) => gathered.extend_from_slice(&frame),
            Sink::Whole(sink) => sink.take(&self.shared, &frame)?,
            Sink::Volume(sink) => {
                sink.batch.push(frame);
                if sink.batch.bytes() >= self.shared.options.write_batch_bytes {
                    sink.flush(&self.shared, declared_bytes).await?;
                }
            }
            Sink::File(sink) => {
                sink.batch.push(frame);
                if sink.batch.bytes() >= self.shared.options.file_batch_bytes {
                    sink.flush(&self.shared, declared_bytes).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes all of it durable, unless it is given back inline: then it is as durable as whatever its location is kept in.
    ///
    /// The location must reach the view before the store is next opened, or be discarded: an attachment that the view does not know then is
    /// freed. It should do so soon: bytes that nobody knows, left by a crash in a volume that was filled two volumes ago, are not looked for.
    ///
    /// # Errors
    /// [`Error::TooShort`] when bytes are missing; otherwise as [`write`](Self::write).
    pub async fn finish(self) -> Result<Stored, Error> {
        let Self { shared, declared_bytes, received_bytes, digest, head, sink, broken, _slot } = self;
        if broken {
            return Err(used_after_error());
        }
        if received_bytes < declared_bytes {
            return Err(Error::TooShort { declared_bytes, received_bytes });
        }
        let location = match sink {
            Sink::Inline(gathered) => Location::Inline(gathered.freeze()),
            Sink::Whole(sink) => sink.finish(&shared, declared_bytes).await?,
            Sink::Volume(sink) => sink.finish(&shared, declared_bytes).await?,
            Sink::File(sink) => sink.finish(&shared, declared_bytes).await?,
        };
        count(&shared.counters.stored, 1);
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest.finish().as_ref());
        Ok(Stored { location, size: received_bytes, digest: sha256, head: head.into() })
    }
}

fn used_after_error() -> Error {
    Error::writing(io::Error::other("the upload met an error before, or was given up"))
}

impl fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut upload = formatter.debug_struct("Upload");
        upload.field("declared_bytes", &self.declared_bytes).field("received_bytes", &self.received_bytes);
        upload.finish_non_exhaustive()
    }
}

/// Puts an extent together in memory, while the bytes are still near the processor; the syncer writes it with what others hold.
struct WholeSink {
    id: Uuid,
    /// Size of the extent.
    bytes: usize,
    /// Not before there is something to write: whoever only announces a size takes no memory.
    buffer: Option<Buffer>,
    filled_bytes: usize,
}

impl WholeSink {
    /// The size of the extent, if attachments of this length are put together in memory.
    fn bytes(options: &Options, length: u64) -> Option<usize> {
        let bytes = usize::try_from(extent::reserved(length)?).ok()?;
        (length <= options.write_batch_bytes as u64).then_some(bytes)
    }

    fn take(&mut self, shared: &Shared, frame: &[u8]) -> Result<(), Error> {
        let buffer = self.buffer.get_or_insert_with(|| shared.buffers.take(self.bytes));
        let end = self.filled_bytes + frame.len();
        buffer.bytes_mut().get_mut(self.filled_bytes..end).ok_or(Error::Failed)?.copy_from_slice(frame);
        self.filled_bytes = end;
        Ok(())
    }

    async fn finish(mut self, shared: &Arc<Shared>, declared_bytes: u64) -> Result<Location, Error> {
        let mut buffer = self.buffer.take().unwrap_or_else(|| shared.buffers.take(self.bytes));
        let reservation = volumes::reserve(shared, declared_bytes).await?;
        let (content, padding) = buffer.bytes_mut().split_at_mut_checked(self.filled_bytes).ok_or(Error::Failed)?;
        let header = content.first_chunk_mut().ok_or(Error::Failed)?;
        *header = reservation.header(self.id);
        // What another attachment left in the buffer is nobody's business.
        padding.fill(0);
        let reservation = syncer::write(shared, reservation, buffer).await?;
        let extent::Place { volume, offset, length } = reservation.keep();
        Ok(Location::Volume { volume, offset, length })
    }
}

/// Writes to an extent of a volume, in the calling task: into memory of the system that is there already, a batch takes less time than the
/// way to another thread.
struct VolumeSink {
    id: Uuid,
    batch: Batch,
    reservation: Option<Reservation>,
    written_bytes: u64,
}

impl VolumeSink {
    async fn flush(&mut self, shared: &Arc<Shared>, declared_bytes: u64) -> Result<(), Error> {
        let reservation = match &mut self.reservation {
            Some(reservation) => reservation,
            // Not before there is something to write: whoever only announces a size takes no space.
            none => none.insert(volumes::reserve(shared, declared_bytes).await?),
        };
        let frames = self.batch.take();
        let (file, place) = (&reservation.volume.file, reservation.place);
        let written = if self.written_bytes == 0 {
            let header = reservation.header(self.id);
            batch::write(file, &header, &frames, place.offset, &mut Caching::Kept)
                .map(|written| written - extent::HEADER_BYTES as u64)
        } else {
            batch::write(file, &[], &frames, extent::content(place.offset) + self.written_bytes, &mut Caching::Kept)
        };
        self.written_bytes += written.map_err(Error::writing)?;
        Ok(())
    }

    async fn finish(mut self, shared: &Arc<Shared>, declared_bytes: u64) -> Result<Location, Error> {
        if self.batch.bytes() > 0 || self.reservation.is_none() {
            self.flush(shared, declared_bytes).await?;
        }
        let reservation = self.reservation.ok_or(Error::Failed)?;
        syncer::sync(shared, &reservation.volume).await?;
        let extent::Place { volume, offset, length } = reservation.keep();
        Ok(Location::Volume { volume, offset, length })
    }
}

/// Writes to a file of its own, in a thread for what blocks: one batch is written while the next one gathers.
struct FileSink {
    batch: Batch,
    state: FileState,
}

enum FileState {
    Unopened,
    Busy(JoinHandle<Result<FileWriter, Error>>),
    Broken,
}

impl FileSink {
    async fn flush(&mut self, shared: &Arc<Shared>, declared_bytes: u64) -> Result<(), Error> {
        let writer = self.idle().await?;
        let frames = self.batch.take();
        let shared = Arc::clone(shared);
        self.state = FileState::Busy(tokio::task::spawn_blocking(move || {
            let mut writer = writer.map_or_else(|| FileWriter::create(shared, declared_bytes), Ok)?;
            writer.write(&frames)?;
            Ok(writer)
        }));
        Ok(())
    }

    async fn finish(mut self, shared: &Arc<Shared>, declared_bytes: u64) -> Result<Location, Error> {
        self.flush(shared, declared_bytes).await?;
        let mut writer = self.idle().await?.ok_or(Error::Failed)?;
        // The writer comes back: if nobody waits for it any more, it removes the file, finished or not.
        let finishing = blocking(move || writer.finish().map(|()| writer));
        let id = finishing.await.map_err(Error::writing)??.keep();
        Ok(Location::File { id, length: declared_bytes })
    }

    /// The writer, once it has written what it was given. `None` before the first batch. What it met is told here.
    async fn idle(&mut self) -> Result<Option<FileWriter>, Error> {
        let result = match &mut self.state {
            FileState::Unopened => Ok(None),
            FileState::Busy(writing) => writing.await.map_err(|error| Error::writing(error.into())).flatten().map(Some),
            FileState::Broken => Err(used_after_error()),
        };
        self.state = FileState::Broken;
        result
    }
}
