//! The embedded backend, for tests that open it again and again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use navette_storage::conformance::Backend;
use navette_storage::embedded::attachments::{self, Attachments};
use navette_storage::embedded::store::{self, Store};
use navette_storage::embedded::{journal, open, view};

/// Where each keyspace of the view keeps the position that it has reached.
const APPLIED: &str = "Mapplied";

/// A directory of its own, removed at the end.
pub(crate) struct OneMachine {
    directory: tempfile::TempDir,
    /// How many entries the next opening must apply again, at least.
    replayed_min: AtomicU64,
}

impl OneMachine {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory"), replayed_min: AtomicU64::new(0) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn store(&self) -> store::Options {
        store::Options {
            view_directory: self.path("view"),
            // Small segments, so that there are several, and quickly examined.
            journal: journal::Options {
                segment_bytes: 8 << 20,
                entry_max_bytes: 4 << 20,
                ..journal::Options::new(self.path("journal"))
            },
            view: view::Options::default(),
            writer_stripes: 1_024,
            checkpoint_interval: Duration::from_millis(50),
            // Nothing is released, so that everything can be applied again.
            reserve_bytes: 0,
            retained_entries: u64::MAX,
            retained_for: Duration::from_secs(3_600),
        }
    }
}

impl Backend for OneMachine {
    type Store = Store;
    type Attachments = Attachments;

    async fn open(&self) -> (Store, Attachments) {
        let attachments = attachments::Options::new(self.path("attachments"));
        let (store, attachments) = open(&self.store(), attachments).expect("the data are opened");
        let (replayed, expected) = (store.start().replayed, self.replayed_min.swap(0, Ordering::Relaxed));
        assert!(replayed >= expected.min(store.applied()), "only {replayed} entries were applied again");
        (store, attachments)
    }

    /// Makes the view believe that it has not come so far, and nothing else.
    async fn replay_again(&self, entries: u64) {
        let database = fjall::Database::builder(self.path("view")).open().expect("the view is opened");
        // Not the inboxes: what is known of them is always that of the position that they have reached.
        for name in ["records", "lists"] {
            let keyspace = database.keyspace(name, fjall::KeyspaceCreateOptions::default).expect("a keyspace");
            let applied = keyspace.get(APPLIED).expect("a read").expect("a position");
            let applied = u64::from_be_bytes(applied.as_ref().try_into().expect("eight bytes"));
            let earlier = applied.saturating_sub(entries).to_be_bytes();
            keyspace.insert(APPLIED, earlier).expect("the position is written");
        }
        database.persist(fjall::PersistMode::SyncAll).expect("the view is durable");
        self.replayed_min.store(entries, Ordering::Relaxed);
    }
}
