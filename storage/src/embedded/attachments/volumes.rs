//! The volumes of a directory: the one that takes uploads, and open files of those that are read.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::disk;
use super::error::Error;
use super::extent::{self, ALIGNMENT_BYTES};
use super::options::Options;
use super::reaper::Job;
use super::shared::{Shared, blocking};
use super::volume::{Phase, Reservation, Volume};

/// Of what is left on the disk, a new volume takes at most one part in this many: the journal and the view live there too, and a disk that
/// is nearly full must not be filled by space that is only set aside.
const SHARE_OF_AVAILABLE: u64 = 8;

/// The volumes of a directory.
#[derive(Debug)]
pub(super) struct Volumes {
    pub(super) directory: PathBuf,
    volume_bytes: u64,
    open_volumes_max: usize,
    direct: bool,
    current: RwLock<Option<Arc<Volume>>>,
    /// One task makes a new volume; the others wait without a thread.
    gate: tokio::sync::Mutex<()>,
    /// The number of the next volume. Held while one is made.
    next_number: Mutex<u32>,
    readable: Mutex<HashMap<u32, Arc<File>>>,
}

impl Volumes {
    /// Volumes in `directory`, of which the next is `next_number`. Nothing is written before the first upload.
    pub(super) fn new(directory: PathBuf, options: &Options, next_number: u32) -> Self {
        Self {
            directory,
            volume_bytes: options.volume_bytes,
            open_volumes_max: options.open_volumes_max,
            direct: options.direct,
            current: RwLock::default(),
            gate: tokio::sync::Mutex::default(),
            next_number: Mutex::new(next_number),
            readable: Mutex::default(),
        }
    }

    /// A file to read a volume with, if it is open already.
    pub(super) fn readable(&self, number: u32) -> Option<Arc<File>> {
        self.readable.lock().get(&number).cloned()
    }

    /// Opens a volume to read it. Blocks.
    pub(super) fn open_to_read(&self, number: u32) -> io::Result<Arc<File>> {
        let file = Arc::new(self.find(number, File::open)?);
        let mut readable = self.readable.lock();
        if readable.len() >= self.open_volumes_max
            && let Some(other) = readable.keys().next().copied()
        {
            readable.remove(&other);
        }
        readable.insert(number, Arc::clone(&file));
        Ok(file)
    }

    /// Opens a volume under the name it has now. It may be renamed at that moment, once.
    pub(super) fn find(&self, number: u32, open: impl Fn(PathBuf) -> io::Result<File>) -> io::Result<File> {
        let path = |phase: Phase| phase.path(&self.directory, number);
        match open(path(Phase::Open)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => open(path(Phase::Sealed)),
            found => found,
        }
    }

    /// The file of a volume is gone.
    pub(super) fn forget(&self, number: u32) {
        self.readable.lock().remove(&number);
    }

    fn current(&self) -> Option<Arc<Volume>> {
        self.current.read().clone()
    }

    fn is_current(&self, volume: Option<&Arc<Volume>>) -> bool {
        match (self.current.read().as_ref(), volume) {
            (Some(current), Some(volume)) => Arc::ptr_eq(current, volume),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Puts a new volume in the place of the full one, unless someone else just did. Blocks. Returns the full one once replaced.
    fn replace(&self, full: Option<Arc<Volume>>, bytes: u64) -> Result<Option<Arc<Volume>>, Error> {
        let mut next_number = self.next_number.lock();
        if !self.is_current(full.as_ref()) {
            return Ok(None);
        }
        let number = *next_number;
        let exhausted = || Error::writing(io::Error::other("there are no more numbers for volumes"));
        // A number is never used again, not even after a failure: whatever was stored there stays told apart for ever.
        *next_number = number.checked_add(1).ok_or_else(exhausted)?;
        let volume = self.make(number, bytes)?;
        *self.current.write() = Some(Arc::new(volume));
        Ok(full)
    }

    fn make(&self, number: u32, bytes: u64) -> Result<Volume, Error> {
        let share = disk::available_bytes(&self.directory).map_err(Error::at(&self.directory))? / SHARE_OF_AVAILABLE;
        let size_bytes = self.volume_bytes.min(share / ALIGNMENT_BYTES * ALIGNMENT_BYTES).max(bytes);
        let path = Phase::Open.path(&self.directory, number);
        create(&path, size_bytes).and_then(|file| disk::sync_directory(&self.directory).map(|()| file)).map_or_else(
            |error| {
                drop(fs::remove_file(&path));
                Err(Error::writing(error))
            },
            |file| {
                let direct = self.direct.then(|| disk::open_direct(&path)).flatten();
                Ok(Volume::new(number, file, direct, size_bytes))
            },
        )
    }
}

fn create(path: &Path, size_bytes: u64) -> io::Result<File> {
    let file = File::options().read(true).write(true).create_new(true).open(path)?;
    disk::preallocate(&file, size_bytes)?;
    file.sync_all()?;
    Ok(file)
}

/// Reserves an extent for an attachment of `length` bytes, in a new volume if the current one is full.
pub(super) async fn reserve(shared: &Arc<Shared>, length: u64) -> Result<Reservation, Error> {
    let too_large = || Error::writing(io::Error::from(io::ErrorKind::FileTooLarge));
    let bytes = extent::reserved(length).ok_or_else(too_large)?;
    loop {
        let full = shared.volumes.current();
        if let Some(reservation) = full.clone().and_then(|volume| Reservation::new(shared, volume, length)) {
            return Ok(reservation);
        }
        let _gate = shared.volumes.gate.lock().await;
        if !shared.volumes.is_current(full.as_ref()) {
            continue;
        }
        let shared = Arc::clone(shared);
        blocking(move || {
            if let Some(full) = shared.volumes.replace(full, bytes)? {
                // Refused only once the store is closed; the next start seals the volume then.
                drop(shared.reaper.put(Job::Retire(full)));
            }
            Ok(())
        })
        .await
        .map_err(Error::writing)??;
    }
}
