//! Where a subscription wants its cases brought.

use navette_router::entry::Fact;
use navette_router::model::{AccessMode, Subscription, SubscriptionStatus, Timestamp};
use navette_router::ports::{Clock as _, Store as _};
use navette_storage::conformance::fixtures::{ordinary_process, recipient as recipient_key};

use crate::stage::Stage;

fn subscription(stage: &Stage) -> Subscription {
    stage.memory.referential(|known| known.subscription_of(&recipient_key(0), &ordinary_process()).cloned()).unwrap()
}

/// Whether cases are brought to the endpoint of `subscription`.
async fn counts(stage: &Stage, subscription: Subscription) -> bool {
    let (id, now) = (subscription.id, stage.clock.now());
    stage.hub.seed(vec![Fact::SubscriptionRegistered(subscription)]).await.unwrap();
    stage.memory.referential(|known| {
        let found = known.endpoint_of(&recipient_key(0), &ordinary_process(), now);
        assert!(found.is_none_or(|found| found.subscription == id));
        found.is_some()
    })
}

#[tokio::test]
async fn an_endpoint_counts_while_its_subscription_is_in_force_and_has_its_mode() {
    let stage = Stage::new().await;
    let known = subscription(&stage);
    assert!(!counts(&stage, known.clone()).await, "its mode is another");
    let webhook = Subscription { access_mode: Some(AccessMode::Webhook), ..known };
    assert!(counts(&stage, webhook.clone()).await);
    assert!(!counts(&stage, Subscription { endpoint: None, ..webhook.clone() }).await);
    assert!(!counts(&stage, Subscription { status: SubscriptionStatus::Suspended, ..webhook.clone() }).await);
    let ended = Subscription { ends_at: Some(Timestamp::from_milliseconds(1)), ..webhook };
    assert!(!counts(&stage, ended).await);
}

#[tokio::test]
async fn a_subscription_that_was_written_before_there_were_endpoints_is_read() {
    let stage = Stage::new().await;
    let known = Subscription { endpoint: None, ..subscription(&stage) };
    let written = serde_json::to_value(&known).unwrap();
    assert!(written.get("endpoint").is_none(), "{written}");
    assert_eq!(serde_json::from_value::<Subscription>(written).unwrap(), known);
}
