//! What memory knows of the inboxes: how many notifications wait in each, and where the oldest may lie.
//!
//! A poll of an empty inbox ends here. A poll of another begins at the head, and so never walks over what was deleted before it.

use std::collections::BTreeMap;
use std::ops::Bound;

use navette_router::model::{OrganizationKey, ProcessCode};
use navette_router::ports::{Inbox, InboxQuery};
use parking_lot::RwLock;

/// The order of a notification in its inbox: position of its entry, rank within it.
pub(super) type Order = (u64, u32);

#[derive(Debug, Clone, Copy)]
struct State {
    waiting: u64,
    /// Nothing waits before this.
    head: Order,
}

/// The inboxes in which something waits.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    states: RwLock<BTreeMap<Inbox, State>>,
}

impl Inboxes {
    /// One more waits at `order`, which is after all others of its inbox.
    pub(super) fn add(&self, inbox: &Inbox, order: Order) {
        let mut states = self.states.write();
        match states.get_mut(inbox) {
            Some(state) => {
                state.waiting += 1;
                state.head = state.head.min(order);
            }
            None => {
                states.insert(inbox.clone(), State { waiting: 1, head: order });
            }
        }
    }

    /// One fewer waits.
    pub(super) fn remove(&self, inbox: &Inbox) {
        let mut states = self.states.write();
        if let Some(state) = states.get_mut(inbox) {
            state.waiting -= 1;
            if state.waiting == 0 {
                states.remove(inbox);
            }
        }
    }

    /// A reader that began at `from` found nothing before `first`.
    pub(super) fn advance(&self, inbox: &Inbox, from: Order, first: Order) {
        if first > from
            && let Some(state) = self.states.write().get_mut(inbox)
            && state.head == from
        {
            state.head = first;
        }
    }

    /// The inboxes of a query in which something waits, each with where to begin, and how many wait in all.
    pub(super) fn select(&self, query: &InboxQuery) -> (Vec<(Inbox, Order)>, u64) {
        let states = self.states.read();
        let mut selected = Vec::new();
        let mut total = 0;
        let mut take = |inbox: &Inbox, state: &State| {
            selected.push((inbox.clone(), state.head));
            total += state.waiting;
        };
        match (&query.recipient, query.processes.as_slice()) {
            (Some(recipient), []) => {
                of_recipient(&states, recipient).for_each(|(inbox, state)| take(inbox, state));
            }
            (Some(recipient), processes) => {
                for process in distinct(processes) {
                    let inbox = Inbox { recipient: recipient.clone(), process: process.clone() };
                    if let Some(state) = states.get(&inbox) {
                        take(&inbox, state);
                    }
                }
            }
            (None, processes) => {
                let wanted = |inbox: &Inbox| processes.is_empty() || processes.contains(&inbox.process);
                states.iter().filter(|(inbox, _)| wanted(inbox)).for_each(|(inbox, state)| take(inbox, state));
            }
        }
        (selected, total)
    }
}

fn distinct(processes: &[ProcessCode]) -> impl Iterator<Item = &ProcessCode> {
    processes
        .iter()
        .enumerate()
        .filter(|(index, process)| !processes.iter().take(*index).any(|former| former == *process))
        .map(|(_, process)| process)
}

fn of_recipient<'a>(
    states: &'a BTreeMap<Inbox, State>,
    recipient: &'a OrganizationKey,
) -> impl Iterator<Item = (&'a Inbox, &'a State)> {
    // The map is ordered by recipient first, and no process code sorts before the shortest one.
    let start = ProcessCode::new("-").map(|process| Inbox { recipient: recipient.clone(), process });
    let start = start.map_or(Bound::Unbounded, Bound::Included);
    states.range((start, Bound::Unbounded)).take_while(move |(inbox, _)| inbox.recipient == *recipient)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(branch: &str, process: &str) -> Inbox {
        let recipient = format!("SI-22770001000019-{branch}").parse().expect("a well-formed key");
        Inbox { recipient, process: ProcessCode::new(process).expect("a well-formed code") }
    }

    fn query(recipient: Option<&Inbox>, processes: &[&str]) -> InboxQuery {
        let processes = processes.iter().filter_map(|code| ProcessCode::new(code)).collect();
        InboxQuery {
            recipient: recipient.map(|inbox| inbox.recipient.clone()),
            processes,
            priority: vec![],
            offset: 0,
            limit: 25,
        }
    }

    #[test]
    fn what_waits_is_counted_and_found_by_recipient_and_process() {
        let inboxes = Inboxes::default();
        let (a, b, other) = (inbox("1", "A"), inbox("1", "B"), inbox("10", "A"));
        for (owner, order) in [(&a, (1, 0)), (&a, (2, 0)), (&b, (3, 0)), (&other, (4, 0))] {
            inboxes.add(owner, order);
        }
        assert_eq!(inboxes.select(&query(Some(&a), &[])), (vec![(a.clone(), (1, 0)), (b.clone(), (3, 0))], 3));
        assert_eq!(inboxes.select(&query(Some(&a), &["B", "B"])), (vec![(b.clone(), (3, 0))], 1));
        assert_eq!(inboxes.select(&query(None, &["A"])).1, 3);
        inboxes.remove(&b);
        assert_eq!(inboxes.select(&query(Some(&a), &["B"])), (vec![], 0));
    }

    #[test]
    fn the_head_moves_only_from_where_the_reader_began() {
        let inboxes = Inboxes::default();
        let owner = inbox("1", "A");
        inboxes.add(&owner, (1, 0));
        inboxes.add(&owner, (9, 0));
        inboxes.advance(&owner, (1, 0), (9, 0));
        inboxes.advance(&owner, (1, 0), (20, 0));
        assert_eq!(inboxes.select(&query(None, &[])).0, vec![(owner, (9, 0))]);
    }
}
