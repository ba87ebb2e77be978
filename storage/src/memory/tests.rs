//! What only this double can do; the rest is the conformance suite's.

use navette_router::ports::{Attachments, Store, Upload};
use navette_router::{Hub, Limits};

use super::*;
use crate::conformance::fixtures::{self, Clock};
use crate::conformance::{steps, story};

#[tokio::test]
async fn room_is_bounded_and_given_back() {
    let memory = Memory::with_room(10);
    let mut upload = memory.upload(AttachmentId::generate(), 6).await.unwrap();
    let refused = memory.upload(AttachmentId::generate(), 5).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NoSpace);
    upload.write(bytes::Bytes::from_static(b"abcdef")).await.unwrap();
    let stored = upload.finish().await.unwrap();
    assert_eq!(memory.held(), Held { contents: 1, content_bytes: 6, uploads: 0, upload_bytes: 0 });
    assert!(memory.upload(AttachmentId::generate(), 5).await.is_err());
    memory.discard(&stored.place);
    drop(memory.upload(AttachmentId::generate(), 10).await.unwrap());
    assert_eq!(memory.held(), Held::default());
}

#[tokio::test]
async fn a_refused_commit_writes_nothing_and_gives_the_writer_back() {
    let memory = Memory::new();
    let entry = fixtures::entry(fixtures::referential(1));
    memory.refuse_commits(Some(ErrorKind::NoSpace));
    let writer = memory.writer(Subject::Referential).await.unwrap();
    let refused = memory.commit(writer, entry.clone()).await.unwrap_err();
    assert_eq!((refused.kind(), memory.journal()), (ErrorKind::NoSpace, vec![]));
    memory.refuse_commits(None);
    let writer = memory.writer(Subject::Referential).await.unwrap();
    memory.commit(writer, entry.clone()).await.unwrap();
    assert_eq!(memory.journal(), vec![entry]);
}

#[tokio::test]
async fn a_use_case_decides_again_when_somebody_else_was_first() {
    let memory = Memory::new();
    let hub = Hub::new(memory.clone(), memory.clone(), Clock::new(), Limits::default());
    hub.seed(fixtures::referential(1)).await.unwrap();
    let (osl, process, file) = (fixtures::osl(), fixtures::urgent_process(), [fixtures::File::data(1, 5_000)]);
    let folder = steps::announce(&hub, &osl, &process, &[0], &file).await.unwrap();
    memory.conflict_commits(3);
    steps::send_files(&hub, &osl, &folder, &file).await;
    assert_eq!(memory.held(), Held { contents: 1, content_bytes: 5_000, uploads: 0, upload_bytes: 0 });
    memory.conflict_commits(7);
    steps::complete(&hub, &osl, folder.folder.id).await.unwrap();
    assert_eq!(memory.journal().len(), 4);
    assert_eq!(steps::waiting(&hub, &fixtures::si(0, &process)).await.len(), 1);
}

#[tokio::test]
async fn a_use_case_does_not_decide_for_ever() {
    let memory = Memory::new();
    let hub = Hub::new(memory.clone(), memory.clone(), Clock::new(), Limits::default());
    memory.conflict_commits(usize::MAX);
    let refused = hub.seed(fixtures::referential(1)).await.unwrap_err();
    assert!(matches!(refused, navette_router::Error::Port(error) if error.kind() == ErrorKind::Conflict));
    assert_eq!(memory.journal(), []);
}

#[tokio::test]
async fn what_the_journal_amounts_to_can_be_made_again_from_its_entries() {
    let memory = Memory::new();
    let writer = memory.writer(Subject::Referential).await.unwrap();
    memory.commit(writer, fixtures::entry(fixtures::referential(3))).await.unwrap();
    let replayed = Memory::replayed(memory.journal());
    assert_eq!(replayed.referential(Clone::clone), memory.referential(Clone::clone));
    assert_eq!(replayed.journal(), memory.journal());
}

#[tokio::test]
async fn the_journal_can_be_applied_again_from_any_of_its_entries() {
    let (memory, clock) = (Memory::new(), Clock::new());
    let hub = Hub::new(memory.clone(), memory.clone(), clock.clone(), Limits::default());
    let known = story::tell(&hub, &clock).await;
    let before = story::Dump::take(&hub, &known).await;
    for entries in 0..=memory.journal().len() {
        let reopened = memory.reopened();
        reopened.replay_again(entries);
        let hub = Hub::new(reopened.clone(), reopened, clock.clone(), Limits::default());
        assert!(story::Dump::take(&hub, &known).await == before, "the last {entries} entries changed the view");
    }
}
