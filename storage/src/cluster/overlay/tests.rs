use navette_router::entry::{Entry, Fact};

use super::*;
use crate::conformance::fixtures::{Deposit, entry, recipient, urgent_process};

const COMPLETED: Order = 1_000;
const MOVED: Order = 2_000;
const DELETED: Order = 3_000;

/// Applies an entry onto rows, and gives what it writes.
fn applied(rows: &mut HashMap<Key, Row>, folder: FolderId, order: Order, entry: &Entry) -> Changes {
    let fetched = Fetched { rows: rows.clone(), whole: true, ..Fetched::default() };
    let known = Referential::default();
    let mut overlay = Overlay::new(order, Some(folder), fetched, &known);
    navette_router::view::apply(entry, &mut overlay).expect("the entry is applied");
    let changes = overlay.finish();
    rows.extend(changes.rows.clone());
    changes
}

/// Where each notification of the folder waits.
fn places(rows: &HashMap<Key, Row>) -> HashMap<Key, rows::Place> {
    rows.iter().filter(|(_, row)| row.record.is_some()).filter_map(|(key, row)| Some((*key, row.place?))).collect()
}

/// The rows of inboxes that are written.
fn inbox_rows(changes: &Changes) -> Vec<String> {
    let rows = changes.after.iter().map(Write::row).filter(|(table, _)| *table == "inbox");
    let mut rows: Vec<String> = rows.map(|(_, row)| row).collect();
    rows.sort_unstable();
    rows
}

/// A folder whose three notifications are moved to another inbox: its rows, the entry that moved them, and which they are.
fn moved() -> (HashMap<Key, Row>, FolderId, Entry, Vec<NotificationId>) {
    let deposit = Deposit::new(&urgent_process(), &[0, 0, 0], 0);
    let folder = deposit.folder.id;
    let mut rows = HashMap::new();
    let completed = entry(vec![deposit.deposited(), deposit.completed()]);
    applied(&mut rows, folder, COMPLETED, &completed);
    let notifications: Vec<NotificationId> =
        navette_router::dispatch::notifications(&completed).into_iter().map(|notification| notification.id).collect();
    assert_eq!((notifications.len(), places(&rows).len()), (3, 3));
    let moved = entry(vec![Fact::CaseMoved {
        case: deposit.cases[0].id,
        source: recipient(0),
        target: recipient(1),
        notifications: notifications.clone(),
    }]);
    (rows, folder, moved, notifications)
}

#[test]
fn an_entry_that_is_applied_again_writes_the_same_rows() {
    let (mut rows, folder, moved, _) = moved();
    let first = applied(&mut rows, folder, MOVED, &moved);
    let before = places(&rows);
    assert!(before.values().all(|(order, _)| *order == MOVED), "{before:?}");
    let again = applied(&mut rows, folder, MOVED, &moved);
    assert_eq!(places(&rows), before);
    assert_eq!(inbox_rows(&again), inbox_rows(&first));
}

#[test]
fn what_waits_stays_in_its_place_when_an_entry_is_applied_again_after_a_deletion() {
    let (mut rows, folder, moved, notifications) = moved();
    let first = inbox_rows(&applied(&mut rows, folder, MOVED, &moved));
    let gone = Key::notification(folder, notifications[0]);
    let mut expected = places(&rows);
    expected.remove(&gone).expect("it waited");
    let deleted = entry(vec![Fact::NotificationDeleted(notifications[0])]);
    applied(&mut rows, folder, DELETED, &deleted);

    let again = applied(&mut rows, folder, MOVED, &moved);
    assert_eq!(places(&rows), expected);
    let again = inbox_rows(&again);
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|row| first.contains(row)), "{again:?} and {first:?}");
}
