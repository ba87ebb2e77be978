//! Attachments too large for a volume: a file each, written under `incoming` and renamed when durable.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use uuid::{NoContext, Timestamp, Uuid};

use super::disk::Caching;
use super::error::Error;
use super::reaper::Job;
use super::shared::Shared;
use super::{Live, batch, disk};

/// Where files of their own are.
#[derive(Debug)]
pub(super) struct Files {
    incoming: PathBuf,
    files: PathBuf,
    /// No file of this run has an id from before this time, in milliseconds since 1970.
    since_ms: u64,
}

impl Files {
    /// Opens the files in `directory`: removes what uploads left behind, asks `live` about everything stored in the last run.
    pub(super) fn open(directory: &Path, live: &dyn Live) -> Result<Self, Error> {
        let (incoming, files) = (directory.join("incoming"), directory.join("files"));
        make(&incoming).map_err(Error::at(&incoming))?;
        // All shards at once: a directory made on demand would have to be made durable before the first file in it is.
        for shard in 0..=u8::MAX {
            let path = files.join(format!("{shard:02x}"));
            make(&path).map_err(Error::at(&path))?;
        }
        disk::sync_directory(&files).map_err(Error::at(&files))?;
        disk::sync_directory(directory).map_err(Error::at(directory))?;
        for (path, _) in list(&incoming)? {
            disk::remove(&path).map_err(Error::at(&path))?;
        }
        let marker = directory.join("examined");
        // Without a marker, or with one that cannot be read, everything is asked about: slower, never wrong.
        let examined_ms = fs::read_to_string(&marker).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        for shard in 0..=u8::MAX {
            remove_dead(&files.join(format!("{shard:02x}")), examined_ms, live)?;
        }
        let since_ms = now_ms().max(examined_ms);
        disk::replace(&marker, &format!("{since_ms}\n")).map_err(Error::at(&marker))?;
        Ok(Self { incoming, files, since_ms })
    }

    /// An id that no file has had. Its time never lies before that of the marker, even when the clock was set back.
    fn fresh_id(&self) -> Uuid {
        let ms = now_ms().max(self.since_ms);
        // Lossless: less than a thousand milliseconds.
        Uuid::new_v7(Timestamp::from_unix(NoContext, ms / 1000, (ms % 1000) as u32 * 1_000_000))
    }

    /// Where an upload is written.
    pub(super) fn incoming(&self, id: Uuid) -> PathBuf {
        self.incoming.join(id.hyphenated().to_string())
    }

    /// Where a stored file is. The last byte of an id is random; the first ones are the same for years.
    pub(super) fn path(&self, id: Uuid) -> PathBuf {
        let [.., last] = *id.as_bytes();
        self.files.join(format!("{last:02x}")).join(id.hyphenated().to_string())
    }
}

/// The directory that a file of ours is in.
pub(super) fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// What is in a directory, with the name where it is text.
pub(super) fn list(directory: &Path) -> Result<Vec<(PathBuf, String)>, Error> {
    let entries = fs::read_dir(directory).map_err(Error::at(directory))?;
    let found = entries.map(|entry| {
        let entry = entry?;
        Ok((entry.path(), entry.file_name().into_string().unwrap_or_default()))
    });
    found.collect::<io::Result<_>>().map_err(Error::at(directory))
}

fn remove_dead(shard: &Path, examined_ms: u64, live: &dyn Live) -> Result<(), Error> {
    let mut removed = false;
    for (path, name) in list(shard)? {
        let Some(id) = Uuid::try_parse(&name).ok().filter(|id| id.hyphenated().to_string() == name) else {
            tracing::warn!(path = %path.display(), "a file that is not ours lies among attachments");
            continue;
        };
        if made_ms(id) >= examined_ms && !live.file(id).map_err(|source| Error::View { source })? {
            removed |= disk::remove(&path).map_err(Error::at(&path))?;
        }
    }
    if removed { disk::sync_directory(shard).map_err(Error::at(shard)) } else { Ok(()) }
}

/// When an id was made, in milliseconds since 1970.
fn made_ms(id: Uuid) -> u64 {
    let [a, b, c, d, e, f, ..] = *id.as_bytes();
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Incoming,
    Renamed,
    Kept,
}

/// A file that an upload writes. Dropped before it is [kept](Self::keep), it is removed. Everything here blocks.
#[derive(Debug)]
pub(super) struct FileWriter {
    shared: Arc<Shared>,
    id: Uuid,
    file: File,
    written_bytes: u64,
    synced_bytes: u64,
    caching: Caching,
    phase: Phase,
}

impl FileWriter {
    /// Begins a file, if the disk has room for all of it now.
    pub(super) fn create(shared: Arc<Shared>, declared_bytes: u64) -> Result<Self, Error> {
        let files = &shared.files;
        if disk::available_bytes(&files.incoming).map_err(Error::writing)? < declared_bytes {
            return Err(Error::writing(io::ErrorKind::StorageFull.into()));
        }
        let id = files.fresh_id();
        let file = File::options().write(true).create_new(true).open(files.incoming(id)).map_err(Error::writing)?;
        let caching = shared.options.caching(declared_bytes);
        Ok(Self { shared, id, file, written_bytes: 0, synced_bytes: 0, caching, phase: Phase::Incoming })
    }

    /// Appends frames.
    pub(super) fn write(&mut self, frames: &[Bytes]) -> Result<(), Error> {
        let written = batch::write(&self.file, &[], frames, self.written_bytes, &mut self.caching);
        self.written_bytes += written.map_err(Error::writing)?;
        // Otherwise the end of a large upload would wait for all of it. Not needed where the disk is writing already.
        if self.caching == Caching::Kept
            && self.written_bytes - self.synced_bytes >= self.shared.options.sync_range_bytes
        {
            self.file.sync_data().map_err(Error::writing)?;
            self.synced_bytes = self.written_bytes;
        }
        Ok(())
    }

    /// Makes the file durable under its own name.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        // Should this fail, only this file is lost: no other attachment's bytes are in it, and it is removed, never synced again.
        self.file.sync_data().map_err(Error::writing)?;
        let path = self.shared.files.path(self.id);
        fs::rename(self.shared.files.incoming(self.id), &path).map_err(Error::writing)?;
        self.phase = Phase::Renamed;
        disk::sync_directory(&parent(&path)).map_err(Error::writing)
    }

    /// The file, once finished, belongs to whoever gets its id.
    pub(super) fn keep(mut self) -> Uuid {
        self.phase = Phase::Kept;
        self.id
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        let job = match self.phase {
            Phase::Incoming => Job::Abandon(self.id),
            Phase::Renamed => Job::DiscardFile(self.id),
            Phase::Kept => return,
        };
        // Refused only once the store is closed; the next start removes the file then.
        drop(self.shared.reaper.put(job));
    }
}
