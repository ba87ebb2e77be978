//! What was taken in does not wait any more, and nothing else is changed.

use russh_sftp::protocol::{Packet, Status, StatusCode};

use crate::fetcher::{Fetcher, refused};
use crate::hub::{NEIGHBOUR, USER, parcel};
use crate::reading::plain;
use crate::running::{Running, options};

/// What OpenSSH sends instead of the older request.
async fn posix_rename(fetcher: &Fetcher, from: &str, to: &str) -> StatusCode {
    let mut data = Vec::new();
    for path in [from, to] {
        data.extend_from_slice(&u32::try_from(path.len()).unwrap().to_be_bytes());
        data.extend_from_slice(path.as_bytes());
    }
    match fetcher.sftp.extended("posix-rename@openssh.com", data).await {
        Ok(Packet::Status(Status { status_code, .. })) => status_code,
        Err(russh_sftp::client::error::Error::Status(status)) => status.status_code,
        other => panic!("a status: {other:?}"),
    }
}

fn name(number: u32) -> String {
    format!("A-9-X3UGO{number:03}-DAUA-1.zip")
}

#[tokio::test]
async fn each_way_to_move_a_message_to_done_acknowledges_it() {
    let server = Running::start(options()).await;
    let ids: Vec<_> = (1..=8).map(|number| server.hub.put(USER, &parcel(number, &[("a.pdf", 10)]).delivery)).collect();
    let fetcher = Fetcher::connect(&server).await;
    let targets = [name(1), format!("/done/{}", name(2)), "done".to_owned(), "/done/".to_owned()];
    fetcher.sftp.remove(&targets[0]).await.expect("removed");
    fetcher.sftp.rename(name(2), &targets[1]).await.expect("renamed");
    fetcher.sftp.rename(name(3), &targets[2]).await.expect("renamed");
    fetcher.sftp.rename(format!("/{}", name(4)), &targets[3]).await.expect("renamed");
    fetcher.sftp.rename(name(5), format!("./done/../done//{}", name(5))).await.expect("renamed");
    assert_eq!(posix_rename(&fetcher, &name(6), &format!("done/{}", name(6))).await, StatusCode::Ok);
    let waits: Vec<_> = ids.iter().map(|id| server.hub.waits(USER, *id)).collect();
    assert_eq!(waits, [false, false, false, false, false, false, true, true]);
    assert_eq!(fetcher.messages().await, [name(7), name(8)]);
    assert_eq!(fetcher.list("/done").await.expect("a listing"), [], "nothing is ever in done");
    assert_eq!(server.counts().acknowledged, 6);
}

#[tokio::test]
async fn no_other_renaming_changes_anything() {
    let server = Running::start(options()).await;
    let ids = [1, 2].map(|number| server.hub.put(USER, &parcel(number, &[("a.pdf", 10)]).delivery));
    let fetcher = Fetcher::connect(&server).await;
    let elsewhere =
        ["/", ".", "..", "other.zip", "done/other.zip", "DONE", "done/x/y", "../etc/passwd", "done\0", "", &name(2)];
    for to in elsewhere {
        let (code, sentence) = refused(fetcher.sftp.rename(name(1), to).await);
        assert_eq!(code, StatusCode::PermissionDenied, "{to}");
        assert!(sentence.contains("done/"), "{sentence}");
        assert_eq!(posix_rename(&fetcher, &name(1), to).await, StatusCode::PermissionDenied, "{to}");
    }
    for from in ["/", "done", "nothing.zip", "done/nothing.zip", "A-9-X3UGO009-DAUA-1.zip"] {
        refused(fetcher.sftp.rename(from, "done").await);
    }
    for path in ["/", "done", "done/", "nothing.zip", &format!("done/{}", name(1)), "A-9-X3UGO009-DAUA-1.zip"] {
        refused(fetcher.sftp.remove(path).await);
    }
    assert!(ids.iter().all(|id| server.hub.waits(USER, *id)), "everything waits still");
    assert_eq!(server.counts().acknowledged, 0);
}

#[tokio::test]
async fn done_is_there_already() {
    let server = Running::start(options()).await;
    let fetcher = Fetcher::connect(&server).await;
    let attributes = russh_sftp::protocol::FileAttributes::empty;
    assert!(fetcher.sftp.stat("done").await.expect("it is there").attrs.is_dir());
    assert_eq!(refused(fetcher.sftp.mkdir("done", attributes()).await).0, StatusCode::Failure);
    assert_eq!(refused(fetcher.sftp.mkdir("other", attributes()).await).0, StatusCode::PermissionDenied);
    assert_eq!(refused(fetcher.sftp.rmdir("done").await).0, StatusCode::PermissionDenied);
}

#[tokio::test]
async fn what_is_acknowledged_twice_is_said_to_be_gone() {
    let server = Running::start(options()).await;
    server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let fetcher = Fetcher::connect(&server).await;
    fetcher.sftp.remove(name(1)).await.expect("removed");
    for _ in 0..2 {
        let (code, sentence) = refused(fetcher.sftp.remove(name(1)).await);
        assert_eq!((code, sentence.contains("acknowledged already")), (StatusCode::NoSuchFile, true), "{sentence}");
    }
    assert_eq!(server.counts().acknowledged, 1);
}

#[tokio::test]
async fn what_is_acknowledged_while_it_is_read_is_read_to_its_end() {
    let server = Running::start(options()).await;
    let parcel = parcel(1, &[("a.pdf", 2_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, expected) = plain(&parcel).await;
    let fetcher = Fetcher::connect(&server).await;
    let handle = fetcher.open(&plan.name).await.expect("it is opened");
    let mut got = fetcher.part(&handle, 0, 100_000).await.expect("it is read");
    fetcher.sftp.rename(plan.name.as_str(), "done").await.expect("renamed");
    assert_eq!(fetcher.sftp.fstat(handle.as_str()).await.expect("open").attrs.size, Some(expected.len() as u64));
    while got.len() < expected.len() {
        got.extend(fetcher.part(&handle, got.len() as u64, 100_000).await.expect("it is read"));
    }
    assert!(got == expected, "it is read byte for byte");
}

#[tokio::test]
async fn nobody_sees_reads_or_acknowledges_what_is_anothers() {
    let server = Running::start(options()).await;
    let id = server.hub.put(NEIGHBOUR, &parcel(1, &[("a.pdf", 10)]).delivery);
    let fetcher = Fetcher::connect(&server).await;
    assert_eq!(fetcher.messages().await, Vec::<String>::new());
    for path in [name(1), format!("/../{NEIGHBOUR}/{}", name(1)), format!("{NEIGHBOUR}/{}", name(1))] {
        assert_eq!(refused(fetcher.sftp.stat(&path).await).0, StatusCode::NoSuchFile);
        assert_eq!(refused(fetcher.open(&path).await).0, StatusCode::NoSuchFile);
        assert_eq!(refused(fetcher.sftp.remove(&path).await).0, StatusCode::NoSuchFile);
        assert_eq!(refused(fetcher.sftp.rename(&path, "done").await).0, StatusCode::NoSuchFile);
    }
    let neighbour = Fetcher::connect_as(&server, NEIGHBOUR).await;
    assert_eq!(neighbour.messages().await, [name(1)]);
    assert!(server.hub.waits(NEIGHBOUR, id));
}

#[tokio::test]
async fn of_two_with_one_name_the_older_is_shown_until_it_is_acknowledged() {
    let server = Running::start(options()).await;
    let parcels = [100, 200].map(|size| parcel(1, &[("a.pdf", size)]));
    let ids = [0, 1].map(|index: usize| server.hub.put(USER, &parcels[index].delivery));
    let expected = [plain(&parcels[0]).await.1, plain(&parcels[1]).await.1];
    let fetcher = Fetcher::connect(&server).await;
    assert_eq!(fetcher.messages().await, [name(1)], "one of them is shown");
    assert!(fetcher.get(&name(1)).await.expect("it is read") == expected[0], "the older one");
    fetcher.sftp.remove(name(1)).await.expect("removed");
    assert_eq!(ids.map(|id| server.hub.waits(USER, id)), [false, true]);
    // A program that renames and then removes does not throw away what it never saw.
    assert_eq!(refused(fetcher.sftp.remove(name(1)).await).0, StatusCode::NoSuchFile);
    assert_eq!(refused(fetcher.open(&name(1)).await).0, StatusCode::NoSuchFile);
    assert_eq!(ids.map(|id| server.hub.waits(USER, id)), [false, true]);
    assert_eq!(fetcher.messages().await, [name(1)], "now the other is shown");
    assert!(fetcher.get(&name(1)).await.expect("it is read") == expected[1]);
    fetcher.sftp.rename(name(1), "done").await.expect("renamed");
    assert_eq!(ids.map(|id| server.hub.waits(USER, id)), [false, false]);
    assert_eq!(fetcher.messages().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_name_that_means_another_message_by_now_acknowledges_nothing() {
    let server = Running::start(options()).await;
    let parcels = [100, 200].map(|size| parcel(1, &[("a.pdf", size)]));
    let ids = [0, 1].map(|index: usize| server.hub.put(USER, &parcels[index].delivery));
    let (listed, looked, opened) =
        (Fetcher::connect(&server).await, Fetcher::connect(&server).await, Fetcher::connect(&server).await);
    assert_eq!(listed.messages().await, [name(1)]);
    looked.sftp.lstat(name(1)).await.expect("it is there");
    let handle = opened.open(&name(1)).await.expect("it is opened");
    server.hub.take(USER, ids[0]);
    for fetcher in [&listed, &looked, &opened] {
        let (code, sentence) = refused(fetcher.sftp.remove(name(1)).await);
        assert_eq!((code, sentence.contains("list the directory again")), (StatusCode::NoSuchFile, true), "{sentence}");
        assert_eq!(refused(fetcher.sftp.rename(name(1), "done").await).0, StatusCode::NoSuchFile);
    }
    let expected = plain(&parcels[0]).await.1;
    assert!(opened.part(&handle, 0, 100_000).await.expect("it is read") == expected, "the handle is the first's");
    assert!(server.hub.waits(USER, ids[1]), "the other one waits still");
    assert_eq!(looked.messages().await, [name(1)]);
    looked.sftp.remove(name(1)).await.expect("it was seen");
    assert!(!server.hub.waits(USER, ids[1]));
}
