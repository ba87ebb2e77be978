//! Retention: what goes when, once, and what stays.

use navette_router::hub::Retained;
use navette_router::model::{AttachmentStatus, Owner, Status, Timestamp};
use navette_router::ports::Store as _;
use navette_router::retention::Action;
use navette_router::{Error, Noun};
use navette_storage::conformance::fixtures::{File, file_event_draft, ordinary_process, osl, si};
use navette_storage::conformance::steps;

use crate::stage::{Stage, administrator, recipient};

/// The fixtures' process: files go 30 + 1 days after `DONE`, cases are archived 30 days after `CLOSED`, folders go 90 days later.
const DAY: i64 = 24 * 60 * 60 * 1_000;

async fn sweep(stage: &Stage) -> Retained {
    let mut done = Retained::default();
    let mut after = None;
    loop {
        let swept = stage.hub.sweep(after, 2).await.unwrap();
        done += swept.done;
        match swept.next {
            Some(next) => after = Some(next),
            None => return done,
        }
    }
}

#[tokio::test]
async fn a_file_goes_when_every_case_that_lists_it_is_done_and_the_delay_has_passed_for_the_last() {
    let stage = Stage::new().await;
    let folder = steps::deposit(&stage.hub, &osl(), &ordinary_process(), &[0, 1], &[File::pdf(1)]).await;
    let cases: Vec<_> = folder.cases.iter().map(|case| case.id).collect();
    stage.hub.update_case(&si(0, &ordinary_process()), cases[0], Status::Done).await.unwrap();
    stage.clock.advance(400 * DAY);
    assert_eq!(sweep(&stage).await, Retained { folders: 1, ..Retained::default() }, "the other case is not done");
    stage.hub.update_case(&si(1, &ordinary_process()), cases[1], Status::Refused).await.unwrap();
    stage.clock.advance(31 * DAY - 1);
    assert_eq!(sweep(&stage).await.files_deleted, 0);
    stage.clock.advance(1);
    let held = stage.memory.held();
    let done = sweep(&stage).await;
    assert_eq!((done.files_deleted, done.bytes_deleted), (1, folder.attachments[0].size_bytes));
    assert_eq!((held.contents, stage.memory.held().contents), (1, 0));
    assert_eq!(stage.attachment_status(&folder).await, AttachmentStatus::Deleted);
    let gone = steps::download(&stage.hub, &si(0, &ordinary_process()), cases[0], folder.attachments[0].id).await;
    assert!(matches!(gone, Err(Error::NotFound(Noun::File))), "{gone:?}");
    let entries = stage.entries();
    assert_eq!(sweep(&stage).await, Retained { folders: 1, ..Retained::default() });
    assert_eq!(stage.entries(), entries, "nothing is done twice");
}

#[tokio::test]
async fn a_case_that_is_taken_back_starts_again() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let case = folder.cases[0].id;
    stage.hub.update_case(&recipient(), case, Status::Done).await.unwrap();
    stage.clock.advance(30 * DAY);
    stage.hub.update_case(&osl(), case, Status::HubeeNotified).await.unwrap();
    stage.clock.advance(30 * DAY);
    assert_eq!(sweep(&stage).await.files_deleted, 0);
    stage.hub.update_case(&recipient(), case, Status::InProgress).await.unwrap();
    stage.hub.update_case(&recipient(), case, Status::Done).await.unwrap();
    stage.clock.advance(31 * DAY);
    assert_eq!(sweep(&stage).await.files_deleted, 1);
}

#[tokio::test]
async fn what_is_closed_is_archived_and_then_deleted_with_all_that_is_in_it() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let case = folder.cases[0].id;
    let file = [File::pdf(2)];
    let event = steps::post_files(&stage.hub, &recipient(), case, file_event_draft(&file), &file).await;
    stage.hub.update_case(&recipient(), case, Status::Closed).await.unwrap();
    stage.hub.update_folder(&osl(), folder.folder.id, Status::Closed, None).await.unwrap();
    stage.clock.advance(30 * DAY);
    let done = sweep(&stage).await;
    assert_eq!((done.cases_archived, done.folders_archived, done.folders_deleted), (1, 1, 0));
    assert_eq!(stage.status(case).await, Status::Archived);
    let refused = stage.hub.update_case(&osl(), case, Status::HubeeNotified).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "nothing leaves ARCHIVED: {refused:?}");

    stage.clock.advance(90 * DAY);
    let done = sweep(&stage).await;
    assert_eq!((done.folders_deleted, done.files_deleted), (1, 2));
    assert_eq!(stage.memory.held().contents, 0);
    assert!(matches!(stage.hub.folder(&administrator(), folder.folder.id).await, Err(Error::NotFound(_))));
    assert!(stage.memory.event(case, event).await.unwrap().is_none());
    assert!(stage.memory.attachments(Owner::Event(event)).await.unwrap().is_empty());
    assert!(stage.inbox(&recipient()).await.is_empty(), "what waited is gone");
    let statistics = stage.memory.statistics_after(None, 10).await.unwrap();
    assert_eq!((statistics.len(), statistics[0].events, statistics[0].attachments), (1, 1, 2));
    assert_eq!(statistics[0].cases.get(&Status::Archived), Some(&1));
}

#[tokio::test]
async fn what_is_foreseen_is_what_happens() {
    let stage = Stage::new().await;
    let folder = stage.notified().await;
    let case = folder.cases[0].id;
    let (none, next) = stage.hub.foresee(&administrator(), None, Some(10)).await.unwrap();
    assert!(none.is_empty() && next.is_none(), "nothing can be foreseen of a case that nobody has touched");
    stage.hub.update_case(&recipient(), case, Status::Closed).await.unwrap();
    let (foreseen, _) = stage.hub.foresee(&administrator(), None, Some(10)).await.unwrap();
    let due = &foreseen[0].due;
    let closed_at = stage.hub.case(&administrator(), case, true).await.unwrap().case.closed_at.unwrap();
    let later = |days| Timestamp::from_milliseconds(closed_at.milliseconds() + days * DAY);
    assert_eq!((due[0].at, due[0].action), (later(30), Action::ArchiveCase(case)));
    assert_eq!(due[1].at, later(31));
    assert!(matches!(due[1].action, Action::DeleteFile(..)));
}

#[tokio::test]
async fn a_deposit_that_nobody_completed_is_left_alone() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    stage.clock.advance(10_000 * DAY);
    assert_eq!(sweep(&stage).await, Retained { folders: 1, ..Retained::default() });
    assert_eq!(stage.folder(&folder).await.folder.status, Status::HubeeReceived);
}
