//! What is asked of the filesystem beyond the standard library.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Advice, FallocateFlags, OFlags, SeekFrom};
use rustix::io::{Errno, ReadWriteFlags};

use super::extent::ALIGNMENT_BYTES;

/// Whether the system keeps in memory what is written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caching {
    /// Yes, for whoever reads it next.
    Kept,
    /// No: what is written goes to disk at once, and memory is given back as soon as it can be.
    Dropped,
}

impl Caching {
    /// What to say to the system.
    pub(super) fn flags(self) -> ReadWriteFlags {
        match self {
            Self::Kept => ReadWriteFlags::empty(),
            // `RWF_DONTCACHE`, Linux 6.14, which has no name here yet.
            Self::Dropped => ReadWriteFlags::from_bits_retain(0x80),
        }
    }

    /// Whether this error says that the system, or the filesystem, does not know what `Dropped` means.
    pub(super) fn is_refused(self, error: Errno) -> bool {
        self == Self::Dropped && matches!(error, Errno::OPNOTSUPP | Errno::INVAL)
    }
}

/// Makes what was created, renamed or removed in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Replaces a small file as a whole, durably. `path` must have a parent.
pub(super) fn replace(path: &Path, content: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// Removes a file. Whether there was one.
pub(super) fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is left for us on the filesystem that `path` is on, in bytes.
pub(super) fn available_bytes(path: &Path) -> io::Result<u64> {
    let status = rustix::fs::statvfs(path)?;
    Ok(status.f_bavail.saturating_mul(status.f_frsize))
}

/// Opens a file to write past the system's memory. `None` where the filesystem cannot do that.
pub(super) fn open_direct(path: &Path) -> Option<File> {
    let flags = i32::try_from(OFlags::DIRECT.bits()).ok()?;
    File::options().write(true).custom_flags(flags).open(path).ok()
}

/// Gives a new file its size, and its blocks where the filesystem can.
pub(super) fn preallocate(file: &File, bytes: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.set_len(bytes),
        Err(error) => Err(error.into()),
    }
}

/// Makes bytes go away: their blocks return to the filesystem where it can make holes; elsewhere zeros are written over them.
/// `offset` and `bytes` are multiples of [`ALIGNMENT_BYTES`].
pub(super) fn erase(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    match rustix::fs::fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, offset, bytes) {
        Ok(()) => Ok(()),
        // Also when a hole would need a block that a full disk does not have.
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::NOSPC) => overwrite(file, offset, bytes),
        Err(error) => Err(error.into()),
    }
}

/// Writes zeros from the end to the beginning, so that the mark at the beginning of an extent goes last.
fn overwrite(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    static ZEROS: [u8; 16 * ALIGNMENT_BYTES as usize] = [0; 16 * ALIGNMENT_BYTES as usize];
    let mut end = offset + bytes.min(file.metadata()?.len().saturating_sub(offset));
    while end > offset {
        let start = end.saturating_sub(ZEROS.len() as u64).max(offset);
        // Lossless: at most the size of an array.
        file.write_all_at(&ZEROS[..(end - start) as usize], start)?;
        end = start;
    }
    Ok(())
}

/// Whether nothing at all is stored in a file. Asked in two ways, because a wrong yes would be fatal and some filesystems count
/// blocks late.
pub(super) fn holds_nothing(file: &File) -> io::Result<bool> {
    if file.metadata()?.blocks() > 0 {
        return Ok(false);
    }
    match rustix::fs::seek(file, SeekFrom::Data(0)) {
        Ok(_) => Ok(false),
        Err(Errno::NXIO) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Says that a file will be read from beginning to end. A hint: errors do not matter.
pub(super) fn read_ahead(file: &File) {
    rustix::fs::fadvise(file, 0, None, Advice::Sequential).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erased_bytes_read_as_zeros_and_their_neighbours_stay() {
        for erase in [erase, overwrite] {
            let file = tempfile::tempfile().unwrap();
            file.write_all_at(&[7; 300 * 1024], 0).unwrap();
            erase(&file, 4096, 200 * 1024).unwrap();
            let mut read = vec![1; 300 * 1024];
            file.read_exact_at(&mut read, 0).unwrap();
            assert!(read.iter().enumerate().all(|(at, byte)| (*byte == 0) == (4096..4096 + 200 * 1024).contains(&at)));
        }
    }

    #[test]
    fn zeros_never_make_a_file_longer() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(8192).unwrap();
        overwrite(&file, 4096, 1 << 20).unwrap();
        overwrite(&file, 1 << 20, 4096).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 8192);
    }

    #[test]
    fn a_small_file_is_replaced_as_a_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("marker");
        for content in ["a longer first content", "second"] {
            replace(&path, content).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert!(remove(&path).unwrap());
        assert!(!remove(&path).unwrap());
    }
}
