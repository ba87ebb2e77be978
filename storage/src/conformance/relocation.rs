//! Cases of two backends: everything moves from one to the other, whatever comes in between, and nothing is passed off as moved that
//! is not.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use navette_router::entry::Fact;
use navette_router::model::{
    About, AttachmentId, CaseId, FolderId, Mail, MailId, Notification, Purge, Statistic, Status, SubscriptionId,
    Timestamp,
};
use navette_router::ports::{InboxQuery, Store, Subject};

use super::fixtures::{Clock, Deposit, File, entry, ordinary_process, osl, recipient, urgent_process};
use super::story::{Dump, Known, tell};
use super::{Backend, HubOf, open, open_at, steps};
use crate::relocation::{Difference, Journey, Options, Progress, Relocatable, Report, Side, State, What, verify};

/// Small, so that folders are written in several entries.
const OPTIONS: Options = Options { folders_in_flight: 3, entry_bytes: 3_000 };

async fn side<B: Backend>(backend: &B) -> Side<B::Store, B::Attachments> {
    let (store, attachments) = backend.open().await;
    Side { store, attachments }
}

/// Everything that is listed beside the records of a story.
#[derive(Debug, PartialEq, Eq)]
struct Lists {
    inbox: Vec<Notification>,
    cases_of: Vec<Vec<CaseId>>,
    purges: Vec<Purge>,
    statistics: Vec<Statistic>,
    acts: usize,
    mails: Vec<Mail>,
    located: Vec<bool>,
}

impl Lists {
    async fn take(store: &impl Store, attachments: &[AttachmentId]) -> Self {
        const READ: &str = "a read";
        let all = InboxQuery { recipient: None, processes: vec![], priority: vec![], offset: 0, limit: usize::MAX };
        let mut cases_of = Vec::new();
        for number in 0..4 {
            cases_of.push(store.cases_of(&recipient(number), None, 1_000).await.expect(READ));
        }
        let mut located = Vec::new();
        for attachment in attachments {
            located.push(store.locate(*attachment.as_uuid()).await.expect(READ).is_some());
        }
        Self {
            inbox: store.inbox(&all).await.expect(READ).notifications,
            cases_of,
            purges: store.purges(None, 1_000).await.expect(READ),
            statistics: store.statistics_after(None, 1_000).await.expect(READ),
            acts: store.acts(None, 1_000).await.expect(READ).len(),
            mails: store.mails_due(Timestamp::from_milliseconds(10_000), 1_000).await.expect(READ),
            located,
        }
    }
}

async fn commit(store: &impl Store, subject: Subject, facts: Vec<Fact>) {
    let writer = store.writer(subject).await.expect("a writer");
    store.commit(writer, entry(facts)).await.expect("an entry is committed");
}

/// A hub with everything that a hub can have, and what must be found again.
async fn fill<B: Backend>(backend: &B) -> (HubOf<B>, Known, Vec<AttachmentId>) {
    let clock = Clock::new();
    let hub = open_at(backend, clock.clone()).await;
    let known = tell(&hub, &clock).await;
    let store = hub.store();
    let mut attachments = Vec::new();
    // Two inboxes fill in turn, and the oldest of one goes to the end of another, so that no order is that of the folders.
    for number in 0..6 {
        let process = if number % 2 == 0 { urgent_process() } else { ordinary_process() };
        let folder = steps::deposit(&hub, &osl(), &process, &[0, 1], &[File::data(number, 90_000)]).await;
        attachments.extend(folder.attachments.iter().map(|attachment| attachment.id));
        if number == 2 {
            let (id, case) = (folder.folder.id, folder.cases.first().expect("a case").id);
            let waiting = store.waiting(id).await.expect("what waits");
            let notifications = waiting.iter().filter(|row| row.case == case).map(|row| row.id).collect();
            let moved = Fact::CaseMoved { case, source: recipient(0), target: recipient(1), notifications };
            commit(store, Subject::Folder(id), vec![moved]).await;
        }
        if number == 3 {
            archive(store, folder.folder.id, attachments.last().copied().expect("an attachment")).await;
        }
    }
    leave_a_statistic(store).await;
    let mails = [(1, 300), (2, 100)].map(|(number, due)| Mail {
        id: MailId::generate(),
        subscription: SubscriptionId::generate(),
        recipient: recipient(0),
        process: ordinary_process(),
        about: About::Digest,
        created_at: Timestamp::from_milliseconds(number),
        due_at: Timestamp::from_milliseconds(due),
        attempts: 3,
    });
    commit(store, Subject::Mails, vec![Fact::MailsQueued(mails.to_vec())]).await;
    (hub, known, attachments)
}

/// A folder whose file is gone and is to be deleted by its recipients too.
async fn archive(store: &impl Store, folder: FolderId, attachment: AttachmentId) {
    let cases = store.folder(folder).await.expect("a read").expect("the folder").cases;
    let owner = navette_router::model::Owner::Folder(folder);
    let copies = cases.iter().zip(0..).map(|(case, number)| Purge {
        recipient: recipient(number),
        process: ordinary_process(),
        case: *case,
        attachment,
    });
    let deleted = Fact::FileDeleted { owner, attachment, purges: copies.collect() };
    let archived = Fact::FolderStatusSet { folder, status: Status::Archived, closed_at: None };
    commit(store, Subject::Folder(folder), vec![deleted, archived]).await;
}

/// A folder that is deleted again.
async fn leave_a_statistic(store: &impl Store) {
    let deposit = Deposit::new(&ordinary_process(), &[2], 0);
    let folder = deposit.folder.id;
    commit(store, Subject::Folder(folder), vec![deposit.deposited()]).await;
    let statistic = Statistic {
        folder,
        process: ordinary_process(),
        depositor: deposit.folder.depositor.clone(),
        created_at: deposit.folder.created_at,
        closed_at: None,
        deleted_at: deposit.folder.created_at,
        cases: std::collections::BTreeMap::from([(Status::Done, 1)]),
        events: 2,
        attachments: 3,
        attachment_bytes: 4,
    };
    let deleted = Fact::FolderDeleted {
        folder,
        cases: deposit.folder.cases.clone(),
        attachments: vec![],
        events: vec![],
        notifications: vec![],
        deliveries: vec![],
        statistic: Some(statistic),
    };
    commit(store, Subject::Folder(folder), vec![deleted]).await;
}

/// Moves everything, and compares it.
async fn moved<A: Backend<Store: Relocatable>, B: Backend<Store: Relocatable>>(from: &A, to: &B) -> Report {
    let directory = tempfile_directory();
    let (from, to) = (side(from).await, side(to).await);
    assert!(to.store.is_empty().await.expect("a look"), "the destination has something");
    let state = State::new("one", "other", from.store.reached().await.expect("a look"));
    let progress = Progress::default();
    let mut journey = Journey::new(&from, &to, OPTIONS, &progress, (directory.as_path(), state), false);
    Box::pin(journey.run()).await.expect("everything is copied");
    Box::pin(verify(&from, &to, OPTIONS, &progress)).await.expect("both sides are compared")
}

/// A directory that the system's own cleaning removes; what is in it is a file of some hundred bytes.
fn tempfile_directory() -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("navette-move-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir(&directory).expect("a directory");
    directory
}

/// There and back again, everything is the same, and the hub goes on.
pub async fn everything_moves_there_and_back<A, B>(here: A, there: B, back: A)
where
    A: Backend<Store: Relocatable>,
    B: Backend<Store: Relocatable>,
{
    let (hub, known, attachments) = fill(&here).await;
    let before = (Dump::take(&hub, &known).await.without_places(), Lists::take(hub.store(), &attachments).await);
    assert!(before.1.inbox.len() > 10 && before.1.purges.len() == 2 && before.1.mails.len() == 2, "{:?}", before.1);
    assert!(before.1.acts > 0 && before.1.statistics.len() == 1 && before.1.located.iter().all(|located| *located));
    drop(hub);

    let first = moved(&here, &there).await;
    assert!(first.is_same(), "{:?}", first.differences);
    let hub = open(&there).await;
    let after = (Dump::take(&hub, &known).await.without_places(), Lists::take(hub.store(), &attachments).await);
    assert_eq!(after.1, before.1);
    assert!(after.0 == before.0, "the records changed");
    drop(hub);

    let second = moved(&there, &back).await;
    assert!(second.is_same(), "{:?}", second.differences);
    assert_eq!(second.destination.digest(), first.source.digest());
    let hub = open(&back).await;
    let after = (Dump::take(&hub, &known).await.without_places(), Lists::take(hub.store(), &attachments).await);
    assert_eq!(after.1, before.1);
    assert!(after.0 == before.0, "the records changed on the way back");

    // What comes now comes behind what was moved.
    let folder = steps::deposit(&hub, &osl(), &urgent_process(), &[0], &[File::data(9, 20_000)]).await;
    let inbox = Lists::take(hub.store(), &[]).await.inbox;
    assert_eq!(inbox.len(), before.1.inbox.len() + 1);
    assert_eq!(inbox.last().map(|notification| notification.folder), Some(folder.folder.id));
}

/// Polls a future so often at most; none when it has not ended by then, and never will.
async fn cut_short<T>(future: impl Future<Output = T>, polls: u32) -> Option<T> {
    let (mut future, mut left) = (pin!(future), polls);
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// However often a move is cut short, and wherever, it goes on and ends with the same.
pub async fn a_move_that_is_cut_short_goes_on<A, B>(here: A, there: B)
where
    A: Backend<Store: Relocatable>,
    B: Backend<Store: Relocatable>,
{
    let (hub, known, attachments) = fill(&here).await;
    let before = (Dump::take(&hub, &known).await.without_places(), Lists::take(hub.store(), &attachments).await);
    drop(hub);
    let directory = tempfile_directory();
    let mut cuts = 0;
    for polls in (0_u32..).map(|round| 3 + round * round * 2) {
        if cut_at(&here, &there, &directory, polls).await {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 3, "it was cut short {cuts} times only");
    let (from, to) = (side(&here).await, side(&there).await);
    let report = Box::pin(verify(&from, &to, OPTIONS, &Progress::default())).await.expect("both are compared");
    assert!(report.is_same(), "{:?}", report.differences);
    drop((from, to));
    let held = here.held_bytes(&here.open().await.1);
    let hub = open(&there).await;
    let after = (Dump::take(&hub, &known).await.without_places(), Lists::take(hub.store(), &attachments).await);
    assert_eq!(after.1, before.1);
    assert!(after.0 == before.0, "the records changed");
    assert_eq!(there.held_bytes(hub.attachments()).or(held), held, "something is left of what was cut short");
}

/// Goes on with a move for so many polls. Whether it came to its end.
async fn cut_at<A, B>(here: &A, there: &B, directory: &Path, polls: u32) -> bool
where
    A: Backend<Store: Relocatable>,
    B: Backend<Store: Relocatable>,
{
    let (from, to) = (side(here).await, side(there).await);
    let former = State::read(directory).expect("the state is read");
    let is_resumed = former.is_some();
    let state = match former {
        Some(state) => state,
        None => State::new("one", "other", from.store.reached().await.expect("a look")),
    };
    let progress = Progress::default();
    let mut journey = Journey::new(&from, &to, OPTIONS, &progress, (directory, state), is_resumed);
    match cut_short(Box::pin(journey.run()), polls).await {
        Some(ended) => {
            ended.expect("everything is copied");
            true
        }
        None => false,
    }
}

/// What is changed, removed or added at the destination is named.
pub async fn what_differs_is_named<A, B>(here: A, there: B)
where
    A: Backend<Store: Relocatable>,
    B: Backend<Store: Relocatable>,
{
    drop(fill(&here).await);
    assert!(moved(&here, &there).await.is_same());
    let (from, to) = (side(&here).await, side(&there).await);
    let page = Lists::take(&to.store, &[]).await;
    let [first, second] = [0, 1].map(|index| page.inbox.get(index).cloned().expect("a notification"));
    let status = Fact::CaseStatusSet { case: first.case, status: Status::Refused };
    commit(&to.store, Subject::Folder(first.folder), vec![status, Fact::NotificationDeleted(first.id)]).await;
    commit(&to.store, Subject::Mails, vec![Fact::FilesPurged(page.purges[..1].to_vec())]).await;
    let extra = Deposit::new(&ordinary_process(), &[0], 0);
    commit(&to.store, Subject::Folder(extra.folder.id), vec![extra.deposited()]).await;

    let report = Box::pin(verify(&from, &to, OPTIONS, &Progress::default())).await.expect("both are compared");
    assert!(!report.is_same() && report.source.digest() != report.destination.digest());
    let told = |kind: &str, id: &str, what: &What| {
        let is_it = |difference: &&Difference| difference.record() == (kind, id) && difference.what() == what;
        assert!(report.differences.iter().any(|one| is_it(&one)), "{kind} {id} {what:?}: {:?}", report.differences);
    };
    let fields = ["reached", "status", "updated_at"].map(str::to_owned).to_vec();
    told("case", &first.case.to_string(), &What::Fields(fields));
    told("notification", &first.id.to_string(), &What::Order(Some(second.id.to_string())));
    told("folder", &extra.folder.id.to_string(), &What::Extra);
    told("case", &extra.cases[0].id.to_string(), &What::Extra);
    let purge = &page.purges[0];
    told("purge", &format!("{} {}", purge.case, purge.attachment), &What::Missing);
    assert_eq!(report.differences.len(), 5, "{:?}", report.differences);
}
