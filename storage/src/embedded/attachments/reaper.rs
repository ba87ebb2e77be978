//! One thread frees what is dead: extents and files of uploads that were given up, attachments that are discarded, volumes in which
//! nothing is left. It alone gives volumes their other name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;
use uuid::Uuid;

use super::extent::{self, HEADER_BYTES, Place, State};
use super::shared::{Shared, count};
use super::volume::{Phase, Volume};
use super::{Location, disk, files};

/// Work of this thread.
#[derive(Debug)]
pub(super) enum Job {
    /// The upload of this extent was given up.
    Free(Arc<Volume>, Place),
    /// The upload of this file was given up.
    Abandon(Uuid),
    /// This attachment is to go.
    DiscardExtent(Place),
    /// This attachment is to go.
    DiscardFile(Uuid),
    /// This volume was replaced by a newer one.
    Retire(Arc<Volume>),
    /// The last upload to a volume that was replaced has ended.
    Seal,
    /// Says when all jobs before it are done and durable, and whether they all succeeded.
    Settle(oneshot::Sender<bool>),
}

impl Job {
    /// The removal of an attachment, if it has bytes on disk.
    pub(super) fn discard(location: &Location) -> Option<Self> {
        match *location {
            Location::Inline(_) => None,
            // An extent that ends nowhere cannot be.
            Location::Volume { volume, offset, length } => {
                extent::end(offset, length).map(|_| Self::DiscardExtent(Place { volume, offset, length }))
            }
            Location::File { id, .. } => Some(Self::DiscardFile(id)),
        }
    }
}

/// Works until the store is closed and everything asked for is done.
pub(super) fn run(shared: &Shared) {
    let mut reaper = Reaper { shared, retired: Vec::new(), succeeded: true };
    while let Some(jobs) = shared.reaper.take() {
        shared.counters.reaper_busy.with(|| reaper.work(jobs));
    }
}

struct Reaper<'a> {
    shared: &'a Shared,
    /// Replaced volumes that are not sealed yet, oldest first.
    retired: Vec<Arc<Volume>>,
    /// Whether all discards since the last settlement succeeded.
    succeeded: bool,
}

/// What a group of jobs changed and still has to be made durable.
#[derive(Default)]
struct Changed {
    volumes: BTreeMap<u32, File>,
    directories: BTreeSet<PathBuf>,
}

impl Reaper<'_> {
    fn work(&mut self, jobs: Vec<Job>) {
        let mut changed = Changed::default();
        let mut waiting = Vec::new();
        for job in jobs {
            let result = match job {
                Job::Free(volume, place) => {
                    let freed = self.free(&volume, place);
                    volume.leave();
                    freed
                }
                Job::Abandon(id) => disk::remove(&self.shared.files.incoming(id)).map(drop),
                Job::DiscardExtent(place) => self.discard_extent(place, &mut changed),
                Job::DiscardFile(id) => self.discard_file(id, &mut changed),
                Job::Retire(volume) => {
                    self.retired.push(volume);
                    Ok(())
                }
                Job::Seal => Ok(()),
                Job::Settle(done) => {
                    waiting.push(done);
                    Ok(())
                }
            };
            self.note(result, "what is dead cannot be freed");
        }
        let sealed = self.seal(&mut changed);
        self.note(sealed, "a volume cannot be sealed");
        let finished = self.finish(&mut changed);
        self.note(finished, "removals cannot be made durable");
        if !waiting.is_empty() {
            for done in waiting {
                // Whoever went away does not mind.
                done.send(self.succeeded).ok();
            }
            self.succeeded = true;
        }
    }

    fn note(&mut self, result: io::Result<()>, what: &'static str) {
        if let Err(error) = result {
            self.succeeded = false;
            count(&self.shared.counters.failed_removals, 1);
            tracing::error!(error = &error as &dyn std::error::Error, "{what}");
        }
    }

    /// Not made durable: the volume is still named open, so the next start does it again if need be.
    fn free(&self, volume: &Volume, place: Place) -> io::Result<()> {
        self.erase(&volume.file, place)
    }

    fn discard_extent(&self, place: Place, changed: &mut Changed) -> io::Result<()> {
        // A file of its own: the error of a sync is told once per open file, and the syncer must not miss one because of us.
        let file = match changed.volumes.entry(place.volume) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let open = |path| File::options().read(true).write(true).open(path);
                match self.shared.volumes.find(place.volume, open) {
                    Ok(file) => entry.insert(file),
                    // Removed because nothing was left in it.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        };
        let mut header = [0; HEADER_BYTES];
        match file.read_exact_at(&mut header, place.offset) {
            Ok(()) => {}
            // The volume was cut behind its last live extent.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        // Only the very extent that was meant is ever erased; what is not there any more is gone already.
        match place.judge(&header) {
            State::Live => match file.write_all_at(&place.removal(), place.offset) {
                Err(error) if !super::error::is_no_space(&error) => return Err(error),
                Ok(()) | Err(_) => {}
            },
            State::Removed => {}
            State::Absent => return Ok(()),
        }
        self.erase(file, place)
    }

    fn erase(&self, file: &File, place: Place) -> io::Result<()> {
        let bytes = extent::reserved(place.length).unwrap_or_default();
        disk::erase(file, place.offset, bytes)?;
        count(&self.shared.counters.erased_bytes, bytes);
        Ok(())
    }

    fn discard_file(&self, id: Uuid, changed: &mut Changed) -> io::Result<()> {
        let path = self.shared.files.path(id);
        if disk::remove(&path)? {
            count(&self.shared.counters.removed_files, 1);
        }
        // Also when it was gone: perhaps by a removal that was not durable yet when we crashed.
        changed.directories.insert(files::parent(&path));
        Ok(())
    }

    /// Seals replaced volumes on which nobody works any more, but for the youngest: what was just stored there may not have reached
    /// the view yet, and a crash now must not hide it from the next start.
    fn seal(&mut self, changed: &mut Changed) -> io::Result<()> {
        let youngest = self.retired.last().map(|volume| volume.number);
        let (over, retired): (Vec<_>, Vec<_>) = std::mem::take(&mut self.retired)
            .into_iter()
            .partition(|volume| volume.is_over() && Some(volume.number) != youngest);
        self.retired = retired;
        for volume in over {
            volume.file.set_len(volume.end_bytes())?;
            volume.file.sync_all()?;
            let directory = &self.shared.volumes.directory;
            fs::rename(Phase::Open.path(directory, volume.number), Phase::Sealed.path(directory, volume.number))?;
            changed.directories.insert(directory.clone());
            count(&self.shared.counters.sealed_volumes, 1);
            // Perhaps nothing is left in it: looked at below.
            let file = volume.file.try_clone()?;
            changed.volumes.entry(volume.number).or_insert(file);
        }
        Ok(())
    }

    fn finish(&self, changed: &mut Changed) -> io::Result<()> {
        let directory = &self.shared.volumes.directory;
        for (number, file) in std::mem::take(&mut changed.volumes) {
            file.sync_data()?;
            let path = Phase::Sealed.path(directory, number);
            if path.try_exists()? && disk::holds_nothing(&file)? {
                fs::remove_file(path)?;
                self.shared.volumes.forget(number);
                changed.directories.insert(directory.clone());
                count(&self.shared.counters.removed_volumes, 1);
            }
        }
        changed.directories.iter().try_for_each(|directory| disk::sync_directory(directory))
    }
}
