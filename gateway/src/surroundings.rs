//! What the interface is told of the program around it: refusals of late, checks, uses of credentials. Bounded, and gone with the
//! process: what was done is in the journal, this is for whoever wonders why something was not.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use navette_adapter_api::{Checked, Program, Refused};
use navette_router::model::{ClientId, Timestamp};
use parking_lot::Mutex;

use crate::health::Readiness;

/// What is kept of one answer, in bytes.
const ANSWER_MAX_BYTES: usize = 4 << 10;
/// Uses of credentials that wait to be noted at most; beyond, the next use of each is noted.
const USES_MAX: usize = 10_000;

/// What the program knows of itself.
#[derive(Debug)]
pub struct Surroundings {
    readiness: Arc<Readiness>,
    started_at: Timestamp,
    refusals_max: usize,
    refusals: Mutex<VecDeque<Refused>>,
    uses: Mutex<HashMap<ClientId, Timestamp>>,
}

impl Surroundings {
    /// Of a program that starts now; `refusals_max` refusals are kept.
    pub fn new(readiness: Arc<Readiness>, refusals_max: usize) -> Self {
        Self {
            readiness,
            started_at: Timestamp::now(),
            refusals_max,
            refusals: Mutex::default(),
            uses: Mutex::default(),
        }
    }

    /// Keeps a refusal in the place of the oldest.
    pub(crate) fn refused(&self, mut refused: Refused) {
        if self.refusals_max == 0 {
            return;
        }
        if refused.answer.len() > ANSWER_MAX_BYTES {
            refused.answer = bytes::Bytes::new();
        }
        let mut refusals = self.refusals.lock();
        if refusals.len() >= self.refusals_max {
            refusals.pop_front();
        }
        refusals.push_back(refused);
    }

    /// A credential came for a token.
    pub(crate) fn used(&self, client_id: ClientId) {
        let mut uses = self.uses.lock();
        if uses.len() < USES_MAX {
            uses.insert(client_id, Timestamp::now());
        }
    }

    /// The uses since it was asked last.
    pub(crate) fn take_uses(&self) -> Vec<(ClientId, Timestamp)> {
        self.uses.lock().drain().collect()
    }
}

impl Program for Surroundings {
    fn refusals(&self, id: &str) -> Vec<Refused> {
        let about = |refused: &&Refused| &*refused.request == id || refused.path.split('/').any(|part| part == id);
        self.refusals.lock().iter().filter(about).cloned().collect()
    }

    fn checks(&self) -> Vec<Checked> {
        let report = self.readiness.report();
        report
            .checks
            .into_iter()
            .map(|check| Checked { name: check.name, ok: check.ok, reason: check.reason })
            .collect()
    }

    fn version(&self) -> &'static str {
        crate::VERSION
    }

    fn started_at(&self) -> Timestamp {
        self.started_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(request: &str, path: &str) -> Refused {
        Refused {
            at: Timestamp::now(),
            request: request.into(),
            by: ClientId::new("client").expect("a well-formed identifier"),
            operation: "get_case",
            path: path.into(),
            status: 404,
            answer: bytes::Bytes::from_static(b"{}"),
        }
    }

    #[test]
    fn refusals_are_found_by_their_name_and_by_what_they_were_about_and_the_oldest_go() {
        let surroundings = Surroundings::new(Arc::default(), 2);
        for (request, path) in [("one", "/cases/a"), ("two", "/cases/a/events/b"), ("three", "/cases/c")] {
            surroundings.refused(refused(request, path));
        }
        let found = |id: &str| surroundings.refusals(id).iter().map(|row| row.request.to_string()).collect::<Vec<_>>();
        assert_eq!(found("one"), [""; 0]);
        assert_eq!(found("two"), ["two"]);
        assert_eq!(found("a"), ["two"]);
        assert_eq!(found("cases"), ["two", "three"]);
        assert_eq!(found("ca"), [""; 0]);
    }
}
