//! The bytes of a folder's files come in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navette_storage::conformance::fixtures::{File, digest, noise, osl, si, urgent_process};
use serde_json::json;

use crate::desk::{Desk, Frames};

/// What is wrong with it, its headers, its body.
type Attempt<'a> = (&'a str, &'a [(&'a str, &'a str)], Frames);

#[tokio::test]
async fn a_folder_with_files_that_did_not_come_cannot_be_completed() {
    let desk = Desk::new().await;
    let files = [File::pdf(1), File::pdf(2), File::pdf(3)];
    let deposit = desk.announces(&osl(), &urgent_process(), &[0], &files).await;
    desk.put(&osl(), &deposit.attachment_path(1), files[1].bytes.clone()).await.is(204);
    let complete = json!({ "globalStatus": "HUBEE_COMPLETED" });
    let refused = desk.patch(&osl(), &deposit.folder_path(), complete).await.is(400);
    let messages = refused.messages();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains(&deposit.attachments[0]) && messages[1].contains(&deposit.attachments[2]));
    assert!(desk.inbox(&si(0, &urgent_process())).await.is_empty());
}

#[tokio::test]
async fn a_file_that_is_not_the_announced_one_is_rejected_and_may_be_sent_again() {
    let file = File::pdf(1);
    let right = file.bytes.clone();
    let other = digest(b"something else");
    let base64 = |bytes: [u8; 32]| STANDARD.encode(bytes);
    let lying = "x".repeat(right.len());
    let wrong = base64(other.0);
    let attempts: [Attempt<'_>; 5] = [
        ("shorter", &[], right.slice(1..).into()),
        ("longer", &[], bytes::Bytes::from([&right[..], b"x"].concat()).into()),
        ("longer, unannounced", &[], Frames::chunked([Ok(right.clone()), Ok(right.clone())])),
        ("of another digest", &[("digest", &wrong)], right.clone().into()),
        ("of another content", &[], bytes::Bytes::from(lying).into()),
    ];
    for (what, headers, body) in attempts {
        let desk = Desk::new().await;
        let deposit = desk.announces(&osl(), &urgent_process(), &[0], std::slice::from_ref(&file)).await;
        let got = desk.send(&osl(), "PUT", &deposit.attachment_path(0), headers, body).await;
        assert_eq!(got.status, 400, "{what}");
        let view = desk.get(&osl(), &deposit.folder_path()).await.is(200).json();
        assert_eq!(view["attachments"][0]["status"], "REJECTED", "{what}");
        assert_eq!(desk.memory.held(), Default::default(), "{what}: nothing of it is kept");
        desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(400);

        let digest = base64(digest(&right).0);
        desk.send(&osl(), "PUT", &deposit.attachment_path(0), &[("digest", &digest)], right.clone().into())
            .await
            .is(204);
        desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(204);
        desk.put(&osl(), &deposit.attachment_path(0), right.clone()).await.is(204);
    }
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_another_one_is_refused() {
    let desk = Desk::new().await;
    let file = File::data(1, 5_000);
    let deposit = desk.deposits(&osl(), &urgent_process(), &[0], std::slice::from_ref(&file)).await;
    let entries = desk.memory.journal().len();
    desk.put(&osl(), &deposit.attachment_path(0), file.bytes.clone()).await.is(204);
    desk.put(&osl(), &deposit.attachment_path(0), noise(2, 5_000)).await.is(400).says("another content");
    assert_eq!(desk.memory.journal().len(), entries);
    let path = format!("{}/attachments/{}", deposit.case_path(0), deposit.attachments[0]);
    assert_eq!(desk.get(&si(0, &urgent_process()), &path).await.is(200).body, file.bytes);
}

#[tokio::test]
async fn a_file_may_come_in_pieces_without_a_length_or_compressed() {
    let desk = Desk::new().await;
    let file = File::data(1, 100_000);
    let deposit =
        desk.announces(&osl(), &urgent_process(), &[0], &[file.clone(), file.clone(), File::data(2, 0)]).await;
    let pieces = (0..10).map(|piece| Ok(file.bytes.slice(piece * 10_000..(piece + 1) * 10_000)));
    desk.send(&osl(), "PUT", &deposit.attachment_path(0), &[], Frames::chunked(pieces)).await.is(204);
    let compressed = Frames::from(file.bytes.clone()).announcing(17);
    let headers = [("content-encoding", "gzip")];
    desk.send(&osl(), "PUT", &deposit.attachment_path(1), &headers, compressed).await.is(204);
    desk.put(&osl(), &deposit.attachment_path(2), bytes::Bytes::new()).await.is(204);
    desk.patch(&osl(), &deposit.folder_path(), json!({ "globalStatus": "HUBEE_COMPLETED" })).await.is(204);
}
