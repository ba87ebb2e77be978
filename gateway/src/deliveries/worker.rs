//! What one gateway does about deliveries: those to endpoints that are its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use navette_router::delivery::{Lane, Schedule, Waiting};
use navette_router::model::{Delivery, DeliveryId, SubscriptionId, Timestamp};
use navette_router::ports::{Blame, Store as _};
use tokio::task::{Id, JoinSet};
use tokio::time::MissedTickBehavior;

use super::Options;
use super::attempt::{Attempt, Ended, end};
use super::paths::{Path, Paths, closed};
use crate::backend::Hub;
use crate::metrics::DeliveryMetrics;

/// How long something is left that is due and could not be attempted.
const HELD_MILLISECONDS: i64 = 5_000;
/// How long it is not looked at an endpoint of which everything that is due is in memory already.
const REST_MILLISECONDS: i64 = 1_000;
/// How long not at one to which nothing is brought for the moment.
const CLOSED_REST_MILLISECONDS: i64 = 5_000;
/// How often it is shown what waits for an endpoint.
const SHOW_MILLISECONDS: i64 = 15_000;
/// How long until it is looked again when the store does not answer; attempts go on meanwhile.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// What is brought now.
pub(super) struct Worker<'a> {
    hub: Arc<Hub>,
    options: &'a Options,
    metrics: &'a DeliveryMetrics,
    paths: &'a Paths,
    schedule: Schedule,
    running: JoinSet<Ended>,
    /// Behind which endpoint it is looked next.
    looked: Option<SubscriptionId>,
    /// Due, but not to be attempted before then.
    held: HashMap<DeliveryId, Timestamp>,
    /// Endpoints at which it is not looked before then.
    resting: HashMap<SubscriptionId, Timestamp>,
    /// When it was shown last what waits for each endpoint.
    shown: HashMap<SubscriptionId, Timestamp>,
    /// What each task of [`running`](Self::running) attempts.
    attempted: HashMap<Id, DeliveryId>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(hub: Arc<Hub>, paths: &'a Paths, options: &'a Options, metrics: &'a DeliveryMetrics) -> Self {
        Self {
            hub,
            options,
            metrics,
            paths,
            schedule: Schedule::new(options.limits),
            running: JoinSet::new(),
            looked: None,
            held: HashMap::new(),
            resting: HashMap::new(),
            shown: HashMap::new(),
            attempted: HashMap::new(),
        }
    }

    /// Works without end. Attempts that are under way when this is dropped are cut off.
    pub(super) async fn run(mut self) {
        let mut looks = tokio::time::interval(self.options.look_interval);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(joined) = self.running.join_next_with_id() => match joined {
                    Ok((task, ended)) => self.ended(task, ended),
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "an attempt ended in a panic");
                        if let Some(delivery) = self.attempted.get(&error.id()).copied() {
                            self.ended(error.id(), Ended { delivery, failed: Some(Blame::Ours), is_held: true });
                        }
                    }
                },
                _ = looks.tick() => {
                    if let Err(error) = Box::pin(self.look()).await {
                        tracing::error!(error = &error as &dyn std::error::Error, "what is due cannot be read");
                        looks.reset_after(RETRY_INTERVAL);
                    }
                }
            }
            self.begin();
        }
    }

    fn ended(&mut self, task: Id, ended: Ended) {
        self.attempted.remove(&task);
        let now = self.hub.clock_now();
        self.schedule.ended(ended.delivery, ended.failed, now);
        if ended.is_held {
            self.held.insert(ended.delivery, later(now, HELD_MILLISECONDS));
        }
    }

    /// Takes what is due where something was called for just now, and at the next endpoints, in turn, so that none is forgotten and none
    /// is asked all the time.
    async fn look(&mut self) -> Result<(), navette_router::Error> {
        let now = self.hub.clock_now();
        self.held.retain(|_, until| *until > now);
        self.resting.retain(|_, until| *until > now);
        self.metrics.in_flight.set(i64::try_from(self.schedule.in_flight()).unwrap_or(i64::MAX));
        let called = self.hub.endpoints_called(self.options.endpoints_per_look);
        for id in &called {
            self.look_at(*id, now).await?;
        }
        let endpoints = self.hub.endpoints();
        let next = self.looked.map_or(0, |looked| endpoints.partition_point(|id| *id <= looked));
        let turn = endpoints.iter().cycle().skip(next).take(self.options.endpoints_per_look.min(endpoints.len()));
        for id in turn {
            self.looked = Some(*id);
            if !self.resting.contains_key(id) && !called.contains(id) {
                self.look_at(*id, now).await?;
            }
        }
        self.metrics.looked(now);
        Ok(())
    }

    async fn look_at(&mut self, id: SubscriptionId, now: Timestamp) -> Result<(), navette_router::Error> {
        if !self.hub.store().is_ours(*id.as_uuid()) {
            // What is due there is for another gateway to show.
            self.metrics.forget(id);
            self.shown.remove(&id);
        } else if self.schedule.waiting(id) <= self.options.window / 2 {
            self.take(id, now).await?;
        }
        Ok(())
    }

    async fn take(&mut self, id: SubscriptionId, now: Timestamp) -> Result<(), navette_router::Error> {
        // Now and then what waits for its next attempt is read as well, to be shown.
        let shows = self.shown.get(&id).is_none_or(|shown| later(*shown, SHOW_MILLISECONDS) <= now);
        let found = self.hub.store().referential(|known| {
            let subscription = known.subscription(id)?;
            let closed = subscription.endpoint_in_force(now).and_then(|endpoint| closed(endpoint, now));
            Some((closed, shows.then(|| subscription.clone())))
        });
        let Some((closed, shown)) = found else {
            self.metrics.forget(id);
            return Ok(());
        };
        let until = if shows { Timestamp::from_milliseconds(i64::MAX) } else { now };
        let mut due = self.hub.store().deliveries_due(id, until, self.options.window).await?;
        if let Some(subscription) = shown {
            self.shown.insert(id, now);
            self.metrics.waiting(&subscription, &due, closed);
            due.retain(|delivery| delivery.due_at().is_some_and(|due_at| due_at <= now));
        }
        let (is_empty, known) = (due.is_empty(), self.schedule.waiting(id));
        for delivery in due {
            if let Some(reason) = self.hub.delivery_ends(&delivery) {
                end(&self.hub, delivery.id, id, reason, self.metrics).await?;
            } else if closed.is_none() && !self.held.contains_key(&delivery.id) {
                self.schedule.push(self.waiting(&delivery, now), now);
            }
        }
        if closed.is_some() {
            self.resting.insert(id, later(now, CLOSED_REST_MILLISECONDS));
        } else if !is_empty && self.schedule.waiting(id) == known {
            self.resting.insert(id, later(now, REST_MILLISECONDS));
        }
        Ok(())
    }

    fn waiting(&self, delivery: &Delivery, now: Timestamp) -> Waiting {
        let lane = if delivery.size_bytes >= self.options.large_bytes { Lane::Large } else { Lane::Small };
        Waiting {
            delivery: delivery.id,
            endpoint: delivery.subscription,
            urgent: self.hub.is_urgent(&delivery.process),
            attempts: delivery.attempts,
            due_at: delivery.due_at().unwrap_or(now),
            lane,
        }
    }

    /// Begins all that may begin now.
    fn begin(&mut self) {
        let now = self.hub.clock_now();
        while let Some(waiting) = self.schedule.next(now) {
            let path = match self.hub.store().is_ours(*waiting.endpoint.as_uuid()) {
                true => self.paths.to(&self.hub, waiting.endpoint, now),
                false => Path::Closed,
            };
            let (mode, link) = match path {
                Path::Open(mode, link) => (mode, Ok(link)),
                Path::Faulty(mode, error) => (mode, Err(Arc::new(error))),
                // It was closed since this was taken, or went to another gateway. It stays in the ledger.
                Path::Closed => {
                    self.schedule.ended(waiting.delivery, Some(Blame::Ours), now);
                    continue;
                }
            };
            let attempt = Attempt {
                hub: Arc::clone(&self.hub),
                delivery: waiting.delivery,
                subscription: waiting.endpoint,
                mode,
                link,
                time_limit: self.options.attempt_timeout,
                metrics: self.metrics.clone(),
            };
            let task = self.running.spawn(attempt.run());
            self.attempted.insert(task.id(), waiting.delivery);
        }
    }
}

fn later(now: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(now.milliseconds().saturating_add(milliseconds))
}
