//! Who is written to, when, and how often.

use navette_router::Hub;
use navette_router::entry::Fact;
use navette_router::hub::{Failed, Limits, MailRules};
use navette_router::model::{ActionType, EventStatus, MailEnd, Subscription};
use navette_router::ports::Store as _;
use navette_router::referential::Referential;
use navette_storage::conformance::fixtures::{
    self, Clock, File, administrator, event_draft, ordinary_process, osl, recipient, si,
};
use navette_storage::conformance::steps;
use navette_storage::memory::Memory;

use crate::stage::Stage;

async fn deposits_in(hub: &Hub<Memory, Memory, Clock>, recipients: &[usize]) {
    steps::deposit(hub, &osl(), &ordinary_process(), recipients, &[File::pdf(1)]).await;
}

const HOUR: i64 = 60 * 60 * 1_000;

struct Post {
    hub: Hub<Memory, Memory, Clock>,
    clock: Clock,
}

fn rules() -> MailRules {
    MailRules {
        digest_hour: 5,
        waiting_max: 10,
        retry_first_milliseconds: 60_000,
        retry_max_milliseconds: 2 * HOUR,
        attempts_max: 4,
        portal_url: Some("https://portail.example.fr".to_owned()),
    }
}

impl Post {
    /// A hub whose first recipients want to be written to as these words say.
    async fn of(frequencies: &[&str]) -> Self {
        let (memory, clock) = (Memory::new(), Clock::new());
        let hub = Hub::new(memory.clone(), memory, clock.clone(), Limits::default()).with_mail(rules());
        let mut facts = fixtures::referential(frequencies.len());
        for fact in &mut facts {
            let Fact::SubscriptionRegistered(subscription) = fact else { continue };
            let number = (0..frequencies.len()).find(|number| subscription.subscriber == recipient(*number));
            subscription.notification_frequency = number.map_or("Aucune", |number| frequencies[number]).to_owned();
            subscription.email = number.map(|number| format!("mairie-{number}@example.fr"));
        }
        hub.seed(facts).await.expect("partners are registered");
        Self { hub, clock }
    }

    async fn letters(&self) -> Vec<(String, String)> {
        let letters = self.hub.letters(100).await.expect("letters");
        letters.into_iter().map(|letter| (letter.to, letter.subject)).collect()
    }

    async fn sends_all(&self) -> usize {
        let letters = self.hub.letters(100).await.expect("letters");
        let ended = letters.iter().map(|letter| (letter.id, MailEnd::Sent)).collect();
        self.hub.end_mails(ended).await.expect("mails end");
        letters.len()
    }

    async fn changes(&self, number: usize, change: impl Fn(&mut Subscription)) {
        let find = |known: &Referential| known.subscription_of(&recipient(number), &ordinary_process()).cloned();
        let mut found = self.hub.store().referential(find).expect("a subscription");
        change(&mut found);
        self.hub.seed(vec![Fact::SubscriptionRegistered(found)]).await.expect("a change");
    }
}

#[tokio::test]
async fn whoever_asked_for_it_is_written_to_of_each_notification_and_nobody_else() {
    let post = Post::of(&["unitaire", "Aucune", "Quotidien"]).await;
    deposits_in(&post.hub, &[0, 1, 2]).await;
    assert_eq!(
        post.letters().await,
        [("mairie-0@example.fr".to_owned(), "Nouveau télédossier : Process ETATCIVIL".to_owned())]
    );
    assert_eq!(post.sends_all().await, 1);
    assert_eq!(post.sends_all().await, 0);
}

#[tokio::test]
async fn an_event_is_written_of_to_the_other_side_and_its_acknowledgement_to_nobody() {
    let post = Post::of(&["Unitaire"]).await;
    let folder = steps::deposit(&post.hub, &osl(), &ordinary_process(), &[0], &[File::pdf(1)]).await;
    let case = folder.cases[0].id;
    assert_eq!(post.sends_all().await, 1);
    let notified = || {
        let mut draft = event_draft(ActionType::ComAdd);
        draft.notification = Some(true);
        draft
    };
    steps::post(&post.hub, &osl(), case, notified()).await.expect("the depositor posts");
    let told = post.letters().await;
    assert_eq!(told[0].1, "Télédossier mis à jour : Process ETATCIVIL");
    assert_eq!(post.sends_all().await, 1);
    let own = steps::post(&post.hub, &si(0, &ordinary_process()), case, notified()).await.expect("the recipient posts");
    post.hub.update_event(&osl(), case, own.event.id, EventStatus::Received).await.expect("it is acknowledged");
    assert_eq!(post.letters().await.len(), 0);
}

#[tokio::test]
async fn a_digest_comes_once_a_day_when_something_waits() {
    let post = Post::of(&["Quotidien", "Quotidien"]).await;
    for _ in 0..3 {
        deposits_in(&post.hub, &[0, 1]).await;
    }
    assert_eq!(post.letters().await.len(), 0, "not before its hour");
    post.clock.advance(24 * HOUR);
    let waiting = fixtures::inbox_of(1);
    let page = post.hub.store().inbox(&waiting).await.expect("an inbox");
    for row in page.notifications {
        post.hub.delete_notification(&administrator(), row.id).await.expect("it is dealt with");
    }
    let told = post.letters().await;
    assert_eq!(told, [("mairie-0@example.fr".to_owned(), "3 notifications en attente : Process ETATCIVIL".to_owned())]);
    assert_eq!(post.sends_all().await, 1, "who has dealt with everything is left alone");
    post.clock.advance(24 * HOUR);
    assert_eq!(post.sends_all().await, 0, "nothing new came");
}

#[tokio::test]
async fn whoever_changed_their_mind_is_not_written_to() {
    let post = Post::of(&["Unitaire", "Unitaire"]).await;
    deposits_in(&post.hub, &[0, 1]).await;
    post.changes(0, |subscription| subscription.notification_frequency = "Aucune".to_owned()).await;
    post.changes(1, |subscription| subscription.email = Some("autre@example.fr".to_owned())).await;
    assert_eq!(post.letters().await.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["autre@example.fr"]);
    assert_eq!(post.hub.store().mails_waiting(), 1);
}

#[tokio::test]
async fn what_a_server_does_not_take_is_tried_again_later_and_given_up_in_the_end() {
    let post = Post::of(&["Unitaire"]).await;
    deposits_in(&post.hub, &[0]).await;
    let mut pauses = Vec::new();
    let ended = loop {
        let letter = post.hub.letters(1).await.expect("letters").pop().expect("one is due");
        let before = post.hub.clock_now().milliseconds();
        match post.hub.mail_failed(letter.id, false).await.expect("it is noted").expect("it waited") {
            Failed::Postponed(until) => {
                pauses.push(until.milliseconds() - before);
                assert_eq!(post.letters().await.len(), 0, "it waits");
                post.clock.advance(until.milliseconds() - before);
            }
            Failed::Ended(end) => break end,
        }
    };
    assert_eq!((ended, pauses.len()), (MailEnd::GivenUp, 3));
    assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");

    deposits_in(&post.hub, &[0]).await;
    let letter = post.hub.letters(1).await.expect("letters").pop().expect("one is due");
    let refused = post.hub.mail_failed(letter.id, true).await.expect("it is noted");
    assert_eq!(refused, Some(Failed::Ended(MailEnd::Refused)));
    assert_eq!(post.hub.mail_failed(letter.id, true).await.expect("again"), None);
}

#[tokio::test]
async fn no_more_wait_than_may_and_deposits_go_on() {
    let post = Post::of(&["Unitaire"]).await;
    for _ in 0..12 {
        deposits_in(&post.hub, &[0]).await;
    }
    assert_eq!(post.hub.store().mails_waiting(), 10);
}

#[tokio::test]
async fn a_hub_without_mail_writes_to_nobody() {
    let stage = Stage::new().await;
    stage.notified().await;
    assert_eq!(stage.hub.store().mails_waiting(), 0);
}
