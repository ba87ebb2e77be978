//! Nothing else is reachable.

use bytes::{BufMut as _, BytesMut};
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, Status, StatusCode};

use crate::fetcher::{Fetcher, raw, refused};
use crate::hub::{USER, parcel};
use crate::running::{Running, options};

const NAME: &str = "A-9-X3UGO001-DAUA-1.zip";

#[tokio::test]
async fn the_root_cannot_be_left() {
    let server = Running::start(options()).await;
    server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let fetcher = Fetcher::connect(&server).await;
    for (path, real) in [
        (".", "/"),
        ("", "/"),
        ("..", "/"),
        ("/../../..", "/"),
        ("done/../..", "/"),
        ("/done/", "/done"),
        ("../../A-9-X3UGO001-DAUA-1.zip", "/A-9-X3UGO001-DAUA-1.zip"),
        ("/etc", "/etc"),
    ] {
        let found = fetcher.sftp.realpath(path).await.expect("a path").files;
        assert_eq!(found[0].filename, real, "{path}");
    }
    for root in ["/", ".", "", "..", "/..", "../../../..", "done/..", "/./..//", "/done/../../"] {
        let names: Vec<_> = fetcher.list(root).await.expect("a listing").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["done", NAME], "{root}");
    }
    for same in [NAME.to_owned(), format!("/{NAME}"), format!("../../{NAME}"), format!("/done/..//./{NAME}")] {
        fetcher.get(&same).await.expect("it is read");
    }
}

#[tokio::test]
async fn what_only_looks_like_a_name_is_none() {
    let server = Running::start(options()).await;
    server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let mut accented = parcel(2, &[("a.pdf", 10)]);
    "Aé-9".clone_into(&mut accented.delivery.folder.external_id);
    server.hub.put(USER, &accented.delivery);
    let fetcher = Fetcher::connect(&server).await;
    fetcher.sftp.stat(NAME).await.expect("it is there");
    let long = "A".repeat(300) + "-DAUA-1.zip";
    let longer = "x/../".repeat(2_000) + NAME;
    let others = [
        "/etc/passwd",
        "/proc/self/environ",
        "../../../../etc/passwd",
        "..\\..\\etc\\passwd",
        "/etc/passwd\0.zip",
        "A-9-X3UGO001-DAUA-1.zip\0",
        "A-9-X3UGO001-DAUA-1.zip ",
        " A-9-X3UGO001-DAUA-1.zip",
        "a-9-x3ugo001-daua-1.zip",
        "A-9-X3UGO001-DAUA-01.zip",
        "A-9-X3UGO001-DAUA-1.ZIP",
        "A-9-X3UGO001-DAUA-1.zip.",
        "А-9-X3UGO001-DAUA-1.zip",
        "Ａ-9-X3UGO001-DAUA-1.zip",
        "A\u{200b}-9-X3UGO001-DAUA-1.zip",
        "A\u{2010}9\u{2010}X3UGO001\u{2010}DAUA\u{2010}1.zip",
        "Ae\u{301}-9-DAUA-1.zip",
        "A\u{e9}-9-DAUA-1.zip",
        "%2e%2e/A-9-X3UGO001-DAUA-1.zip",
        "．．/A-9-X3UGO001-DAUA-1.zip",
        "~/A-9-X3UGO001-DAUA-1.zip",
        "*.zip",
        "A-9-X3UGO001-DAUA-1.zip/message.xml",
        "A-9-X3UGO001-DAUA-1.zip:stream",
        "done/A-9-X3UGO001-DAUA-1.zip",
        "DONE",
        "CON",
        &long,
        &longer,
    ];
    for path in others {
        assert_eq!(refused(fetcher.sftp.stat(path).await).0, StatusCode::NoSuchFile, "{path:?}");
        assert_eq!(refused(fetcher.sftp.lstat(path).await).0, StatusCode::NoSuchFile, "{path:?}");
        assert_eq!(refused(fetcher.open(path).await).0, StatusCode::NoSuchFile, "{path:?}");
        assert_eq!(refused(fetcher.sftp.opendir(path).await).0, StatusCode::NoSuchFile, "{path:?}");
        assert_eq!(refused(fetcher.sftp.remove(path).await).0, StatusCode::NoSuchFile, "{path:?}");
        let (code, sentence) = refused(fetcher.sftp.rename(path, "done").await);
        assert_eq!(code, StatusCode::NoSuchFile, "{path:?}");
        assert!(!sentence.contains("X3UGO"), "a sentence names no file: {sentence}");
    }
    assert_eq!(fetcher.messages().await.len(), 2);
}

#[tokio::test]
async fn what_is_not_utf_8_is_the_name_of_nothing() {
    let server = Running::start(options()).await;
    server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let mut raw = raw(&server).await;
    // SSH_FXP_LSTAT, SSH_FXP_REMOVE, SSH_FXP_OPENDIR
    for (id, kind) in [7, 13, 11].into_iter().enumerate() {
        for name in [b"\xff\xfe".as_slice(), b"A-9-X3UGO001-DAUA-1.zip\xc3", b"\xc0\xae\xc0\xae/x", b"\xed\xa0\x80"] {
            let mut packet = BytesMut::new();
            packet.put_u32(u32::try_from(1 + 4 + 4 + name.len()).unwrap());
            packet.put_u8(kind);
            packet.put_u32(u32::try_from(id).unwrap());
            packet.put_u32(u32::try_from(name.len()).unwrap());
            packet.put_slice(name);
            raw.send_bytes(&packet).await;
            let answer = raw.receive().await;
            let missing = |status: &Status| status.status_code == StatusCode::NoSuchFile;
            assert!(matches!(&answer, Some(Packet::Status(status)) if missing(status)), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn nothing_can_be_written_linked_or_made() {
    let server = Running::start(options()).await;
    let id = server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let fetcher = Fetcher::connect(&server).await;
    let (sftp, none) = (&fetcher.sftp, FileAttributes::empty);
    let ways = [
        OpenFlags::WRITE,
        OpenFlags::READ | OpenFlags::WRITE,
        OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE,
        OpenFlags::READ | OpenFlags::APPEND,
        OpenFlags::READ | OpenFlags::CREATE,
        OpenFlags::empty(),
    ];
    for flags in ways {
        for path in [NAME, "new.zip", "done/new.zip", "/"] {
            let (code, sentence) = refused(sftp.open(path, flags, none()).await);
            assert_eq!(code, StatusCode::PermissionDenied, "{path}");
            assert!(sentence.contains("done/"), "the sentence says what can be done: {sentence}");
        }
    }
    let handle = fetcher.open(NAME).await.expect("it is opened");
    let denied = StatusCode::PermissionDenied;
    assert_eq!(refused(sftp.write(handle.as_str(), 0, b"x".to_vec()).await).0, denied);
    assert_eq!(refused(sftp.setstat(NAME, FileAttributes { size: Some(0), ..none() }).await).0, denied);
    assert_eq!(refused(sftp.fsetstat(handle.as_str(), FileAttributes { mtime: Some(0), ..none() }).await).0, denied);
    assert_eq!(refused(sftp.mkdir("new", none()).await).0, denied);
    assert_eq!(refused(sftp.rmdir("/").await).0, denied);
    let unsupported = StatusCode::OpUnsupported;
    assert_eq!(refused(sftp.symlink("link", "/etc/passwd").await).0, unsupported);
    assert_eq!(refused(sftp.readlink(NAME).await).0, unsupported);
    for name in ["hardlink@openssh.com", "statvfs@openssh.com", "copy-data", "fsync@openssh.com", "x"] {
        match sftp.extended(name, vec![0; 40]).await.expect("an answer") {
            Packet::Status(status) => assert_eq!(status.status_code, unsupported, "{name}"),
            other => panic!("a status: {other:?}"),
        }
    }
    assert_eq!(refused(fetcher.open("/").await).0, StatusCode::Failure);
    assert_eq!(refused(sftp.opendir(NAME).await).0, StatusCode::Failure);
    assert_eq!(refused(sftp.readdir(handle.as_str()).await).0, StatusCode::Failure);
    assert_eq!(fetcher.messages().await, [NAME]);
    assert!(server.hub.waits(USER, id));
}
