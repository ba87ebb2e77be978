//! What listings say of a file.

use navette_router::model::Timestamp;
use russh_sftp::protocol::FileAttributes;

use super::Waiting;
use crate::message::Plan;

/// A file that its owner may read, and a directory in which its owner may rename and remove.
const FILE_MODE: u32 = 0o100_644;
const DIRECTORY_MODE: u32 = 0o040_755;

/// Of a message. When it cannot be one, what it would hold: who opens it is told why.
pub(super) fn of_message(waiting: &Waiting) -> FileAttributes {
    let plan = Plan::plain(&waiting.delivery, &waiting.process).ok();
    let size_bytes = plan.and_then(|plan| plan.size_bytes()).unwrap_or_else(|| waiting.delivery.size_bytes());
    of_file(size_bytes, waiting.delivery.folder.created_at)
}

/// Of a file of this size and date.
pub(super) fn of_file(size_bytes: u64, at: Timestamp) -> FileAttributes {
    attributes(size_bytes, FILE_MODE, seconds(at))
}

/// Of a directory.
pub(super) fn of_directory(since: Timestamp) -> FileAttributes {
    attributes(0, DIRECTORY_MODE, seconds(since))
}

fn attributes(size_bytes: u64, mode: u32, at: u32) -> FileAttributes {
    FileAttributes {
        size: Some(size_bytes),
        permissions: Some(mode),
        atime: Some(at),
        mtime: Some(at),
        ..FileAttributes::empty()
    }
}

/// The protocol counts seconds with 32 bits.
fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.milliseconds().max(0) / 1_000).unwrap_or(u32::MAX)
}
