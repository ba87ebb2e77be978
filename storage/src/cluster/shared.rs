//! What all parts of a gateway's store have in common.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use navette_router::model::EntryId;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use tokio::sync::{Semaphore, watch};

use super::attachments::Discards;
use super::database::Database;
use super::deliveries::Deliveries;
use super::heads::Heads;
use super::inboxes::Inboxes;
use super::journal::Journal;
use super::lookups::Lookups;
use super::mails::Mails;
use super::options::Options;
use super::order::Orders;
use super::referential::Referential;
use super::turns::Turns;
use super::watch::Reached;
use crate::recent::recent;
use crate::writers::Writers;

/// Entries of which it is remembered that they were applied here.
const APPLIED_MAX: usize = 100_000;
/// The part of that for entries that were asked for again: each is asked for once, soon after it was applied.
const APPLIED_HOT: f64 = 0.1;
/// Partitions of lists of which it is remembered that they are known to have something.
const BUCKETS_MAX: usize = 50_000;

/// The servers, what memory knows of them, and the limits.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) database: Arc<Database>,
    pub(super) journal: Journal,
    pub(super) referential: Arc<Referential>,
    pub(super) writers: Writers,
    pub(super) orders: Arc<Orders>,
    pub(super) heads: Heads,
    pub(super) turns: Turns,
    pub(super) commits: Arc<Semaphore>,
    pub(super) lookups: Lookups,
    pub(super) inboxes: Inboxes,
    pub(super) mails: Mails,
    pub(super) deliveries: Deliveries,
    pub(super) discards: Discards,
    /// Entries that this gateway has applied, which nobody has to look after.
    pub(super) applied: Cache<EntryId, ()>,
    /// Partitions of lists that are known to have something.
    pub(super) buckets: Cache<String, ()>,
    pub(super) counters: Counters,
    pub(super) reached: Reached,
    /// The partitions of the journal that are this gateway's, and with them what only one gateway should do.
    pub(super) assigned: watch::Sender<BTreeSet<i32>>,
    /// Where a test wants commits of this gateway to end, as if it died.
    #[cfg(test)]
    pub(super) dies_behind: parking_lot::Mutex<Option<super::steps::Step>>,
}

impl Shared {
    pub(super) fn applied_memory() -> Cache<EntryId, ()> {
        recent(APPLIED_MAX, APPLIED_MAX as u64, APPLIED_HOT, UnitWeighter)
    }

    pub(super) fn buckets_memory() -> Cache<String, ()> {
        Cache::new(BUCKETS_MAX)
    }
}

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) commits: AtomicU64,
    pub(super) conflicts: AtomicU64,
    pub(super) settled: AtomicU64,
    pub(super) taken_over: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// What a gateway has done on the cluster since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Entries that were committed.
    pub commits: u64,
    /// Decisions that another gateway took first.
    pub conflicts: u64,
    /// Decisions of others that were not noted as finished, and were finished because somebody wanted to decide next, or read the case.
    pub settled: u64,
    /// Entries of others that were applied because they were not.
    pub taken_over: u64,
    /// Messages that could not be read and were set aside.
    pub set_aside: u64,
    /// Entries that wait to be acknowledged by the journal.
    pub journal_waiting: usize,
    /// Their bytes, as they were five seconds ago at most.
    pub journal_waiting_bytes: usize,
    /// The slowest of the journal's servers: the time to and back that 99 % of the requests do not exceed, in microseconds.
    pub journal_round_trip_microseconds: u64,
    /// Commits that are under way.
    pub commits_in_flight: usize,
    /// Commits that were refused because too many were under way.
    pub refused: u64,
    /// Requests to the view's servers.
    pub view_requests: u64,
    /// Those that failed.
    pub view_errors: u64,
    /// Those that were sent again.
    pub view_retries: u64,
    /// The time of a request to the view's servers that 99 % do not exceed, in milliseconds.
    pub view_latency_milliseconds: u64,
}
