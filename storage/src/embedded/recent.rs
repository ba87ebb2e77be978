//! The records written last, as they lie in the view: most requests are about a folder that another request was about a moment ago.
//!
//! Only whoever writes the view puts records here, just before each batch, which is durable in the journal by then; readers never do.
//! So what is here is never older than what the view holds, and newer for a moment at most.

use fjall::{Keyspace, Slice};
use quick_cache::sync::Cache;
use serde::de::DeserializeOwned;

use super::view::Error;
use super::{codec, keys};
use crate::recent::recent;

/// What the tables of the cache take besides, for each record, roughly.
const OVERHEAD_BYTES: u64 = 96;
/// What a record and its key take, roughly: only so that the tables are not made anew while they fill.
const RECORD_BYTES: u64 = 512;
/// The part of all bytes for records that were asked for again.
const HOT: f64 = 0.5;

/// Records by their keys, no more than so many bytes. Those that were written first, and were not asked for again, go first.
#[derive(Debug)]
pub(super) struct Recent(Cache<Slice, Slice, Bytes>);

#[derive(Debug, Clone)]
struct Bytes;

impl quick_cache::Weighter<Slice, Slice> for Bytes {
    fn weight(&self, key: &Slice, record: &Slice) -> u64 {
        (key.len() + record.len()) as u64 + OVERHEAD_BYTES
    }
}

impl Recent {
    /// Room for `bytes`.
    pub(super) fn new(bytes: u64) -> Self {
        let records = usize::try_from(bytes / RECORD_BYTES).unwrap_or(usize::MAX);
        Self(recent(records, bytes, HOT, Bytes))
    }

    /// Whether records of this key are asked for by it, soon and often. The others are searched for in order, or only at a start.
    fn keeps(key: &[u8]) -> bool {
        matches!(keys::tag(key), Some(b'A' | b'B' | b'C' | b'E' | b'F' | b'N'))
    }

    /// A batch has written this record, or removed it.
    pub(super) fn follow(&self, key: &Slice, record: Option<&Slice>) {
        if !Self::keeps(key) {
            return;
        }
        match record {
            Some(record) => self.0.insert(key.clone(), record.clone()),
            None => drop(self.0.remove(&key[..])),
        }
    }

    /// The record of a key, from here or from the view.
    pub(super) fn get<T: DeserializeOwned>(&self, keyspace: &Keyspace, key: &[u8]) -> Result<Option<T>, Error> {
        self.bytes(keyspace, key)?.map(|bytes| codec::decode(&bytes)).transpose().map_err(Error::from)
    }

    /// The bytes of the record of a key, from here or from the view.
    pub(super) fn bytes(&self, keyspace: &Keyspace, key: &[u8]) -> Result<Option<Slice>, Error> {
        match self.0.get(key) {
            Some(record) => Ok(Some(record)),
            None => Ok(keyspace.get(key)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tag: char, number: u32) -> Slice {
        Slice::from(format!("{number:016}{tag}"))
    }

    fn record(text: &str) -> Slice {
        Slice::from(codec::encode(&text).expect("a text can be encoded"))
    }

    #[test]
    fn what_was_written_last_is_read_and_what_was_removed_is_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = fjall::Database::builder(directory.path()).open().expect("a database");
        let keyspace = database.keyspace("records", Default::default).expect("a keyspace");
        keyspace.insert(key('F', 1), record("in the view")).expect("a write");
        let recent = Recent::new(1 << 20);
        let read = |tag: char| recent.get::<String>(&keyspace, &key(tag, 1)).expect("a read");

        assert_eq!(read('F').as_deref(), Some("in the view"));
        recent.follow(&key('F', 1), Some(&record("written since")));
        assert_eq!(read('F').as_deref(), Some("written since"));
        recent.follow(&key('F', 1), None);
        assert_eq!(read('F').as_deref(), Some("in the view"), "the view says whether it is gone");
        recent.follow(&key('Z', 1), Some(&record("never asked for by its key")));
        assert_eq!(read('Z'), None);
    }

    #[test]
    fn it_takes_no_more_than_it_may_and_keeps_no_former_record_of_one_that_is_too_large() {
        let recent = Recent::new(1 << 20);
        let key = |number| key('F', number);
        for number in 0..10_000 {
            recent.follow(&key(number), Some(&record(&"x".repeat(1_000))));
        }
        assert!(recent.0.weight() <= 1 << 20 && recent.0.weight() > 1 << 19, "{}", recent.0.weight());
        recent.follow(&key(1), Some(&record("small")));
        assert!(recent.0.get(&key(1)[..]).is_some());
        recent.follow(&key(1), Some(&record(&"x".repeat(2 << 20))));
        assert!(recent.0.get(&key(1)[..]).is_none());
    }
}
