//! A gateway dies behind each step of a commit, and another one finishes what it began; messages that nobody can read.

#[path = "../../tests/cluster/servers.rs"]
mod servers;

use std::time::Duration;

use navette_router::entry::Fact;
use navette_router::model::{Owner, Status};
use navette_router::ports::{ErrorKind, Store as _, Subject};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::options::Cassandra;
use super::steps::Step;
use super::topics::{self, Topics};
use super::{Store, schema};
use crate::conformance::fixtures::{Deposit, entry, event, inbox_of, recipient, referential, urgent_process};
use crate::conformance::within_bounds;
use servers::Servers;

const STEPS: [Step; 6] = [Step::Decided, Step::Appended, Step::Removed, Step::Changed, Step::Added, Step::Announced];

/// Servers on which an entry is looked after as soon as it is there.
fn impatient() -> Servers {
    let mut servers = Servers::new();
    servers.options.takeover_after = Duration::from_millis(300);
    servers
}

/// Servers on which nobody looks after an entry but who decides next.
fn patient() -> Servers {
    let mut servers = Servers::new();
    servers.options.takeover_after = Duration::from_secs(3_600);
    servers
}

async fn commit(store: &Store, deposit: &Deposit, facts: Vec<Fact>) -> bool {
    let writer = store.writer(Subject::Folder(deposit.folder.id)).await.expect("a writer");
    let committed = store.commit(writer, entry(facts)).await;
    // Whatever failed, it may be finished by another one: nobody may take it for refused, and throw away what it names.
    assert!(committed.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable) || committed.is_ok());
    committed.is_ok()
}

async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let looked = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while !condition().await {
            ticks.tick().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), looked).await.is_ok(), "{what}: not in time");
}

/// Whether the folder is there with all that belongs to it, found in every way.
async fn is_deposited(store: &Store, deposit: &Deposit) -> bool {
    let id = deposit.folder.id;
    let listed = store.folders_after(None, 1_000).await.expect("folders are listed");
    let cases = store.cases(&deposit.folder.cases).await.expect("cases are read");
    let attachments = store.attachments(Owner::Folder(id)).await.expect("attachments are read");
    let of_recipient = store.cases_of(&recipient(0), None, 1_000).await.expect("cases are listed");
    let found = store.locate(*deposit.attachments[0].id.as_uuid()).await.expect("a search");
    store.folder(id).await.expect("a folder is read").is_some()
        && listed.iter().any(|folder| folder.id == id)
        && cases == deposit.cases
        && attachments == deposit.attachments
        && of_recipient.contains(&deposit.cases[0].id)
        && found.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_dead_gateway_decided_is_finished_by_who_decides_next() {
    within_bounds(async {
        let servers = patient();
        let ((one, _a), (two, _b)) = (servers.gateway("one").await, servers.gateway("two").await);
        for (waiting, step) in (1_usize..).zip(STEPS) {
            let deposit = Deposit::new(&urgent_process(), &[0], 1);
            assert!(commit(&one, &deposit, vec![deposit.deposited()]).await);
            one.die_behind(Some(step));
            assert!(!commit(&one, &deposit, vec![deposit.completed()]).await, "{step:?}: answered");
            one.die_behind(None);

            let subject = Subject::Folder(deposit.folder.id);
            drop(two.writer(subject).await.expect("a writer"));
            for store in [&two, &one] {
                let folder = store.folder(deposit.folder.id).await.expect("a read").expect("the folder");
                assert_eq!(folder.status, Status::HubeeNotified, "{step:?}");
                let page = store.inbox(&inbox_of(0)).await.expect("the inbox");
                assert_eq!((page.total, page.notifications.len()), (waiting as u64, waiting), "{step:?}");
                let last = page.notifications.last().expect("a notification");
                assert_eq!(last.folder, deposit.folder.id);
                assert_eq!(store.notification(last.id).await.expect("a read").as_ref(), Some(last), "{step:?}");
            }
            let folder = deposit.folder.id;
            let completed = move |entry: &navette_router::entry::Entry| {
                entry.facts.iter().any(|fact| matches!(fact, Fact::FolderCompleted { folder: id, .. } if *id == folder))
            };
            let history = two.history(Box::new(completed), 10).await.expect("the journal is read");
            assert_eq!(history.len(), 1, "{step:?}: the journal has it once, however often it was appended");
        }
        assert_eq!(two.statistics().settled, STEPS.len() as u64);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_looks_for_an_event_that_was_not_acknowledged_finds_it_if_it_was_decided() {
    within_bounds(Box::pin(async {
        let servers = patient();
        let ((one, _a), (two, _b)) = (servers.gateway("one").await, servers.gateway("two").await);
        for step in STEPS {
            let deposit = Deposit::new(&urgent_process(), &[0], 1);
            assert!(commit(&one, &deposit, vec![deposit.deposited(), deposit.completed()]).await);
            let event = event(deposit.cases[0].id, &deposit);
            let posted = Fact::EventPosted {
                event: event.clone(),
                attachments: Vec::new(),
                process: urgent_process(),
                notified: Vec::new(),
            };
            one.die_behind(Some(step));
            assert!(!commit(&one, &deposit, vec![posted]).await, "{step:?}: answered");
            one.die_behind(None);
            two.case(event.case).await.expect("the case is read").expect("the case");
            assert_eq!(two.events(event.case).await.expect("events are read"), [event], "{step:?}");
        }
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deletion_that_a_dead_gateway_decided_leaves_nothing() {
    within_bounds(async {
        let servers = patient();
        let ((one, _a), (two, _b)) = (servers.gateway("one").await, servers.gateway("two").await);
        for step in STEPS {
            let deposit = Deposit::new(&urgent_process(), &[0], 1);
            assert!(commit(&one, &deposit, vec![deposit.deposited(), deposit.completed()]).await);
            let waiting = one.waiting(deposit.folder.id).await.expect("what waits");
            let fact = Fact::FolderDeleted {
                folder: deposit.folder.id,
                cases: deposit.folder.cases.clone(),
                attachments: deposit.attachments.iter().map(|attachment| attachment.id).collect(),
                events: Vec::new(),
                notifications: waiting.iter().map(|notification| notification.id).collect(),
                deliveries: vec![],
                statistic: None,
            };
            one.die_behind(Some(step));
            // Where nothing is added any more, the last steps are not reached with something to do; they are passed all the same.
            assert!(!commit(&one, &deposit, vec![fact]).await, "{step:?}: answered");
            one.die_behind(None);
            drop(two.writer(Subject::Folder(deposit.folder.id)).await.expect("a writer"));
            assert_eq!(two.inbox(&inbox_of(0)).await.expect("the inbox").total, 0, "{step:?}");
            assert_eq!(two.folder(deposit.folder.id).await.expect("a read"), None, "{step:?}");
            assert_eq!(two.cases_of(&recipient(0), None, 10).await.expect("cases"), [], "{step:?}");
            assert_eq!(two.folders_after(None, 10).await.expect("folders"), [], "{step:?}");
            let found = two.locate(*deposit.attachments[0].id.as_uuid()).await.expect("a search");
            assert_eq!(found, None, "{step:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deposit_that_a_dead_gateway_appended_is_applied_by_another() {
    within_bounds(async {
        let servers = impatient();
        let ((one, _a), (two, _b)) = (servers.gateway("one").await, servers.gateway("two").await);
        for step in STEPS.into_iter().skip(1) {
            let deposit = Deposit::new(&urgent_process(), &[0], 1);
            one.die_behind(Some(step));
            assert!(!commit(&one, &deposit, vec![deposit.deposited()]).await, "{step:?}: answered");
            one.die_behind(None);
            eventually("the deposit is there", async || is_deposited(&two, &deposit).await).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_that_nobody_can_read_are_set_aside_and_block_nobody() {
    within_bounds(async {
        let servers = impatient();
        let topics = Topics::of(&servers.options.kafka);
        let ((one, _a), (two, _b)) = (servers.gateway("one").await, servers.gateway("two").await);
        let producer: FutureProducer = topics::client(&servers.options.kafka, "stranger").create().expect("a client");
        for topic in [&topics.journal, &topics.referential] {
            for partition in 0..if *topic == topics.journal { 3 } else { 1 } {
                let record = FutureRecord::to(topic).key("nonsense").payload("no entry").partition(partition);
                producer.send(record, Duration::from_secs(10)).await.expect("the message is taken");
            }
        }
        // What comes behind them is followed, and applied when a gateway dies.
        let writer = one.writer(Subject::Referential).await.expect("a writer");
        one.commit(writer, entry(referential(1))).await.expect("the referential is committed");
        eventually("the other follows", async || two.referential(|known| known.organization(&recipient(0)).is_some()))
            .await;
        let deposit = Deposit::new(&urgent_process(), &[0], 1);
        one.die_behind(Some(Step::Appended));
        assert!(!commit(&one, &deposit, vec![deposit.deposited()]).await);
        one.die_behind(None);
        eventually("the deposit is there", async || is_deposited(&two, &deposit).await).await;
        // Each follows the referential; one of them reads each partition of the journal.
        eventually("they are counted", async || one.statistics().set_aside + two.statistics().set_aside >= 5).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_schema_that_is_missing_or_newer_is_refused_with_a_sentence() {
    within_bounds(async {
        let options = crate::conformance::servers::options();
        let cassandra = &options.cassandra;
        let refused = super::open(options.clone()).await.expect_err("there is no keyspace").to_string();
        assert!(refused.contains("has schema 0") && refused.contains("apply the schema first"), "{refused}");

        let greedy = Cassandra { replication: 100, ..cassandra.clone() };
        let refused = schema::apply(&greedy).await.expect_err("there are no hundred nodes").to_string();
        assert!(refused.contains("100 copies") && refused.contains("replication"), "{refused}");

        assert!(!schema::plan(cassandra).await.expect("a plan").is_empty());
        schema::apply(cassandra).await.expect("the schema is applied");
        assert_eq!(schema::plan(cassandra).await.expect("a plan"), Vec::<String>::new());
        schema::apply(cassandra).await.expect("again, it changes nothing");

        let newer = format!("INSERT INTO {}.schema_versions (only, version) VALUES (0, 99)", cassandra.keyspace);
        let session = crate::conformance::servers::session(cassandra).await;
        session.query_unpaged(newer, ()).await.expect("the version is written");
        let refused = super::open(options.clone()).await.expect_err("the schema is newer").to_string();
        assert!(refused.contains("has schema 99") && refused.contains("start the later version"), "{refused}");
        let refused = schema::apply(cassandra).await.expect_err("nothing goes back");
        assert!(matches!(refused, schema::SchemaError::Newer { found: 99, .. }));
        let drop = format!("DROP KEYSPACE {}", cassandra.keyspace);
        session.query_unpaged(drop, ()).await.expect("the keyspace goes");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_topic_with_other_partitions_is_named() {
    within_bounds(async {
        let servers = Servers::new();
        drop(servers.gateway("one").await);
        let mut options = servers.options.clone();
        options.kafka.journal_partitions = 5;
        let refused = super::open(options).await.expect_err("partitions do not change by themselves").to_string();
        assert!(refused.contains(".journal has 3 partitions and 5 are configured"), "{refused}");
    })
    .await;
}
