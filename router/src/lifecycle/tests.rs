//! The table against the sentences of the contract, and a model that walks it at random.

use proptest::prelude::*;

use super::*;

fn may(side: Side, from: Status, to: Status) -> bool {
    check(CASE, side, from, to).is_ok()
}

#[test]
fn each_status_has_exactly_one_line_in_each_table() {
    for table in [CASE, FOLDER] {
        for status in Status::ALL {
            assert_eq!(table.iter().filter(|line| line.to == *status).count(), 1, "{status}");
        }
    }
}

#[test]
fn published_recipients_go_straight_to_done_or_through_in_progress() {
    for from in [HubeeNotified, Sent, SiReceived, InProgress, AddAwaiting] {
        for to in [Done, Refused, SiIntegrationError, InProgress, Closed] {
            assert!(may(Side::Recipient, from, to), "{from} -> {to}");
        }
    }
}

#[test]
fn repeating_a_status_of_ones_own_side_passes() {
    for to in [Sent, SiReceived, InProgress, AddAwaiting, Refused, Done, SiIntegrationError, Closed] {
        assert!(may(Side::Recipient, to, to), "{to}");
    }
    assert!(may(Side::Recipient, Done, InProgress));
    for to in [HubeeCompleted, HubeeNotified, Closed] {
        assert!(may(Side::Depositor, to, to), "{to}");
    }
}

#[test]
fn a_depositor_reopens_from_any_status_once_transmitted_even_closed() {
    for from in Status::ALL.iter().filter(|from| !matches!(from, HubeeReceived | Archived)) {
        assert!(may(Side::Depositor, *from, HubeeNotified), "{from}");
        assert!(check(FOLDER, Side::Depositor, *from, HubeeNotified).is_ok(), "{from}");
    }
}

#[test]
fn a_complement_is_given_by_the_depositor_and_taken_up_by_the_recipient() {
    assert!(may(Side::Depositor, AddAwaiting, HubeeCompleted));
    assert!(may(Side::Recipient, HubeeCompleted, InProgress));
}

#[test]
fn the_other_sides_statuses_and_the_hubs_own_are_refused() {
    for to in [Sent, SiReceived, AddAwaiting, Refused, Done, SiIntegrationError] {
        assert_eq!(check(CASE, Side::Depositor, HubeeNotified, to), Err(Refusal::NotYours(to)));
    }
    for to in [HubeeCompleted, HubeeNotified] {
        assert_eq!(check(CASE, Side::Recipient, AddAwaiting, to), Err(Refusal::NotYours(to)));
    }
    for side in [Side::Depositor, Side::Recipient, Side::Administrator] {
        for to in [HubeeReceived, Archived] {
            assert_eq!(check(CASE, side, HubeeNotified, to), Err(Refusal::NotYours(to)));
        }
    }
}

#[test]
fn the_committed_page_of_statuses_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/statuses.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, reference()).expect("docs/statuses.md can be written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, reference(), "docs/statuses.md is stale: run the tests once with UPDATE=1");
}

/// The life of a case told in another way than the table: by rank, with the exceptions spelled out.
fn model(side: Side, from: Status, to: Status) -> bool {
    if side == Side::Administrator {
        return model(Side::Depositor, from, to) || model(Side::Recipient, from, to);
    }
    let transmitted = !matches!(from, HubeeReceived | Archived);
    let closed = from == Closed;
    match (side, to) {
        (_, HubeeReceived | Archived) => false,
        (_, Closed) => transmitted,
        (Side::Depositor, HubeeNotified) => transmitted,
        (Side::Depositor, HubeeCompleted) => matches!(from, HubeeCompleted | HubeeNotified | AddAwaiting),
        (Side::Depositor, InProgress) => transmitted && !closed,
        (Side::Depositor, _) => false,
        (Side::Recipient, HubeeCompleted | HubeeNotified) => false,
        (Side::Recipient, _) => transmitted && !closed,
        (Side::Administrator, _) => unreachable!("split above"),
    }
}

fn any_status() -> impl Strategy<Value = Status> {
    proptest::sample::select(Status::ALL.to_vec())
}

fn any_side() -> impl Strategy<Value = Side> {
    proptest::sample::select(vec![Side::Depositor, Side::Recipient, Side::Administrator])
}

proptest! {
    #[test]
    fn the_table_agrees_with_the_model(side in any_side(), from in any_status(), to in any_status()) {
        prop_assert_eq!(may(side, from, to), model(side, from, to));
    }

    #[test]
    fn no_walk_leaves_archived_or_shows_a_deposit_before_completion(steps in proptest::collection::vec((any_side(), any_status()), 0..60), start in any_status()) {
        let mut now = start;
        for (side, to) in steps {
            if may(side, now, to) {
                prop_assert!(now != Archived && now != HubeeReceived);
                prop_assert!(now != Closed || to == Closed || (to == HubeeNotified && side != Side::Recipient));
                now = to;
            }
        }
    }
}
