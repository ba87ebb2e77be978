//! The bytes of an attachment come in.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, poll, stream};
use navette_router::hub::{Expectation, ReceiveError, Target};
use navette_router::model::AttachmentStatus;
use navette_router::{Error, Noun};
use navette_storage::conformance::fixtures::{File, digest, frames, osl};
use navette_storage::conformance::steps;
use navette_storage::memory::Held;

use crate::stage::{Stage, complaint, first_file};

#[tokio::test]
async fn what_was_announced_is_received_and_read_back() {
    let stage = Stage::new().await;
    let file = File::data(1, 200_000);
    let folder = stage.announced_with(std::slice::from_ref(&file)).await;
    let expectation = Expectation { digest: Some(digest(&file.bytes)), length: Some(200_000) };
    let sent = frames(file.bytes.clone(), 999);
    stage.hub.receive(&osl(), first_file(&folder), expectation, sent).await.unwrap();
    let attachment = &stage.folder(&folder).await.attachments[0];
    assert_eq!((attachment.status, attachment.digest), (AttachmentStatus::Received, Some(digest(&file.bytes))));
    let bytes = steps::download(&stage.hub, &osl(), folder.cases[0].id, attachment.id).await.unwrap();
    assert_eq!(bytes, file.bytes);
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let stage = Stage::new().await;
    let folder = stage.announced_with(&[File::data(1, 0)]).await;
    stage.send(first_file(&folder), Bytes::new()).await.unwrap();
    assert_eq!(stage.attachment_status(&folder).await, AttachmentStatus::Received);
}

#[tokio::test]
async fn the_same_content_again_changes_nothing_and_keeps_one_copy() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    stage.send(first_file(&folder), File::pdf(1).bytes).await.unwrap();
    let (entries, held) = (stage.entries(), stage.memory.held());
    stage.send(first_file(&folder), File::pdf(1).bytes).await.unwrap();
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    stage.send(first_file(&folder), File::pdf(1).bytes).await.unwrap();
    assert_eq!((stage.entries(), stage.memory.held()), (entries + 1, held));
}

#[tokio::test]
async fn another_content_for_what_was_received_is_refused_and_the_first_stays() {
    let stage = Stage::new().await;
    let folder = stage.announced_with(&[File::data(1, 500)]).await;
    stage.send(first_file(&folder), File::data(1, 500).bytes).await.unwrap();
    let held = stage.memory.held();
    for other in [File::data(2, 500), File::data(2, 499), File::data(2, 501)] {
        complaint(stage.send(first_file(&folder), other.bytes).await);
        let attachment = &stage.folder(&folder).await.attachments[0];
        assert_eq!(attachment.status, AttachmentStatus::Received);
        assert_eq!(attachment.digest, Some(digest(&File::data(1, 500).bytes)));
        assert_eq!(stage.memory.held(), held);
    }
}

#[tokio::test]
async fn the_family_of_the_content_counts_not_the_name_nor_the_letters() {
    let stage = Stage::new().await;
    let disguised = File { name: "document.docx".to_owned(), ..File::xml(1) };
    let csv = File { media_type: "text/csv".to_owned(), bytes: Bytes::from_static(b"a;b\r\n1;2\r\n"), ..File::pdf(1) };
    let xml = File { media_type: "text/xml; charset=utf-8".to_owned(), ..File::xml(1) };
    for file in [disguised, csv, xml] {
        let folder = stage.announced_with(std::slice::from_ref(&file)).await;
        stage.send(first_file(&folder), file.bytes).await.unwrap();
    }
}

#[tokio::test]
async fn bytes_that_stop_coming_leave_nothing_and_are_not_a_rejection() {
    let stage = Stage::new().await;
    let folder = stage.announced_with(&[File::data(1, 5_000)]).await;
    let entries = stage.entries();
    let broken = stream::iter([Ok(File::data(1, 4_000).bytes), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    let result = stage.hub.receive(&osl(), first_file(&folder), Expectation::default(), broken).await;
    assert!(matches!(result, Err(ReceiveError::Body(_))), "{result:?}");
    assert_eq!((stage.memory.held(), stage.entries()), (Held::default(), entries));
    assert_eq!(stage.attachment_status(&folder).await, AttachmentStatus::Pending);
    stage.send(first_file(&folder), File::data(1, 5_000).bytes).await.unwrap();
}

#[tokio::test]
async fn an_upload_that_is_given_up_at_any_step_leaves_nothing_or_all_of_it() {
    for steps in 0..40 {
        let stage = Stage::new().await;
        let folder = stage.announced_with(&[File::data(1, 3_000)]).await;
        let sent = frames(File::data(1, 3_000).bytes, 1_000);
        {
            let caller = osl();
            let upload = stage.hub.receive(&caller, first_file(&folder), Expectation::default(), sent);
            let mut upload = Box::pin(upload);
            for _ in 0..steps {
                if poll!(upload.as_mut()).is_ready() {
                    break;
                }
            }
        }
        assert_eq!(stage.memory.held().uploads, 0);
        let status = stage.attachment_status(&folder).await;
        // Given up during the commit, the bytes stay until a start finds out whether the entry is there.
        let held = stage.memory.reopened().held();
        match status {
            AttachmentStatus::Pending => assert_eq!(held, Held::default(), "after {steps} steps"),
            AttachmentStatus::Received => assert_eq!((held.contents, held.uploads), (1, 0), "after {steps} steps"),
            other => panic!("{other:?} after {steps} steps"),
        }
    }
}

#[tokio::test]
async fn an_upload_that_never_ends_blocks_nobody() {
    let stage = Stage::new().await;
    let folder = stage.announced_with(&[File::data(1, 3_000)]).await;
    let stalled = frames(File::data(1, 2_999).bytes, 1_000).chain(stream::pending());
    let caller = osl();
    let mut upload = Box::pin(stage.hub.receive(&caller, first_file(&folder), Expectation::default(), stalled));
    for _ in 0..30 {
        assert!(poll!(upload.as_mut()).is_pending());
    }
    stage.send(first_file(&folder), File::data(1, 3_000).bytes).await.unwrap();
    steps::complete(&stage.hub, &osl(), folder.folder.id).await.unwrap();
    drop(upload);
    assert_eq!(stage.memory.held().contents, 1);
}

#[tokio::test]
async fn what_was_never_announced_is_not_found() {
    let stage = Stage::new().await;
    let (one, other) = (stage.announced().await, stage.announced().await);
    let crossed = Target::Folder { folder: one.folder.id, attachment: other.attachments[0].id };
    let result = stage.send(crossed, File::pdf(1).bytes).await;
    assert!(matches!(result, Err(ReceiveError::Hub(Error::NotFound(Noun::Metadata)))), "{result:?}");
    stage.hub.delete_folder(&osl(), one.folder.id).await.unwrap();
    let result = stage.send(first_file(&one), File::pdf(1).bytes).await;
    assert!(matches!(result, Err(ReceiveError::Hub(Error::NotFound(Noun::Folder)))), "{result:?}");
}
