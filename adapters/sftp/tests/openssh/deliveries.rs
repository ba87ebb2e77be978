//! What only a real server shows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use navette_adapter_kit::{Contents, Parcel};
use navette_router::model::ProcessCode;
use navette_router::ports::{Awaited, DynPush, Link as Way, Outcome, Receipt};

use crate::account::{Account, adapter, held};
use crate::link;

fn parcel(number: u32, size_bytes: u64) -> Parcel {
    Parcel::new(&ProcessCode::new("DAUA").unwrap(), number, &[("flux.xml", 1_000), ("plan.pdf", size_bytes)])
}

fn way(account: &Account) -> Arc<dyn Way> {
    let adapter: Arc<dyn DynPush> = Arc::new(adapter());
    adapter.link(&account.endpoint()).expect("right settings")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_upload_goes_on_where_it_was_cut() {
    let Some(account) = Account::open().await else { return };
    let parcel = parcel(1, 20_000_000);
    let way = way(&account);
    account.link.set(link::Way::CutAfter(12_000_000)).await;
    way.deliver(&parcel.delivery).await.expect_err("the connection is cut");
    account.link.set(link::Way::Open).await;
    let receipt = way.deliver(&parcel.delivery).await.expect("it goes on");
    assert!(receipt.sent_bytes < 12_000_000, "what was there is not sent again: {}", receipt.sent_bytes);
    let messages = account.messages();
    let expected: Vec<_> = parcel.contents.iter().map(|file| (file.digest(), file.size_bytes)).collect();
    assert_eq!((messages.len(), held(&messages[0]).files), (1, expected));
    assert_eq!(std::fs::read_dir(account.path("in/.navette")).unwrap().count(), 0, "nothing else stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_shared_and_one_that_died_is_replaced() {
    let Some(account) = Account::open().await else { return };
    let way = way(&account);
    for number in 1..=5 {
        way.deliver(&parcel(number, 10).delivery).await.expect("it is delivered");
    }
    assert_eq!(account.link.connected(), 1, "one after the other, one connection is enough");
    account.link.set(link::Way::Open).await;
    way.deliver(&parcel(6, 10).delivery).await.expect("a dead connection is noticed");
    assert_eq!(account.link.connected(), 2);
    let parcels: Vec<_> = (10..30).map(|number| parcel(number, 300_000)).collect();
    let deliver = async |number: usize| way.deliver(&parcels[number].delivery).await;
    for result in futures_util::future::join_all((0..parcels.len()).map(deliver)).await {
        result.expect("it is delivered");
    }
    assert!(
        account.link.connected() <= 6,
        "a server is asked for four connections at most: {}",
        account.link.connected()
    );
    assert_eq!(account.messages().len(), 26);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_delivery_leaves_no_connection() {
    let Some(account) = Account::open().await else { return };
    let way = way(&account);
    let parcel = parcel(1, 3_000_000);
    parcel.files.stop_after(1_000_000);
    tokio::select! {
        result = way.deliver(&parcel.delivery) => panic!("it cannot end: {result:?}"),
        () = parcel.files.stopped() => {}
    }
    account.link.is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_is_described_to_whoever_set_it_up() {
    let Some(account) = Account::open().await else { return };
    std::fs::remove_dir(account.path("in/DONE")).expect("it was there");
    let found = way(&account).test().await.expect("the server can be used").join("\n");
    for words in
        ["was reached at 127.0.0.1", "its key is the one that is known", "MiB are free", "done_directory is not there"]
    {
        assert!(found.contains(words), "{found}");
    }
    assert_eq!(std::fs::read_dir(account.path("in/.navette")).unwrap().count(), 0, "a test leaves nothing");
    std::fs::remove_dir(account.path("out")).expect("it was there");
    let error = way(&account).test().await.expect_err("return_directory is not there");
    assert!(error.to_string().contains("return_directory"), "{error}");
    account.server.lock().await.changes_its_key().await;
    let error = way(&account).test().await.expect_err("another server answers");
    assert!(error.to_string().contains("it shows the key SHA256:"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_the_middle_has_no_half_message() {
    let Some(account) = Account::open().await else { return };
    let way = way(&account);
    for number in 1..=6_u32 {
        let parcel = parcel(number, 4_000_000);
        // Another place each time: the login, the middle, the end.
        account.link.set(link::Way::CutAfter(u64::from(number) * 800_000 - 799_000)).await;
        let cut = way.deliver(&parcel.delivery).await;
        let seen = account.messages().len();
        assert!(cut.is_ok() || seen == usize::try_from(number).unwrap() - 1, "nothing is seen of what was cut");
        account.server.lock().await.start_again().await;
        account.link.set(link::Way::Open).await;
        way.deliver(&parcel.delivery).await.expect("it is delivered");
        assert_eq!(account.messages().len(), usize::try_from(number).unwrap(), "each is there once");
    }
}

/// What was delivered and of which nothing is known yet.
fn awaited(parcel: &Parcel, receipt: &Receipt) -> Awaited {
    let (delivery, reference) = (parcel.delivery.id, receipt.reference.clone());
    Awaited { delivery, reference, is_taken: false, has_failed: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_can_be_a_directory_that_appears_whole_and_once() {
    let Some(account) = Account::open().await else { return };
    let adapter: Arc<dyn DynPush> = Arc::new(adapter());
    let way = adapter.link(&account.endpoint().set("layout", "directory")).expect("right settings");
    let parcel = parcel(1, 3_000_000);
    let receipt = way.deliver(&parcel.delivery).await.expect("it is delivered");
    let inner = account.path("in").join(&receipt.reference).join("attachment");
    let names: Vec<String> = std::fs::read_dir(&inner)
        .expect("the files")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    let message = std::fs::read_to_string(inner.join("message.xml")).expect("message.xml");
    let file = names.iter().find(|name| std::fs::metadata(inner.join(name)).is_ok_and(|file| file.len() == 3_000_000));
    assert!(message.contains(file.expect("the file").as_str()), "{names:?}");
    assert_eq!(names.len(), 4, "{names:?}");
    let again = way.deliver(&parcel.delivery).await.expect("it is there");
    assert!(again.was_there && again.reference == receipt.reference);
    assert_eq!(std::fs::read_dir(account.path("in/.navette")).expect("a directory").count(), 0);

    let awaited = [awaited(&parcel, &receipt)];
    std::fs::rename(account.path("in").join(&receipt.reference), account.path("in/DONE").join(&receipt.reference))
        .expect("it is read");
    assert_eq!(way.collect(&awaited).await.expect("a look").len(), 1);
    assert!(way.deliver(&parcel.delivery).await.expect("it was read").was_there);
    // Another one of the same name is no reason to say that this one has arrived.
    std::fs::write(account.path("in/DONE").join(&receipt.reference).join("attachment/message.xml"), "<other/>")
        .unwrap();
    let refused = way.deliver(&parcel.delivery).await.expect_err("another has the name");
    assert_eq!(refused.kind(), navette_router::ports::DeliveryErrorKind::Taken);
}

/// Every file of a folder of samples, a folder a process, if there is one.
fn samples() -> Vec<(String, Vec<PathBuf>)> {
    let Some(root) = std::env::var_os("NAVETTE_SAMPLES") else { return Vec::new() };
    let entries = |path: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    let process = |path: PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), entries(&path));
    entries(Path::new(&root)).into_iter().filter(|path| path.is_dir()).map(process).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_comes_out_as_it_went_in() {
    let Some(account) = Account::open().await else { return };
    for (number, (process, files)) in (1..).zip(samples()) {
        let code = ProcessCode::new(&process).expect("a code");
        let file = |path: &PathBuf| {
            let bytes = std::fs::read(path).expect("a sample");
            (path.file_name().unwrap().to_string_lossy().into_owned(), Contents::from(Bytes::from(bytes)))
        };
        let parcel = Parcel::holding(&code, number, files.iter().map(file).collect());
        let mut endpoint = account.endpoint().set("process_alias", process.replace('-', "_"));
        endpoint.process = code;
        let adapter: Arc<dyn DynPush> = Arc::new(adapter());
        let way = adapter.link(&endpoint).expect("right settings");
        let receipt = way.deliver(&parcel.delivery).await.expect("it is delivered");
        let mut arrived = held(&account.path("in").join(receipt.reference)).files;
        let mut sent: Vec<_> =
            parcel.delivery.attachments.iter().map(|file| (file.digest.unwrap(), file.size_bytes)).collect();
        arrived.sort_by_key(|file| file.0.0);
        sent.sort_by_key(|file| file.0.0);
        assert_eq!(arrived, sent, "{process}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_software_moves_is_noticed() {
    let Some(account) = Account::open().await else { return };
    let way = way(&account);
    let parcel = parcel(1, 100);
    let receipt = way.deliver(&parcel.delivery).await.expect("it is delivered");
    let awaited = [awaited(&parcel, &receipt)];
    assert!(way.collect(&awaited).await.expect("nothing yet").is_empty());
    let moved = account.path("in/DONE").join(&receipt.reference);
    std::fs::rename(account.path("in").join(&receipt.reference), moved).expect("it is read");
    assert_eq!(way.collect(&awaited).await.expect("something")[0].outcome, Outcome::Taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_used_is_moved_aside_however_often_it_comes() {
    let Some(account) = Account::open().await else { return };
    let way = way(&account);
    let parcel = parcel(1, 100);
    let receipt = way.deliver(&parcel.delivery).await.expect("it is delivered");
    let awaited = [awaited(&parcel, &receipt)];
    let answer = account.path("out").join(&receipt.reference);
    // Larger than is taken back, which is not read, and no zip.
    for size_bytes in [10, 10, 17 << 20, 18 << 20] {
        let file = std::fs::File::create(&answer).expect("an answer");
        file.set_len(size_bytes).expect("its size");
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
        file.set_modified(hour_ago).expect("it has been there for an hour");
        let returned = way.collect(&awaited).await.expect("something");
        assert!(matches!(returned[0].outcome, Outcome::Unusable(_)), "{size_bytes}: {returned:?}");
        way.acknowledge(&returned[0]).await.unwrap_or_else(|error| panic!("{size_bytes} bytes: {error}"));
        assert!(!answer.exists(), "it is not in the way of others: {size_bytes} bytes");
    }
    let aside = std::fs::read_dir(account.path("out/refused")).expect("a directory for them");
    assert_eq!(aside.count(), 3, "each content is kept for a person to look at");
}
