//! What a start does before the first upload: see whose directory it is, free what a dead process left behind, seal its volumes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::error::Error;
use super::volume::Phase;
use super::{Live, disk, extent, files};

/// What the file `format` says. Another version of the layout says something else.
const FORMAT: &str = "navette attachments 1";

/// Takes the directory for ourselves until the file is closed, and checks that we can read what is in it.
pub(super) fn lock(directory: &Path) -> Result<File, Error> {
    fs::create_dir_all(directory).map_err(Error::at(directory))?;
    let path = directory.join("lock");
    let options = File::options().write(true).create(true).truncate(false).open(&path);
    let lock = options.map_err(Error::at(&path))?;
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Err(Error::Locked { path: directory.into() }),
        Err(error) => return Err(Error::Path { path, source: error.into() }),
    }
    check_format(directory)?;
    Ok(lock)
}

fn check_format(directory: &Path) -> Result<(), Error> {
    let path = directory.join("format");
    match fs::read(&path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let found = text.trim_end();
            if found == FORMAT {
                return Ok(());
            }
            Err(Error::Format { path, found: found.chars().take(64).collect(), expected: FORMAT })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            disk::replace(&path, &format!("{FORMAT}\n")).map_err(Error::at(&path))
        }
        Err(source) => Err(Error::Path { path, source }),
    }
}

/// Frees what is dead in volumes of the last run and seals them. Returns the number of the next volume.
///
/// Volumes are not continued: behind the last live extent there may have been others, deleted since, and a journal that is applied
/// again deletes them again. Nothing else may have come to stand in their place.
pub(super) fn volumes(directory: &Path, live: &dyn Live) -> Result<u32, Error> {
    fs::create_dir_all(directory).map_err(Error::at(directory))?;
    let volumes = find(directory)?;
    for (number, _) in volumes.iter().filter(|(_, phase)| **phase == Phase::Open) {
        seal(directory, *number, live)?;
    }
    let Some((youngest, _)) = volumes.last_key_value() else { return Ok(1) };
    // The youngest stays even when it is empty: it remembers which numbers were used.
    for number in volumes.range(..youngest).map(|(number, _)| *number) {
        let path = Phase::Sealed.path(directory, number);
        remove_if_empty(&path).map_err(Error::at(&path))?;
    }
    disk::sync_directory(directory).map_err(Error::at(directory))?;
    let exhausted =
        || Error::Path { path: directory.into(), source: io::Error::other("there are no more numbers for volumes") };
    youngest.checked_add(1).ok_or_else(exhausted)
}

fn find(directory: &Path) -> Result<BTreeMap<u32, Phase>, Error> {
    let mut volumes = BTreeMap::new();
    for (path, name) in files::list(directory)? {
        let Some((number, phase)) = Phase::read(&name) else {
            tracing::warn!(path = %path.display(), "a file that is not ours lies among volumes");
            continue;
        };
        if volumes.insert(number, phase).is_some() {
            return Err(Error::Path { path, source: io::Error::other("there are two volumes of this number") });
        }
    }
    Ok(volumes)
}

fn seal(directory: &Path, number: u32, live: &dyn Live) -> Result<(), Error> {
    let mut extents = live.extents(number).map_err(|source| Error::View { source })?;
    extents.sort_unstable();
    let path = Phase::Open.path(directory, number);
    let file = File::options().read(true).write(true).open(&path).map_err(Error::at(&path))?;
    let size_bytes = file.metadata().map_err(Error::at(&path))?.len();
    // First all is checked, then something is changed.
    let mut gaps = Vec::with_capacity(extents.len());
    let mut end = 0;
    for (offset, length) in extents {
        let next = extent::end(offset, length).filter(|next| offset >= end && *next <= size_bytes);
        let next = next.ok_or(Error::Extent { volume: number, offset, length })?;
        gaps.push((end, offset - end));
        end = next;
    }
    let free = || {
        gaps.iter().try_for_each(|(offset, bytes)| disk::erase(&file, *offset, *bytes))?;
        file.set_len(end)?;
        file.sync_all()?;
        fs::rename(&path, Phase::Sealed.path(directory, number))
    };
    free().map_err(Error::at(&path))
}

fn remove_if_empty(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.blocks() == 0 && disk::holds_nothing(&File::open(path)?)? {
        fs::remove_file(path)?;
    }
    Ok(())
}
