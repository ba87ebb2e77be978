//! Clients that mean no good, or cannot help it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use navette_adapter_sftp::server::Options;
use russh::ChannelMsg;
use russh_sftp::protocol::{Init, Packet, ReadDir, Status, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fetcher::{Fetcher, log_in, raw, refused, subsystem};
use crate::hub::{NEIGHBOUR, USER, parcel};
use crate::reading::plain;
use crate::running::{Running, in_time, options};

const NAME: &str = "A-9-X3UGO001-DAUA-1.zip";

/// Somebody else is served as ever.
async fn others_are_served(server: &Running) {
    Fetcher::connect_as(server, NEIGHBOUR).await.messages().await;
}

#[tokio::test]
async fn only_so_many_files_are_open_at_once() {
    let server = Running::start(options()).await;
    server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let fetcher = Fetcher::connect(&server).await;
    let mut handles = Vec::new();
    for _ in 0..32 {
        handles.push(fetcher.open(NAME).await.expect("it is opened"));
    }
    for _ in 0..1_000 {
        let (code, sentence) = refused(fetcher.open(NAME).await);
        assert_eq!((code, sentence.contains("close one")), (StatusCode::Failure, true), "{sentence}");
        assert_eq!(refused(fetcher.sftp.opendir("/").await).0, StatusCode::Failure);
    }
    fetcher.sftp.close(handles[0].as_str()).await.expect("closed");
    assert_eq!(refused(fetcher.sftp.close(handles[0].as_str()).await).0, StatusCode::Failure);
    assert_eq!(refused(fetcher.part(&handles[0], 0, 10).await).0, StatusCode::Failure);
    let handle = fetcher.open(NAME).await.expect("there is room again");
    assert!(!handles.contains(&handle), "a handle is never given twice");
    for made_up in ["", "0", "999", "../1", "\0"] {
        assert_eq!(refused(fetcher.part(made_up, 0, 10).await).0, StatusCode::Failure);
    }
}

#[tokio::test]
async fn what_is_no_packet_ends_the_session_and_nothing_else() {
    let server = Running::start(options()).await;
    let garbage: [&[u8]; 7] = [
        &[0xff; 64],
        &[0, 0, 0, 0],
        &[0x7f, 0xff, 0xff, 0xff, 5],
        b"GET / HTTP/1.1\r\n\r\n",
        // A read without a place, a status, a second beginning.
        &[0, 0, 0, 5, 5, 0, 0, 0, 1],
        &[0, 0, 0, 9, 3, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
        &[0, 0, 0, 5, 1, 0, 0, 0, 3],
    ];
    for bytes in garbage {
        let mut raw = raw(&server).await;
        raw.send_bytes(bytes).await;
        if let Some(answer) = raw.receive().await {
            let is_bad = |status: &Status| status.status_code == StatusCode::BadMessage;
            assert!(matches!(&answer, Packet::Status(status) if is_bad(status)), "{answer:?}");
            assert!(raw.receive().await.is_none(), "the session ends");
        }
        others_are_served(&server).await;
    }
    server.counts_until("all sessions end", |counts| counts.sessions == 0).await;
}

#[tokio::test]
async fn a_request_that_does_not_exist_is_answered() {
    let server = Running::start(options()).await;
    let mut raw = raw(&server).await;
    for kind in [2, 21, 99, 101, 105, 201, 255] {
        raw.send_bytes(&[0, 0, 0, 5, kind, 0, 0, 0, 77]).await;
        match raw.receive().await {
            Some(Packet::Status(status)) => {
                assert_eq!((status.id, status.status_code), (77, StatusCode::OpUnsupported));
            }
            other => panic!("a status: {other:?}"),
        }
    }
    let answer = raw.ask(ReadDir { id: 78, handle: "1".to_owned() }.into()).await;
    assert!(matches!(answer, Some(Packet::Status(_))), "the session goes on");
}

#[tokio::test]
async fn who_does_not_begin_with_a_version_is_not_served() {
    let server = Running::start(options()).await;
    let ssh = log_in(&server, USER).await;
    let mut stream = subsystem(&ssh).await.into_stream();
    stream.write_all(&[0, 0, 0, 9, 11, 0, 0, 0, 1, 0, 0, 0, 0]).await.expect("sent");
    let mut rest = Vec::new();
    in_time("it is closed", stream.read_to_end(&mut rest)).await.expect("the end");
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn nothing_but_sftp_is_there() {
    let server = Running::start(options()).await;
    let ssh = log_in(&server, USER).await;
    assert!(ssh.channel_open_direct_tcpip("127.0.0.1", 22, "127.0.0.1", 1).await.is_err());
    assert!(ssh.channel_open_direct_streamlocal("/run/x").await.is_err());
    assert!(ssh.tcpip_forward("127.0.0.1", 0).await.is_err());
    assert!(ssh.streamlocal_forward("/run/x").await.is_err());
    let mut channel = ssh.channel_open_session().await.expect("a channel");
    channel.exec(true, "id").await.expect("sent");
    channel.request_shell(true).await.expect("sent");
    channel.request_pty(true, "xterm", 80, 24, 0, 0, &[]).await.expect("sent");
    channel.set_env(true, "LD_PRELOAD", "x").await.expect("sent");
    channel.request_x11(true, false, "x", "y", 0).await.expect("sent");
    channel.agent_forward(true).await.expect("sent");
    channel.request_subsystem(true, "netconf").await.expect("sent");
    let mut refusals = 0;
    while refusals < 7 {
        match in_time("an answer", channel.wait()).await {
            Some(ChannelMsg::Failure) => refusals += 1,
            Some(ChannelMsg::WindowAdjusted { .. }) => {}
            other => panic!("it is refused: {other:?}"),
        }
    }
    assert!(ssh.channel_open_session().await.is_err(), "one channel is enough");
    channel.request_subsystem(true, "sftp").await.expect("sent");
    assert!(matches!(in_time("an answer", channel.wait()).await, Some(ChannelMsg::Success)));
    channel.request_subsystem(true, "sftp").await.expect("sent");
    assert!(matches!(in_time("an answer", channel.wait()).await, Some(ChannelMsg::Failure)), "not twice");
}

#[tokio::test]
async fn a_connection_may_be_used_again() {
    let server = Running::start(options()).await;
    let ssh = log_in(&server, USER).await;
    for round in 0..3 {
        let mut stream = subsystem(&ssh).await.into_stream();
        let init = bytes::Bytes::try_from(Packet::from(Init::new())).expect("a packet");
        stream.write_all(&init).await.expect("sent");
        assert!(in_time("a version", stream.read_u32()).await.is_ok(), "round {round}");
        stream.shutdown().await.expect("the end is told");
        let mut rest = Vec::new();
        in_time("it is closed", stream.read_to_end(&mut rest)).await.expect("the end");
        drop(stream);
        server.counts_until("the session ends", |counts| counts.sessions == 0).await;
    }
}

#[tokio::test]
async fn a_fault_of_the_program_ends_one_session() {
    let server = Running::start(options()).await;
    server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let other = Fetcher::connect(&server).await;
    let unlucky = Fetcher::connect(&server).await;
    unlucky.sftp.set_timeout(5);
    server.hub.panics.store(true, Ordering::SeqCst);
    assert!(unlucky.sftp.stat(NAME).await.is_err());
    let closed = async {
        while !unlucky.ssh.is_closed() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time("the connection is closed", closed).await;
    server.hub.panics.store(false, Ordering::SeqCst);
    other.get(NAME).await.expect("the other one is served");
    server.counts_until("the session is not counted any more", |counts| counts.sessions == 1).await;
    others_are_served(&server).await;
}

#[tokio::test]
async fn who_asks_for_nothing_is_closed() {
    let server = Running::start(Options { idle_timeout: Duration::from_millis(300), ..options() }).await;
    let fetcher = Fetcher::connect(&server).await;
    server.counts_until("the session ends", |counts| counts.sessions == 0).await;
    assert!(fetcher.sftp.realpath(".").await.is_err());
}

#[tokio::test]
async fn who_logs_in_and_never_begins_is_closed() {
    let server = Running::start(Options { login_timeout: Duration::from_secs(1), ..options() }).await;
    let ssh = log_in(&server, USER).await;
    let closed = async {
        while !ssh.is_closed() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time("the connection is closed", closed).await;
}

#[tokio::test]
async fn who_asks_for_more_than_may_wait_is_sent_away() {
    let server = Running::start(Options { requests_max_bytes: 20_000, ..options() }).await;
    let parcel = parcel(1, &[("a.pdf", 50_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let mut raw = raw(&server).await;
    let handle = raw.open(NAME).await;
    parcel.files.stop_after(0);
    // One waits for a file that does not come; the others wait for that one.
    let mut reads = Vec::new();
    for id in 0..2_000_u32 {
        let read = russh_sftp::protocol::Read { id, handle: handle.clone(), offset: 0, len: 100_000 };
        reads.extend_from_slice(&bytes::Bytes::try_from(Packet::from(read)).expect("a packet"));
    }
    let _sent = raw.stream.write_all(&reads).await;
    assert!(raw.receive().await.is_none(), "the connection is closed");
    server.counts_until("the session ends", |counts| counts.sessions == 0).await;
    assert_eq!(server.counts().turned_away, ["requests_max_bytes"]);
    others_are_served(&server).await;
}

#[tokio::test]
async fn who_goes_in_the_middle_leaves_nothing_behind() {
    let server = Running::start(options()).await;
    let parcel = parcel(1, &[("a.pdf", 50_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    for _ in 0..10 {
        let mut raw = raw(&server).await;
        let handle = raw.open(NAME).await;
        for id in 0..50 {
            raw.ask_to_read(id, &handle, u64::from(id) * 32_768, 32_768).await;
        }
        assert!(raw.receive().await.is_some());
        drop(raw);
    }
    server.counts_until("all sessions end", |counts| counts.sessions == 0).await;
    let fetcher = Fetcher::connect(&server).await;
    assert!(fetcher.get(NAME).await.expect("it is read") == plain(&parcel).await.1);
}

#[tokio::test]
async fn strangers_that_speak_nonsense_are_closed() {
    let server = Running::start(options()).await;
    let nonsense: [&[u8]; 4] =
        [b"GET / HTTP/1.1\r\n\r\n", &[0; 10_000], b"SSH-1.5-old\r\n", b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff"];
    for bytes in nonsense {
        let mut socket = TcpStream::connect(server.address()).await.expect("a connection");
        let _sent = socket.write_all(bytes).await;
        let _shut = socket.shutdown().await;
        let mut rest = Vec::new();
        let _ended = in_time("it is closed", socket.read_to_end(&mut rest)).await;
    }
    others_are_served(&server).await;
}

#[tokio::test]
async fn a_server_that_stops_answers_what_it_was_asked_and_closes_what_is_left() {
    let server = Running::start(options()).await;
    let id = server.hub.put(USER, &parcel(1, &[("a.pdf", 10)]).delivery);
    let fetcher = Fetcher::connect(&server).await;
    let idle = log_in(&server, USER).await;
    let stranger = TcpStream::connect(server.address()).await.expect("a connection");
    fetcher.sftp.remove(NAME).await.expect("removed");
    let (address, hub) = (server.address(), std::sync::Arc::clone(&server.hub));
    let counts = server.stop().await;
    assert_eq!((counts.sessions, counts.acknowledged, hub.waits(USER, id)), (0, 1, false));
    assert!(fetcher.sftp.realpath(".").await.is_err());
    let closed = async {
        while !(idle.is_closed() && fetcher.ssh.is_closed()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time("all connections are closed", closed).await;
    drop(stranger);
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_whoever_does_not_end() {
    let stop_timeout = Duration::from_millis(300);
    let server = Running::start(Options { stop_timeout, ..options() }).await;
    let parcel = parcel(1, &[("a.pdf", 50_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let mut raw = raw(&server).await;
    let handle = raw.open(NAME).await;
    parcel.files.stop_after(0);
    raw.ask_to_read(1, &handle, 0, 100_000).await;
    in_time("the file is waited for", parcel.files.stopped()).await;
    server.stop().await;
    assert!(raw.receive().await.is_none(), "the connection is closed");
}
