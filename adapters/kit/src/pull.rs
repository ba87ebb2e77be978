//! The conformance suite of adapters that recipients come to.

use bytes::Bytes;
use navette_router::Caller;
use navette_router::hub::NotificationQuery;
use navette_router::model::{CaseId, NotificationId, Status};
use navette_router::ports::{Adapter, Direction};
use navette_storage::conformance::fixtures::File;

use crate::World;

/// Something that waits for a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its notification.
    pub notification: NotificationId,
    /// The case it is about.
    pub case: CaseId,
}

/// A recipient's software, in the protocol of the adapter under test. Each function panics when the adapter refuses it.
pub trait Peer {
    /// What waits, oldest first.
    fn waiting(&self) -> impl Future<Output = Vec<Waiting>>;

    /// The files of a case, in the order they were announced.
    fn files(&self, case: CaseId) -> impl Future<Output = Vec<Bytes>>;

    /// Whether the adapter refuses to show a case.
    fn is_refused(&self, case: CaseId) -> impl Future<Output = bool>;

    /// Says that something was dealt with.
    fn acknowledge(&self, waiting: &Waiting) -> impl Future<Output = ()>;

    /// Gives a case a status and has the depositor told.
    fn answer(&self, case: CaseId, status: Status) -> impl Future<Output = ()>;
}

/// Runs the whole suite: `connect` gives the software of whoever comes with this credential.
///
/// # Panics
/// When the adapter does not do what an adapter must; the message is the sentence that does not hold.
pub async fn conforms<A: Adapter, P: Peer>(world: &World, adapter: &A, connect: impl Fn(Caller) -> P) {
    assert_eq!(adapter.capabilities().direction, Direction::Pull, "{} is an adapter that recipients come to", A::NAME);
    each_finds_its_own(world, &connect).await;
    files_arrive_unchanged(world, &connect).await;
    what_is_acknowledged_is_gone_and_nothing_else(world, &connect).await;
    if adapter.capabilities().return_flow {
        answers_reach_the_depositor(world, &connect).await;
    }
}

async fn each_finds_its_own<P: Peer>(world: &World, connect: &impl Fn(Caller) -> P) {
    world.deposit(&[0, 1], &[File::pdf(1)]).await;
    let (first, second, other) =
        (connect(world.recipient(0)), connect(world.recipient(1)), connect(world.recipient(2)));
    let (one, two) = (first.waiting().await, second.waiting().await);
    assert_eq!((one.len(), two.len()), (1, 1), "each recipient of a folder is told of one case");
    assert_ne!(one[0].case, two[0].case, "each recipient has a case of its own");
    assert!(other.waiting().await.is_empty(), "nobody else is told of anything");
    assert!(second.is_refused(one[0].case).await, "the case of another recipient is not shown");
    assert!(other.is_refused(one[0].case).await, "the case of another recipient is not shown");
    first.acknowledge(&one[0]).await;
    second.acknowledge(&two[0]).await;
}

async fn files_arrive_unchanged<P: Peer>(world: &World, connect: &impl Fn(Caller) -> P) {
    let files = [File::pdf(2), File::xml(3), File::data(4, 0), File::data(5, 4_097), File::data(6, 3 << 20)];
    world.deposit(&[0], &files).await;
    let peer = connect(world.recipient(0));
    let waiting = peer.waiting().await;
    let received = peer.files(waiting[0].case).await;
    assert_eq!(received.len(), files.len(), "every file of the case is there");
    assert!(received.iter().zip(&files).all(|(received, sent)| *received == sent.bytes), "files arrive byte for byte");
    peer.acknowledge(&waiting[0]).await;
}

async fn what_is_acknowledged_is_gone_and_nothing_else<P: Peer>(world: &World, connect: &impl Fn(Caller) -> P) {
    let peer = connect(world.recipient(0));
    for seed in 10..13 {
        world.deposit(&[0], &[File::xml(seed)]).await;
    }
    let before = peer.waiting().await;
    assert_eq!(before.len(), 3, "what was not acknowledged waits");
    assert_eq!(peer.waiting().await, before, "looking changes nothing, nor the order");
    peer.acknowledge(&before[1]).await;
    assert_eq!(peer.waiting().await, [before[0], before[2]], "what was acknowledged is gone, and nothing else");
    peer.acknowledge(&before[0]).await;
    peer.acknowledge(&before[2]).await;
    assert!(peer.waiting().await.is_empty(), "an inbox that was dealt with is empty");
}

async fn answers_reach_the_depositor<P: Peer>(world: &World, connect: &impl Fn(Caller) -> P) {
    let folder = world.deposit(&[0], &[File::xml(20)]).await;
    let peer = connect(world.recipient(0));
    let waiting = peer.waiting().await;
    peer.answer(waiting[0].case, Status::Done).await;
    let depositor = world.depositor();
    let view = world.hub.folder(&depositor, folder).await.expect("the depositor sees its folder");
    assert_eq!(view.cases[0].status, Status::Done, "the depositor sees the status");
    let inbox =
        world.hub.notifications(&depositor, NotificationQuery::default()).await.expect("the depositor has an inbox");
    assert!(inbox.notifications.iter().any(|row| row.notification.case == waiting[0].case), "the depositor is told");
    peer.acknowledge(&waiting[0]).await;
}
