//! What is known of a folder while a writer of this gateway has it: its commit starts from the same rows, and need not ask again.
//!
//! The writer knew the folder's head before it began to read, and its decision is taken only if the head is the same then. So nobody
//! changed the rows in between. What was known upon that head before answers the writer's questions too; not those of others, who may
//! ask later than the writer learned the head, and must not be told what was true then.

use std::collections::HashMap;
use std::sync::Arc;

use navette_router::model::FolderId;
use navette_router::ports::Subject;
use parking_lot::Mutex;
use tokio::task;
use uuid::Uuid;

use super::envelope::folder_of;
use super::heads::Known;
use super::rows::{Key, Kind, Row};

/// Rows that are remembered for one writer, as others may read the folder meanwhile.
const ROWS_MAX: usize = 64;

type Rows = Arc<Mutex<Known>>;

/// A folder that has a writer.
#[derive(Debug, Clone)]
struct Held {
    rows: Rows,
    /// The task of the writer; none outside of any.
    task: Option<task::Id>,
    /// Whether it has asked what was decided last, and finished that.
    is_settled: bool,
}

/// The rows of the folders that have a writer now.
#[derive(Debug, Default)]
pub(super) struct Turns {
    folders: Arc<Mutex<HashMap<FolderId, Held>>>,
}

/// Has the rows remembered that are read, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    folder: FolderId,
    folders: Arc<Mutex<HashMap<FolderId, Held>>>,
    rows: Rows,
}

impl Turns {
    /// From now on, what is read about the subject is remembered, if it is a folder, beside what is known. It has one writer at a time,
    /// which has finished what was decided last.
    pub(super) fn begin(&self, subject: Subject, known: Known) -> Option<Turn> {
        Some(self.begin_folder(folder_of(subject)?, known, true))
    }

    /// The same of a writer that relies on what is remembered.
    pub(super) fn begin_likely(&self, folder: FolderId, known: Known) -> Turn {
        self.begin_folder(folder, known, false)
    }

    fn begin_folder(&self, folder: FolderId, known: Known, is_settled: bool) -> Turn {
        let rows = Arc::new(Mutex::new(known));
        let held = Held { rows: Arc::clone(&rows), task: task::try_id(), is_settled };
        self.folders.lock().insert(folder, held);
        Turn { folder, folders: Arc::clone(&self.folders), rows }
    }

    /// Whether what was decided last about a folder need not be asked for: its writer has done that, or is the one who reads, whose
    /// decision will tell.
    pub(super) fn is_looked_after(&self, folder: FolderId) -> bool {
        let folders = self.folders.lock();
        folders.get(&folder).is_some_and(|held| held.is_settled || (held.task.is_some() && held.task == task::try_id()))
    }

    /// Where to look for, and to remember, what is read from now on about a folder.
    pub(super) fn reading(&self, folder: FolderId) -> Reading {
        let held = self.folders.lock().get(&folder).cloned();
        let is_writer = held.as_ref().is_some_and(|held| held.task.is_some() && held.task == task::try_id());
        Reading { rows: held.map(|held| held.rows), is_writer }
    }
}

impl Turn {
    /// What is known.
    pub(super) fn known(&self) -> Known {
        std::mem::take(&mut *self.rows.lock())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.folders.lock().remove(&self.folder);
    }
}

/// A question that is asked during a turn, or outside of any.
#[derive(Debug)]
pub(super) struct Reading {
    rows: Option<Rows>,
    is_writer: bool,
}

impl Reading {
    /// The answer, if the writer asks and it is known: a row, or that there is none.
    pub(super) fn known(&self, key: &Key) -> Option<Option<Row>> {
        let known = self.rows.as_ref().filter(|_| self.is_writer)?.lock();
        match known.rows.get(key) {
            Some(row) => Some(Some(row.clone())),
            None => known.whole.then_some(None),
        }
    }

    /// All records of one kind and owner in the order of their identifiers, if the writer asks and they are known.
    pub(super) fn known_of(&self, kind: Kind, owner: Uuid) -> Option<Vec<Row>> {
        let known = self.rows.as_ref().filter(|_| self.is_writer)?.lock();
        if !known.whole {
            return None;
        }
        let mut found: Vec<(Uuid, Row)> = known
            .rows
            .iter()
            .filter(|(key, _)| key.kind == kind && key.owner == owner)
            .map(|(key, row)| (key.id, row.clone()))
            .collect();
        found.sort_unstable_by_key(|(id, _)| *id);
        Some(found.into_iter().map(|(_, row)| row).collect())
    }

    /// The answer to it.
    pub(super) fn found(&self, key: Key, row: &Row) {
        let Some(rows) = &self.rows else { return };
        let mut known = rows.lock();
        if known.rows.len() < ROWS_MAX {
            known.rows.insert(key, row.clone());
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
        let turn = turns.begin(Subject::Folder(folder), Known::default()).expect("a folder");
        before.found(key, &row);
        assert!(turn.known().rows.is_empty(), "it was asked before");
        let during = turns.reading(folder);
        during.found(key, &row);
        assert_eq!(turn.known().rows, HashMap::from([(key, row.clone())]));
        drop(turn);

        let next = turns.begin(Subject::Folder(folder), Known::default()).expect("a folder");
        during.found(key, &row);
        assert!(next.known().rows.is_empty(), "it was asked in the turn before");
    }

    #[tokio::test]
    async fn a_writer_that_relies_on_what_is_remembered_answers_for_nobody_else() {
        let (turns, folder) = (Arc::new(Turns::default()), FolderId::generate());
        let writers = Arc::clone(&turns);
        let began = tokio::spawn(async move {
            let turn = writers.begin_likely(folder, Known::nothing());
            (writers.is_looked_after(folder), turn)
        });
        let (by_itself, turn) = began.await.expect("the writer");
        let readers = Arc::clone(&turns);
        let by_others = tokio::spawn(async move { readers.is_looked_after(folder) }).await.expect("a reader");
        assert_eq!((by_itself, by_others), (true, false));
        drop(turn);
        let _turn = turns.begin(Subject::Folder(folder), Known::nothing());
        assert!(turns.is_looked_after(folder));
    }

    #[test]
    fn a_turn_does_not_remember_a_whole_folder() {
        let (turns, folder) = (Turns::default(), FolderId::generate());
        let turn = turns.begin(Subject::Folder(folder), Known::default()).expect("a folder");
        let reading = turns.reading(folder);
        for _ in 0..2 * ROWS_MAX {
            let id = navette_router::model::CaseId::generate();
            reading.found(Key::case(folder, id), &Row::default());
        }
        assert_eq!(turn.known().rows.len(), ROWS_MAX);
    }

    #[tokio::test]
    async fn what_was_known_before_answers_the_writer_and_nobody_else() {
        let (turns, folder) = (Arc::new(Turns::default()), FolderId::generate());
        let (key, row) = (Key::folder(folder), Row { record: Some("{}".to_owned()), ..Row::default() });
        let known = Known { rows: HashMap::from([(key, row.clone())]), whole: true };
        let writers = Arc::clone(&turns);
        let task = tokio::spawn(async move {
            let turn = writers.begin(Subject::Folder(folder), known).expect("a folder");
            let reading = writers.reading(folder);
            assert_eq!(reading.known(&key), Some(Some(row.clone())));
            assert_eq!(reading.known(&Key::case(folder, navette_router::model::CaseId::generate())), Some(None));
            assert_eq!(reading.known_of(Kind::Folder, *folder.as_uuid()), Some(vec![row]));
            turn
        });
        let turn = task.await.expect("the writer");
        let other = tokio::spawn(async move {
            let reading = turns.reading(folder);
            (reading.known(&key), reading.known_of(Kind::Folder, *folder.as_uuid()))
        });
        assert_eq!(other.await.expect("a reader"), (None, None));
        drop(turn);
    }
}
