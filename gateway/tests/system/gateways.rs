//! Two gateways on the same servers: whatever one takes the other knows, and either may go at any moment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use navette_gateway::demo::files::SampleFile;
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::callee::Callee;
use crate::cluster::on_a_cluster;
use crate::deliveries::{QUICK, has_them_brought, web_hook};
use crate::hub::{Hub, eventually};
use crate::parties::{Depositor, Folder, Must as _, Recipient, inbox, note, sha256};

const PROCESS: &str = "CERTDC";
/// Deposits that are under way when a gateway is killed.
const DEPOSITS: usize = 24;
/// Clients that go on while gateways are restarted.
const CLIENTS: usize = 3;

/// Two gateways with the same master key, which lies in the directory that they share.
async fn two_gateways(configured: &[(&str, &str)]) -> (Hub, Hub, TempDir) {
    let directory = tempfile::Builder::new().prefix("navette-system-").tempdir().unwrap();
    let mut setup = on_a_cluster().await.data(directory.path());
    for (key, value) in configured {
        setup = setup.configured(key, value);
    }
    let first = setup.clone().start().await;
    let second = setup.configured("STORAGE_CLUSTER_GATEWAY", "two").start().await;
    (first, second, directory)
}

fn files() -> [SampleFile; 2] {
    // One that travels in its entry, one that is cut into rows.
    [note("small.txt", "bonjour"), note("large.txt", &"navette ".repeat(40_000))]
}

/// How many notifications about each case wait for a recipient.
async fn told_of(recipient: &Recipient, case: &str) -> usize {
    inbox(&recipient.partner).await.iter().filter(|row| row["caseId"] == case).count()
}

#[tokio::test]
async fn what_one_gateway_takes_the_other_delivers() {
    let (first, second, _directory) = two_gateways(&[]).await;
    let (depositor, recipient) = (first.depositor(PROCESS).await, second.recipient(PROCESS).await);
    let folder = depositor.deposits(&files(), &[&recipient]).await;
    assert_eq!(told_of(&recipient, &folder.cases[0]).await, 1);
    recipient.fetches(&folder.cases[0], &files()).await;
    recipient.answers(&folder.cases[0], "DONE").await;
    let told: Vec<Value> = inbox(&depositor.partner).await;
    assert!(told.iter().any(|row| row["caseId"] == folder.cases[0].as_str()), "{told:?}");
}

/// What a gateway remembers of a folder is old as soon as another one changes it: neither sees less, nor does anything twice.
#[tokio::test]
async fn what_one_gateway_remembers_hides_nothing_that_the_other_did() {
    let (first, second, _directory) = two_gateways(&[]).await;
    let (here, there) = (first.depositor(PROCESS).await, second.depositor(PROCESS).await);
    let (recipient, elsewhere) = (first.recipient(PROCESS).await, second.recipient(PROCESS).await);
    let folder = here.deposits(&files(), &[&recipient]).await;
    let case = &folder.cases[0];

    // The event is posted at the second, of which the first knows nothing; then it is received at both.
    let posted = elsewhere.answers(case, "IN_PROGRESS").await;
    for depositor in [&here, &there, &here] {
        depositor.partner.set_event_status(case, &posted, "RECEIVED").await.must(204);
    }
    // The other way round, and an event of the first in between.
    let later = recipient.answers(case, "DONE").await;
    for depositor in [&there, &here] {
        depositor.partner.set_event_status(case, &later, "RECEIVED").await.must(204);
    }
    for recipient in [&recipient, &elsewhere] {
        let told = inbox(&recipient.partner).await;
        for event in [&posted, &later] {
            let of_event = told.iter().filter(|row| row["eventId"] == event.as_str()).count();
            assert_eq!(of_event, 1, "{told:?}");
        }
        assert_eq!(recipient.partner.get(&format!("/cases/{case}")).await.must(200).json()["status"], "DONE");
    }
}

#[tokio::test]
async fn a_gateway_that_is_killed_loses_nothing_and_nobody_is_told_twice() {
    let (mut first, second, _directory) = two_gateways(&[]).await;
    let depositor = Arc::new(first.depositor(PROCESS).await);
    let recipient = second.recipient(PROCESS).await;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut deposits = JoinSet::new();
    for _ in 0..DEPOSITS {
        let folder = depositor.announces(&depositor.folder(&files(), &[&recipient])).await;
        let (depositor, acknowledged) = (Arc::clone(&depositor), Arc::clone(&acknowledged));
        deposits.spawn(async move {
            let done = completed(&depositor, &folder).await;
            acknowledged.fetch_add(usize::from(done), Ordering::SeqCst);
            (folder, done)
        });
    }
    eventually("some deposits are acknowledged", async || {
        (acknowledged.load(Ordering::SeqCst) >= DEPOSITS / 4).then_some(())
    })
    .await;
    first.is_killed().await;

    let through_the_other = second.depositor(PROCESS).await;
    while let Some(deposit) = deposits.join_next().await {
        let (folder, done) = deposit.unwrap();
        if !done {
            // Nobody knows what became of it: it is done again, from where it stands.
            assert!(completed_again(&through_the_other, &folder).await);
        }
        assert_eq!(told_of(&recipient, &folder.cases[0]).await, 1);
        recipient.fetches(&folder.cases[0], &files()).await;
    }
}

/// Sends the files and completes the folder; false when the gateway went away meanwhile.
async fn completed(depositor: &Depositor, folder: &Folder) -> bool {
    for (file, attachment) in files().iter().zip(&folder.attachments) {
        let bytes = Bytes::from(file.bytes.clone());
        if depositor.partner.upload(&folder.id, attachment, bytes, Some(&sha256(&file.bytes))).await.is_err() {
            return false;
        }
    }
    depositor.partner.set_folder_status(&folder.id, "HUBEE_COMPLETED").await.is_ok_and(|answer| answer.status == 204)
}

/// The same for a folder of which some may be done.
async fn completed_again(depositor: &Depositor, folder: &Folder) -> bool {
    let status = depositor.reads(folder).await["status"].clone();
    status == "HUBEE_NOTIFIED" || completed(depositor, folder).await
}

/// What a load balancer knows: which gateways say that they are ready.
#[derive(Default)]
struct Balancer {
    sides: Mutex<[Option<Arc<Depositor>>; 2]>,
    turn: AtomicUsize,
}

impl Balancer {
    /// Where the next request goes.
    fn next(&self) -> Arc<Depositor> {
        let sides = self.sides.lock();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let ready = sides.iter().cycle().skip(turn % 2).take(2).flatten().next();
        Arc::clone(ready.expect("one of two gateways is ready"))
    }
}

#[tokio::test]
async fn both_gateways_are_restarted_without_one_failed_request() {
    let (first, second, _directory) = two_gateways(&[("DRAIN_NOTICE", "3s")]).await;
    let recipient = Arc::new(second.recipient(PROCESS).await.key());
    let balancer = Arc::new(Balancer::default());
    *balancer.sides.lock() =
        [Some(Arc::new(first.depositor(PROCESS).await)), Some(Arc::new(second.depositor(PROCESS).await))];
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (balancer, stop, recipient) = (Arc::clone(&balancer), Arc::clone(&stop), Arc::clone(&recipient));
        clients.spawn(async move {
            let mut cases = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                cases.push(deposited_through(&balancer, &recipient).await);
            }
            cases
        });
    }

    let mut gateways = [first, second];
    for (side, gateway) in gateways.iter_mut().enumerate() {
        gateway.is_told_to_stop();
        eventually("it says that it stops", async || {
            (gateway.admin("/health/ready").await.status == 503).then_some(())
        })
        .await;
        balancer.sides.lock()[side] = None;
        assert!(gateway.ends().await.success());
        gateway.start_again().await;
        eventually("it is ready", async || (gateway.admin("/health/ready").await.status == 200).then_some(())).await;
        let depositor = Arc::new(gateway.depositor(PROCESS).await);
        balancer.sides.lock()[side] = Some(depositor);
    }
    stop.store(true, Ordering::Relaxed);

    let recipient = gateways[0].recipient(PROCESS).await;
    while let Some(cases) = clients.join_next().await {
        let cases = cases.unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            assert_eq!(told_of(&recipient, &case).await, 1);
        }
    }
}

/// Each request of the deposit goes to whichever gateway is ready. The case that came of it.
async fn deposited_through(balancer: &Balancer, recipient: &Value) -> String {
    let files = [note("small.txt", "bonjour")];
    let depositor = balancer.next();
    let folder = depositor.announces(&depositor.folder_for(&files, std::slice::from_ref(recipient))).await;
    balancer.next().sends(&folder, &files).await;
    balancer.next().completes(&folder).await;
    folder.cases[0].clone()
}

#[tokio::test]
async fn two_gateways_share_what_is_to_be_brought_and_one_takes_over_all_of_it() {
    let callee = Callee::start().await;
    let (mut first, second, _directory) = two_gateways(QUICK).await;
    let recipients = second.recipients(PROCESS).await;
    let recipients = recipients.get(..3).unwrap();
    for recipient in recipients {
        has_them_brought(&second, recipient, "WEBHOOK", &web_hook(&callee)).await;
    }
    let all: Vec<&Recipient> = recipients.iter().collect();
    let depositor = second.depositor(PROCESS).await;
    let called = || callee.calls().into_iter().map(|call| call.id).collect::<BTreeSet<String>>();
    for number in 1..=4 {
        depositor.deposits(&files()[..1], &all).await;
        eventually("a call for each case", async || (called().len() == number * 3).then_some(())).await;
    }
    // What has arrived and is not noted yet may be brought again.
    for recipient in recipients {
        eventually("an empty inbox", async || inbox(&recipient.partner).await.is_empty().then_some(())).await;
    }
    assert_eq!(callee.calls().len(), 12, "nothing was brought by both");
    first.is_killed().await;
    depositor.deposits(&files()[..1], &all).await;
    eventually("the calls that are left", async || (called().len() == 15).then_some(())).await;
    assert_eq!(callee.calls().len(), 15);
}
