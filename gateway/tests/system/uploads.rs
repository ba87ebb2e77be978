//! The bytes of attachments: what was announced, once, and nothing else.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use http::Method;
use navette_gateway::demo::files::SampleFile;

use crate::hub::Setup;
use crate::parties::{Must as _, complaints, note, sha256};

fn compressed(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().into()
}

fn file(media_type: &'static str, bytes: impl Into<Vec<u8>>) -> SampleFile {
    SampleFile { media_type, bytes: bytes.into(), ..note("file", "") }
}

pub(crate) async fn the_announced_bytes_are_taken_once_and_no_others(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    // Each way in which bytes are kept, and the sizes around where it changes.
    let sizes = [0, 1, 4095, 4096, 4097, 65_536, 1 << 20, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 10_000_000];
    let files: Vec<_> = sizes
        .into_iter()
        .map(|size| file("application/octet-stream", (0..size).map(|at| (at * 31 % 251) as u8).collect::<Vec<_>>()))
        .collect();
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    depositor.sends(&folder, &files).await;
    depositor.sends(&folder, &files).await;
    let other = vec![7; files[3].bytes.len()];
    let answer = depositor.partner.upload(&folder.id, &folder.attachments[3], other.into(), None).await.must(400);
    assert!(complaints(&answer.json())[0].contains("another content was already received"));
    depositor.completes(&folder).await;
    depositor.completes(&folder).await;
    depositor.sends(&folder, &files[..3]).await;
    recipient.fetches(&folder.cases[0], &files).await;
}

pub(crate) async fn bytes_that_were_not_announced_are_rejected_and_may_be_sent_again(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let pdf = file("application/pdf", b"%PDF-1.4 nothing more".as_slice());
    let large = file("text/plain", vec![b'x'; 100_000]);
    let files = [note("a.txt", "the announced bytes"), pdf, large];
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    let sent = async |number: usize, bytes: &[u8], digest: Option<&str>| {
        let answer =
            depositor.partner.upload(&folder.id, &folder.attachments[number], Bytes::copy_from_slice(bytes), digest);
        complaints(&answer.await.must(400).json()).remove(0)
    };
    let wrong = sha256(b"something else");
    assert!(sent(0, &files[0].bytes, Some(&wrong)).await.starts_with("digest is not the SHA-256"));
    assert!(sent(0, b"the announced byte", None).await.contains("size is 19"));
    assert!(sent(1, b"<html>not a pdf</html>", None).await.contains("size is 21"));
    assert!(sent(1, b"<html>no pdf</html>  ", None).await.contains("mimeType"));
    assert!(sent(2, &vec![0; 100_000], None).await.contains("mimeType"));
    assert_eq!(depositor.sees_attachments(&folder).await, ["REJECTED"; 3]);
    let answer = depositor.partner.set_folder_status(&folder.id, "HUBEE_COMPLETED").await.must(400);
    assert_eq!(complaints(&answer.json()).len(), 3);
    for digest in ["x", "=", "MTIz", "é"] {
        let path = format!("/folders/{}/attachments/{}", folder.id, folder.attachments[0]);
        let answer = depositor.partner.send(Method::PUT, &path, "x".into(), &[("digest", digest)]).await.must(400);
        assert!(complaints(&answer.json())[0].starts_with("[digest]"), "{digest}");
    }
    depositor.sends(&folder, &files).await;
    depositor.completes(&folder).await;
    recipient.fetches(&folder.cases[0], &files).await;
}

pub(crate) async fn compressed_requests_are_decoded_and_bombs_are_not(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let partner = &depositor.partner;
    let files = [file("text/plain", "word ".repeat(30_000)), file("application/octet-stream", vec![0; 64 << 20])];
    let gzip = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let body = compressed(depositor.folder(&files, &[&recipient]).to_string().as_bytes());
    let answer = partner.send(Method::POST, "/folders", body.clone(), &gzip).await.must(201).json();
    let folder = crate::parties::Folder {
        id: crate::parties::text(&answer, "id"),
        cases: crate::parties::ids(&answer["cases"]),
        attachments: crate::parties::ids(&answer["attachments"]),
    };
    let path = |number: usize| format!("/folders/{}/attachments/{}", folder.id, folder.attachments[number]);
    partner.send(Method::PUT, &path(0), compressed(&files[0].bytes), &gzip).await.must(204);
    // 64 MiB of nothing is 64 KiB of gzip.
    let bomb = compressed(&files[1].bytes);
    assert!(bomb.len() < 100_000);
    partner.send(Method::PUT, &path(1), bomb.clone(), &gzip).await.must(413);
    partner.send(Method::POST, "/folders", bomb, &gzip).await.must(413);
    partner.send(Method::POST, "/folders", body.slice(..body.len() / 2), &gzip).await.must(400);
    partner.send(Method::POST, "/folders", "{}".into(), &gzip).await.must(400);
    let unknown = [("content-type", "application/json"), ("content-encoding", "br")];
    partner.send(Method::POST, "/folders", "{}".into(), &unknown).await.must(415);
    assert_eq!(depositor.sees_attachments(&folder).await[0], "RECEIVED");
    assert_ne!(depositor.sees_attachments(&folder).await[1], "RECEIVED");
    depositor.sends(&folder, &files).await;
    depositor.completes(&folder).await;
    recipient.fetches(&folder.cases[0], &files).await;
}

pub(crate) async fn sixteen_who_send_the_same_attachment_store_it_once(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files = [note("a.txt", &"0123456789".repeat(5_000))];
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    let entries = hub.metric("navette_journal_entries_total").await;
    let bytes = Bytes::from(files[0].bytes.clone());
    let uploads = (0..16).map(|_| depositor.partner.upload(&folder.id, &folder.attachments[0], bytes.clone(), None));
    for answer in join_all(uploads).await {
        answer.must(204);
    }
    assert_eq!(hub.metric("navette_journal_entries_total").await, entries + 1.0);
    depositor.completes(&folder).await;
    recipient.fetches(&folder.cases[0], &files).await;
}
