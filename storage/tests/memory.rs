//! The double keeps the promises of the ports: it passes the suite of the real ones.

use navette_storage::conformance::Backend;
use navette_storage::conformance_suite;
use navette_storage::memory::Memory;
use parking_lot::Mutex;

/// What is there now; each opening makes a new view from its journal.
#[derive(Default)]
struct Double {
    memory: Mutex<Memory>,
    replay_again: Mutex<Option<usize>>,
}

impl Backend for Double {
    type Store = Memory;
    type Attachments = Memory;

    async fn open(&self) -> (Memory, Memory) {
        let mut memory = self.memory.lock();
        if let Some(entries) = self.replay_again.lock().take() {
            memory.replay_again(entries);
        } else {
            *memory = memory.reopened();
        }
        (memory.clone(), memory.clone())
    }

    async fn replay_again(&self, entries: u64) {
        *self.replay_again.lock() = Some(usize::try_from(entries).unwrap_or(usize::MAX));
    }

    fn held_bytes(&self, attachments: &Memory) -> Option<u64> {
        let held = attachments.held();
        Some(held.content_bytes + held.upload_bytes)
    }
}

conformance_suite!(Double::default());
