//! The embedded backend passes the conformance suite.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use navette_storage::conformance::Backend;
use navette_storage::conformance_suite;
use navette_storage::embedded::attachments::{self, Attachments};
use navette_storage::embedded::store::{self, Store};
use navette_storage::embedded::{journal, open, view};

/// A directory of its own, removed at the end.
struct OneMachine {
    directory: tempfile::TempDir,
    replay_again: AtomicBool,
}

impl OneMachine {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory"), replay_again: AtomicBool::new(false) }
    }

    fn path(&self, name: &str) -> PathBuf {
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
            retained_entries: u64::MAX,
        }
    }
}

impl Backend for OneMachine {
    type Store = Store;
    type Attachments = Attachments;

    async fn open(&self) -> (Store, Attachments) {
        let attachments = attachments::Options::new(self.path("attachments"));
        let (store, attachments) = open(&self.store(), attachments).expect("the data are opened");
        if self.replay_again.swap(false, Ordering::Relaxed) {
            assert_eq!(store.start().replayed, store.applied(), "not the whole journal was applied again");
        }
        (store, attachments)
    }

    /// Makes the view forget how far it has come, and nothing else.
    async fn replay_again(&self) {
        let database = fjall::Database::builder(self.path("view")).open().expect("the view is opened");
        for name in ["records", "inbox"] {
            let keyspace = database.keyspace(name, fjall::KeyspaceCreateOptions::default).expect("a keyspace");
            keyspace.remove("Mapplied").expect("the position is removed");
        }
        database.persist(fjall::PersistMode::SyncAll).expect("the view is durable");
        self.replay_again.store(true, Ordering::Relaxed);
    }
}

conformance_suite!(OneMachine::new());
