//! The use cases. Each checks rights and rules against the view, then commits at most one journal entry.

mod again;
mod audit;
mod cases;
mod credentials;
mod deliveries;
mod endpoints;
mod events;
mod explain;
mod folders;
mod mails;
mod messages;
mod migration;
mod notifications;
mod organizations;
mod processes;
mod purges;
mod receive;
mod referential;
mod retention;
mod subscriptions;
mod ways;

use crate::entry::{Entry, Fact};
use crate::error::Error;
use crate::model::{Attachment, Case, Event, Folder, Timestamp};
use crate::ports::{Attachments, Clock, Store};
use crate::rights::{Caller, Side};

use deliveries::Called;

pub use audit::Counts;
pub use cases::{CaseView, Download};
pub use credentials::CredentialDraft;
pub use deliveries::{Attempted, AwaitedPage, DeliveryRules, NotedReturn, Prepared, ReplayQuery};
pub use endpoints::{EndpointDraft, FallbackDraft, Trial};
pub use explain::{Explanation, Kind, Whole};
pub use mails::{Failed, MailRules};
pub use messages::{MessagesPage, WaitingMessage};
pub use migration::MigrationDraft;
pub use notifications::{NotificationQuery, NotificationView, NotificationsPage};
pub use receive::{Expectation, ReceiveError, Target};
pub use retention::{Foreseen, Retained, Swept};
pub use ways::Ways;

/// The named maxima of the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Cases of one folder.
    pub cases_per_folder: usize,
    /// Attachments of one folder.
    pub attachments_per_folder: usize,
    /// Events of one case.
    pub events_per_case: u32,
    /// Attachments of one event.
    pub attachments_per_event: usize,
    /// Largest attachment, whatever a process allows, in bytes.
    pub attachment_max_bytes: u64,
    /// Rows of a page when no number is asked for.
    pub page_default: usize,
    /// Notifications of a page at most; more may be asked for, fewer are given.
    pub page_max: usize,
    /// Rows of a page of the referential at most; more may be asked for, fewer are given.
    pub referential_page_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cases_per_folder: 5_000,
            attachments_per_folder: 1_000,
            events_per_case: 10_000,
            attachments_per_event: 100,
            attachment_max_bytes: 1 << 30,
            page_default: 25,
            page_max: 1_000,
            referential_page_max: 5_000,
        }
    }
}

/// The exchange hub: the rules of the domain over a store and a place for attachments.
#[derive(Debug)]
pub struct Hub<S, A, C> {
    store: S,
    attachments: A,
    clock: C,
    limits: Limits,
    mail: Option<MailRules>,
    deliveries: Option<DeliveryRules>,
    called: Called,
    ways: Ways,
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// A hub over these ports.
    pub fn new(store: S, attachments: A, clock: C, limits: Limits) -> Self {
        Self {
            store,
            attachments,
            clock,
            limits,
            mail: None,
            deliveries: None,
            called: Called::default(),
            ways: Ways::default(),
        }
    }

    /// The same, which goes to recipients on these ways.
    #[must_use]
    pub fn with_ways(mut self, ways: Ways) -> Self {
        self.ways = ways;
        self
    }

    /// The maxima in force.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The store beneath, for what watches it.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The attachments beneath, for what watches them.
    pub const fn attachments(&self) -> &A {
        &self.attachments
    }

    /// What its clock says.
    pub fn clock_now(&self) -> Timestamp {
        self.now()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn commit(&self, writer: S::Writer, caller: &Caller, now: Timestamp, facts: Vec<Fact>) -> Result<(), Error> {
        let entry = Entry { request: caller.request.clone(), ..Entry::new(now, Some(caller.client_id.clone()), facts) };
        self.commit_entry(writer, entry).await
    }

    /// Commits an entry with the e-mails and deliveries that it calls for.
    async fn commit_entry(&self, writer: S::Writer, mut entry: Entry) -> Result<(), Error> {
        entry.facts.extend(self.mails(&entry));
        let deliveries = self.deliveries(&entry).await?;
        let called = deliveries.as_ref().map(Called::endpoints).unwrap_or_default();
        entry.facts.extend(deliveries);
        self.store.commit(writer, entry).await?;
        self.called.note(called);
        Ok(())
    }
}

/// A folder with all that is in it, as its depositor sees it.
#[derive(Debug, Clone)]
pub struct FolderView {
    /// The folder.
    pub folder: Folder,
    /// Its cases, in the order they were sent.
    pub cases: Vec<Case>,
    /// Its attachments, in the order they were sent.
    pub attachments: Vec<Attachment>,
}

/// An event with its files, as one side sees it.
#[derive(Debug, Clone)]
pub struct EventView {
    /// The event; without its comment for a depositor.
    pub event: Event,
    /// Its files, in the order they were sent.
    pub attachments: Vec<Attachment>,
}

impl EventView {
    /// What `side` may see of it.
    fn for_side(mut event: Event, attachments: Vec<Attachment>, side: Side) -> Self {
        if side == Side::Depositor {
            event.comment = None;
        }
        Self { event, attachments }
    }
}
