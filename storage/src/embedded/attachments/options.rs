//! How a store of attachments is set up.

use std::path::PathBuf;

use super::disk::Caching;
use super::error::Error;
use super::extent;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// How a store of attachments is set up. All of it may differ from one start to the next, but for the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where everything is. Made if it does not exist; one process at a time.
    pub directory: PathBuf,
    /// The largest attachment that is given back as [`Location::Inline`](super::Location::Inline), in bytes.
    pub inline_max_bytes: u64,
    /// The largest attachment that shares a volume with others, in bytes; above, it gets a file of its own.
    pub volume_max_bytes: u64,
    /// The size of a volume, in bytes. Smaller ones are made when the disk is nearly full.
    pub volume_bytes: u64,
    /// How many bytes of an upload to a volume are gathered before they are written. The last ones are written however few they are. What
    /// is no larger as a whole is written at its end, together with what others hold.
    pub write_batch_bytes: usize,
    /// Whether uploads no larger than that go to disk past the system's memory: much less work for the processor, and whoever fetches them
    /// first reads the disk.
    pub direct: bool,
    /// How much memory waits to be used again by such uploads, for each power of two of their size, in bytes.
    pub buffers_kept_bytes: usize,
    /// The same for an upload to a file of its own. Twice as many can be in memory: those that gather and those being written.
    pub file_batch_bytes: usize,
    /// The largest file that stays in the system's memory after it was written or read, in bytes. What is larger goes to disk at once, and
    /// memory is given back, where the system can do that (Linux 6.14): measured twice as fast, and it drives nothing else out.
    pub cached_file_max_bytes: u64,
    /// Elsewhere, how many bytes of a file may wait to be written to disk before the upload does, so that its end is not slow.
    /// Measured: 8 MiB halves the speed, 64 MiB costs nothing.
    pub sync_range_bytes: u64,
    /// The largest chunk that a reader gives, in bytes.
    pub read_chunk_bytes: usize,
    /// How many uploads may be in progress at a time.
    pub uploads_max: usize,
    /// How many volumes are kept open for readers.
    pub open_volumes_max: usize,
    /// Room on the disk that uploads leave free, in bytes; 0: none.
    pub reserve_bytes: u64,
    /// How many deletions may wait; whoever asks for one more waits for room.
    pub discards_max: usize,
}

impl Options {
    /// The defaults, in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            inline_max_bytes: 4 * KIB,
            volume_max_bytes: 4 * MIB,
            volume_bytes: 256 * MIB,
            write_batch_bytes: 256 * 1024,
            direct: true,
            buffers_kept_bytes: 4 * 1024 * 1024,
            file_batch_bytes: 1024 * 1024,
            cached_file_max_bytes: 64 * MIB,
            sync_range_bytes: 64 * MIB,
            read_chunk_bytes: 256 * 1024,
            uploads_max: 16 * 1024,
            open_volumes_max: 128,
            reserve_bytes: 0,
            discards_max: 64 * 1024,
        }
    }

    /// How a file of this length goes through the system's memory: a very large one must not drive out what a thousand readers will ask for.
    pub(super) fn caching(&self, length: u64) -> Caching {
        if length > self.cached_file_max_bytes { Caching::Dropped } else { Caching::Kept }
    }

    /// Refuses what makes no sense, naming option and value.
    pub(super) fn validate(&self) -> Result<(), Error> {
        let nonzero = [
            ("write_batch_bytes", self.write_batch_bytes as u64),
            ("file_batch_bytes", self.file_batch_bytes as u64),
            ("sync_range_bytes", self.sync_range_bytes),
            ("read_chunk_bytes", self.read_chunk_bytes as u64),
            ("uploads_max", self.uploads_max as u64),
            ("open_volumes_max", self.open_volumes_max as u64),
            ("discards_max", self.discards_max as u64),
        ];
        if let Some((name, value)) = nonzero.into_iter().find(|(_, value)| *value == 0) {
            return Err(Error::Options { name, value, fault: "it must be at least 1" });
        }
        if extent::reserved(self.volume_max_bytes).is_none_or(|bytes| bytes > self.volume_bytes) {
            let fault = "an attachment of volume_max_bytes and its header must fit";
            return Err(Error::Options { name: "volume_bytes", value: self.volume_bytes, fault });
        }
        if !self.volume_bytes.is_multiple_of(extent::ALIGNMENT_BYTES) {
            let fault = "it must be a multiple of 4096";
            return Err(Error::Options { name: "volume_bytes", value: self.volume_bytes, fault });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        Options::new("attachments").validate().unwrap();
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let defaults = || Options::new("attachments");
        for (options, name) in [
            (Options { uploads_max: 0, ..defaults() }, "uploads_max"),
            (Options { volume_max_bytes: 256 * MIB, ..defaults() }, "volume_bytes"),
            (Options { volume_bytes: 256 * MIB + 1, ..defaults() }, "volume_bytes"),
        ] {
            assert!(options.validate().unwrap_err().to_string().starts_with(name));
        }
    }
}
