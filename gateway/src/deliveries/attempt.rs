//! One attempt, from what is to be brought to what is written down of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use navette_router::hub::{Attempted, Prepared};
use navette_router::model::{AccessMode, DeadReason, DeliveryId, DeliveryState, SubscriptionId};
use navette_router::ports::{self, Blame, DeliveryError, DeliveryErrorKind, Link};

use crate::backend::{Hub, HubFiles};
use crate::metrics::DeliveryMetrics;

/// How an attempt ended, for the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) delivery: DeliveryId,
    /// Who has to do something about it; none when it has arrived.
    pub(super) failed: Option<Blame>,
    /// Whether it should be left for a while before it is looked at again: its time has come, and it could not be attempted.
    pub(super) is_held: bool,
}

/// What an attempt needs.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) hub: Arc<Hub>,
    pub(super) delivery: DeliveryId,
    pub(super) subscription: SubscriptionId,
    pub(super) mode: AccessMode,
    /// The way, or why there is none.
    pub(super) link: Result<Arc<dyn Link>, Arc<DeliveryError>>,
    pub(super) time_limit: Duration,
    pub(super) metrics: DeliveryMetrics,
}

impl Attempt {
    /// Attempts it once. What cannot be written down is attempted again, and delivered once all the same: adapters see to that.
    pub(super) async fn run(self) -> Ended {
        let (delivery, nothing) = (self.delivery, Some(Blame::Ours));
        match self.attempt().await {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%delivery, error = &error as &dyn std::error::Error, "a delivery cannot be read or noted");
                Ended { delivery, failed: nothing, is_held: true }
            }
        }
    }

    async fn attempt(&self) -> Result<Ended, navette_router::Error> {
        let (delivery, ours) = (self.delivery, Some(Blame::Ours));
        let files = Arc::new(HubFiles(Arc::clone(&self.hub)));
        let message = match Box::pin(self.hub.prepare_delivery(delivery, files)).await? {
            Prepared::Ready(message) => message,
            Prepared::NotNow | Prepared::Behind => return Ok(Ended { delivery, failed: ours, is_held: true }),
            Prepared::Ends(reason) => {
                end(&self.hub, delivery, self.subscription, reason, &self.metrics).await?;
                return Ok(Ended { delivery, failed: ours, is_held: false });
            }
        };
        let (began_at, began) = (self.hub.clock_now(), Instant::now());
        let outcome = self.deliver(&message).await;
        let attempted = Attempted { began_at, took: began.elapsed(), outcome };
        let failed = attempted.outcome.as_ref().err().map(DeliveryError::blame);
        let state = Box::pin(self.hub.note_attempt(delivery, &attempted)).await?;
        self.tell(&attempted, message.attempt, state);
        if let Err(error) = self.note_endpoint(failed, state).await {
            // The attempt is noted; what it says of the endpoint the next one says as well.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(subscription = %self.subscription, error, "whether an endpoint answers cannot be noted");
        }
        Ok(Ended { delivery, failed, is_held: false })
    }

    /// What the attempt says of the endpoint.
    async fn note_endpoint(
        &self,
        failed: Option<Blame>,
        state: Option<DeliveryState>,
    ) -> Result<(), navette_router::Error> {
        let subscription = self.subscription;
        match (failed, state) {
            (None, _) => Box::pin(self.hub.note_answering(subscription)).await,
            (Some(Blame::Theirs), Some(DeliveryState::Waiting { failed, .. })) => {
                if Box::pin(self.hub.note_failing(subscription, failed)).await? {
                    self.metrics.suspended();
                    tracing::warn!(%subscription, "nothing has arrived at an endpoint for days; nothing is brought there until it is resumed");
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn deliver(&self, message: &ports::Delivery) -> Result<ports::Receipt, DeliveryError> {
        let link = match &self.link {
            Ok(link) => link,
            Err(error) => return Err(DeliveryError::new(error.kind(), error.explanation())),
        };
        let late = || {
            let seconds = self.time_limit.as_secs();
            DeliveryError::new(DeliveryErrorKind::TimedOut, format!("it was not over after {seconds} seconds"))
        };
        tokio::time::timeout(self.time_limit, link.deliver(message)).await.unwrap_or_else(|_| Err(late()))
    }

    fn tell(&self, attempted: &Attempted, number: u32, state: Option<DeliveryState>) {
        let (delivery, subscription) = (self.delivery, self.subscription);
        self.metrics.attempted(self.mode, attempted);
        let Err(error) = &attempted.outcome else {
            tracing::debug!(%delivery, %subscription, number, "a delivery has arrived");
            return;
        };
        match state {
            Some(DeliveryState::Dead { reason, .. }) => {
                self.metrics.died(reason);
                tracing::warn!(
                    %delivery, %subscription, number, reason = reason.as_str(), error = error as &dyn std::error::Error,
                    "a delivery is not attempted any more; it waits for somebody to look at it"
                );
            }
            _ => {
                tracing::info!(
                    %delivery, %subscription, number, error = error as &dyn std::error::Error,
                    "a delivery was not taken; it is attempted again"
                );
            }
        }
    }
}

/// A delivery is not attempted any more, and somebody should know.
pub(super) async fn end(
    hub: &Hub,
    delivery: DeliveryId,
    subscription: SubscriptionId,
    reason: DeadReason,
    metrics: &DeliveryMetrics,
) -> Result<(), navette_router::Error> {
    if hub.end_delivery(delivery, reason).await? {
        metrics.died(reason);
        tracing::warn!(
            %delivery, %subscription, reason = reason.as_str(),
            "a delivery is not attempted any more; its notification waits in the inbox"
        );
    }
    Ok(())
}
