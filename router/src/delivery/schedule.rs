//! What is begun next, so that a slow, dead or greedy recipient slows nobody else.
//!
//! Endpoints take turns, not deliveries: who has a hundred thousand waiting begins one when its turn comes, like who has one. In each
//! turn what is urgent comes before what is not, and what was never tried before what failed; one turn in eight goes the other way
//! round, so that nothing waits for ever. Large ones have places of their own, and so has whatever takes long: an attempt that is not
//! over after a moment gives its place back to the quick ones, and the endpoint begins its next ones among the slow.

mod endpoint;
mod in_flight;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use super::BreakerRules;
use crate::model::{DeliveryId, SubscriptionId, Timestamp};
use crate::ports::Blame;

use endpoint::Endpoint;
use in_flight::InFlight;

/// One turn in so many goes to what has waited longest for one.
const TURNS_BETWEEN_REVERSALS: u64 = 8;

/// How much may be under way: never more than [`small`](Self::small), [`large`](Self::large) and [`slow`](Self::slow) together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Attempts to one endpoint at a time, once it has shown that it answers; one until then, and while it is slow.
    pub per_endpoint: usize,
    /// Small deliveries at a time, over all endpoints.
    pub small: usize,
    /// Large ones.
    pub large: usize,
    /// Attempts of either size that take longer than [`slow_after`](Self::slow_after).
    pub slow: usize,
    /// An attempt to which no answer came for so long is slow, and so is its endpoint until one is quicker.
    pub slow_after: Duration,
    /// When an endpoint is left alone.
    pub breaker: BreakerRules,
}

/// What size a delivery has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// It takes a moment on any line.
    Small,
    /// It takes a while on any line.
    Large,
}

/// A delivery that is to be attempted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub delivery: DeliveryId,
    /// Where it goes.
    pub endpoint: SubscriptionId,
    /// Whether its process is urgent.
    pub urgent: bool,
    /// Attempts that were made.
    pub attempts: u32,
    /// Not before this.
    pub due_at: Timestamp,
    /// Its size.
    pub lane: Lane,
}

/// Among what of an endpoint a delivery waits: its size, its urgency, whether it is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Class(usize);

impl Class {
    const COUNT: usize = 8;

    fn of(waiting: &Waiting) -> Self {
        let large = usize::from(waiting.lane == Lane::Large) * 4;
        Self(large + usize::from(!waiting.urgent) * 2 + usize::from(waiting.attempts > 0))
    }

    const fn lane(self) -> Lane {
        if self.0 < 4 { Lane::Small } else { Lane::Large }
    }

    /// In the order in which they are served; the other way round within a size now and then.
    fn order(reversed: bool) -> [Self; Self::COUNT] {
        std::array::from_fn(|rank| Self(if reversed { rank ^ 3 } else { rank }))
    }
}

/// What waits in memory to be attempted, and what is under way. Holds as many as it is given: whoever fills it asks
/// [`waiting`](Self::waiting) how many an endpoint has already.
#[derive(Debug)]
pub struct Schedule {
    limits: Limits,
    endpoints: HashMap<SubscriptionId, Endpoint>,
    /// The endpoints that have something of a class and may have a turn, each once.
    turns: [VecDeque<SubscriptionId>; Class::COUNT],
    /// Deliveries that are not due yet.
    later: BinaryHeap<Reverse<(Timestamp, DeliveryId)>>,
    waiting_later: HashMap<DeliveryId, Waiting>,
    /// Endpoints that are left alone, until then.
    alone: BinaryHeap<Reverse<(Timestamp, SubscriptionId)>>,
    in_flight: InFlight,
    turn: u64,
}

impl Schedule {
    /// Nothing waits.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            endpoints: HashMap::new(),
            turns: Default::default(),
            later: BinaryHeap::new(),
            waiting_later: HashMap::new(),
            alone: BinaryHeap::new(),
            in_flight: InFlight::default(),
            turn: 0,
        }
    }

    /// A delivery waits. What waits or is under way already is not taken twice.
    pub fn push(&mut self, waiting: Waiting, now: Timestamp) {
        let endpoint = self.endpoints.entry(waiting.endpoint).or_default();
        if !endpoint.known.insert(waiting.delivery) {
            return;
        }
        if waiting.due_at > now {
            self.later.push(Reverse((waiting.due_at, waiting.delivery)));
            self.waiting_later.insert(waiting.delivery, waiting);
        } else {
            self.enqueue(waiting);
        }
    }

    /// How many of an endpoint wait or are under way.
    pub fn waiting(&self, endpoint: SubscriptionId) -> usize {
        self.endpoints.get(&endpoint).map_or(0, |endpoint| endpoint.known.len())
    }

    /// How many attempts are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// What begins now; nothing when nothing may. Its end must be told with [`ended`](Self::ended).
    pub fn next(&mut self, now: Timestamp) -> Option<Waiting> {
        self.wake(now);
        for slow in self.in_flight.ripen(now, &self.limits) {
            if let Some(endpoint) = self.endpoints.get_mut(&slow) {
                endpoint.is_slow = true;
            }
        }
        self.turn += 1;
        let order = Class::order(self.turn.is_multiple_of(TURNS_BETWEEN_REVERSALS));
        order.into_iter().find_map(|class| self.next_of(class, now))
    }

    fn next_of(&mut self, class: Class, now: Timestamp) -> Option<Waiting> {
        for _ in 0..self.turns[class.0].len() {
            let id = self.turns[class.0].pop_front()?;
            let endpoint = self.endpoints.get_mut(&id)?;
            endpoint.in_turn[class.0] = false;
            if !endpoint.breaker.allows(now) {
                // Its turn comes again when it is not left alone any more, or when what is under way has ended.
                if let Some(until) = endpoint.breaker.closed_until().filter(|until| *until > now) {
                    self.alone.push(Reverse((until, id)));
                }
                continue;
            }
            if endpoint.in_flight >= endpoint.allowed(self.limits.per_endpoint) {
                continue;
            }
            if !self.in_flight.has_room(class.lane(), endpoint.is_slow, &self.limits) {
                self.give_turn(id, class);
                continue;
            }
            let Some(waiting) = endpoint.queues[class.0].pop_front() else { continue };
            endpoint.breaker.begins();
            endpoint.in_flight += 1;
            let has_more = !endpoint.queues[class.0].is_empty();
            self.in_flight.begin(&waiting, endpoint.is_slow, now);
            if has_more {
                self.give_turn(id, class);
            }
            return Some(waiting);
        }
        None
    }

    /// An attempt is over: it succeeded, or it is for somebody to do something about it. What is to be tried again is pushed again.
    pub fn ended(&mut self, delivery: DeliveryId, failed: Option<Blame>, now: Timestamp) {
        let Some(attempt) = self.in_flight.end(delivery) else { return };
        let Some(endpoint) = self.endpoints.get_mut(&attempt.endpoint) else { return };
        endpoint.known.remove(&delivery);
        endpoint.in_flight -= 1;
        match failed {
            None => {
                endpoint.breaker.answers();
                endpoint.has_answered = true;
                endpoint.is_slow = attempt.took(now) >= self.limits.slow_after;
            }
            Some(blame) => endpoint.breaker.failed(blame, now, &self.limits.breaker),
        }
        self.give_turns(attempt.endpoint);
    }

    /// When [`next`](Self::next) may give something without anything having ended; none: only then.
    pub fn next_at(&self) -> Option<Timestamp> {
        let later = self.later.peek().map(|Reverse((at, _))| *at);
        let alone = self.alone.peek().map(|Reverse((at, _))| *at);
        let ripe = self.in_flight.next_ripe(&self.limits).filter(|_| self.turns.iter().any(|turns| !turns.is_empty()));
        [later, alone, ripe].into_iter().flatten().min()
    }

    fn wake(&mut self, now: Timestamp) {
        while let Some(Reverse((_, delivery))) = self.later.peek().copied().filter(|Reverse((at, _))| *at <= now) {
            self.later.pop();
            if let Some(waiting) = self.waiting_later.remove(&delivery) {
                self.enqueue(waiting);
            }
        }
        while let Some(Reverse((_, endpoint))) = self.alone.peek().copied().filter(|Reverse((at, _))| *at <= now) {
            self.alone.pop();
            self.give_turns(endpoint);
        }
    }

    fn enqueue(&mut self, waiting: Waiting) {
        let (id, class) = (waiting.endpoint, Class::of(&waiting));
        self.endpoints.entry(id).or_default().queues[class.0].push_back(waiting);
        self.give_turn(id, class);
    }

    /// Its turn comes, behind those of the others.
    fn give_turn(&mut self, id: SubscriptionId, class: Class) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else { return };
        if !endpoint.queues[class.0].is_empty() && !endpoint.in_turn[class.0] {
            endpoint.in_turn[class.0] = true;
            self.turns[class.0].push_back(id);
        }
    }

    fn give_turns(&mut self, id: SubscriptionId) {
        Class::order(false).into_iter().for_each(|class| self.give_turn(id, class));
    }
}
