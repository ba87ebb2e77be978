//! A hub in memory, with partners and something to deliver.

use std::sync::Arc;

use navette_router::hub::Limits;
use navette_router::model::{FolderId, ProcessCode};
use navette_router::{Caller, Hub};
use navette_storage::conformance::fixtures::{self, File};
use navette_storage::conformance::steps;
use navette_storage::memory::Memory;

/// How many recipients there are.
const RECIPIENTS: usize = 3;

/// A hub in memory, with a depositor and three recipients of one process.
#[derive(Debug)]
pub struct World {
    /// The hub, for the adapter under test.
    pub hub: Arc<Hub<Memory, Memory, fixtures::Clock>>,
    process: ProcessCode,
}

impl World {
    /// A hub in which nothing was deposited yet.
    pub async fn new() -> Self {
        let memory = Memory::new();
        let hub = Arc::new(Hub::new(memory.clone(), memory, fixtures::Clock::new(), Limits::default()));
        hub.seed(fixtures::referential(RECIPIENTS)).await.expect("a hub in memory takes its partners");
        Self { hub, process: fixtures::urgent_process() }
    }

    /// The credential of the depositor.
    pub fn depositor(&self) -> Caller {
        fixtures::osl()
    }

    /// The credential of a recipient: 0, 1 or 2.
    pub fn recipient(&self, number: usize) -> Caller {
        fixtures::si(number, &self.process)
    }

    /// Deposits `files` for these recipients and completes the folder: one case for each of them waits.
    pub async fn deposit(&self, recipients: &[usize], files: &[File]) -> FolderId {
        let depositor = self.depositor();
        let view = steps::announce(&self.hub, &depositor, &self.process, recipients, files).await;
        let view = view.expect("a folder for known recipients is taken");
        steps::send_files(&self.hub, &depositor, &view, files).await;
        steps::complete(&self.hub, &depositor, view.folder.id).await.expect("a whole folder can be completed");
        view.folder.id
    }
}
