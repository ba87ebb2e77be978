//! A hub whose recipients have endpoints, and what tests say about what is brought there.

use std::sync::Arc;
use std::time::Duration;

use navette_router::delivery::Retry;
use navette_router::entry::Fact;
use navette_router::hub::{Attempted, DeliveryRules, Prepared};
use navette_router::model::{AccessMode, Delivery, DeliveryState, Subscription};
use navette_router::ports::{
    Capabilities, Clock as _, DeliveryError, DeliveryErrorKind, Direction, PeerWords, Receipt, Store as _,
};
use navette_router::{Hub, Limits};
use navette_storage::conformance::fixtures::{self, Clock, File, ordinary_process, osl, recipient};
use navette_storage::conformance::steps;
use navette_storage::memory::Memory;

/// A hub whose recipients have endpoints.
pub(crate) struct Post {
    pub(crate) memory: Memory,
    pub(crate) clock: Clock,
    pub(crate) hub: Hub<Memory, Memory, Clock>,
}

/// How long answers are awaited.
pub(crate) const AWAIT_FOR: Duration = Duration::from_secs(30 * 24 * 3_600);

/// After how long an endpoint is suspended at which nothing arrives.
pub(crate) const SUSPEND_AFTER: Duration = Duration::from_secs(5 * 24 * 3_600);

fn capabilities(events: bool) -> Capabilities {
    Capabilities {
        direction: Direction::Push,
        return_flow: !events,
        attachment_max_bytes: None,
        ordered: events,
        resumable: false,
        events,
    }
}

fn rules() -> DeliveryRules {
    let retry = Retry {
        first: Duration::from_secs(10),
        longest: Duration::from_secs(60),
        give_up_after: Duration::from_secs(24 * 3_600),
    };
    let ways = vec![(AccessMode::Webhook, capabilities(true)), (AccessMode::Sftp, capabilities(false))];
    DeliveryRules {
        ways,
        urgent: retry,
        normal: retry,
        await_for: AWAIT_FOR,
        failing_after: 3,
        suspend_after: SUSPEND_AFTER,
    }
}

impl Post {
    /// A hub whose first recipients have endpoints of these ways.
    pub(crate) async fn of(modes: &[AccessMode]) -> Self {
        let (memory, clock) = (Memory::new(), Clock::new());
        let hub = Hub::new(memory.clone(), memory.clone(), clock.clone(), Limits::default()).with_deliveries(rules());
        let mut facts = fixtures::referential(3);
        for fact in &mut facts {
            let Fact::SubscriptionRegistered(subscription) = fact else { continue };
            let mode = modes.iter().enumerate().find(|(number, _)| subscription.subscriber == recipient(*number));
            if let (Some((_, mode)), Some(endpoint)) = (mode, subscription.endpoint.as_mut()) {
                (subscription.access_mode, endpoint.mode, endpoint.fallback) = (Some(*mode), *mode, None);
                (endpoint.is_paused, endpoint.failing_since, endpoint.suspended_at) = (false, None, None);
            }
        }
        hub.seed(facts).await.expect("partners are registered");
        Self { memory, clock, hub }
    }

    pub(crate) async fn deposits_for(&self, recipients: &[usize]) {
        steps::deposit(&self.hub, &osl(), &ordinary_process(), recipients, &[File::pdf(1)]).await;
    }

    pub(crate) async fn ledger(&self, number: usize) -> Vec<Delivery> {
        self.memory.deliveries_of(&recipient(number), None, 100).await.expect("a read")
    }

    pub(crate) async fn only(&self) -> Delivery {
        let mut ledger = self.ledger(0).await;
        assert_eq!(ledger.len(), 1);
        ledger.remove(0)
    }

    pub(crate) async fn prepares(&self, delivery: &Delivery) -> Prepared {
        self.hub.prepare_delivery(delivery.id, Arc::new(self.memory.clone())).await.expect("a look")
    }

    pub(crate) async fn fails(&self, delivery: &Delivery, kind: DeliveryErrorKind) -> DeliveryState {
        let error = DeliveryError::new(kind, "it answered so").said(PeerWords::new("come back later"));
        self.ends(delivery, Err(error)).await
    }

    pub(crate) async fn arrives(&self, delivery: &Delivery) -> DeliveryState {
        let receipt = Receipt {
            reference: "FOLDER-1".to_owned(),
            sent_bytes: 1,
            was_there: false,
            at: self.clock.now(),
            words: None,
        };
        self.ends(delivery, Ok(receipt)).await
    }

    pub(crate) async fn ends(&self, delivery: &Delivery, outcome: Result<Receipt, DeliveryError>) -> DeliveryState {
        let attempted = Attempted { began_at: self.clock.now(), took: Duration::from_millis(7), outcome };
        self.hub.note_attempt(delivery.id, &attempted).await.expect("it is noted").expect("the delivery")
    }

    pub(crate) async fn changes(&self, change: impl Fn(&mut Subscription)) {
        let found = self.memory.referential(|known| known.subscription_of(&recipient(0), &ordinary_process()).cloned());
        let mut subscription = found.expect("a subscription");
        change(&mut subscription);
        self.hub.seed(vec![Fact::SubscriptionRegistered(subscription)]).await.expect("a change");
    }
}
