//! Looks for what came back from recipients, endpoint by endpoint: made durable first, then taken away at the peer.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use navette_router::model::{AccessMode, DeliveryId, ReturnOutcome, SubscriptionId};
use navette_router::ports::{DeliveryError, DeliveryErrorKind, Link, Outcome, Returned};
use tokio::time::MissedTickBehavior;

use super::Options;
use super::paths::{Path, Paths};
use crate::backend::Hub;
use crate::metrics::ReturnMetrics;

/// What is awaited of one endpoint is asked for in such portions.
const PORTION: usize = 1_000;
/// How often the same portion is asked for again when as much came back as is taken at once; the rest waits for the next time.
const ROUNDS_MAX: usize = 100;

/// Looks again and again.
pub(super) async fn collect(hub: &Hub, paths: &Paths, options: &Options, metrics: &ReturnMetrics) {
    let mut looks = tokio::time::interval(options.collect_interval);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let collector = Collector { hub, paths, options, metrics };
        stream::iter(hub.endpoints()).for_each_concurrent(options.collecting_max, |id| collector.visit(id)).await;
    }
}

struct Collector<'a> {
    hub: &'a Hub,
    paths: &'a Paths,
    options: &'a Options,
    metrics: &'a ReturnMetrics,
}

/// Why a visit ended early.
enum Stopped {
    /// Nothing can be read or written here.
    Hub(navette_router::Error),
    /// The peer cannot be looked at.
    Peer(DeliveryError),
}

impl From<navette_router::Error> for Stopped {
    fn from(error: navette_router::Error) -> Self {
        Self::Hub(error)
    }
}

impl Collector<'_> {
    /// Takes all that came back from one endpoint.
    async fn visit(&self, endpoint: SubscriptionId) {
        if !self.hub.store().is_ours(*endpoint.as_uuid()) {
            return;
        }
        let Path::Open(mode, link) = self.paths.to(self.hub, endpoint, self.hub.clock_now()) else { return };
        match Box::pin(self.take(endpoint, mode, &*link)).await {
            Ok(()) => {}
            Err(Stopped::Hub(error)) => {
                tracing::error!(%endpoint, error = &error as &dyn std::error::Error, "what came back cannot be noted");
            }
            Err(Stopped::Peer(error)) => {
                self.metrics.failed(mode, error.kind());
                tracing::info!(
                    %endpoint, error = &error as &dyn std::error::Error,
                    "an endpoint cannot be asked what came back; it is asked again"
                );
            }
        }
    }

    async fn take(&self, endpoint: SubscriptionId, mode: AccessMode, link: &dyn Link) -> Result<(), Stopped> {
        let (mut before, mut failed): (Option<DeliveryId>, Option<DeliveryError>) = (None, None);
        loop {
            let mut page = self.hub.awaited(endpoint, before, PORTION).await?;
            for _ in 0..ROUNDS_MAX {
                if page.awaited.is_empty() {
                    break;
                }
                let returned = self.in_time(link.collect(&page.awaited)).await?;
                let mut is_stuck = false;
                for one in &returned {
                    match self.take_one(mode, link, one).await {
                        // What can be read and not taken away must not hide what is listed behind it.
                        Err(Stopped::Peer(error)) if !is_of_the_server(&error) => {
                            is_stuck = true;
                            failed.get_or_insert(error);
                        }
                        done => done?,
                    }
                }
                if returned.len() < Returned::MAX || is_stuck {
                    break;
                }
                // Of what is known by now nothing is told again, so there is room for the rest.
                page = self.hub.awaited(endpoint, before, PORTION).await?;
            }
            let Some(next) = page.next else { return failed.map_or(Ok(()), |error| Err(Stopped::Peer(error))) };
            before = Some(next);
        }
    }

    async fn take_one(&self, mode: AccessMode, link: &dyn Link, returned: &Returned) -> Result<(), Stopped> {
        let Some(noted) = self.hub.take_return(returned).await? else { return Ok(()) };
        if noted.is_new {
            self.metrics.returned(mode, &noted.outcome);
            if let (ReturnOutcome::Unusable(why), Some(delivery)) = (&noted.outcome, returned.delivery) {
                tracing::warn!(%delivery, why, "what came back cannot be used; somebody at the recipient has to look at it");
            }
        }
        let acknowledged = Returned { outcome: outcome(noted.outcome), ..returned.clone() };
        self.in_time(link.acknowledge(&acknowledged)).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, DeliveryError>>) -> Result<T, Stopped> {
        let limit: Duration = self.options.collect_timeout;
        let late = || {
            let seconds = limit.as_secs();
            DeliveryError::new(DeliveryErrorKind::TimedOut, format!("it was not over after {seconds} seconds"))
        };
        tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late())).map_err(Stopped::Peer)
    }
}

/// Whether a failure says that nothing else will go better at the same server.
const fn is_of_the_server(error: &DeliveryError) -> bool {
    matches!(
        error.kind(),
        DeliveryErrorKind::Unreachable
            | DeliveryErrorKind::TimedOut
            | DeliveryErrorKind::Interrupted
            | DeliveryErrorKind::IdentityChanged
            | DeliveryErrorKind::LoginRefused
    )
}

/// What the adapter is told: what the hub could not use is for somebody to look at.
fn outcome(noted: ReturnOutcome) -> Outcome {
    match noted {
        ReturnOutcome::Taken => Outcome::Taken,
        ReturnOutcome::Failed => Outcome::Failed,
        ReturnOutcome::Status(status) => Outcome::Status(status),
        ReturnOutcome::Unusable(why) => Outcome::Unusable(why),
    }
}
