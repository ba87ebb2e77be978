//! What is known of the inboxes is the same behind a start, however the last run ended.

use std::path::Path;

use navette_router::dispatch;
use navette_router::entry::{Entry, Fact};
use navette_router::model::ProcessCode;
use navette_router::ports::InboxQuery;

use super::*;
use crate::conformance::fixtures::{Deposit, entry, recipient, urgent_process};
use crate::embedded::overlay::Overlay;

fn opened(directory: &Path) -> View {
    View::open(directory, &Options::default()).expect("the view is opened")
}

/// Two folders for two recipients, and the first of them takes both of its notifications.
fn entries() -> Vec<Entry> {
    let deposits = [(); 2].map(|()| Deposit::new(&urgent_process(), &[0, 1], 0));
    let deposited: Vec<Entry> =
        deposits.iter().map(|deposit| entry(vec![deposit.deposited(), deposit.completed()])).collect();
    let notifications = deposited.iter().flat_map(dispatch::notifications);
    let taken = notifications.filter(|notification| notification.recipient == recipient(0));
    let taken: Vec<Entry> = taken.map(|notification| entry(vec![Fact::NotificationDeleted(notification.id)])).collect();
    deposited.into_iter().chain(taken).collect()
}

/// Applies the entries as a replay from the first of these positions does.
fn apply(view: &View, entries: &[Entry], from: usize) {
    let mut overlay = Overlay::new(view);
    for (index, entry) in entries.iter().enumerate().skip(from) {
        overlay.begin(index as Position + 1);
        navette_router::view::apply(entry, &mut overlay).expect("an entry is applied");
    }
    overlay.commit().expect("a batch is written");
}

/// How many wait in the inbox of each recipient, once by what is known and once by what there is.
fn waiting(view: &View) -> Vec<(u64, usize)> {
    let of = |number| {
        let processes: Vec<ProcessCode> = vec![urgent_process()];
        let query =
            InboxQuery { recipient: Some(recipient(number)), processes, priority: Vec::new(), offset: 0, limit: 100 };
        let page = view.page(&query).expect("a page");
        (page.total, page.notifications.len())
    };
    vec![of(0), of(1)]
}

#[test]
fn a_start_knows_what_waits_without_counting() {
    let directory = tempfile::tempdir().unwrap();
    let view = opened(directory.path());
    apply(&view, &entries(), 0);
    let before = waiting(&view);
    assert_eq!(before, [(0, 0), (2, 2)]);
    drop(view);
    assert_eq!(waiting(&opened(directory.path())), before);
}

#[test]
fn what_a_replay_applies_again_is_not_counted_again() {
    let directory = tempfile::tempdir().unwrap();
    let view = opened(directory.path());
    let entries = entries();
    apply(&view, &entries[..3], 0);
    let before = waiting(&view);
    assert_eq!(before, [(1, 1), (2, 2)]);
    drop(view);

    // As if a power cut had taken the last records, and left the inboxes: the replay begins before what these have reached.
    let view = opened(directory.path());
    view.records.insert(keys::APPLIED, 1_u64.to_be_bytes()).unwrap();
    assert_eq!(view.applied().unwrap(), 1);
    apply(&view, &entries[..3], 1);
    assert_eq!(waiting(&view), before);
    assert_eq!(reached(&view.inbox).unwrap(), 3);
    drop(view);

    // And goes on behind it.
    let view = opened(directory.path());
    apply(&view, &entries, 3);
    assert_eq!(waiting(&view), [(0, 0), (2, 2)]);
}

#[test]
fn a_replay_that_is_cut_short_is_not_counted_twice_either() {
    let directory = tempfile::tempdir().unwrap();
    let view = opened(directory.path());
    let entries = entries();
    apply(&view, &entries, 0);
    drop(view);

    let view = opened(directory.path());
    apply(&view, &entries[..2], 0);
    drop(view);
    let view = opened(directory.path());
    assert_eq!(view.applied().unwrap(), 2);
    apply(&view, &entries, 2);
    assert_eq!(waiting(&view), [(0, 0), (2, 2)]);
}

#[test]
fn an_inbox_in_which_nothing_waits_leaves_no_record() {
    let directory = tempfile::tempdir().unwrap();
    let view = opened(directory.path());
    apply(&view, &entries(), 0);
    assert_eq!(view.inbox.prefix(keys::INBOX_STATES).count(), 1);
}

#[test]
fn the_data_of_another_version_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let view = opened(directory.path());
    view.records.insert(keys::FORMAT, [FORMAT + 1]).unwrap();
    drop(view);
    assert!(matches!(View::open(directory.path(), &Options::default()), Err(Error::UnknownFormat(3))));
}
