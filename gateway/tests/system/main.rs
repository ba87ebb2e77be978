//! The hub from outside: the real program, started as a process, spoken to over sockets and nothing else.
//!
//! A story is a function that takes the set-up of a hub; the list below tells each over HTTP and over HTTPS, and with the feature
//! `cluster` on a real Kafka and a real Cassandra.

#![expect(clippy::print_stderr, reason = "what was skipped or measured is for whoever runs the tests")]

mod answers;
mod bad_input;
#[cfg(feature = "cluster")]
mod bucket;
mod callee;
mod capacity;
#[cfg(feature = "cluster")]
mod cluster;
mod deliveries;
mod demo;
mod disk_full;
mod documentation;
mod downloads;
mod endpoints;
mod enrolment;
mod fetching;
mod framing;
#[cfg(feature = "cluster")]
mod gateways;
mod hub;
mod inboxes;
mod killed;
mod large;
mod mails;
mod matrix;
#[cfg(feature = "cluster")]
mod migrate;
mod parties;
mod protocols;
mod retention;
mod rights;
mod samples;
mod stopping;
mod story;
mod tokens;
mod uploads;

macro_rules! told_by_each_hub {
    ($($module:ident { $($story:ident),+ $(,)? })+) => {
        mod http { $(mod $module { $(
            #[tokio::test]
            async fn $story() {
                Box::pin(crate::$module::$story(crate::hub::over_http())).await;
            }
        )+ })+ }
        mod https { $(mod $module { $(
            #[tokio::test]
            async fn $story() {
                Box::pin(crate::$module::$story(crate::hub::over_https())).await;
            }
        )+ })+ }
        #[cfg(feature = "cluster")]
        mod on_a_cluster { $(mod $module { $(
            #[tokio::test]
            async fn $story() {
                Box::pin(crate::$module::$story(crate::cluster::on_a_cluster().await)).await;
            }
        )+ })+ }
    };
}

told_by_each_hub! {
    story {
        a_folder_reaches_its_recipients_and_their_answers_come_back,
        files_of_an_event_reach_the_other_side,
        a_recipient_sees_only_the_files_that_list_its_case,
    }
    rights {
        everybody_does_what_is_theirs_and_nothing_else,
        what_does_not_exist_is_not_found,
        a_case_that_was_not_completed_is_nobodys_but_the_depositors,
    }
    bad_input {
        malformed_json_says_where,
        a_body_that_is_too_deep_too_large_or_not_text_is_refused,
        all_faults_are_told_at_once,
        a_name_that_looks_like_a_path_is_a_name,
        a_hundred_thousand_attachments_are_too_many,
        unknown_addresses_and_methods_are_refused,
        unknown_parameters_and_identifiers_that_are_none_are_named,
    }
    framing {
        a_body_whose_length_is_said_twice_is_refused,
        a_chunked_upload_is_taken_when_it_is_what_was_announced,
        an_upload_that_breaks_off_leaves_nothing,
        a_body_longer_than_its_length_is_not_taken_for_more,
        a_client_that_stalls_is_answered_and_let_go,
        a_head_that_is_too_large_or_too_slow_is_refused,
        a_client_that_waits_to_be_told_to_go_on_is_told,
    }
    uploads {
        the_announced_bytes_are_taken_once_and_no_others,
        bytes_that_were_not_announced_are_rejected_and_may_be_sent_again,
        compressed_requests_are_decoded_and_bombs_are_not,
        sixteen_who_send_the_same_attachment_store_it_once,
    }
    enrolment {
        a_table_is_imported_whole_or_not_at_all_and_again_changes_nothing,
        a_credential_is_rotated_listed_and_revoked,
        what_retention_will_do_is_shown_with_its_time,
        what_was_exported_is_imported_again_and_changes_nothing,
        a_support_desk_is_told_where_it_is_and_why_it_was_refused,
        a_client_that_retries_blindly_ends_with_exactly_one_of_each,
    }
    documentation {
        the_interface_is_described_to_everybody_and_its_examples_work,
    }
    mails {
        whoever_asks_for_mail_is_written_to_even_when_the_server_was_away,
    }
    deliveries {
        each_recipient_of_a_folder_gets_it_the_way_it_chose,
        what_was_not_taken_is_brought_again_also_by_the_next_start,
        nothing_is_brought_to_an_endpoint_that_is_paused,
    }
    endpoints {
        a_table_says_where_cases_are_brought_and_a_trial_what_is_wrong,
    }
    killed {
        a_message_is_there_once_and_whole_whatever_is_killed,
    }
    fetching {
        each_recipient_fetches_its_own_cases_and_no_others,
        what_is_acknowledged_while_it_is_listed_hides_nothing_else,
        nobody_comes_in_with_a_wrong_or_a_revoked_credential_or_as_a_depositor,
    }
    answers {
        what_a_recipient_puts_back_on_its_server_becomes_statuses_and_events_once,
    }
    matrix {
        each_operation_is_open_to_whom_the_table_says_and_to_nobody_else,
    }
    retention {
        files_go_then_cases_are_archived_then_folders_go_and_the_others_stay,
    }
    downloads {
        a_part_of_a_file_can_be_fetched,
    }
    inboxes {
        notifications_come_oldest_first_page_by_page,
        a_notification_is_deleted_for_good,
        sixteen_who_complete_a_folder_notify_once,
    }
    tokens {
        a_token_is_given_in_every_way_that_clients_ask,
        a_wrong_client_or_a_wrong_scope_gets_none,
        a_revoked_credential_is_refused_at_once,
        a_token_ends,
        no_token_or_a_forged_one_is_refused,
    }
    protocols {
        http_2_tells_the_same_story,
        patch_may_be_sent_as_post,
        every_answer_carries_the_identifier_of_its_request,
        answers_are_compressed_for_whoever_can_read_it,
        metrics_and_health_are_not_public,
    }
    stopping {
        a_slow_upload_in_flight_finishes_before_the_hub_stops,
        everything_is_there_after_a_restart,
        everything_is_there_after_a_kill,
    }
    samples {
        every_published_file_comes_back_identical,
    }
}
