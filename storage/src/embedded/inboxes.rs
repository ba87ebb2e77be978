//! What memory knows of the inboxes: how many notifications wait in each, and where the oldest may lie.
//!
//! A poll of an empty inbox ends here. A poll of another begins at the head, and so never walks over what was deleted before it.
//! The view keeps the same numbers, one record for each inbox in which something waits, so that a start need not count.

use std::collections::BTreeMap;
use std::ops::Bound;

use navette_router::model::{OrganizationKey, ProcessCode};
use navette_router::ports::{Inbox, InboxQuery};
use parking_lot::RwLock;

/// The order of a notification in its inbox: position of its entry, rank within it.
pub(super) type Order = (u64, u32);

/// What is known of an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// How many notifications wait.
    pub(super) waiting: u64,
    /// Nothing waits before this.
    pub(super) head: Order,
}

impl State {
    /// As the view keeps it.
    pub(super) fn to_bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&self.waiting.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.head.0.to_be_bytes());
        bytes[16..].copy_from_slice(&self.head.1.to_be_bytes());
        bytes
    }

    /// As the view has kept it.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (waiting, rest) = bytes.split_first_chunk()?;
        let (position, rest) = rest.split_first_chunk()?;
        let rank = rest.try_into().ok()?;
        let head = (u64::from_be_bytes(*position), u32::from_be_bytes(rank));
        Some(Self { waiting: u64::from_be_bytes(*waiting), head })
    }
}

/// What a group of entries does to the inboxes.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<Inbox, Change>);

#[derive(Debug, Default)]
struct Change {
    first: Option<Order>,
    arrived: u64,
    departed: u64,
}

impl Changes {
    /// One more waits at `order`, which is after all others of its inbox.
    pub(super) fn arrive(&mut self, inbox: Inbox, order: Order) {
        let change = self.0.entry(inbox).or_default();
        change.arrived += 1;
        change.first.get_or_insert(order);
    }

    /// One fewer waits.
    pub(super) fn depart(&mut self, inbox: Inbox) {
        self.0.entry(inbox).or_default().departed += 1;
    }
}

/// The inboxes in which something waits.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    states: RwLock<BTreeMap<Inbox, State>>,
}

impl Inboxes {
    /// What the changes make of the inboxes that they touch. Only one may plan, and must have its plan followed before the next.
    pub(super) fn plan(&self, changes: Changes) -> Vec<(Inbox, State)> {
        let states = self.states.read();
        let after = |(inbox, change): (Inbox, Change)| {
            let before = states.get(&inbox);
            let waiting = before.map_or(0, |state| state.waiting) + change.arrived;
            let head = before.map(|state| state.head).into_iter().chain(change.first).min().unwrap_or_default();
            (inbox, State { waiting: waiting.saturating_sub(change.departed), head })
        };
        changes.0.into_iter().map(after).collect()
    }

    /// The inboxes become what was planned, or read.
    pub(super) fn follow(&self, planned: impl IntoIterator<Item = (Inbox, State)>) {
        let mut states = self.states.write();
        for (inbox, state) in planned {
            if state.waiting == 0 {
                states.remove(&inbox);
                continue;
            }
            match states.get_mut(&inbox) {
                // Readers may have found since that nothing waits where it did.
                Some(known) => *known = State { waiting: state.waiting, head: state.head.max(known.head) },
                None => drop(states.insert(inbox, state)),
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

    fn change(inboxes: &Inboxes, arrivals: &[(&Inbox, Order)], departures: &[&Inbox]) {
        let mut changes = Changes::default();
        arrivals.iter().for_each(|(inbox, order)| changes.arrive((*inbox).clone(), *order));
        departures.iter().for_each(|inbox| changes.depart((*inbox).clone()));
        let planned = inboxes.plan(changes);
        inboxes.follow(planned);
    }

    #[test]
    fn what_waits_is_counted_and_found_by_recipient_and_process() {
        let inboxes = Inboxes::default();
        let (a, b, other) = (inbox("1", "A"), inbox("1", "B"), inbox("10", "A"));
        change(&inboxes, &[(&a, (1, 0)), (&a, (2, 0)), (&b, (3, 0)), (&other, (4, 0))], &[]);
        assert_eq!(inboxes.select(&query(Some(&a), &[])), (vec![(a.clone(), (1, 0)), (b.clone(), (3, 0))], 3));
        assert_eq!(inboxes.select(&query(Some(&a), &["B", "B"])), (vec![(b.clone(), (3, 0))], 1));
        assert_eq!(inboxes.select(&query(None, &["A"])).1, 3);
        change(&inboxes, &[], &[&b]);
        assert_eq!(inboxes.select(&query(Some(&a), &["B"])), (vec![], 0));
    }

    #[test]
    fn what_comes_and_goes_in_one_group_leaves_no_inbox() {
        let inboxes = Inboxes::default();
        let owner = inbox("1", "A");
        change(&inboxes, &[(&owner, (1, 0)), (&owner, (2, 0))], &[&owner, &owner]);
        assert_eq!(inboxes.select(&query(None, &[])), (vec![], 0));
    }

    #[test]
    fn the_head_moves_only_from_where_the_reader_began_and_never_back() {
        let inboxes = Inboxes::default();
        let owner = inbox("1", "A");
        change(&inboxes, &[(&owner, (1, 0)), (&owner, (9, 0))], &[]);
        let mut changes = Changes::default();
        changes.arrive(owner.clone(), (30, 0));
        let planned = inboxes.plan(changes);
        inboxes.advance(&owner, (1, 0), (9, 0));
        inboxes.advance(&owner, (1, 0), (20, 0));
        inboxes.follow(planned);
        assert_eq!(inboxes.select(&query(None, &[])), (vec![(owner, (9, 0))], 3));
    }
}
