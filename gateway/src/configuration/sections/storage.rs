//! What is kept, and where.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{ByteSize, Period};
use super::{Cluster, nonzero};

/// What is kept, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// `embedded` keeps everything on this machine; `cluster` on a Kafka and a Cassandra that several gateways share.
    pub backend: Backend,
    /// Everything is below this directory. Made if it does not exist; one hub at a time. On a cluster only the keys are there.
    pub directory: PathBuf,
    /// When less is free on the disk of the data directory, nothing more is taken: 507, and `/health/ready` says no. The view needs some
    /// room for what was taken before: at least six times `view.memtable_bytes`.
    pub disk_floor_bytes: ByteSize,
    /// How often the view is made durable: a restart replays no more of the journal than came since.
    pub checkpoint_interval: Period,
    /// How many locks the folders share; with more of them, fewer wait for each other by chance.
    pub writer_stripes: NonZeroUsize,
    /// The ordered log of what happened.
    pub journal: Journal,
    /// What the journal amounts to, ready to be read.
    pub view: View,
    /// The files.
    pub attachments: Attachments,
    /// The servers that gateways share, when `backend` is `cluster`.
    pub cluster: Cluster,
}

/// Where journal, view and files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// In the data directory.
    Embedded,
    /// On Kafka and Cassandra.
    Cluster,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            backend: Backend::Embedded,
            directory: PathBuf::from("/var/lib/navette"),
            disk_floor_bytes: ByteSize::gib(1),
            checkpoint_interval: Period::seconds(10),
            writer_stripes: nonzero(4096),
            journal: Journal::default(),
            view: View::default(),
            attachments: Attachments::default(),
            cluster: Cluster::default(),
        }
    }
}

/// The ordered log of what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    /// The size of one file of the journal.
    pub segment_bytes: ByteSize,
    /// The largest entry. It must fit into a segment.
    pub entry_max_bytes: ByteSize,
    /// How many entries may wait for the disk; beyond, requests are answered 503.
    pub queue_max_entries: NonZeroUsize,
    /// How many bytes of entries may wait for the disk.
    pub queue_max_bytes: ByteSize,
    /// How many files that are no longer needed are kept to be written over, which is faster than making new ones.
    pub spare_segments: usize,
    /// How many entries are kept that the view no longer needs.
    pub retained_entries: u64,
    /// How long an entry that the view no longer needs is kept at most: it may hold personal data. A quarter more may pass until it
    /// is gone from the disk.
    pub retained_for: Period,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            segment_bytes: ByteSize::mib(64),
            entry_max_bytes: ByteSize::mib(8),
            queue_max_entries: nonzero(65_536),
            queue_max_bytes: ByteSize::mib(64),
            spare_segments: 4,
            retained_entries: 100_000,
            retained_for: Period::seconds(7 * 24 * 3_600),
        }
    }
}

/// What the journal amounts to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct View {
    /// Memory for blocks read from disk.
    pub cache_bytes: ByteSize,
    /// Memory for the records written last, so that the requests that follow a deposit need not search for them.
    pub recent_bytes: ByteSize,
    /// Memory that each of the three keyspaces gathers before it writes a table.
    pub memtable_bytes: ByteSize,
    /// Disk that the unsorted part of the view may take; at least 64 MiB.
    pub write_ahead_max_bytes: ByteSize,
}

impl Default for View {
    fn default() -> Self {
        Self {
            cache_bytes: ByteSize::mib(64),
            recent_bytes: ByteSize::mib(64),
            memtable_bytes: ByteSize::mib(32),
            write_ahead_max_bytes: ByteSize::mib(256),
        }
    }
}

/// The files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Attachments {
    /// The largest attachment that travels in the journal.
    pub inline_max_bytes: ByteSize,
    /// The largest attachment that shares a volume with others; above, it gets a file of its own.
    pub volume_max_bytes: ByteSize,
    /// The size of a volume; a multiple of 4 KiB.
    pub volume_bytes: ByteSize,
    /// How much of an upload to a volume is gathered before it is written.
    pub write_batch_bytes: ByteSize,
    /// Whether uploads no larger than that go to disk past the system's memory: much less work for the processor, and whoever fetches them
    /// first reads the disk.
    pub direct: bool,
    /// How much memory waits to be used again by such uploads, for each of eight sizes from 4 KiB to 512 KiB.
    pub buffers_kept_bytes: ByteSize,
    /// How much of an upload to a file of its own is gathered before it is written; twice as much can be in memory.
    pub file_batch_bytes: ByteSize,
    /// The largest file that stays in the system's memory after it was written or read; larger ones go to disk at once where the system can do that (Linux 6.14).
    pub cached_file_max_bytes: ByteSize,
    /// Elsewhere, how much of a file may wait to be written to disk before its upload does, so that the end is not slow.
    pub sync_range_bytes: ByteSize,
    /// How much a reader reads at a time.
    pub read_chunk_bytes: ByteSize,
    /// How many uploads may be in progress at a time.
    pub uploads_max: NonZeroUsize,
    /// How many volumes are kept open for readers.
    pub open_volumes_max: NonZeroUsize,
    /// How many deletions may wait.
    pub discards_max: NonZeroUsize,
}

impl Default for Attachments {
    fn default() -> Self {
        Self {
            inline_max_bytes: ByteSize::kib(4),
            volume_max_bytes: ByteSize::mib(4),
            volume_bytes: ByteSize::mib(256),
            write_batch_bytes: ByteSize::kib(256),
            direct: true,
            buffers_kept_bytes: ByteSize::mib(4),
            file_batch_bytes: ByteSize::mib(1),
            cached_file_max_bytes: ByteSize::mib(64),
            sync_range_bytes: ByteSize::mib(64),
            read_chunk_bytes: ByteSize::kib(256),
            uploads_max: nonzero(16_384),
            open_volumes_max: nonzero(128),
            discards_max: nonzero(65_536),
        }
    }
}
