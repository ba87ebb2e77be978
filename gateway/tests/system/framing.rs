//! What a client library would not send: lengths that lie, bodies that break off, heads that do not end.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::hub::{Hub, Setup, Told, soon};
use crate::parties::{Depositor, Folder, Must as _, Recipient, complaints, note};

/// A hub that expects the ten bytes of one attachment.
struct Expecting {
    hub: Hub,
    depositor: Depositor,
    recipient: Recipient,
    folder: Folder,
}

const CONTENT: &str = "0123456789";

impl Expecting {
    async fn start(setup: Setup) -> Self {
        let hub = setup.start().await;
        let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
        let folder = depositor.announces(&depositor.folder(&[note("a.txt", CONTENT)], &[&recipient])).await;
        Self { hub, depositor, recipient, folder }
    }

    /// The head of the upload, without what says how long its body is.
    fn head(&self, framing: &str) -> String {
        format!(
            "PUT /teledossiers/v1/folders/{}/attachments/{} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {}\r\n{framing}\r\n",
            self.folder.id,
            self.folder.attachments[0],
            self.depositor.partner.token().unwrap(),
        )
    }

    async fn status(&self) -> String {
        self.depositor.sees_attachments(&self.folder).await.remove(0)
    }

    /// The rest of the story works, whatever came before.
    async fn goes_on(&self) {
        let files = [note("a.txt", CONTENT)];
        self.depositor.sends(&self.folder, &files).await;
        self.depositor.completes(&self.folder).await;
        self.recipient.fetches(&self.folder.cases[0], &files).await;
        assert_eq!(self.hub.metric("navette_http_panics_total").await, 0.0);
        self.hub.metric_becomes("navette_in_flight_bytes", 0.0).await;
    }
}

pub(crate) async fn a_body_whose_length_is_said_twice_is_refused(setup: Setup) {
    let expecting = Expecting::start(setup).await;
    for framing in [
        "Content-Length: 10\r\nContent-Length: 10\r\n",
        "Content-Length: 10\r\nContent-Length: 11\r\n",
        "Content-Length: 10, 10\r\n",
        "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 10\r\n",
        "Content-Length: +10\r\n",
        "Content-Length: ten\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding : chunked\r\n",
    ] {
        let request = format!("{}{CONTENT}GET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n", expecting.head(framing));
        let told = expecting.hub.told(request).await;
        assert_eq!(told.status(), 400, "{framing}: {}", told.0);
    }
    assert_eq!(expecting.status().await, "PENDING");
    expecting.goes_on().await;
}

pub(crate) async fn a_chunked_upload_is_taken_when_it_is_what_was_announced(setup: Setup) {
    let expecting = Expecting::start(setup).await;
    let chunked = "Transfer-Encoding: chunked\r\nConnection: close\r\n";
    for (body, message) in [
        ("4\r\n0123\r\n7\r\n456789X\r\n0\r\n\r\n", "more bytes than size"),
        ("4\r\n0123\r\n0\r\n\r\n", "fewer bytes than size"),
        ("0\r\n\r\n", "fewer bytes than size"),
        ("ffffffffffffffff1\r\n0123", ""),
        ("4;\r\n0123XX", ""),
        ("-4\r\n0123\r\n", ""),
    ] {
        let told = expecting.hub.told(expecting.head(chunked) + body).await;
        assert_eq!(told.status(), 400, "{body:?}: {}", told.0);
        assert!(told.0.contains(message), "{body:?}: {}", told.0);
    }
    assert_eq!(expecting.status().await, "REJECTED");
    let body = "4\r\n0123\r\n06;extension=1\r\n456789\r\n0\r\nTrailer: x\r\n\r\n";
    assert_eq!(expecting.hub.told(expecting.head(chunked) + body).await.status(), 204);
    assert_eq!(expecting.status().await, "RECEIVED");
    expecting.goes_on().await;
}

pub(crate) async fn an_upload_that_breaks_off_leaves_nothing(setup: Setup) {
    let expecting = Expecting::start(setup).await;
    for framing in ["Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut wire = expecting.hub.connect().await;
        let sent = if framing.starts_with('C') { "01234" } else { "5\r\n01234\r\n" };
        wire.write_all((expecting.head(framing) + sent).as_bytes()).await.unwrap();
        wire.flush().await.unwrap();
        expecting.hub.metric_becomes("navette_attachments_uploads", 1.0).await;
        drop(wire);
        expecting.hub.metric_becomes("navette_attachments_uploads", 0.0).await;
        assert_eq!(expecting.status().await, "PENDING");
    }
    let answer = expecting.depositor.partner.set_folder_status(&expecting.folder.id, "HUBEE_COMPLETED").await;
    assert!(complaints(&answer.must(400).json())[0].contains("still PENDING"));
    expecting.goes_on().await;
}

pub(crate) async fn a_body_longer_than_its_length_is_not_taken_for_more(setup: Setup) {
    let expecting = Expecting::start(setup).await;
    let told = expecting.hub.told(expecting.head("Content-Length: 10\r\n") + CONTENT + " and more\r\n\r\n").await;
    assert_eq!(told.statuses(), [204, 400], "{}", told.0);
    assert_eq!(expecting.status().await, "RECEIVED");
    // A length that is not the announced one is refused before any of the body is read.
    let folder = expecting.depositor.folder(&[note("a.txt", CONTENT)], &[&expecting.recipient]);
    let other = Expecting { folder: expecting.depositor.announces(&folder).await, ..expecting };
    for length in ["9", "11", "1073741825"] {
        let told =
            other.hub.told(other.head(&format!("Content-Length: {length}\r\nConnection: close\r\n")) + CONTENT).await;
        assert_eq!(told.status(), 400, "{length}: {}", told.0);
        assert!(told.json()["errors"][0]["message"].as_str().unwrap().contains("size is 10"), "{}", told.0);
    }
    other.goes_on().await;
}

pub(crate) async fn a_client_that_stalls_is_answered_and_let_go(setup: Setup) {
    let expecting = Expecting::start(setup.configured("TIMEOUTS_BODY_STALL", "250ms")).await;
    let told = expecting.hub.told(expecting.head("Content-Length: 10\r\n") + "01234").await;
    assert_eq!(told.status(), 408, "{}", told.0);
    assert_eq!(told.json()["errors"][0]["code"], 408);
    assert_eq!(expecting.status().await, "PENDING");
    assert_eq!(expecting.hub.metric("navette_http_body_stalls_total").await, 1.0);
    expecting.goes_on().await;
}

pub(crate) async fn a_head_that_is_too_large_or_too_slow_is_refused(setup: Setup) {
    let setup = setup.configured("TIMEOUTS_HEAD", "250ms").configured("LIMITS_HEAD_MAX_BYTES", "16 KiB");
    let expecting = Expecting::start(setup).await;
    let long = "x".repeat(20_000);
    for request in [
        format!("GET /{long} HTTP/1.1\r\nHost: hub\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: hub\r\nX-Long: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: hub\r\n{}\r\n", "X-Many: x\r\n".repeat(200)),
    ] {
        let told = expecting.hub.told(request).await;
        assert!(matches!(told.status(), 400 | 414 | 431), "{}", told.0);
    }
    for request in ["G", "GET / HTTP/1.1\r\nHost: hub\r\n"] {
        let told = expecting.hub.told(request).await;
        assert!(told.statuses().iter().all(|status| matches!(status, 400 | 408)), "{}", told.0);
    }
    for request in [
        "GET / HTTP/3.0\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "hello\r\n\r\n",
    ] {
        let told = expecting.hub.told(request).await;
        assert!(told.statuses().iter().all(|status| *status == 400), "{request:?}: {}", told.0);
    }
    expecting.goes_on().await;
}

pub(crate) async fn a_client_that_waits_to_be_told_to_go_on_is_told(setup: Setup) {
    let expecting = Expecting::start(setup).await;
    let mut wire = expecting.hub.connect().await;
    let head = expecting.head("Content-Length: 10\r\nExpect: 100-continue\r\nConnection: close\r\n");
    wire.write_all(head.as_bytes()).await.unwrap();
    wire.flush().await.unwrap();
    let mut go_on = vec![0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    soon("100 Continue", wire.read_exact(&mut go_on)).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"));
    wire.write_all(CONTENT.as_bytes()).await.unwrap();
    assert_eq!(Told::read(&mut wire).await.status(), 204);
    // Who is refused is not told to go on.
    let head = expecting.head("Content-Length: 11\r\nExpect: 100-continue\r\nConnection: close\r\n");
    assert_eq!(expecting.hub.told(head).await.status(), 400);
    assert_eq!(expecting.status().await, "RECEIVED", "what was received stays");
    expecting.goes_on().await;
}
