//! Inboxes, as their owners read them.

use navette_router::hub::NotificationQuery;
use navette_router::model::{CaseId, ProcessCode};
use navette_router::{Caller, Error, Limits, Noun};
use navette_storage::conformance::fixtures::{
    File, administrator, foreign_process, ordinary_process, osl, recipient, si, urgent_process,
};
use navette_storage::conformance::steps;
use navette_storage::memory::Memory;

use crate::stage::{Stage, forbidden};

/// A credential without a process: every process of recipient 0.
fn without_process() -> Caller {
    Caller { process: None, ..si(0, &ordinary_process()) }
}

async fn read(stage: &Stage, caller: &Caller, query: NotificationQuery) -> (Vec<CaseId>, u64) {
    let page = stage.hub.notifications(caller, query).await.unwrap();
    (page.notifications.iter().map(|view| view.notification.case).collect(), page.total)
}

/// As many folders of each process, in turn. The cases, in order.
async fn deposits(stage: &Stage, processes: &[ProcessCode], rounds: usize) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for _ in 0..rounds {
        for process in processes {
            cases.push(steps::deposit(&stage.hub, &osl(), process, &[0], &[File::pdf(1)]).await.cases[0].id);
        }
    }
    cases
}

#[tokio::test]
async fn a_page_holds_twenty_five_unless_asked_and_never_more_than_the_limit() {
    let stage = Stage::over(Memory::new(), Limits { page_max: 28, ..Limits::default() }).await;
    let cases = deposits(&stage, &[ordinary_process()], 30).await;
    let caller = si(0, &ordinary_process());
    for (limit, shown) in [(None, 25), (Some(1), 1), (Some(28), 28), (Some(100_000), 28)] {
        let query = NotificationQuery { limit, ..NotificationQuery::default() };
        assert_eq!(read(&stage, &caller, query).await, (cases[..shown].to_vec(), 30));
    }
    let last = NotificationQuery { offset: 25, ..NotificationQuery::default() };
    let page = stage.hub.notifications(&caller, last).await.unwrap();
    assert_eq!((page.offset, page.notifications.len(), page.total), (25, 5, 30));
}

#[tokio::test]
async fn a_credential_reads_the_inbox_of_its_organization_and_process_only() {
    let stage = Stage::new().await;
    let cases = deposits(&stage, &[urgent_process(), ordinary_process()], 2).await;
    let urgent = si(0, &urgent_process());
    assert_eq!(read(&stage, &urgent, NotificationQuery::default()).await, (vec![cases[0], cases[2]], 2));
    for (asked, count) in [(vec![urgent_process(), ordinary_process()], 2), (vec![ordinary_process()], 0)] {
        let query = NotificationQuery { processes: asked, ..NotificationQuery::default() };
        assert_eq!(read(&stage, &urgent, query).await.1, count);
    }
    for stranger in [si(1, &urgent_process()), si(0, &foreign_process()), osl()] {
        assert_eq!(read(&stage, &stranger, NotificationQuery::default()).await, (vec![], 0));
    }
    assert_eq!(read(&stage, &administrator(), NotificationQuery::default()).await, (cases, 4));
}

#[tokio::test]
async fn prioritized_processes_come_first_oldest_first_among_themselves() {
    let stage = Stage::new().await;
    let cases = deposits(&stage, &[ordinary_process(), urgent_process()], 3).await;
    let query = NotificationQuery { priority: vec![urgent_process()], ..NotificationQuery::default() };
    let expected = [1, 3, 5, 0, 2, 4].map(|index: usize| cases[index]).to_vec();
    assert_eq!(read(&stage, &administrator(), query).await, (expected, 6));
}

#[tokio::test]
async fn a_notification_is_deleted_once_and_by_its_owner() {
    let stage = Stage::new().await;
    deposits(&stage, &[ordinary_process()], 2).await;
    let owner = si(0, &ordinary_process());
    let ids: Vec<_> = stage.inbox(&owner).await.iter().map(|view| view.notification.id).collect();
    for stranger in [si(1, &ordinary_process()), si(0, &urgent_process()), osl(), without_process()] {
        forbidden(stage.hub.delete_notification(&stranger, ids[0]).await);
    }
    stage.hub.delete_notification(&owner, ids[0]).await.unwrap();
    let again = stage.hub.delete_notification(&owner, ids[0]).await;
    assert!(matches!(again, Err(Error::NotFound(Noun::Notification))), "{again:?}");
    let left: Vec<_> = stage.inbox(&owner).await.iter().map(|view| view.notification.id).collect();
    assert_eq!(left, ids[1..]);
    stage.hub.delete_notification(&administrator(), ids[1]).await.unwrap();
}

#[tokio::test]
async fn deleting_a_notification_takes_nothing_from_the_case() {
    let stage = Stage::new().await;
    let cases = deposits(&stage, &[ordinary_process()], 1).await;
    let owner = si(0, &ordinary_process());
    let id = stage.inbox(&owner).await[0].notification.id;
    stage.hub.delete_notification(&owner, id).await.unwrap();
    let view = stage.hub.case(&owner, cases[0], false).await.unwrap();
    assert_eq!((view.case.recipient, view.attachments.len()), (recipient(0), 1));
}
