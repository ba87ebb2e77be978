//! The worker over the store of one machine, towards endpoints that are made up.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use navette_router::delivery::Retry;
use navette_router::entry::Fact;
use navette_router::hub::DeliveryRules;
use navette_router::model::{AccessMode, DeadReason, Delivery, DeliveryId, DeliveryState, Subscription};
use navette_router::ports::{
    self, Awaited, Capabilities, DeliveryError, DeliveryErrorKind, Direction, Link, Outcome, Receipt, Returned,
    Store as _,
};
use navette_storage::conformance::fixtures::{self, File, administrator, ordinary_process, osl, recipient};
use navette_storage::conformance::steps;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{FindWay, Options, bring};
use crate::backend::{self, Hub};
use crate::configuration::Configuration;
use crate::metrics::Registry;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, DeliveryError>> + Send + 'a>>;

/// A recipient's server, as it behaves at the moment.
#[derive(Default)]
struct Peer {
    /// How often each delivery came whole.
    taken: Mutex<HashMap<DeliveryId, usize>>,
    attempts: Mutex<usize>,
    /// How it refuses; none: it takes what comes.
    refuses: Mutex<Option<DeliveryErrorKind>>,
    /// Whether it never answers.
    hangs: Mutex<bool>,
    /// Whether its software has read what is there.
    has_read: Mutex<bool>,
    /// How often it was asked what came back, since then.
    questions: Mutex<usize>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Peer")
    }
}

/// The way there.
#[derive(Debug)]
struct Way(Arc<Peer>);

impl Link for Way {
    fn deliver<'a>(&'a self, delivery: &'a ports::Delivery) -> Boxed<'a, Receipt> {
        Box::pin(async move {
            *self.0.attempts.lock() += 1;
            let hangs = *self.0.hangs.lock();
            if hangs {
                std::future::pending::<()>().await;
            }
            if let Some(kind) = *self.0.refuses.lock() {
                return Err(DeliveryError::new(kind, "it said no"));
            }
            *self.0.taken.lock().entry(delivery.id).or_default() += 1;
            let at = navette_router::model::Timestamp::now();
            Ok(Receipt { reference: "a name".to_owned(), sent_bytes: 1, was_there: false, at, words: None })
        })
    }

    fn test(&self) -> Boxed<'_, Vec<String>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Its software has taken all that is there, and leaves it where it put it.
    fn collect<'a>(&'a self, awaited: &'a [Awaited]) -> Boxed<'a, Vec<Returned>> {
        if !*self.0.has_read.lock() {
            return Box::pin(std::future::ready(Ok(Vec::new())));
        }
        *self.0.questions.lock() += 1;
        let taken = |awaited: &Awaited| Returned {
            reference: format!("DONE/{}", awaited.delivery),
            delivery: Some(awaited.delivery),
            outcome: Outcome::Taken,
            comment: None,
            files: Vec::new(),
        };
        let new = awaited.iter().filter(|awaited| !awaited.is_taken).map(taken).take(Returned::MAX).collect();
        Box::pin(std::future::ready(Ok(new)))
    }

    fn acknowledge<'a>(&'a self, _: &'a Returned) -> Boxed<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

struct Stage {
    directory: TempDir,
    hub: Arc<Hub>,
    peers: [Arc<Peer>; 2],
    worker: JoinHandle<()>,
}

fn rules() -> DeliveryRules {
    let retry = Retry {
        first: Duration::from_millis(50),
        longest: Duration::from_millis(100),
        give_up_after: Duration::from_secs(3_600),
    };
    let push = Capabilities {
        direction: Direction::Push,
        return_flow: true,
        attachment_max_bytes: None,
        ordered: true,
        resumable: false,
        events: true,
    };
    DeliveryRules {
        ways: vec![(AccessMode::Webhook, push)],
        urgent: retry,
        normal: retry,
        await_for: Duration::from_secs(3_600),
        failing_after: 5,
        suspend_after: Duration::from_secs(3_600),
    }
}

async fn opened(directory: &TempDir) -> Arc<Hub> {
    let mut configuration = Configuration::default();
    configuration.storage.directory = directory.path().to_owned();
    let hub = backend::open(&configuration).await.expect("the data are opened");
    Arc::new(Arc::into_inner(hub).expect("nobody else has it").with_deliveries(rules()))
}

fn working(hub: &Arc<Hub>, peers: &[Arc<Peer>; 2]) -> JoinHandle<()> {
    let ways = peers.clone();
    let find: FindWay = Box::new(move |subscription: &Subscription, _| {
        let number = usize::from(subscription.subscriber != recipient(0));
        Ok(Arc::new(Way(Arc::clone(&ways[number]))) as Arc<dyn Link>)
    });
    let mut options = Options { look_interval: Duration::from_millis(10), window: 8, ..Options::default() };
    options.collect_interval = Duration::from_millis(200);
    options.limits.breaker.first = Duration::from_millis(100);
    options.limits.breaker.longest = Duration::from_millis(200);
    tokio::spawn(bring(Arc::clone(hub), find, options, super::Metrics::new(&Registry::new())))
}

impl Stage {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let hub = opened(&directory).await;
        let mut facts = fixtures::referential(2);
        for fact in &mut facts {
            let Fact::SubscriptionRegistered(subscription) = fact else { continue };
            subscription.access_mode = Some(AccessMode::Webhook);
            if let Some(endpoint) = subscription.endpoint.as_mut() {
                (endpoint.is_paused, endpoint.fallback, endpoint.mode) = (false, None, AccessMode::Webhook);
                (endpoint.failing_since, endpoint.suspended_at) = (None, None);
                endpoint.maintenance.clear();
            }
        }
        hub.seed(facts).await.expect("partners are registered");
        let peers = [Arc::default(), Arc::default()];
        let worker = working(&hub, &peers);
        Self { directory, hub, peers, worker }
    }

    /// The process ends at once, and another one begins with what is on the disk.
    async fn starts_again(self) -> Self {
        self.worker.abort();
        self.worker.await.ok();
        crate::service::is_alone(&self.hub).await;
        drop(self.hub);
        let hub = opened(&self.directory).await;
        let worker = working(&hub, &self.peers);
        Self { directory: self.directory, hub, peers: self.peers, worker }
    }

    async fn deposits(&self, recipients: &[usize]) {
        steps::deposit(&self.hub, &osl(), &ordinary_process(), recipients, &[File::pdf(1)]).await;
    }

    async fn ledger(&self, number: usize) -> Vec<Delivery> {
        self.hub.store().deliveries_of(&recipient(number), None, 1_000).await.expect("a read")
    }

    async fn until(&self, number: usize, what: &str, is_so: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let looking = async {
            loop {
                let ledger = self.ledger(number).await;
                if is_so(&ledger) {
                    return ledger;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), looking)
            .await
            .unwrap_or_else(|_| panic!("{what} does not happen"))
    }

    async fn pauses(&self, number: usize, is_paused: bool) {
        let found = self
            .hub
            .store()
            .referential(|known| known.subscription_of(&recipient(number), &ordinary_process()).cloned());
        let mut subscription = found.expect("a subscription");
        subscription.endpoint.as_mut().expect("an endpoint").is_paused = is_paused;
        self.hub.seed(vec![Fact::SubscriptionRegistered(subscription)]).await.expect("a change");
    }
}

fn all_arrived(ledger: &[Delivery]) -> bool {
    ledger.iter().all(|delivery| matches!(delivery.state, DeliveryState::Delivered { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_arrives_once_although_another_recipient_never_answers() {
    let stage = Stage::new().await;
    *stage.peers[1].hangs.lock() = true;
    for _ in 0..20 {
        stage.deposits(&[0, 1]).await;
    }
    let ledger = stage.until(0, "that all arrive", all_arrived).await;
    let taken = stage.peers[0].taken.lock().clone();
    assert_eq!((ledger.len(), taken.len()), (20, 20));
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
    assert_eq!(*stage.peers[1].attempts.lock(), 1, "one tells");
    assert!(stage.ledger(1).await.iter().all(|delivery| delivery.due_at().is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_and_what_is_under_way_when_the_process_ends_too() {
    let stage = Stage::new().await;
    *stage.peers[0].refuses.lock() = Some(DeliveryErrorKind::Busy);
    stage.deposits(&[0]).await;
    stage.until(0, "a second failure", |ledger| ledger[0].attempts >= 2).await;
    *stage.peers[0].hangs.lock() = true;
    let before = *stage.peers[0].attempts.lock();
    tokio::time::timeout(Duration::from_secs(60), async {
        while *stage.peers[0].attempts.lock() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("an attempt that hangs");
    let stage = stage.starts_again().await;
    (*stage.peers[0].hangs.lock(), *stage.peers[0].refuses.lock()) = (false, None);
    let ledger = stage.until(0, "that it arrives", all_arrived).await;
    assert!(ledger[0].last_attempts[0].failure.is_some());
    assert_eq!(stage.peers[0].taken.lock().values().copied().collect::<Vec<_>>(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_waits_for_somebody_and_arrives_when_it_is_replayed() {
    let stage = Stage::new().await;
    *stage.peers[0].refuses.lock() = Some(DeliveryErrorKind::Rejected);
    stage.deposits(&[0]).await;
    let is_dead =
        |ledger: &[Delivery]| matches!(ledger[0].state, DeliveryState::Dead { reason: DeadReason::Refused, .. });
    let dead = stage.until(0, "that it is given up", is_dead).await;
    *stage.peers[0].refuses.lock() = None;
    stage.hub.replay_delivery(&administrator(), dead[0].id).await.expect("a replay");
    stage.until(0, "that it arrives", all_arrived).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_brought_to_an_endpoint_that_is_paused() {
    let stage = Stage::new().await;
    stage.pauses(0, true).await;
    stage.deposits(&[0, 1]).await;
    stage.until(1, "that the other arrives", all_arrived).await;
    assert_eq!((stage.ledger(0).await[0].attempts, *stage.peers[0].attempts.lock()), (0, 0));
    stage.pauses(0, false).await;
    stage.until(0, "that it arrives", all_arrived).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_is_taken_at_once_comes_back_without_asking_again_and_again() {
    const DELIVERIES: usize = 2 * Returned::MAX + 50;
    let stage = Stage::new().await;
    for _ in 0..DELIVERIES {
        stage.deposits(&[0]).await;
    }
    stage.until(0, "that all arrive", all_arrived).await;
    *stage.peers[0].has_read.lock() = true;
    let all_taken = |ledger: &[Delivery]| ledger.iter().all(Delivery::is_taken);
    stage.until(0, "that all are known to be taken", all_taken).await;
    // Three portions, and whatever was asked in between: not each of them a hundred times.
    let questions = *stage.peers[0].questions.lock();
    assert!(questions < 50, "{questions} questions");
}
