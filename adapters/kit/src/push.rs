//! The conformance suite of adapters that go to recipients.
//!
//! The suite measures memory: run it in a test program of its own, with `flavor = "multi_thread"`.

mod breakage;
mod cuts;
mod delivered;
mod large;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use navette_router::model::{Digest, ProcessCode};
use navette_router::ports::{Direction, DynPush, Endpoint, Link, Push};

use crate::Parcel;

pub use breakage::Breakage;

/// Longer than anything may take here: whoever is waited for longer has no time limit.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A message that arrived, as the recipient's software sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The SHA-256 and the size of each file that was an attachment, in any order. An adapter that sends links instead of files gives
    /// what the links name.
    pub files: Vec<(Digest, u64)>,
}

/// A server of the adapter's protocol that the test owns, and the adapter under test with time limits of a few seconds.
pub trait Peer: Send + Sync {
    /// The adapter.
    type Adapter: Push;

    /// Whether it gets the files themselves; otherwise it gets links, and is not asked for files.
    const CARRIES_FILES: bool = true;

    /// The adapter under test.
    fn adapter(&self) -> Arc<Self::Adapter>;

    /// Right settings for this server.
    fn endpoint(&self) -> Endpoint;

    /// Wrong settings, each with the names of all the keys at fault. The suite itself tries unknown keys, missing ones and secrets
    /// in the open.
    fn bad_endpoints(&self) -> Vec<(Endpoint, Vec<&'static str>)>;

    /// What the recipient's software would find now: complete messages only, all of those that it would take for complete. Works
    /// while the server is broken.
    fn held(&self) -> impl Future<Output = Vec<Held>> + Send;

    /// Breaks the server this way for all connections to come; `false` when this protocol or this server cannot be broken so.
    fn breaks(&self, breakage: Breakage) -> impl Future<Output = bool> + Send;

    /// Makes it whole again. It still holds what it held.
    fn mends(&self) -> impl Future<Output = ()> + Send;
}

/// Runs the whole suite against a server that holds nothing yet.
///
/// # Panics
/// When the adapter does not do what an adapter must; the message is the sentence that does not hold.
pub async fn conforms<P: Peer>(peer: &P) {
    let adapter = peer.adapter();
    assert_eq!(
        adapter.capabilities().direction,
        Direction::Push,
        "{} is an adapter that goes to recipients",
        adapter.name()
    );
    assert!(adapter.name().bytes().all(|byte| byte.is_ascii_lowercase()), "an adapter's name is a lower-case word");
    let bench = Bench { peer, process: peer.endpoint().process, adapter };
    settings::every_fault_is_named(&bench);
    delivered::the_way_is_tried_without_a_trace(&bench).await;
    delivered::files_arrive_byte_for_byte(&bench).await;
    delivered::the_same_twice_arrives_once(&bench).await;
    delivered::many_at_once_all_arrive(&bench).await;
    cuts::what_is_cancelled_in_the_middle_is_not_seen(&bench).await;
    cuts::what_cannot_be_read_is_ours_and_not_seen(&bench).await;
    breakage::a_broken_server_is_told_apart_and_loses_nothing(&bench).await;
    large::a_gigabyte_needs_no_memory(&bench).await;
}

/// The adapter, erased as the hub holds it, and its peer.
pub(crate) struct Bench<'a, P: Peer> {
    pub(crate) peer: &'a P,
    pub(crate) adapter: Arc<P::Adapter>,
    process: ProcessCode,
}

impl<P: Peer> Bench<'_, P> {
    pub(crate) fn link(&self) -> Arc<dyn Link> {
        let adapter: Arc<dyn DynPush> = Arc::clone(&self.adapter) as _;
        adapter.link(&self.peer.endpoint()).unwrap_or_else(|faults| panic!("right settings are accepted: {faults}"))
    }

    pub(crate) fn parcel(&self, number: u32, files: &[(&str, u64)]) -> Parcel {
        Parcel::new(&self.process, number, files)
    }

    /// How many messages hold the files of `parcel`.
    pub(crate) async fn copies(&self, parcel: &Parcel) -> usize {
        let expected = Self::expected(parcel);
        self.peer.held().await.into_iter().filter(|held| sorted(held.files.clone()) == expected).count()
    }

    pub(crate) async fn holds_once(&self, parcel: &Parcel, sentence: &str) {
        assert_eq!(self.copies(parcel).await, 1, "{sentence}");
    }

    fn expected(parcel: &Parcel) -> Vec<(Digest, u64)> {
        sorted(parcel.contents.iter().map(|contents| (contents.digest(), contents.size_bytes)).collect())
    }
}

fn sorted(mut files: Vec<(Digest, u64)>) -> Vec<(Digest, u64)> {
    files.sort_by_key(|(digest, _)| digest.0);
    files
}

/// The result of a future that must end.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("in time, {what}"))
}
