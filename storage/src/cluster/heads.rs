//! What a writer of this gateway left of a folder: its last decision, and its records upon that.
//!
//! Who waited has asked before the writer ahead was done, so what that one left is as good as an answer of the servers. Who comes later
//! asks them for the head, since requests about one folder go to any gateway. If it is the one that is remembered, nobody changed the
//! records either, and they need not be asked for. A likely writer asks for nothing, and is told by its decision.
//!
//! That something is applied is noted at the servers a moment later than it is. This gateway knows it of what it applied itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use navette_router::model::FolderId;
use navette_router::ports::Subject;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::de::DeserializeOwned;

use super::decision::Head;
use super::envelope::folder_of;
use super::order::Order;
use super::rows::{Key, Row};
use crate::recent::recent;

/// Folders that are remembered at most, whatever they weigh.
const REMEMBERED_MAX: usize = 10_000;
/// What all records that are remembered may weigh, in bytes.
const REMEMBERED_MAX_BYTES: u64 = 16 << 20;
/// What those of one folder may weigh, in bytes. Of a larger one only the last decision is remembered.
const FOLDER_MAX_BYTES: usize = 16 << 10;
/// What a folder weighs without its records, and a record without its text, in bytes.
const OVERHEAD_BYTES: usize = 160;

/// The part of that for folders that were asked for again. What was left last is wanted next, and must not be pressed out by what was
/// left first.
const HOT: f64 = 0.5;
/// How old the last decision about a folder may be for it to be decided upon what is remembered, in microseconds of the clock. Much
/// less than the week for which the servers keep it: a folder without a decision must be one that was never decided about.
const LIKELY_MICROSECONDS: Order = 60 * 60 * 1_000_000;

/// Records of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Those that are known.
    pub(super) rows: HashMap<Key, Row>,
    /// Whether there are no others.
    pub(super) whole: bool,
}

impl Known {
    /// Of a folder that was never written: nothing is there.
    pub(super) fn nothing() -> Self {
        Self { rows: HashMap::new(), whole: true }
    }

    /// The record of this key, if it is known and there is one.
    pub(super) fn record<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        serde_json::from_str(self.rows.get(key)?.record.as_deref()?).ok()
    }

    fn weight(&self) -> usize {
        let of_row = |row: &Row| row.record.as_ref().map_or(0, String::len) + OVERHEAD_BYTES;
        self.rows.values().map(of_row).sum::<usize>()
    }
}

/// What one writer left.
#[derive(Debug, Clone)]
struct Left {
    head: Head,
    /// Whoever asked before this may take it for the last: it was decided after this, or asked for.
    at: Instant,
    known: Arc<Known>,
}

#[derive(Debug, Clone, Copy)]
struct Weight;

impl Weighter<FolderId, Left> for Weight {
    fn weight(&self, _: &FolderId, left: &Left) -> u64 {
        (left.known.weight() + OVERHEAD_BYTES) as u64
    }
}

/// What the writers left, each applied, and when it was known to be the last.
#[derive(Debug)]
pub(super) struct Heads {
    remembered: Cache<FolderId, Left, Weight>,
}

impl Default for Heads {
    fn default() -> Self {
        Self { remembered: recent(REMEMBERED_MAX, REMEMBERED_MAX_BYTES, HOT, Weight) }
    }
}

impl Heads {
    /// What was decided last, if that was known at `asked` or later. Nothing about the referential and the mails.
    pub(super) fn since(&self, asked: Instant, subject: Subject) -> Option<Head> {
        let left = self.remembered.get(&folder_of(subject)?)?;
        (left.at >= asked).then_some(left.head)
    }

    /// What is remembered of a folder that was changed not long before `now`: most likely it is the last.
    pub(super) fn likely(&self, folder: FolderId, now: Order) -> Option<(Head, Arc<Known>)> {
        let left = self.remembered.get(&folder)?;
        let is_recent = now.saturating_sub(left.head.latest()) < LIKELY_MICROSECONDS;
        is_recent.then_some((left.head, left.known))
    }

    /// What the servers say was decided last about a subject, with what this gateway knows better: that it has applied it.
    pub(super) fn as_applied(&self, subject: Subject, head: Head, now: Order) -> Head {
        let left = folder_of(subject).and_then(|folder| self.likely(folder, now));
        // Whatever was decided at or before what was applied here is applied.
        let applied = left.map(|(left, _)| left.applied).filter(|applied| *applied >= head.decided.max(head.applied));
        applied.map_or(head, |applied| Head { applied, ..head })
    }

    /// The records upon this head, as far as they are known.
    pub(super) fn known(&self, subject: Subject, head: Head) -> Known {
        let left = folder_of(subject).and_then(|folder| self.remembered.get(&folder));
        left.filter(|left| left.head == head).map_or_else(Known::default, |left| (*left.known).clone())
    }

    /// This was decided last at `at`, as the servers say. The records that were left with it are known still.
    pub(super) fn confirm(&self, subject: Subject, head: Head, at: Instant) {
        let left = folder_of(subject).and_then(|folder| self.remembered.get(&folder));
        let known = left.filter(|left| left.head == head).map(|left| left.known).unwrap_or_default();
        self.keep(subject, head, at, known);
    }

    /// This was decided last at `at` or later, and these are the records upon it. It is remembered if it is applied; nothing is where a
    /// folder may yet be made.
    pub(super) fn remember(&self, subject: Subject, head: Head, at: Instant, known: Known) {
        let known = if known.weight() > FOLDER_MAX_BYTES { Known::default() } else { known };
        self.keep(subject, head, at, Arc::new(known));
    }

    fn keep(&self, subject: Subject, head: Head, at: Instant, known: Arc<Known>) {
        let is_settled = head != Head::default() && !head.is_unsettled();
        if let Some(folder) = folder_of(subject).filter(|_| is_settled) {
            self.remembered.insert(folder, Left { head, at, known });
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
    use uuid::Uuid;

    use super::*;

    const DECIDED: Head = Head { entry: None, decided: Some(2), applied: Some(2) };

    fn known(folder: FolderId, record: &str) -> Known {
        let row = Row { record: Some(record.to_owned()), place: None, written: 2 };
        Known { rows: HashMap::from([(Key::folder(folder), row)]), whole: true }
    }

    #[test]
    fn who_waited_knows_what_the_writer_ahead_left_until_that_is_forgotten() {
        let (heads, folder) = (Heads::default(), Subject::Folder(FolderId::generate()));
        let asked = Instant::now();
        heads.remember(folder, DECIDED, Instant::now(), Known::default());
        assert_eq!(heads.since(asked, folder), Some(DECIDED));
        heads.forget(folder);
        assert_eq!(heads.since(asked, folder), None);
    }

    #[test]
    fn who_comes_later_has_to_ask() {
        let (heads, folder) = (Heads::default(), Subject::Folder(FolderId::generate()));
        heads.remember(folder, DECIDED, Instant::now(), Known::default());
        let later = Instant::now() + std::time::Duration::from_nanos(1);
        assert_eq!(heads.since(later, folder), None);
    }

    #[test]
    fn records_are_known_upon_the_decision_they_were_left_with_and_upon_no_other() {
        let (heads, folder) = (Heads::default(), FolderId::generate());
        let (subject, left) = (Subject::Folder(folder), known(folder, "{}"));
        heads.remember(subject, DECIDED, Instant::now(), left.clone());
        assert_eq!(heads.known(subject, DECIDED), left);
        heads.confirm(subject, DECIDED, Instant::now());
        assert_eq!(heads.known(subject, DECIDED), left);
        let later = Head { decided: Some(3), applied: Some(3), ..DECIDED };
        assert_eq!(heads.known(subject, later), Known::default());
        heads.confirm(subject, later, Instant::now());
        assert_eq!(heads.known(subject, later), Known::default());
    }

    #[test]
    fn the_records_of_a_large_folder_are_not_remembered() {
        let (heads, folder) = (Heads::default(), FolderId::generate());
        let subject = Subject::Folder(folder);
        heads.remember(subject, DECIDED, Instant::now(), known(folder, &"x".repeat(FOLDER_MAX_BYTES)));
        assert_eq!(heads.known(subject, DECIDED), Known::default());
        assert!(heads.since(Instant::now(), subject).is_none());
    }

    #[test]
    fn what_was_applied_here_is_applied_though_the_servers_do_not_say_so_yet() {
        let (heads, folder) = (Heads::default(), Subject::Folder(FolderId::generate()));
        let now = DECIDED.latest();
        let said = Head { applied: Some(1), ..DECIDED };
        assert_eq!(heads.as_applied(folder, said, now), said, "nothing is known here");
        heads.remember(folder, DECIDED, Instant::now(), Known::default());
        assert_eq!(heads.as_applied(folder, said, now), DECIDED);
        let fence = Head { entry: Some(Uuid::now_v7()), ..said };
        assert_eq!(heads.as_applied(folder, fence, now), Head { applied: Some(2), ..fence }, "a fence decides nothing");
        let earlier = Head { decided: Some(1), applied: None, entry: fence.entry };
        assert_eq!(
            heads.as_applied(folder, earlier, now),
            Head { applied: Some(2), ..earlier },
            "it was read long ago"
        );
        let other = Head { decided: Some(3), ..said };
        assert_eq!(heads.as_applied(folder, other, now), other, "somebody else decided that");
        let noted = Head { applied: Some(4), ..DECIDED };
        assert_eq!(heads.as_applied(folder, noted, now), noted);
        assert_eq!(heads.as_applied(folder, said, now + LIKELY_MICROSECONDS), said, "it is too long ago");
    }

    #[test]
    fn what_was_decided_long_ago_is_asked_for() {
        let (heads, folder) = (Heads::default(), FolderId::generate());
        let latest = DECIDED.latest();
        heads.remember(Subject::Folder(folder), DECIDED, Instant::now(), known(folder, "{}"));
        assert_eq!(heads.likely(folder, latest).map(|(head, _)| head), Some(DECIDED));
        assert!(heads.likely(folder, latest + LIKELY_MICROSECONDS).is_none());
        assert!(heads.likely(FolderId::generate(), latest).is_none());
    }

    #[test]
    fn what_is_not_applied_or_not_there_is_not_remembered() {
        let (heads, asked) = (Heads::default(), Instant::now());
        for head in [Head::default(), Head { applied: Some(1), ..DECIDED }] {
            let folder = Subject::Folder(FolderId::generate());
            heads.remember(folder, head, Instant::now(), Known::default());
            assert_eq!(heads.since(asked, folder), None, "{head:?}");
        }
        for subject in [Subject::Referential, Subject::Mails] {
            heads.remember(subject, DECIDED, Instant::now(), Known::default());
            assert_eq!(heads.since(asked, subject), None);
        }
    }
}
