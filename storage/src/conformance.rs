//! The suite that every backend of the storage ports passes, whatever it is made of.
//!
//! A backend says how it is opened, by a [`Backend`], and has one test for each case by
//! [`conformance_suite!`](crate::conformance_suite). The cases ask for what the ports promise and for nothing else: a lock that
//! two folders share by chance, or bytes that go away a moment after they were discarded, are as good as better ones.

pub mod attachments;
pub mod contents;
pub mod deliveries;
pub mod durability;
pub mod exclusion;
pub mod fixtures;
pub mod inboxes;
pub mod large;
pub mod listings;
pub mod races;
pub mod records;
pub mod relocation;
pub mod replay;
#[cfg(feature = "cluster")]
pub mod servers;
pub mod steps;
pub(crate) mod story;
mod wait;

use std::future::Future;

use navette_router::ports;
use navette_router::{Hub, Limits};

use fixtures::Clock;

pub use wait::{within_bounds, within_bounds_of};

/// Data of a backend that can be opened, and opened again once whoever had it open is dropped.
pub trait Backend: Send + Sync + 'static {
    /// Its store.
    type Store: ports::Store;
    /// Its place for attachments.
    type Attachments: ports::Attachments;

    /// Opens the data: empty the first time, what it was when the former pair was dropped later.
    fn open(&self) -> impl Future<Output = (Self::Store, Self::Attachments)> + Send;

    /// Sees to it that the next opening applies the last `entries` of the journal, or all of it when it has fewer, to the view as
    /// it is, as if they had not been applied yet. Called while nothing is open.
    fn replay_again(&self, entries: u64) -> impl Future<Output = ()> + Send;

    /// On how many nodes each change is made, all of them on this machine: a case may take so many times as long.
    fn copies(&self) -> u32 {
        1
    }

    /// How many bytes attachments take now, uploads in progress included. None: the backend cannot tell, and what ought to be
    /// gone is only checked by trying to read it.
    fn held_bytes(&self, attachments: &Self::Attachments) -> Option<u64> {
        let _ = attachments;
        None
    }
}

/// The hub over a backend.
pub type HubOf<B> = Hub<<B as Backend>::Store, <B as Backend>::Attachments, Clock>;

/// A hub over the data as they are.
pub async fn open<B: Backend>(backend: &B) -> HubOf<B> {
    open_at(backend, Clock::new()).await
}

/// The same, by a clock of the test's own.
pub async fn open_at<B: Backend>(backend: &B, clock: Clock) -> HubOf<B> {
    let (store, attachments) = backend.open().await;
    Hub::new(store, attachments, clock, Limits::default())
}

/// A hub that knows [`fixtures::referential`] with as many recipients.
pub async fn open_with_partners<B: Backend>(backend: &B, recipients: usize) -> HubOf<B> {
    let hub = open(backend).await;
    hub.seed(fixtures::referential(recipients)).await.expect("partners are registered");
    hub
}

/// Drops `hub` and opens its data again.
pub async fn reopen<B: Backend>(backend: &B, hub: HubOf<B>) -> HubOf<B> {
    drop(hub);
    open(backend).await
}

/// One test for each case of the suite. Takes an expression that makes a new, empty [`Backend`], evaluated once in each test; the
/// crate that invokes it depends on `tokio`.
#[macro_export]
macro_rules! conformance_suite {
    ($backend:expr) => {
        $crate::conformance_cases! { $backend;
            durability:
                what_was_committed_is_read_back_after_reopening,
                attachments_of_every_size_are_read_back_after_reopening,
                the_referential_and_its_credentials_are_read_back_after_reopening,
                a_read_after_a_commit_sees_it,
                a_commit_that_nobody_waits_for_happens_whole_or_not_at_all,
                what_no_entry_names_is_gone_after_reopening;
            replay:
                applying_the_journal_again_gives_the_same_view,
                applying_the_end_of_the_journal_again_gives_the_same_view,
                applying_the_journal_again_brings_nothing_back;
            exclusion:
                writers_of_one_folder_wait_for_each_other,
                a_writer_that_was_dropped_while_waiting_blocks_nobody,
                writers_of_different_folders_do_not_wait_for_each_other,
                decisions_on_one_folder_are_taken_one_after_the_other;
            races:
                sixteen_callers_who_complete_a_folder_make_one_set_of_notifications,
                of_two_contents_of_one_attachment_one_wins_and_the_other_is_gone,
                the_same_content_sent_twice_at_once_is_kept_once,
                a_deletion_and_an_upload_leave_nothing_behind,
                a_deletion_and_a_completion_cannot_both_happen,
                a_completion_never_overtakes_an_upload,
                a_notification_is_deleted_once_whoever_tries;
            inboxes:
                an_inbox_gives_the_oldest_first_in_stable_pages,
                prioritized_processes_come_first_and_each_stays_in_order,
                offset_limit_and_total_mean_what_they_say,
                an_inbox_is_read_by_recipient_and_process,
                an_empty_inbox_is_empty_before_and_after,
                what_was_deleted_makes_room_for_the_next_on_the_page,
                a_case_can_be_read_as_soon_as_its_notification_is_seen;
            listings:
                folders_are_listed_in_order_and_by_pages,
                the_cases_of_a_recipient_are_listed_and_move_with_what_waits,
                a_deleted_folder_takes_everything_with_it_and_leaves_its_statistic,
                copies_to_delete_are_listed_until_they_are_gone;
            records:
                acts_are_listed_latest_first_until_they_are_forgotten,
                mails_wait_for_their_time_and_end_once,
                an_identifier_alone_says_where_something_belongs,
                the_journal_is_searched;
            deliveries:
                deliveries_are_due_by_endpoint_and_time,
                a_delivery_waits_until_it_has_ended_and_again_when_it_is_replayed,
                the_deliveries_of_a_recipient_are_listed_latest_first,
                what_was_brought_is_awaited_until_it_is_not,
                a_deleted_folder_takes_its_deliveries_with_it;
            large:
                a_folder_of_four_thousand_cases_is_kept_and_notified,
                thirty_recipients_each_find_their_own_case,
                ten_thousand_waiting_are_taken_exactly_once_by_two_who_compete;
            attachments:
                contents_of_every_size_come_back_byte_for_byte,
                any_range_of_a_content_can_be_read,
                a_range_outside_of_the_content_is_an_error,
                more_bytes_than_declared_are_refused_at_once,
                fewer_bytes_than_declared_are_refused_at_the_end,
                a_dropped_upload_leaves_nothing_and_its_room_is_used_again,
                a_discarded_content_can_be_read_no_more_and_the_others_can,
                sixty_four_uploads_at_once_do_not_mix;
        }
    };
}

/// The list of [`conformance_suite!`], taken apart.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($backend:expr; $($module:ident: $($case:ident),+;)+) => {$($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            let backend = $backend;
            let copies = $crate::conformance::Backend::copies(&backend);
            $crate::conformance::within_bounds_of(copies, $crate::conformance::$module::$case(backend)).await;
        }
    )+)+};
}

#[cfg(test)]
mod tests {
    /// A case that is written but not listed would never run.
    #[test]
    fn every_case_is_in_the_list() {
        let list = include_str!("conformance.rs");
        for module in [
            include_str!("conformance/attachments.rs"),
            include_str!("conformance/deliveries.rs"),
            include_str!("conformance/durability.rs"),
            include_str!("conformance/exclusion.rs"),
            include_str!("conformance/inboxes.rs"),
            include_str!("conformance/large.rs"),
            include_str!("conformance/listings.rs"),
            include_str!("conformance/races.rs"),
            include_str!("conformance/records.rs"),
            include_str!("conformance/replay.rs"),
        ] {
            for case in module.split("\npub async fn ").skip(1).filter_map(|rest| rest.split('<').next()) {
                assert!(list.contains(&format!(" {case}")), "{case} is not in the list of conformance_suite!");
            }
        }
    }
}
