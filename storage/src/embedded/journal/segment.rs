//! The files of the journal: created, recycled, released.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use rustix::fs::{FallocateFlags, fallocate};

use super::format::SegmentHeader;
use super::{Error, Position};

const SUFFIX: &str = "segment";
const SPARE_SUFFIX: &str = "spare";

/// A segment that holds entries.
#[derive(Debug, Clone, Copy)]
struct Held {
    number: u64,
    first: Position,
    /// When it was last written, once it is written no more; until then, when it was begun.
    at: SystemTime,
}

/// The segments of a directory. The last one is being written.
#[derive(Debug)]
pub(super) struct Segments {
    directory: PathBuf,
    segment_bytes: u64,
    spare_max: usize,
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    held: VecDeque<Held>,
    spares: Vec<PathBuf>,
}

pub(super) fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:020}.{SUFFIX}"))
}

/// The numbers of the segments in a directory, in order, and the spare files.
pub(super) fn list(directory: &Path) -> Result<(Vec<u64>, Vec<PathBuf>), Error> {
    let (mut numbers, mut spares) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory).map_err(Error::io("listing", directory))? {
        let path = entry.map_err(Error::io("listing", directory))?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(SUFFIX) => {
                let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
                numbers.push(number.ok_or_else(|| Error::BadHeader { path: path.clone() })?);
            }
            Some(SPARE_SUFFIX) => spares.push(path),
            _ => {}
        }
    }
    numbers.sort_unstable();
    Ok((numbers, spares))
}

pub(super) fn sync_directory(directory: &Path) -> Result<(), Error> {
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(Error::io("syncing", directory))
}

impl Segments {
    pub(super) fn new(
        directory: PathBuf,
        segment_bytes: u64,
        spare_max: usize,
        held: Vec<(u64, Position)>,
        spares: Vec<PathBuf>,
    ) -> Self {
        let written = |number| fs::metadata(path(&directory, number)).and_then(|metadata| metadata.modified());
        let mut held: VecDeque<Held> = held
            .into_iter()
            .map(|(number, first)| Held { number, first, at: written(number).unwrap_or_else(|_| SystemTime::now()) })
            .collect();
        // The one being written was begun when the one before was written last.
        let begun = held.len().checked_sub(2).and_then(|index| held.get(index)).map(|sealed| sealed.at);
        if let (Some(current), Some(begun)) = (held.back_mut(), begun) {
            current.at = begun;
        }
        Self { directory, segment_bytes, spare_max, files: Mutex::new(Files { held, spares }) }
    }

    pub(super) fn len(&self) -> usize {
        self.files.lock().held.len()
    }

    /// Makes the segment after the last one. When it returns, the file has its name, its header and all its space, durably.
    pub(super) fn create(&self, first: Position) -> Result<(File, u64, PathBuf), Error> {
        let mut files = self.files.lock();
        let number = files.held.back().map_or(1, |last| last.number + 1);
        let target = path(&self.directory, number);
        let spare = files.spares.last().cloned();
        let source = spare.clone().unwrap_or_else(|| self.directory.join(format!("{number:020}.{SPARE_SUFFIX}")));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&source)
            .map_err(Error::io("opening", &source))?;
        if let Err(error) = self.fill(&file, &source) {
            if spare.is_none() {
                // Half a file would hold space that somebody else may need more.
                drop(fs::remove_file(&source));
            }
            return Err(error);
        }
        file.write_all_at(&SegmentHeader { number, first }.encode(), 0).map_err(Error::io("writing", &source))?;
        file.sync_all().map_err(Error::io("syncing", &source))?;
        fs::rename(&source, &target).map_err(Error::io("renaming", &source))?;
        sync_directory(&self.directory)?;
        if spare.is_some() {
            files.spares.pop();
        }
        let now = SystemTime::now();
        if let Some(sealed) = files.held.back_mut() {
            sealed.at = now;
        }
        files.held.push_back(Held { number, first, at: now });
        Ok((file, number, target))
    }

    fn fill(&self, file: &File, path: &Path) -> Result<(), Error> {
        if file.metadata().map_err(Error::io("reading", path))?.len() >= self.segment_bytes {
            return Ok(());
        }
        match fallocate(file, FallocateFlags::empty(), 0, self.segment_bytes) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::OPNOTSUPP) => {
                let zeros = vec![0; 1 << 20];
                let mut left = self.segment_bytes;
                let mut file = file;
                while left > 0 {
                    let now = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
                    file.write_all(zeros.get(..now).unwrap_or_default()).map_err(Error::io("writing", path))?;
                    left -= now as u64;
                }
                Ok(())
            }
            Err(error) => Err(Error::io("allocating", path)(io::Error::from(error))),
        }
    }

    /// The segments that hold entries, oldest first.
    pub(super) fn paths(&self) -> Vec<(u64, PathBuf)> {
        self.files.lock().held.iter().map(|held| (held.number, path(&self.directory, held.number))).collect()
    }

    /// Whether the segment being written was begun longer ago than `age`, and holds something.
    pub(super) fn began_before(&self, age: Duration) -> bool {
        let begun = self.files.lock().held.back().map(|held| held.at);
        begun.is_some_and(|begun| begun.elapsed().is_ok_and(|elapsed| elapsed > age))
    }

    /// Removes segments that were written no more since `until` and hold nothing after `up_to`, and spares that hold what is older.
    pub(super) fn forget(&self, up_to: Position, until: SystemTime) {
        let mut files = self.files.lock();
        let mut removed = false;
        while let (Some(oldest), Some(next)) = (files.held.front().copied(), files.held.get(1)) {
            if next.first > up_to.saturating_add(1) || oldest.at > until {
                break;
            }
            if !remove(&path(&self.directory, oldest.number)) {
                break;
            }
            files.held.pop_front();
            removed = true;
        }
        files.spares.retain(|spare| {
            let written = fs::metadata(spare).and_then(|metadata| metadata.modified());
            let stays = written.is_ok_and(|written| written > until) || !remove(spare);
            removed |= !stays;
            stays
        });
        if removed && let Err(error) = sync_directory(&self.directory) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the journal cannot make it durable that segments are gone"
            );
        }
    }

    /// Turns segments that hold nothing after `up_to` into spares, or removes them when there are enough.
    pub(super) fn release(&self, up_to: Position) {
        let mut files = self.files.lock();
        while let (Some(oldest), Some(next)) = (files.held.front().copied(), files.held.get(1)) {
            if next.first > up_to.saturating_add(1) {
                return;
            }
            let source = path(&self.directory, oldest.number);
            let result = if files.spares.len() < self.spare_max {
                let spare = source.with_extension(SPARE_SUFFIX);
                fs::rename(&source, &spare).map(|()| files.spares.push(spare))
            } else {
                fs::remove_file(&source)
            };
            if let Err(error) =
                result.map_err(Error::io("releasing", &source)).and_then(|()| sync_directory(&self.directory))
            {
                // Nothing is lost by keeping it; the next release tries again.
                tracing::warn!(error = &error as &dyn std::error::Error, "a segment of the journal cannot be released");
                return;
            }
            files.held.pop_front();
        }
    }
}

/// Whether a file is gone now.
fn remove(path: &Path) -> bool {
    match fs::remove_file(path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => {
            // Nothing is lost by keeping it; the next time tries again.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, path = %path.display(), "a segment of the journal cannot be removed");
            false
        }
    }
}
