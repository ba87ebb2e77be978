//! The last decision about a folder, handed from one writer of this gateway to the next that already waits for its turn.
//!
//! Who waited has asked before the one ahead was done, so what that one left is as good as an answer of the servers. Who comes later
//! asks them: requests about one folder go to any gateway, and what this one knew a moment ago is often old by then. Then the
//! condition of the next decision would not hold, which costs more than to ask.

use std::time::Instant;

use quick_cache::sync::Cache;

use navette_router::model::FolderId;
use navette_router::ports::Subject;

use super::decision::Head;
use super::envelope::folder_of;

/// Folders of which the last decision is remembered, about a hundred bytes each.
const REMEMBERED_MAX: usize = 10_000;

/// The last decisions, each applied, and when they were known to be the last.
#[derive(Debug)]
pub(super) struct Heads {
    remembered: Cache<FolderId, (Head, Instant)>,
}

impl Default for Heads {
    fn default() -> Self {
        Self { remembered: Cache::new(REMEMBERED_MAX) }
    }
}

impl Heads {
    /// What was decided last, if that was known at `asked` or later. Nothing about the referential and the mails.
    pub(super) fn since(&self, asked: Instant, subject: Subject) -> Option<Head> {
        let (head, known) = self.remembered.get(&folder_of(subject)?)?;
        (known >= asked).then_some(head)
    }

    /// This is decided last now. It is remembered if it is applied; nothing is where a folder may yet be made.
    pub(super) fn remember(&self, subject: Subject, head: Head) {
        let is_settled = head != Head::default() && !head.is_unsettled();
        if let Some(folder) = folder_of(subject).filter(|_| is_settled) {
            self.remembered.insert(folder, (head, Instant::now()));
        }
    }

    /// Something about it is not known any more.
    pub(super) fn forget(&self, subject: Subject) {
        if let Some(folder) = folder_of(subject) {
            self.remembered.remove(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECIDED: Head = Head { entry: None, decided: Some(2), applied: Some(2) };

    #[test]
    fn who_waited_knows_what_the_writer_ahead_left_until_that_is_forgotten() {
        let (heads, folder) = (Heads::default(), Subject::Folder(FolderId::generate()));
        let asked = Instant::now();
        heads.remember(folder, DECIDED);
        assert_eq!(heads.since(asked, folder), Some(DECIDED));
        heads.forget(folder);
        assert_eq!(heads.since(asked, folder), None);
    }

    #[test]
    fn who_comes_later_has_to_ask() {
        let (heads, folder) = (Heads::default(), Subject::Folder(FolderId::generate()));
        heads.remember(folder, DECIDED);
        let later = Instant::now() + std::time::Duration::from_nanos(1);
        assert_eq!(heads.since(later, folder), None);
    }

    #[test]
    fn what_is_not_applied_or_not_there_is_not_remembered() {
        let (heads, asked) = (Heads::default(), Instant::now());
        for head in [Head::default(), Head { applied: Some(1), ..DECIDED }] {
            let folder = Subject::Folder(FolderId::generate());
            heads.remember(folder, head);
            assert_eq!(heads.since(asked, folder), None, "{head:?}");
        }
        for subject in [Subject::Referential, Subject::Mails] {
            heads.remember(subject, DECIDED);
            assert_eq!(heads.since(asked, subject), None);
        }
    }
}
