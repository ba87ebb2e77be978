//! What is read about a folder while a writer of this gateway has it: its commit starts from the same rows, and need not ask again.
//!
//! The writer knew the folder's head before it began to read, and its decision is taken only if the head is the same then. So nobody
//! changed the rows in between.

use std::collections::HashMap;
use std::sync::Arc;

use navette_router::model::FolderId;
use navette_router::ports::Subject;
use parking_lot::Mutex;

use super::envelope::folder_of;
use super::rows::{Key, Row};

/// Rows that are remembered for one writer, as others may read the folder meanwhile.
const ROWS_MAX: usize = 64;

type Rows = Arc<Mutex<HashMap<Key, Row>>>;

/// The rows of the folders that have a writer now.
#[derive(Debug, Default)]
pub(super) struct Turns {
    folders: Arc<Mutex<HashMap<FolderId, Rows>>>,
}

/// Has the rows remembered that are read, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    folder: FolderId,
    folders: Arc<Mutex<HashMap<FolderId, Rows>>>,
    rows: Rows,
}

impl Turns {
    /// From now on, what is read about the subject is remembered, if it is a folder. It has one writer at a time.
    pub(super) fn begin(&self, subject: Subject) -> Option<Turn> {
        let folder = folder_of(subject)?;
        let rows = Rows::default();
        self.folders.lock().insert(folder, Arc::clone(&rows));
        Some(Turn { folder, folders: Arc::clone(&self.folders), rows })
    }

    /// Whether a writer of this gateway has the folder now.
    pub(super) fn has_writer(&self, folder: FolderId) -> bool {
        self.folders.lock().contains_key(&folder)
    }

    /// Where to remember what is read from now on about a folder.
    pub(super) fn reading(&self, folder: FolderId) -> Reading {
        Reading(self.folders.lock().get(&folder).cloned())
    }
}

impl Turn {
    /// What was read.
    pub(super) fn rows(&self) -> HashMap<Key, Row> {
        std::mem::take(&mut *self.rows.lock())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.folders.lock().remove(&self.folder);
    }
}

/// A question that was asked during a turn, or outside of any.
#[derive(Debug)]
pub(super) struct Reading(Option<Rows>);

impl Reading {
    /// The answer to it.
    pub(super) fn found(&self, key: Key, row: &Row) {
        let Some(rows) = &self.0 else { return };
        let mut rows = rows.lock();
        if rows.len() < ROWS_MAX {
            rows.insert(key, row.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_in_one_turn_is_no_answer_in_the_next() {
        let (turns, folder) = (Turns::default(), FolderId::generate());
        let (key, row) = (Key::folder(folder), Row::default());
        let before = turns.reading(folder);
        let turn = turns.begin(Subject::Folder(folder)).expect("a folder");
        before.found(key, &row);
        assert!(turn.rows().is_empty(), "it was asked before");
        let during = turns.reading(folder);
        during.found(key, &row);
        assert_eq!(turn.rows(), HashMap::from([(key, row.clone())]));
        drop(turn);

        let next = turns.begin(Subject::Folder(folder)).expect("a folder");
        during.found(key, &row);
        assert!(next.rows().is_empty(), "it was asked in the turn before");
    }

    #[test]
    fn a_turn_does_not_remember_a_whole_folder() {
        let (turns, folder) = (Turns::default(), FolderId::generate());
        let turn = turns.begin(Subject::Folder(folder)).expect("a folder");
        let reading = turns.reading(folder);
        for _ in 0..2 * ROWS_MAX {
            let id = navette_router::model::CaseId::generate();
            reading.found(Key::case(folder, id), &Row::default());
        }
        assert_eq!(turn.rows().len(), ROWS_MAX);
    }
}
