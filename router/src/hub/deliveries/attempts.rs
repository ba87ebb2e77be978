//! Attempts: what is to be brought, put together when it is; and what an attempt came to, written when it has ended.

use std::sync::Arc;
use std::time::Duration;

use crate::delivery::Next;
use crate::entry::{Entry, Fact};
use crate::error::Error;
use crate::model::{
    About, Attempt, Case, DeadReason, Delivery, DeliveryId, DeliveryState, Event, Failure, Folder, Owner,
    SubscriptionId, Timestamp,
};
use crate::ports::{self, Attachments, Clock, DeliveryError, DeliveryErrorKind, Files, Receipt, Store, Subject};

use super::super::Hub;
use super::super::again::again;

/// What an attempt is made of.
#[derive(Debug)]
pub enum Prepared {
    /// This is to be brought.
    Ready(Box<ports::Delivery>),
    /// There is nothing to attempt now: it has ended meanwhile, or is not due.
    NotNow,
    /// Something that happened earlier to the same case has to arrive before.
    Behind,
    /// It cannot be attempted any more: [`end_delivery`](Hub::end_delivery) is to say so.
    Ends(DeadReason),
}

/// What an attempt came to.
#[derive(Debug)]
pub struct Attempted {
    /// When it began.
    pub began_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: Result<Receipt, DeliveryError>,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// All that an attempt at a delivery brings; `files` opens what is in it.
    pub async fn prepare_delivery(&self, id: DeliveryId, files: Arc<dyn Files>) -> Result<Prepared, Error> {
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(Prepared::NotNow) };
        let DeliveryState::Waiting { due_at, since, .. } = delivery.state else { return Ok(Prepared::NotNow) };
        let now = self.now();
        if due_at > now {
            return Ok(Prepared::NotNow);
        }
        if let Some(reason) = self.ends(&delivery, since, now) {
            return Ok(Prepared::Ends(reason));
        }
        if self.is_behind(&delivery).await? {
            return Ok(Prepared::Behind);
        }
        let (Some(folder), Some(case)) =
            (self.store.folder(delivery.folder).await?, self.store.case(delivery.case).await?)
        else {
            return Ok(Prepared::NotNow);
        };
        if case.recipient != delivery.recipient {
            return Ok(Prepared::Ends(DeadReason::Moved));
        }
        let event = match delivery.event {
            Some(event) => self.store.event(delivery.case, event).await?,
            None => None,
        };
        let (attempt, sequence) = (delivery.attempts.saturating_add(1), delivery.sequence);
        let message = self.message(id, (folder, case, event), files).await?;
        Ok(match message {
            Some(message) => Prepared::Ready(Box::new(ports::Delivery { attempt, sequence, ..message })),
            None => Prepared::Ends(DeadReason::NoEndpoint),
        })
    }

    /// All that is brought to the recipient of a case: the case, or what happened to it. None when its parties are not known any more.
    pub(in crate::hub) async fn message(
        &self,
        id: DeliveryId,
        (folder, case, event): (Folder, Case, Option<Event>),
        files: Arc<dyn Files>,
    ) -> Result<Option<ports::Delivery>, Error> {
        let attachments = match &event {
            Some(Event { id, .. }) => self.store.attachments(Owner::Event(*id)).await?,
            None => {
                let mut files = self.store.attachments(Owner::Folder(folder.id)).await?;
                files.retain(|file| file.recipients.contains(&case.external_id));
                files
            }
        };
        let found = self.store.referential(|known| {
            let sender = known.organization(&folder.depositor)?.clone();
            let recipient = known.organization(&case.recipient)?.clone();
            Some((sender, recipient, known.process(&case.process)?.as_ref().clone()))
        });
        Ok(found.map(|(sender, recipient, process)| ports::Delivery {
            id,
            attempt: 1,
            folder,
            case,
            event,
            sender,
            recipient,
            process,
            sequence: 1,
            attachments,
            files,
        }))
    }

    /// Why a delivery that waits is not attempted any more, if that is so now.
    pub fn delivery_ends(&self, delivery: &Delivery) -> Option<DeadReason> {
        let DeliveryState::Waiting { since, .. } = delivery.state else { return None };
        self.ends(delivery, since, self.now())
    }

    fn ends(&self, delivery: &Delivery, since: Timestamp, now: Timestamp) -> Option<DeadReason> {
        self.store.referential(|known| {
            let subscription = known.subscription(delivery.subscription);
            let Some(endpoint) = subscription.and_then(|subscription| subscription.endpoint_in_force(now)) else {
                return Some(DeadReason::NoEndpoint);
            };
            let hours = i64::from(endpoint.fallback?.after_hours);
            let until = since.milliseconds().saturating_add(hours.saturating_mul(60 * 60 * 1_000));
            (until <= now.milliseconds()).then_some(DeadReason::FellBack)
        })
    }

    /// Whether something earlier about the same case still waits for an endpoint that wants it in order.
    async fn is_behind(&self, delivery: &Delivery) -> Result<bool, Error> {
        let is_ordered = self.store.referential(|known| {
            let mode = known.subscription(delivery.subscription)?.endpoint.as_ref()?.mode;
            Some(self.deliveries.as_ref()?.capabilities(mode)?.ordered)
        });
        if is_ordered != Some(true) || delivery.sequence == 1 {
            return Ok(false);
        }
        let is_before = |other: &Delivery| {
            other.case == delivery.case
                && other.subscription == delivery.subscription
                && other.sequence < delivery.sequence
                && other.due_at().is_some()
        };
        Ok(self.store.deliveries(delivery.folder).await?.iter().any(is_before))
    }

    /// Writes down what an attempt came to, and gives where the delivery stands then; none when it is gone. What was brought leaves its
    /// inbox.
    pub async fn note_attempt(&self, id: DeliveryId, attempted: &Attempted) -> Result<Option<DeliveryState>, Error> {
        again(|| self.note_attempt_once(id, attempted)).await
    }

    async fn note_attempt_once(&self, id: DeliveryId, attempted: &Attempted) -> Result<Option<DeliveryState>, Error> {
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(None) };
        let writer = self.store.writer(Subject::Folder(delivery.folder)).await?;
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(None) };
        let now = self.now();
        let state = match (&attempted.outcome, delivery.state) {
            (Ok(receipt), _) => DeliveryState::Delivered { at: receipt.at },
            (outcome, DeliveryState::Waiting { since, failed, .. }) if is_taken(outcome, &delivery) => {
                DeliveryState::Waiting { due_at: now, since, failed }
            }
            (Err(error), DeliveryState::Waiting { since, failed, .. }) => {
                self.after_failure(&delivery, since, failed.saturating_add(1), now, error)
            }
            // It ended while the attempt went on: that it failed changes nothing.
            (Err(_), ended) => ended,
        };
        let (failure, words, reference) = match &attempted.outcome {
            Ok(receipt) => (None, receipt.words.clone(), Some(receipt.reference.clone())),
            Err(error) => {
                let failure = Failure { kind: error.kind(), explanation: error.explanation().to_owned() };
                (Some(failure), error.words().cloned(), None)
            }
        };
        let attempt = Attempt {
            number: delivery.attempts.saturating_add(1),
            began_at: attempted.began_at,
            took_milliseconds: u64::try_from(attempted.took.as_millis()).unwrap_or(u64::MAX),
            failure,
            words,
        };
        let is_awaited = delivery.is_awaited || (attempted.outcome.is_ok() && self.has_return_flow(&delivery));
        let sequence = is_taken(&attempted.outcome, &delivery).then(|| delivery.sequence.saturating_add(1));
        let mut facts = vec![Fact::DeliveryAttempted { delivery: id, attempt, state, reference, is_awaited, sequence }];
        if attempted.outcome.is_ok() {
            facts.push(Fact::NotificationDeleted(delivery.notification));
        }
        self.store.commit(writer, Entry::new(now, None, facts)).await?;
        Ok(Some(state))
    }

    fn after_failure(
        &self,
        delivery: &Delivery,
        since: Timestamp,
        failed: u32,
        now: Timestamp,
        error: &DeliveryError,
    ) -> DeliveryState {
        let dead = |reason| DeliveryState::Dead { at: now, reason };
        let Some(rules) = &self.deliveries else { return dead(DeadReason::NoEndpoint) };
        if !error.may_be_retried() {
            return dead(DeadReason::Refused);
        }
        let retry = rules.retry(self.priority(&delivery.process));
        match retry.next(delivery.id, failed, since, now, error) {
            Next::At(due_at) => DeliveryState::Waiting { due_at, since, failed },
            Next::GivenUp => dead(DeadReason::GivenUp),
        }
    }

    /// Whether something may come back on the way that a delivery takes now.
    fn has_return_flow(&self, delivery: &Delivery) -> bool {
        let capabilities = self.way_of(delivery).and_then(|mode| self.deliveries.as_ref()?.capabilities(mode));
        capabilities.is_some_and(|capabilities| capabilities.return_flow)
    }

    /// A delivery is not attempted any more. Whether it still waited.
    pub async fn end_delivery(&self, id: DeliveryId, reason: DeadReason) -> Result<bool, Error> {
        again(|| self.end_delivery_once(id, reason)).await
    }

    async fn end_delivery_once(&self, id: DeliveryId, reason: DeadReason) -> Result<bool, Error> {
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(false) };
        let writer = self.store.writer(Subject::Folder(delivery.folder)).await?;
        if self.store.delivery(id).await?.is_none_or(|delivery| delivery.due_at().is_none()) {
            return Ok(false);
        }
        let now = self.now();
        let mut facts = vec![Fact::DeliveryEnded { delivery: id, reason }];
        if reason == DeadReason::FellBack {
            facts.extend(self.alarm(delivery.subscription, About::FellBack, now));
        }
        self.store.commit(writer, Entry::new(now, None, facts)).await?;
        Ok(true)
    }

    /// Endpoints for which something was called for just now, at most `limit`; they are given once.
    pub fn endpoints_called(&self, limit: usize) -> Vec<SubscriptionId> {
        self.called.take(limit)
    }

    /// The subscriptions to whose endpoints something may have to be brought now, in their order.
    pub fn endpoints(&self) -> Vec<SubscriptionId> {
        self.store.referential(|known| known.with_endpoint().collect())
    }
}

/// A delivery whose name is taken by other content gets another rank, at most so high.
const SEQUENCE_MAX: u32 = 100;

/// Whether the name that a message has at the peer is taken by another one: it is to have the next name then. Two depositors may give
/// their folders the same number.
fn is_taken(outcome: &Result<Receipt, DeliveryError>, delivery: &Delivery) -> bool {
    let is_taken = |error: &DeliveryError| error.kind() == DeliveryErrorKind::Taken;
    outcome.as_ref().is_err_and(is_taken) && delivery.sequence < SEQUENCE_MAX
}
