//! What the healthy feel of the sick: the hub's own worker over its own store brings cases to endpoints that are made up, some of which are
//! slow or dead, or have a very long backlog; beside the same without those.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use navette_gateway::backend::{self, Hub};
use navette_gateway::configuration::Configuration;
use navette_gateway::deliveries::{FindWay, Metrics, Options as WorkerOptions, bring};
use navette_gateway::metrics::Registry;
use navette_router::delivery::Retry;
use navette_router::entry::Fact;
use navette_router::hub::DeliveryRules;
use navette_router::model::{AccessMode, DeliveryId, EndpointRecord, OrganizationKey, Subscription, Timestamp};
use navette_router::ports::{
    Awaited, Capabilities, Delivery, DeliveryError, DeliveryErrorKind, Direction, Link, Receipt, Returned,
};
use navette_storage::conformance::fixtures::{self, File, ordinary_process, osl, recipient};
use navette_storage::conformance::steps;
use parking_lot::Mutex;
use tempfile::TempDir;

use super::say;

/// What is asked for.
#[derive(Debug, Args)]
pub struct Options {
    /// Endpoints.
    #[arg(long, default_value_t = 1_500)]
    endpoints: usize,
    /// Deliveries in all.
    #[arg(long, default_value_t = 100_000)]
    deliveries: usize,
    /// How many endpoints of a hundred never answer.
    #[arg(long, default_value_t = 1)]
    dead_percent: usize,
    /// How many of a hundred answer after five seconds.
    #[arg(long, default_value_t = 5)]
    slow_percent: usize,
}

/// How long a healthy endpoint takes, a slow one, and a dead one until it is given up.
const HEALTHY: Duration = Duration::from_millis(5);
const SLOW: Duration = Duration::from_secs(5);
const DEAD: Duration = Duration::from_secs(10);
/// Cases of one folder.
const CASES: usize = 10;
/// While one has a backlog, so many cases for others come one after the other.
const OTHERS: usize = 3_000;
const OTHERS_INTERVAL: Duration = Duration::from_millis(10);

/// How an endpoint behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Healthy,
    Slow,
    Dead,
}

/// What arrived when.
#[derive(Debug, Default)]
struct Arrivals {
    count: AtomicUsize,
    /// How long after it was called for each delivery of the others arrived.
    waits: Mutex<HashMap<DeliveryId, Duration>>,
}

#[derive(Debug)]
struct Way {
    health: Health,
    /// Where the arrivals of healthy ones are counted.
    arrivals: Arc<Arrivals>,
    is_counted: bool,
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, DeliveryError>> + Send + 'a>>;

impl Link for Way {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Boxed<'a, Receipt> {
        Box::pin(async move {
            match self.health {
                Health::Healthy => tokio::time::sleep(HEALTHY).await,
                Health::Slow => tokio::time::sleep(SLOW).await,
                Health::Dead => {
                    tokio::time::sleep(DEAD).await;
                    return Err(DeliveryError::new(DeliveryErrorKind::TimedOut, "nobody answers"));
                }
            }
            let now = Timestamp::now();
            if self.is_counted {
                let called_for = delivery.case.transmitted_at.unwrap_or(now).milliseconds();
                let wait = u64::try_from(now.milliseconds() - called_for).unwrap_or_default();
                self.arrivals.waits.lock().entry(delivery.id).or_insert_with(|| {
                    self.arrivals.count.fetch_add(1, Ordering::Relaxed);
                    Duration::from_millis(wait)
                });
            }
            Ok(Receipt { reference: String::new(), sent_bytes: 0, was_there: false, at: now, words: None })
        })
    }

    fn test(&self) -> Boxed<'_, Vec<String>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn collect<'a>(&'a self, _: &'a [Awaited]) -> Boxed<'a, Vec<Returned>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn acknowledge<'a>(&'a self, _: &'a Returned) -> Boxed<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A hub with its endpoints.
struct Stage {
    hub: Arc<Hub>,
    healths: Arc<HashMap<OrganizationKey, Health>>,
    arrivals: Arc<Arrivals>,
    _directory: TempDir,
}

fn rules() -> DeliveryRules {
    let retry = Retry {
        first: Duration::from_secs(60),
        longest: Duration::from_secs(3_600),
        give_up_after: Duration::from_secs(7 * 24 * 3_600),
    };
    let capabilities = Capabilities {
        direction: Direction::Push,
        return_flow: false,
        attachment_max_bytes: None,
        ordered: false,
        resumable: false,
        events: false,
    };
    let day = Duration::from_secs(24 * 3_600);
    DeliveryRules {
        ways: vec![(AccessMode::Webhook, capabilities)],
        urgent: retry,
        normal: retry,
        await_for: day,
        failing_after: 5,
        suspend_after: day,
    }
}

impl Stage {
    async fn new(endpoints: usize, health: impl Fn(usize) -> Health) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("navette-compare-").tempdir()?;
        let mut configuration = Configuration::default();
        configuration.storage.directory = directory.path().to_owned();
        let hub = backend::open(&configuration).await?;
        let hub = Arc::into_inner(hub).context("the hub is held by others")?.with_deliveries(rules());
        let mut facts = fixtures::referential(endpoints);
        for fact in &mut facts {
            let Fact::SubscriptionRegistered(subscription) = fact else { continue };
            subscription.access_mode = Some(AccessMode::Webhook);
            if let Some(endpoint) = subscription.endpoint.as_mut() {
                *endpoint = EndpointRecord {
                    mode: AccessMode::Webhook,
                    is_paused: false,
                    failing_since: None,
                    suspended_at: None,
                    maintenance: Vec::new(),
                    fallback: None,
                    ..endpoint.clone()
                };
            }
        }
        hub.seed(facts).await?;
        let healths = (0..endpoints).map(|number| (recipient(number), health(number))).collect();
        let (hub, healths) = (Arc::new(hub), Arc::new(healths));
        Ok(Self { hub, healths, arrivals: Arc::default(), _directory: directory })
    }

    /// Deposits for these recipients, in turn, `count` cases.
    async fn deposits(&self, recipients: &[usize], count: usize) {
        let mut turn = recipients.iter().copied().cycle();
        let cases = CASES.min(recipients.len());
        for _ in 0..count.div_ceil(cases) {
            let some: Vec<usize> = turn.by_ref().take(cases).collect();
            steps::deposit(&self.hub, &osl(), &ordinary_process(), &some, &[File::pdf(1)]).await;
        }
    }

    /// The worker; what arrives at `counted` is counted.
    fn works(&self, counted: impl Fn(&OrganizationKey) -> bool + Send + Sync + 'static) -> tokio::task::JoinHandle<()> {
        let (healths, arrivals) = (Arc::clone(&self.healths), Arc::clone(&self.arrivals));
        let find: FindWay = Box::new(move |subscription: &Subscription, _| {
            let key = &subscription.subscriber;
            let health = healths.get(key).copied().unwrap_or(Health::Dead);
            let way = Way { health, arrivals: Arc::clone(&arrivals), is_counted: counted(key) };
            Ok(Arc::new(way) as Arc<dyn Link>)
        });
        let options = WorkerOptions::default();
        tokio::spawn(bring(Arc::clone(&self.hub), find, options, Metrics::new(&Registry::new())))
    }

    async fn until(&self, count: usize) {
        while self.arrivals.count.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stage")
    }
}

/// Compares.
///
/// # Errors
/// When a hub cannot be opened.
pub async fn run(options: &Options) -> Result<()> {
    let sick = options.endpoints * (options.dead_percent + options.slow_percent) / 100;
    say(&format!("{} endpoints, {} deliveries, {sick} endpoints slow or dead", options.endpoints, options.deliveries));
    let with = among_the_sick(options, true).await?;
    let without = among_the_sick(options, false).await?;
    say(&format!("  99 % of the deliveries to healthy ones: {with:.1?} beside the sick, {without:.1?} without them"));
    say(&format!("  beside the sick ÷ without them: {:.2}", with.as_secs_f64() / without.as_secs_f64()));
    let with = beside_a_backlog(options.endpoints, options.deliveries).await?;
    let without = beside_a_backlog(options.endpoints, 0).await?;
    say(&format!(
        "  p99 of the others: {with:.1?} beside one with a backlog of {}, {without:.1?} without it",
        options.deliveries
    ));
    say(&format!("  beside the backlog ÷ without it: {:.2}", with.as_secs_f64() / without.as_secs_f64()));
    Ok(())
}

/// How long it takes until 99 % of what is for healthy ones has arrived.
async fn among_the_sick(options: &Options, has_sick: bool) -> Result<Duration> {
    let per_hundred = |number: usize| number % 100;
    let (dead, slow) = (options.dead_percent, options.dead_percent + options.slow_percent);
    let health = move |number: usize| match per_hundred(number) {
        part if part < dead => Health::Dead,
        part if part < slow => Health::Slow,
        _ => Health::Healthy,
    };
    let stage = Stage::new(options.endpoints, health).await?;
    let healthy: Vec<usize> = (0..options.endpoints).filter(|number| health(*number) == Health::Healthy).collect();
    let all: Vec<usize> = (0..options.endpoints).collect();
    let expected = options.deliveries * healthy.len() / options.endpoints;
    match has_sick {
        true => stage.deposits(&all, options.deliveries).await,
        false => stage.deposits(&healthy, expected).await,
    }
    let healths = Arc::clone(&stage.healths);
    let began = Instant::now();
    let worker = stage.works(move |key| healths.get(key) == Some(&Health::Healthy));
    stage.until(expected * 99 / 100).await;
    let took = began.elapsed();
    worker.abort();
    Ok(took)
}

/// The wait that 99 of 100 deliveries to others do not exceed while one endpoint has a backlog.
async fn beside_a_backlog(endpoints: usize, backlog: usize) -> Result<Duration> {
    let stage = Stage::new(endpoints, |_| Health::Healthy).await?;
    stage.deposits(&[0], backlog).await;
    let first = recipient(0);
    let worker = stage.works(move |key| *key != first);
    for number in 0..OTHERS {
        let began = Instant::now();
        stage.deposits(&[1 + number % (endpoints - 1)], 1).await;
        tokio::time::sleep(OTHERS_INTERVAL.saturating_sub(began.elapsed())).await;
    }
    stage.until(OTHERS).await;
    worker.abort();
    let mut waits: Vec<Duration> = stage.arrivals.waits.lock().values().copied().collect();
    waits.sort_unstable();
    Ok(waits.get(waits.len() * 99 / 100).copied().unwrap_or_default())
}
