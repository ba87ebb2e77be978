//! Inboxes of any length.

use std::sync::atomic::Ordering;

use navette_adapter_sftp::server::Options;
use russh_sftp::protocol::StatusCode;

use crate::fetcher::{Fetcher, is, refused};
use crate::hub::{USER, parcel};
use crate::running::{Running, options};

const MANY: usize = 100_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_messages_are_listed_page_by_page() {
    let server = Running::start(options()).await;
    server.hub.put_many(USER, &parcel(1, &[("a.pdf", 10)]).delivery, MANY);
    let fetcher = Fetcher::connect(&server).await;
    let handle = fetcher.sftp.opendir("/").await.expect("opened").handle;
    assert_eq!(server.hub.pages.load(Ordering::SeqCst), 0, "nothing is looked for before it is asked for");
    let mut names = Vec::new();
    for page in 1.. {
        match fetcher.sftp.readdir(handle.as_str()).await {
            Ok(batch) => {
                assert!(batch.files.len() <= 101, "{}", batch.files.len());
                assert_eq!(server.hub.pages.load(Ordering::SeqCst), page, "a page at a time");
                names.extend(batch.files.into_iter().map(|file| file.filename));
            }
            Err(error) => {
                assert!(is(&error, StatusCode::Eof), "{error:?}");
                break;
            }
        }
    }
    assert_eq!(names.len(), 1 + MANY);
    assert_eq!(names[0], "done");
    for (number, name) in names[1..].iter().enumerate() {
        assert_eq!(*name, format!("A-9-N{number:06}-DAUA-1.zip"), "oldest first");
    }
    let before = server.hub.pages.load(Ordering::SeqCst);
    fetcher.get(&names[MANY]).await.expect("it is read");
    fetcher.sftp.remove(names[1].as_str()).await.expect("removed");
    assert_eq!(server.hub.pages.load(Ordering::SeqCst), before, "what was listed is not looked for again");
}

#[tokio::test]
async fn what_was_not_listed_is_found_and_is_looked_for_once() {
    let server = Running::start(options()).await;
    server.hub.put_many(USER, &parcel(1, &[("a.pdf", 10)]).delivery, 1_000);
    let fetcher = Fetcher::connect(&server).await;
    fetcher.sftp.stat("A-9-N000999-DAUA-1.zip").await.expect("it is there");
    let once = server.hub.pages.load(Ordering::SeqCst);
    assert_eq!(once, 20, "each page was looked at once");
    fetcher.sftp.stat("A-9-N000500-DAUA-1.zip").await.expect("it is there");
    assert_eq!(refused(fetcher.sftp.stat("A-9-N001000-DAUA-1.zip").await).0, StatusCode::NoSuchFile);
    assert_eq!(refused(fetcher.sftp.stat("nothing.zip").await).0, StatusCode::NoSuchFile);
    assert_eq!(server.hub.pages.load(Ordering::SeqCst), once + 1, "only what came since is looked at");
    server.hub.put(USER, &parcel(7, &[("a.pdf", 10)]).delivery);
    fetcher.sftp.stat("A-9-X3UGO007-DAUA-1.zip").await.expect("what came since is found");
}

#[tokio::test]
async fn a_listing_shows_as_much_as_may_be_remembered_and_the_rest_afterwards() {
    let server = Running::start(Options { names_max: 120, ..options() }).await;
    server.hub.put_many(USER, &parcel(1, &[("a.pdf", 10)]).delivery, 200);
    let fetcher = Fetcher::connect(&server).await;
    let first = fetcher.messages().await;
    assert_eq!(first.len(), 120);
    let (code, sentence) = refused(fetcher.sftp.stat("A-9-N000199-DAUA-1.zip").await);
    assert_eq!((code, sentence.contains("acknowledge")), (StatusCode::Failure, true), "{sentence}");
    for name in &first {
        fetcher.sftp.remove(name.as_str()).await.expect("removed");
    }
    let rest = fetcher.messages().await;
    assert_eq!((rest.len(), rest[0].as_str()), (80, "A-9-N000120-DAUA-1.zip"));
}

#[tokio::test]
async fn two_listings_at_once_show_the_same() {
    let server = Running::start(options()).await;
    server.hub.put_many(USER, &parcel(1, &[("a.pdf", 10)]).delivery, 130);
    let fetcher = Fetcher::connect(&server).await;
    let mut handles = Vec::new();
    for _ in 0..2 {
        handles.push(fetcher.sftp.opendir("/").await.expect("opened").handle);
    }
    let mut counts = [0, 0];
    for _ in 0..3 {
        for (handle, count) in handles.iter().zip(&mut counts) {
            *count += fetcher.sftp.readdir(handle.as_str()).await.expect("a page").files.len();
        }
    }
    assert_eq!(counts, [131, 131]);
}

#[tokio::test]
async fn what_is_acknowledged_while_it_is_listed_hides_nothing_else() {
    let server = Running::start(options()).await;
    server.hub.put_many(USER, &parcel(1, &[("a.pdf", 10)]).delivery, 200);
    let fetcher = Fetcher::connect(&server).await;
    let handle = fetcher.sftp.opendir("/").await.expect("opened").handle;
    let mut taken = 0;
    while let Ok(page) = fetcher.sftp.readdir(handle.as_str()).await {
        for file in page.files.into_iter().filter(|file| file.filename != "done") {
            fetcher.sftp.remove(file.filename).await.expect("removed");
            taken += 1;
        }
    }
    assert_eq!(taken, 200);
    assert_eq!(fetcher.messages().await, Vec::<String>::new());
}
