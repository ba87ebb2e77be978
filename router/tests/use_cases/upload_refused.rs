//! Bytes that are not what was announced: the attachment is rejected, nothing of them stays, and they may be sent again.

use bytes::Bytes;
use navette_router::hub::{Expectation, ReceiveError};
use navette_router::model::AttachmentStatus;
use navette_router::ports::ErrorKind;
use navette_router::{Error, Limits};
use navette_storage::conformance::fixtures::{File, digest, frames, osl};
use navette_storage::conformance::steps;
use navette_storage::memory::{Held, Memory};

use crate::stage::{Stage, complaint, faults, first_file};

/// Sends `bytes` for `file`, which must be rejected; then sends the file itself, which must pass.
async fn rejected_then_sent_again(file: File, expectation: Expectation, bytes: Bytes) -> String {
    let stage = Stage::new().await;
    let folder = stage.announced_with(std::slice::from_ref(&file)).await;
    let sent = frames(bytes, 1_000);
    let complaint = complaint(stage.hub.receive(&osl(), first_file(&folder), expectation, sent).await);
    assert_eq!(stage.attachment_status(&folder).await, AttachmentStatus::Rejected);
    assert_eq!(stage.memory.held(), Held::default());
    let incomplete = faults(steps::complete(&stage.hub, &osl(), folder.folder.id).await);
    assert!(incomplete[0].contains("REJECTED"), "{incomplete:?}");
    stage.send(first_file(&folder), file.bytes).await.unwrap();
    assert_eq!(stage.attachment_status(&folder).await, AttachmentStatus::Received);
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    complaint
}

#[tokio::test]
async fn fewer_bytes_than_announced() {
    let told = rejected_then_sent_again(File::data(1, 2_500), Expectation::default(), File::data(1, 2_499).bytes).await;
    assert!(told.contains("fewer") && told.contains("2500"), "{told}");
}

#[tokio::test]
async fn more_bytes_than_announced() {
    let told = rejected_then_sent_again(File::data(1, 2_500), Expectation::default(), File::data(1, 2_501).bytes).await;
    assert!(told.contains("more") && told.contains("2500"), "{told}");
}

#[tokio::test]
async fn another_length_than_announced_is_refused_before_the_bytes_come() {
    let expectation = Expectation { length: Some(3_000), digest: None };
    let told = rejected_then_sent_again(File::data(1, 2_500), expectation, File::data(1, 2_500).bytes).await;
    assert!(told.contains("3000") && told.contains("2500"), "{told}");
}

#[tokio::test]
async fn another_digest_than_the_bytes_have() {
    let expectation = Expectation { digest: Some(digest(b"something else")), length: Some(2_500) };
    let told = rejected_then_sent_again(File::data(1, 2_500), expectation, File::data(1, 2_500).bytes).await;
    assert!(told.contains("digest"), "{told}");
}

#[tokio::test]
async fn another_content_than_the_media_type_says() {
    let file = File::pdf(1);
    let forged = Bytes::from("x".repeat(file.bytes.len()));
    let told = rejected_then_sent_again(file, Expectation::default(), forged).await;
    assert!(told.contains("mimeType"), "{told}");
}

#[tokio::test]
async fn a_rejected_attachment_may_be_rejected_again() {
    let stage = Stage::new().await;
    let folder = stage.announced_with(&[File::data(1, 100)]).await;
    for length in [99, 101, 0] {
        complaint(stage.send(first_file(&folder), File::data(1, length).bytes).await);
        assert_eq!(stage.attachment_status(&folder).await, AttachmentStatus::Rejected);
    }
    assert_eq!(stage.memory.held(), Held::default());
}

#[tokio::test]
async fn a_rejected_attachment_is_not_downloaded() {
    let stage = Stage::new().await;
    let folder = stage.announced_with(&[File::data(1, 100)]).await;
    complaint(stage.send(first_file(&folder), File::data(1, 99).bytes).await);
    assert!(steps::download(&stage.hub, &osl(), folder.cases[0].id, folder.attachments[0].id).await.is_err());
}

#[tokio::test]
async fn a_file_that_was_announced_but_not_sent_before_completion_cannot_follow() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let again = stage.send(first_file(&folder), File::pdf(2).bytes).await;
    assert!(complaint(again).contains("another content"));
    assert_eq!(stage.memory.held().contents, 1);
}

#[tokio::test]
async fn without_room_nothing_is_rejected_and_the_file_may_come_later() {
    let stage = Stage::over(Memory::with_room(1_000), Limits::default()).await;
    let (large, small) =
        (stage.announced_with(&[File::data(1, 1_001)]).await, stage.announced_with(&[File::data(2, 900)]).await);
    let refused = stage.send(first_file(&large), File::data(1, 1_001).bytes).await;
    let no_space = |error: &Error| matches!(error, Error::Port(error) if error.kind() == ErrorKind::NoSpace);
    assert!(matches!(&refused, Err(ReceiveError::Hub(error)) if no_space(error)), "{refused:?}");
    assert_eq!(stage.attachment_status(&large).await, AttachmentStatus::Pending);
    stage.send(first_file(&small), File::data(2, 900).bytes).await.unwrap();
}

#[tokio::test]
async fn when_the_journal_has_no_room_the_bytes_are_given_back() {
    let stage = Stage::new().await;
    let folder = stage.announced_with(&[File::data(1, 900)]).await;
    for kind in [ErrorKind::NoSpace, ErrorKind::Overloaded] {
        stage.memory.refuse_commits(Some(kind));
        let refused = stage.send(first_file(&folder), File::data(1, 900).bytes).await;
        assert!(matches!(&refused, Err(ReceiveError::Hub(Error::Port(error))) if error.kind() == kind), "{refused:?}");
        assert_eq!(stage.memory.held(), Held::default());
    }
    stage.memory.refuse_commits(None);
    assert_eq!(stage.attachment_status(&folder).await, AttachmentStatus::Pending);
    stage.send(first_file(&folder), File::data(1, 900).bytes).await.unwrap();
}
