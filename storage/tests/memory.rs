//! The double keeps the promises of the ports: it passes the suite of the real ones.

use navette_storage::conformance::Backend;
use navette_storage::conformance_suite;
use navette_storage::memory::Memory;
use parking_lot::Mutex;

/// What is there now; each opening makes a new view from its journal.
#[derive(Default)]
struct Double {
    memory: Mutex<Memory>,
    replay_again: Mutex<bool>,
}

impl Backend for Double {
    type Store = Memory;
    type Attachments = Memory;

    async fn open(&self) -> (Memory, Memory) {
        let mut memory = self.memory.lock();
        if std::mem::take(&mut *self.replay_again.lock()) {
            memory.replay_again();
        } else {
            *memory = memory.reopened();
        }
        (memory.clone(), memory.clone())
    }

    async fn replay_again(&self) {
        *self.replay_again.lock() = true;
    }

    fn held_bytes(&self, attachments: &Memory) -> Option<u64> {
        let held = attachments.held();
        Some(held.content_bytes + held.upload_bytes)
    }
}

conformance_suite!(Double::default());
