//! Endpoints at which nothing arrives for days, and who is told of it.

use navette_router::hub::MailRules;
use navette_router::model::{About, AccessMode, DeadReason, EndpointRecord, Fallback, Mail, Timestamp};
use navette_router::ports::Store as _;
use navette_storage::conformance::fixtures::{administrator, ordinary_process, recipient};

use crate::post::{Post, SUSPEND_AFTER};

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A hub that writes e-mails, whose recipient 0 has an address.
async fn writing() -> Post {
    let mut post = Post::of(&[AccessMode::Webhook]).await;
    post.hub = post.hub.with_mail(MailRules {
        digest_hour: 6,
        waiting_max: 100,
        retry_first_milliseconds: 1,
        retry_max_milliseconds: 1,
        attempts_max: 1,
        portal_url: None,
    });
    post.changes(|subscription| {
        subscription.email = Some("mairie@example.fr".to_owned());
        "Aucune".clone_into(&mut subscription.notification_frequency);
    })
    .await;
    post
}

impl Post {
    fn endpoint(&self) -> EndpointRecord {
        let found = self.memory.referential(|known| known.subscription_of(&recipient(0), &ordinary_process()).cloned());
        found.expect("a subscription").endpoint.expect("an endpoint")
    }

    async fn failing(&self, failed: u32) -> bool {
        let id = self
            .memory
            .referential(|known| known.subscription_of(&recipient(0), &ordinary_process()).map(|one| one.id));
        self.hub.note_failing(id.expect("a subscription"), failed).await.expect("it is noted")
    }

    async fn alarms(&self) -> Vec<About> {
        let until = Timestamp::from_milliseconds(i64::MAX);
        let mails: Vec<Mail> = self.memory.mails_due(until, 100).await.expect("a read");
        mails.into_iter().map(|mail| mail.about).collect()
    }
}

#[tokio::test]
async fn an_endpoint_at_which_nothing_arrives_for_days_is_paused_and_its_people_are_told_once() {
    let post = writing().await;
    let days = i64::try_from(SUSPEND_AFTER.as_millis()).expect("some days");
    assert!(!post.failing(2).await);
    assert_eq!(post.endpoint().failing_since, None, "twice is nothing yet");
    assert!(!post.failing(3).await);
    let since = post.endpoint().failing_since.expect("it is noted");
    post.clock.advance(days - 1);
    assert!(!post.failing(9).await);
    assert_eq!((post.endpoint().failing_since, post.endpoint().is_paused), (Some(since), false));
    post.clock.advance(1);
    assert!(post.failing(9).await);
    assert!(post.endpoint().is_paused && post.endpoint().suspended_at.is_some());
    assert!(!post.failing(10).await, "an attempt that was under way");
    assert_eq!(post.alarms().await, [About::Suspended]);
    let letters = post.hub.letters(10).await.expect("letters");
    assert_eq!((letters.len(), letters[0].to.as_str()), (1, "mairie@example.fr"));

    let id =
        post.memory.referential(|known| known.subscription_of(&recipient(0), &ordinary_process()).map(|one| one.id));
    let resumed =
        post.hub.pause_endpoint(&administrator(), id.expect("a subscription"), false).await.expect("it goes on");
    let endpoint = resumed.endpoint.expect("an endpoint");
    assert_eq!((endpoint.is_paused, endpoint.failing_since, endpoint.suspended_at), (false, None, None));
}

#[tokio::test]
async fn one_arrival_ends_that_an_endpoint_fails() {
    let post = writing().await;
    post.failing(3).await;
    let id =
        post.memory.referential(|known| known.subscription_of(&recipient(0), &ordinary_process()).map(|one| one.id));
    post.hub.note_answering(id.expect("a subscription")).await.expect("it is noted");
    assert_eq!(post.endpoint().failing_since, None);
    let entries = post.memory.journal().len();
    post.hub.note_answering(id.expect("a subscription")).await.expect("it is noted");
    assert_eq!(post.memory.journal().len(), entries, "what is as it was is not written");
}

#[tokio::test]
async fn whose_cases_fall_back_is_told_at_most_once_a_day() {
    let post = writing().await;
    post.changes(|subscription| {
        let fallback = Fallback { after_hours: 1, mode: AccessMode::Portal };
        subscription.endpoint.as_mut().expect("an endpoint").fallback = Some(fallback);
    })
    .await;
    for _ in 0..3 {
        post.deposits_for(&[0]).await;
    }
    for delivery in post.ledger(0).await {
        assert!(post.hub.end_delivery(delivery.id, DeadReason::FellBack).await.expect("it ends"));
    }
    assert_eq!(post.alarms().await, [About::FellBack]);
    post.clock.advance(DAY);
    post.deposits_for(&[0]).await;
    let last = post.ledger(0).await.remove(0);
    assert!(post.hub.end_delivery(last.id, DeadReason::FellBack).await.expect("it ends"));
    assert_eq!(post.alarms().await, [About::FellBack; 2]);
}
