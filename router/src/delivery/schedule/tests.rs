//! The schedule on endpoints that are made up, in a time that is made up too.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::*;

const LIMITS: Limits = Limits {
    per_endpoint: 4,
    small: 200,
    large: 20,
    slow: 200,
    slow_after: Duration::from_secs(1),
    breaker: BreakerRules { failures: 3, first: Duration::from_secs(30), longest: Duration::from_secs(600) },
};

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

fn waiting(endpoint: SubscriptionId) -> Waiting {
    Waiting { delivery: DeliveryId::generate(), endpoint, urgent: false, attempts: 0, due_at: at(0), lane: Lane::Small }
}

/// How long an endpoint takes for an attempt, and whether it takes it.
#[derive(Debug, Clone, Copy)]
struct Peer {
    milliseconds: i64,
    answers: bool,
}

const HEALTHY: Peer = Peer { milliseconds: 40, answers: true };
const SLOW: Peer = Peer { milliseconds: 5_000, answers: true };
const DEAD: Peer = Peer { milliseconds: 30_000, answers: false };

/// Brings everything, and tells when each delivery of a peer that answers arrived.
fn bring(peers: &HashMap<SubscriptionId, Peer>, deliveries: Vec<Waiting>, until: i64) -> Vec<(SubscriptionId, i64)> {
    let mut schedule = Schedule::new(LIMITS);
    deliveries.into_iter().for_each(|waiting| schedule.push(waiting, at(0)));
    let mut ends: BinaryHeap<Reverse<(i64, DeliveryId)>> = BinaryHeap::new();
    let mut under_way = HashMap::new();
    let mut arrived = Vec::new();
    let mut now = 0;
    while now < until {
        while let Some(waiting) = schedule.next(at(now)) {
            ends.push(Reverse((now + peers[&waiting.endpoint].milliseconds, waiting.delivery)));
            under_way.insert(waiting.delivery, waiting);
        }
        let end = ends.peek().map(|Reverse((end, _))| *end);
        let wake = schedule.next_at().map(Timestamp::milliseconds).filter(|at| *at > now);
        let Some(next) = end.into_iter().chain(wake).min() else { break };
        now = next;
        while let Some(Reverse((_, delivery))) = ends.peek().copied().filter(|Reverse((end, _))| *end <= now) {
            ends.pop();
            let ended: Waiting = under_way.remove(&delivery).expect("it was under way");
            if peers[&ended.endpoint].answers {
                schedule.ended(delivery, None, at(now));
                arrived.push((ended.endpoint, now));
            } else {
                schedule.ended(delivery, Some(Blame::Theirs), at(now));
                let due_at = at(now + 10_000);
                schedule.push(Waiting { attempts: ended.attempts + 1, due_at, ..ended }, at(now));
            }
        }
    }
    arrived
}

/// `count` deliveries for each of these, in turns.
fn deliveries(endpoints: &[SubscriptionId], count: usize) -> Vec<Waiting> {
    (0..count).flat_map(|_| endpoints.iter().map(|endpoint| waiting(*endpoint))).collect()
}

fn endpoints(count: usize) -> Vec<SubscriptionId> {
    (0..count).map(|_| SubscriptionId::generate()).collect()
}

/// When so much of a hundred of the arrivals at `wanted` were over.
fn percentile(arrived: &[(SubscriptionId, i64)], wanted: impl Fn(SubscriptionId) -> bool, percent: usize) -> i64 {
    let mut times: Vec<i64> = arrived.iter().filter(|(endpoint, _)| wanted(*endpoint)).map(|(_, at)| *at).collect();
    times.sort_unstable();
    times[times.len() * percent / 100 - 1]
}

#[test]
fn dead_and_slow_endpoints_hold_up_the_healthy_ones_by_less_than_a_fifth() {
    let all = endpoints(1_500);
    let peer = |rank: usize| match rank % 100 {
        0 => DEAD,
        1..=5 => SLOW,
        _ => HEALTHY,
    };
    let peers: HashMap<_, _> = all.iter().enumerate().map(|(rank, endpoint)| (*endpoint, peer(rank))).collect();
    let healthy: Vec<_> =
        all.iter().enumerate().filter(|(rank, _)| rank % 100 > 5).map(|(_, endpoint)| *endpoint).collect();
    let alone = bring(&peers, deliveries(&healthy, 67), 1_000_000);
    let together = bring(&peers, deliveries(&all, 67), 1_000_000);
    let is_healthy = |endpoint: SubscriptionId| peers[&endpoint].milliseconds == HEALTHY.milliseconds;
    let (alone, together) = (percentile(&alone, is_healthy, 99), percentile(&together, is_healthy, 99));
    assert!(together * 10 <= alone * 12, "{together} ms with them, {alone} ms without");
}

#[test]
fn a_backlog_of_one_endpoint_delays_nobody_else() {
    let all = endpoints(300);
    let peers: HashMap<_, _> = all.iter().map(|endpoint| (*endpoint, HEALTHY)).collect();
    let few = deliveries(&all[1..], 20);
    let mut with_backlog: Vec<_> = (0..100_000).map(|_| waiting(all[0])).collect();
    with_backlog.extend(few.clone());
    let others = |endpoint| endpoint != all[0];
    let alone = percentile(&bring(&peers, few, 1_000_000), others, 99);
    let together = percentile(&bring(&peers, with_backlog, 10_000), others, 99);
    assert!(together * 10 <= alone * 12, "{together} ms with it, {alone} ms without");
}

#[test]
fn everything_arrives_once_when_endpoints_answer() {
    let all = endpoints(50);
    let peers: HashMap<_, _> = all.iter().map(|endpoint| (*endpoint, HEALTHY)).collect();
    let mut arrived: HashMap<SubscriptionId, usize> = HashMap::new();
    for (endpoint, _) in bring(&peers, deliveries(&all, 100), 1_000_000) {
        *arrived.entry(endpoint).or_default() += 1;
    }
    assert!(all.iter().all(|endpoint| arrived[endpoint] == 100), "{arrived:?}");
}

#[test]
fn what_is_urgent_and_what_is_new_comes_first_and_the_rest_is_not_forgotten() {
    let mut schedule = Schedule::new(Limits { small: 1_000, ..LIMITS });
    let all = endpoints(100);
    let kinds = [(false, 3), (false, 0), (true, 1), (true, 0)];
    for (rank, endpoint) in all.iter().enumerate() {
        let (urgent, attempts) = kinds[rank % 4];
        schedule.push(Waiting { urgent, attempts, ..waiting(*endpoint) }, at(0));
    }
    let begun: Vec<Waiting> = std::iter::from_fn(|| schedule.next(at(0))).collect();
    assert_eq!(begun.len(), all.len());
    let first: Vec<_> = begun.iter().take(7).map(|waiting| (waiting.urgent, waiting.attempts)).collect();
    assert_eq!(first, [(true, 0); 7]);
    assert_eq!((begun[7].urgent, begun[7].attempts), (false, 3), "one turn in eight goes the other way round");
    let urgent = begun.iter().take(60).filter(|waiting| waiting.urgent).count();
    assert!(urgent >= 50, "{urgent} of the first 60 are urgent");
}

#[test]
fn large_ones_have_places_of_their_own() {
    let mut schedule = Schedule::new(LIMITS);
    for endpoint in endpoints(30) {
        schedule.push(Waiting { lane: Lane::Large, ..waiting(endpoint) }, at(0));
    }
    schedule.push(waiting(SubscriptionId::generate()), at(0));
    let begun: Vec<Waiting> = std::iter::from_fn(|| schedule.next(at(0))).collect();
    assert_eq!(begun.iter().filter(|waiting| waiting.lane == Lane::Large).count(), LIMITS.large);
    assert_eq!(begun.len(), LIMITS.large + 1);
}

#[test]
fn what_is_pushed_twice_begins_once_and_nothing_before_it_is_due() {
    let mut schedule = Schedule::new(LIMITS);
    let one = Waiting { due_at: at(500), ..waiting(SubscriptionId::generate()) };
    schedule.push(one.clone(), at(0));
    schedule.push(one.clone(), at(0));
    assert_eq!((schedule.next(at(499)), schedule.next_at()), (None, Some(at(500))));
    assert_eq!(schedule.next(at(500)), Some(one.clone()));
    schedule.push(one.clone(), at(500));
    assert_eq!((schedule.next(at(501)), schedule.waiting(one.endpoint), schedule.in_flight()), (None, 1, 1));
    schedule.ended(one.delivery, None, at(502));
    assert_eq!((schedule.waiting(one.endpoint), schedule.in_flight()), (0, 0));
}
