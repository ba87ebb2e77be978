//! What is kept beside folders: what administrators did, where an identifier belongs, and the journal itself.

use navette_router::audit::Act;
use navette_router::entry::{Entry, Fact};
use navette_router::model::{About, Mail, MailEnd, MailId, Owner, SubscriptionId, Timestamp};
use navette_router::ports::{Located, Store, Subject};
use navette_router::referential::Reference;

use super::fixtures::{Deposit, START, administrator, credential, entry, event, ordinary_process, recipient, si};
use super::{Backend, reopen};

async fn commit<S: Store>(store: &S, subject: Subject, entry: Entry) {
    let writer = store.writer(subject).await.expect("a writer");
    store.commit(writer, entry).await.expect("an entry is committed");
}

fn act(number: usize) -> Entry {
    let changed = credential(&si(number, &ordinary_process()));
    let facts = vec![Fact::CredentialIssued(changed.clone()), Fact::Replaced(Reference::Credential(changed))];
    Entry {
        request: Some(format!("request-{number}").into()),
        ..Entry::new(START, Some(administrator().client_id), facts)
    }
}

/// What administrators did is listed by pages, the latest first, until it is forgotten; what others did is not.
pub async fn acts_are_listed_latest_first_until_they_are_forgotten<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let entries: Vec<Entry> = (0..5).map(act).collect();
    for entry in &entries {
        commit(hub.store(), Subject::Referential, entry.clone()).await;
    }
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    let expected: Vec<Act> = entries.iter().rev().filter_map(Act::of).collect();
    assert_eq!(expected.len(), 5);
    assert_eq!(store.acts(None, 10).await.expect("acts"), expected);
    assert_eq!(store.acts(None, 2).await.expect("acts"), expected[..2]);
    assert_eq!(store.acts(Some(expected[1].id), 2).await.expect("acts"), expected[2..4]);
    let forgotten = entry(vec![Fact::ActsForgotten(vec![expected[4].id, expected[0].id])]);
    commit(store, Subject::Referential, forgotten).await;
    let hub = reopen(&backend, hub).await;
    assert_eq!(hub.store().acts(None, 10).await.expect("acts"), expected[1..4]);
}

/// The identifier of an attachment or of an event says where it belongs, until it is gone.
pub async fn an_identifier_alone_says_where_something_belongs<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let deposit = Deposit::new(&ordinary_process(), &[0], 2);
    let event = event(deposit.cases[0].id, &deposit);
    let (owner, mut file) = (Owner::Event(event.id), deposit.attachments[0].clone());
    (file.id, file.owner) = (navette_router::model::AttachmentId::generate(), owner);
    let posted = Fact::EventPosted {
        event: event.clone(),
        attachments: vec![file.clone()],
        process: ordinary_process(),
        notified: Vec::new(),
    };
    commit(hub.store(), Subject::Folder(deposit.folder.id), entry(vec![deposit.deposited(), posted])).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    let located = async |id: &uuid::Uuid| store.locate(*id).await.expect("a search");
    assert_eq!(
        located(deposit.attachments[1].id.as_uuid()).await,
        Some(Located::Attachment(Owner::Folder(deposit.folder.id)))
    );
    assert_eq!(located(file.id.as_uuid()).await, Some(Located::Attachment(owner)));
    assert_eq!(located(event.id.as_uuid()).await, Some(Located::Event(deposit.cases[0].id)));
    assert_eq!(located(deposit.folder.id.as_uuid()).await, None);
    let gone = Fact::EventDeleted { event: event.id, case: event.case, attachments: vec![file.id] };
    commit(store, Subject::Folder(deposit.folder.id), entry(vec![gone])).await;
    assert_eq!(located(event.id.as_uuid()).await, None);
    assert_eq!(located(file.id.as_uuid()).await, None);
}

fn mail(number: i64, due: i64) -> Mail {
    Mail {
        id: MailId::generate(),
        subscription: SubscriptionId::generate(),
        recipient: recipient(0),
        process: ordinary_process(),
        about: About::Digest,
        created_at: Timestamp::from_milliseconds(number),
        due_at: Timestamp::from_milliseconds(due),
        attempts: 0,
    }
}

/// E-mails wait until their time, the longest due first; one that is queued again stays as it is; one that ended is gone.
pub async fn mails_wait_for_their_time_and_end_once<B: Backend>(backend: B) {
    let at = Timestamp::from_milliseconds;
    let hub = super::open(&backend).await;
    let [first, second, third] = [mail(1, 300), mail(2, 100), mail(3, 200)];
    let queued = Fact::MailsQueued(vec![first.clone(), second.clone(), third.clone()]);
    commit(hub.store(), Subject::Mails, entry(vec![queued.clone()])).await;
    let hub = reopen(&backend, hub).await;
    let store = hub.store();
    assert_eq!(store.mails_waiting(), 3);
    assert_eq!(store.mails_due(at(99), 10).await.expect("mails"), []);
    assert_eq!(store.mails_due(at(200), 10).await.expect("mails"), [second.clone(), third.clone()]);
    assert_eq!(store.mails_due(at(300), 2).await.expect("mails"), [second.clone(), third.clone()]);
    let postponed = Fact::MailPostponed { mail: second.id, attempts: 1, due_at: at(400) };
    commit(store, Subject::Mails, entry(vec![postponed, queued])).await;
    let later = Mail { attempts: 1, due_at: at(400), ..second.clone() };
    assert_eq!(store.mails_due(at(500), 10).await.expect("mails"), [third.clone(), first.clone(), later]);
    let ended = Fact::MailsEnded(vec![(second.id, MailEnd::Sent), (third.id, MailEnd::Needless)]);
    commit(store, Subject::Mails, entry(vec![ended])).await;
    assert_eq!(store.mail(second.id).await.expect("a search"), None);
    let hub = reopen(&backend, hub).await;
    assert_eq!(hub.store().mails_waiting(), 1);
    assert_eq!(hub.store().mails_due(at(500), 10).await.expect("mails"), [first]);
}

/// The journal gives what is asked for, in order, the latest when there is too much; also while it grows.
pub async fn the_journal_is_searched<B: Backend>(backend: B) {
    let hub = super::open(&backend).await;
    let mut expected = Vec::new();
    for number in 0..6 {
        let entry = act(number % 2);
        commit(hub.store(), Subject::Referential, entry.clone()).await;
        if number % 2 == 1 {
            expected.push(entry);
        }
    }
    let search = async |store: &B::Store, limit| {
        let wanted = |entry: &Entry| entry.request.as_deref() == Some("request-1");
        store.history(Box::new(wanted), limit).await.expect("a search")
    };
    assert_eq!(search(hub.store(), 10).await, expected);
    assert_eq!(search(hub.store(), 2).await, expected[1..]);
    let hub = reopen(&backend, hub).await;
    assert_eq!(search(hub.store(), 10).await, expected);
}
