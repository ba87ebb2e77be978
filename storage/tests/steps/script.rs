//! A life of the hub, from its first partners to the last byte of the last folder, told so that it can be told again from the
//! beginning: each part looks whether it was done. That is how clients that retry blindly, and the hub's own chores, behave.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use navette_router::entry::Fact;
use navette_router::hub::{CredentialDraft, MailRules, MigrationDraft, Target};
use navette_router::model::{
    AttachmentStatus, ContactDraft, EventStatus, MailEnd, OrganizationDraft, OrganizationKeyDraft, SecretHash, Status,
    SubscriptionDraft, Timestamp,
};
use navette_router::ports::{Attachments, InboxQuery, Store};
use navette_router::{Error, Faults, Hub, Scope};
use navette_storage::conformance::fixtures::{self, Clock, File, administrator, ordinary_process, osl, recipient, si};
use navette_storage::conformance::steps;

const HOUR: i64 = 60 * 60 * 1_000;
const DAY: i64 = 24 * HOUR;

pub(crate) fn rules() -> MailRules {
    MailRules {
        digest_hour: 5,
        waiting_max: 100,
        retry_first_milliseconds: 1_000,
        retry_max_milliseconds: 1_000,
        attempts_max: 3,
        portal_url: None,
    }
}

fn key_draft(company_register: &str) -> OrganizationKeyDraft {
    OrganizationKeyDraft {
        kind: Some("SI".to_owned()),
        company_register: Some(company_register.to_owned()),
        branch_code: Some("1".to_owned()),
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A client that is told that it exists has what it wanted.
fn exists_now<T>(result: Result<T, Error>) {
    match result {
        Ok(_) => {}
        Err(error) => assert!(error.to_string().contains("already exists"), "{error}"),
    }
}

fn files() -> [File; 2] {
    [File::data(1, 100), File::data(2, 200_000)]
}

/// The whole of it.
pub(crate) async fn lives<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, clock: &Clock) {
    hub.resume_migrations().await.expect("moves are taken up again");
    partners(hub).await;
    enrols(hub).await;
    credentials(hub).await;
    let gone = !hub.store().statistics_after(None, 1).await.expect("statistics").is_empty();
    if !gone {
        deposits(hub).await;
        answers(hub).await;
        moves(hub).await;
        closes(hub).await;
    }
    mails(hub).await;
    forgets(hub, clock).await;
}

async fn partners<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    if hub.store().referential(|known| known.organizations().count()) > 0 {
        return;
    }
    let mut facts = fixtures::referential(3);
    for fact in &mut facts {
        if let Fact::SubscriptionRegistered(subscription) = fact {
            subscription.notification_frequency = "Unitaire".to_owned();
            subscription.email = text("mairie@example.fr");
        }
    }
    hub.seed(facts).await.expect("partners are registered");
}

async fn enrols<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    let who = administrator();
    let organization = OrganizationDraft {
        key: key_draft("21010004600015"),
        name: text("Commune"),
        postal_code: text("01500"),
        territory: text("Ain"),
        status: text("Actif"),
        ..OrganizationDraft::default()
    };
    exists_now(hub.create_organization(&who, organization, Faults::default()).await);
    let subscription = SubscriptionDraft {
        datapass_id: Some(7),
        process_code: text(ordinary_process().as_str()),
        subscriber: Some(key_draft("21010004600015")),
        access_mode: text("API"),
        notification_frequency: text("Aucune"),
        local_administrator: Some(ContactDraft::default()),
        ..SubscriptionDraft::default()
    };
    exists_now(hub.create_subscription(&who, subscription, Faults::default()).await);
}

async fn credentials<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    let who = administrator();
    let enrollers = || {
        let mut all = hub.credentials(&who).expect("credentials");
        all.retain(|credential| credential.scope == Scope::Datapass);
        all
    };
    if enrollers().is_empty() {
        let draft = CredentialDraft { scope: text("DATAPASS"), ..CredentialDraft::default() };
        hub.issue_credential(&who, draft, SecretHash([1; 32]), Faults::default()).await.expect("it is issued");
    }
    if let [only] = enrollers().as_slice() {
        let next = hub.rotate_credential(&who, &only.client_id, Some(1), SecretHash([2; 32]), Faults::default());
        next.await.expect("it is rotated");
    }
    for credential in enrollers() {
        if credential.expires_at.is_none() && credential.revoked_at.is_none() {
            hub.revoke_credential(&who, &credential.client_id).await.expect("it is revoked");
        }
    }
}

async fn folder<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) -> Option<navette_router::model::Folder> {
    hub.store().folders_after(None, 1).await.expect("folders").pop()
}

async fn deposits<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    if folder(hub).await.is_none() {
        steps::announce(hub, &osl(), &ordinary_process(), &[0, 1], &files()).await.expect("it is announced");
    }
    let id = folder(hub).await.expect("a folder").id;
    let view = hub.folder(&osl(), id).await.expect("the folder");
    for (attachment, file) in view.attachments.iter().zip(files()) {
        if attachment.status == AttachmentStatus::Pending {
            let target = Target::Folder { folder: id, attachment: attachment.id };
            steps::send(hub, &osl(), target, file.bytes).await.expect("it is received");
        }
    }
    // Again it changes nothing.
    steps::complete(hub, &osl(), id)
        .await
        .or_else(|error| match error {
            Error::Invalid(_) => Ok(()),
            other => Err(other),
        })
        .expect("it is completed");
}

async fn answers<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    let (me, case) = (si(0, &ordinary_process()), folder(hub).await.expect("a folder").cases[0]);
    let status = hub.case(&me, case, true).await.expect("the case").case.status;
    if matches!(status, Status::Closed | Status::Archived) {
        return;
    }
    let file = File::data(3, 150_000);
    let seen = hub.case(&me, case, false).await.expect("the case");
    let event = match seen.events.into_iter().next() {
        Some(event) => event,
        None => {
            let mut draft = fixtures::file_event_draft(std::slice::from_ref(&file));
            draft.notification = Some(true);
            steps::post(hub, &me, case, draft).await.expect("it is posted")
        }
    };
    let attachment = &event.attachments[0];
    if attachment.status == AttachmentStatus::Pending {
        let target = Target::Event { case, event: event.event.id, attachment: attachment.id };
        steps::send(hub, &me, target, file.bytes).await.expect("it is received");
    }
    hub.update_event(&me, case, event.event.id, EventStatus::Sent).await.expect("it is sent");
    hub.update_case(&me, case, Status::Closed).await.expect("it is closed");
}

async fn moves<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    let draft = |number: usize| {
        let key = recipient(number);
        Some(OrganizationKeyDraft {
            kind: text(key.kind().as_str()),
            company_register: text(key.company_register()),
            branch_code: text(key.branch_code()),
        })
    };
    let migration = MigrationDraft { source: draft(1), target: draft(2) };
    hub.migrate(&administrator(), migration, Faults::default()).await.expect("cases move");
}

async fn closes<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    let folder = folder(hub).await.expect("a folder");
    let case = folder.cases[1];
    assert_eq!(hub.case(&administrator(), case, true).await.expect("the case").case.recipient, recipient(2));
    if folder.status == Status::Closed || folder.status == Status::Archived {
        return;
    }
    hub.update_case(&administrator(), case, Status::Closed).await.expect("it is closed");
    hub.update_folder(&osl(), folder.id, Status::Closed, None).await.expect("it is closed");
}

async fn mails<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) {
    loop {
        let letters = hub.letters(1).await.expect("letters");
        let Some(letter) = letters.first() else { return };
        hub.end_mails(vec![(letter.id, MailEnd::Sent)]).await.expect("it is noted");
    }
}

async fn forgets<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>, clock: &Clock) {
    // Cases are archived, files are deleted, the folder is archived, then deleted: each at its time.
    for _ in 0..12 {
        clock.advance(15 * DAY + HOUR);
        hub.sweep(None, 100).await.expect("a sweep");
        let purges = hub.purges(&administrator()).await.expect("purges");
        let pairs: Vec<_> = purges.iter().map(|purge| (purge.attachment, purge.case)).collect();
        if !pairs.is_empty() {
            hub.note_purged(&administrator(), &pairs).await.expect("copies are purged");
        }
    }
    hub.forget_acts(Timestamp::from_milliseconds(i64::MAX / 2)).await.expect("acts are forgotten");
}

/// What there is in the end, in words that two runs can be compared by.
pub(crate) async fn summary<S: Store, A: Attachments>(hub: &Hub<S, A, Clock>) -> String {
    let mut summary = String::new();
    let store = hub.store();
    store.referential(|known| {
        let organizations: Vec<String> = known.organizations().map(|row| row.key.to_string()).collect();
        let mut subscriptions: BTreeMap<String, usize> = BTreeMap::new();
        for row in known.subscriptions() {
            *subscriptions.entry(format!("{} {}", row.subscriber, row.process)).or_default() += 1;
        }
        let mut credentials: BTreeMap<String, usize> = BTreeMap::new();
        for row in known.credentials() {
            let state = format!("{:?} {} {}", row.scope, row.revoked_at.is_some(), row.expires_at.is_some());
            *credentials.entry(state).or_default() += 1;
        }
        let migrations: Vec<_> =
            known.migrations().map(|row| (row.source.to_string(), row.ended_at.is_some())).collect();
        writeln!(summary, "{organizations:?}\n{subscriptions:?}\n{credentials:?}\n{migrations:?}").expect("a string");
    });
    let folders = store.folders_after(None, 10).await.expect("folders").len();
    let statistics = store.statistics_after(None, 10).await.expect("statistics");
    let statistics: Vec<_> =
        statistics.iter().map(|row| (&row.cases, row.events, row.attachments, row.attachment_bytes)).collect();
    let everything = InboxQuery { recipient: None, processes: vec![], priority: vec![], offset: 0, limit: 0 };
    let waiting = store.inbox(&everything).await.expect("inboxes").total;
    let (mails, purges) = (store.mails_waiting(), store.purges(None, 10).await.expect("purges").len());
    let acts = store.acts(None, 10).await.expect("acts").len();
    writeln!(summary, "{folders} {statistics:?} {waiting} {mails} {purges} {acts}").expect("a string");
    summary
}
