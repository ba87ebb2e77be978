//! The tables in memory in which the view gathers what is written, before its engine writes them to disk sorted.
//!
//! The engine begins a new one by itself, by a message to its worker behind every batch that finds the present one full. While the
//! worker merges tables these messages fill its queue; then it waits, for ever, for room in the queue that only it empties. From then
//! on nothing is written to disk any more: memory and the engine's own log grow without bound, and the next start has to read all of
//! that log. So whoever writes begins the new table, at once, and no message is ever sent.

use fjall::{AbstractTree as _, Keyspace};

/// Has the engine begin a new table in memory when the present one of a keyspace takes more than so many bytes. To be called behind
/// each batch, by the one who writes. When too many full ones wait to be written, the next batch waits for them.
pub(super) fn rotate_when_full(keyspace: &Keyspace, memtable_bytes: u64) -> fjall::Result<()> {
    if keyspace.tree.active_memtable().size() > memtable_bytes {
        keyspace.rotate_memtable()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use fjall::{Database, KeyspaceCreateOptions};

    use super::*;

    const MEMTABLE_BYTES: u64 = 16 << 10;
    const BATCHES: u64 = 10_000;
    /// The present one, those that wait to be written, and what comes before it is noticed; in each of two keyspaces.
    const HELD_MAX_BYTES: u64 = 2 * 8 * MEMTABLE_BYTES;

    #[test]
    fn memory_stays_bounded_however_fast_somebody_writes() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::builder(directory.path()).worker_threads(1).open().unwrap();
        let create = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
        let keyspaces = ["records", "inbox"].map(|name| database.keyspace(name, create).unwrap());
        let mut highest = 0;
        for number in 0..BATCHES {
            let mut batch = database.batch().durability(None);
            for keyspace in &keyspaces {
                batch.insert(keyspace, number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes(), [7; 200]);
            }
            batch.commit().unwrap();
            keyspaces.iter().for_each(|keyspace| rotate_when_full(keyspace, MEMTABLE_BYTES).unwrap());
            highest = highest.max(database.write_buffer_size());
        }
        assert!(highest < HELD_MAX_BYTES, "{highest} bytes were held in memory at once");
    }
}
