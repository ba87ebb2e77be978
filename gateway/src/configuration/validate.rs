//! What the types cannot say. Pure.

use std::time::Duration;

use super::{ByteSize, Configuration, Fault, MailProtection, Period};

/// What HTTP/2 lets a window be.
const WINDOW_MAX_BYTES: u64 = (1 << 31) - 1;
/// What hyper needs to read at least, and what a Semaphore of one permit a KiB can count.
const HEAD_MIN_BYTES: u64 = 8 << 10;
const IN_FLIGHT_MAX_BYTES: u64 = 1 << 40;
const VIEW_WRITE_AHEAD_MIN_BYTES: u64 = 64 << 20;
const VOLUME_ALIGNMENT_BYTES: u64 = 4096;

/// Everything that is wrong.
pub(super) fn faults(configuration: &Configuration) -> Vec<Fault> {
    let mut faults = Faults::default();
    let Configuration {
        tls,
        limits,
        timeouts,
        admission,
        http2,
        tokens,
        storage,
        retention,
        deliveries,
        sftp,
        mail,
        log,
        drain: _,
        server: _,
        admin: _,
        clock_ahead_milliseconds: _,
    } = configuration;

    faults.size("limits.head_max_bytes", limits.head_max_bytes, HEAD_MIN_BYTES, 16 << 20);
    faults.size("limits.json_max_bytes", limits.json_max_bytes, 1 << 10, 1 << 30);
    faults.size("timeouts.body_min_bytes_per_second", timeouts.body_min_bytes_per_second, 0, 1 << 30);
    faults.size("limits.decoded_max_bytes", limits.decoded_max_bytes, 1, u64::MAX);

    for (key, period) in [
        ("timeouts.head", timeouts.head),
        ("timeouts.idle", timeouts.idle),
        ("timeouts.body_stall", timeouts.body_stall),
        ("timeouts.write_stall", timeouts.write_stall),
        ("tls.handshake_timeout", tls.handshake_timeout),
        ("tls.poll_interval", tls.poll_interval),
        ("admission.retry_after", admission.retry_after),
        ("retention.interval", retention.interval),
        ("storage.journal.retained_for", storage.journal.retained_for),
        ("sftp.login_timeout", sftp.login_timeout),
        ("sftp.idle_timeout", sftp.idle_timeout),
        ("deliveries.slow_after", deliveries.slow_after),
        ("deliveries.attempt_timeout", deliveries.attempt_timeout),
        ("deliveries.look_interval", deliveries.look_interval),
        ("deliveries.breaker_first", deliveries.breaker_first),
        ("deliveries.breaker_longest", deliveries.breaker_longest),
        ("deliveries.retry_first", deliveries.retry_first),
        ("deliveries.retry_longest", deliveries.retry_longest),
        ("deliveries.give_up_after", deliveries.give_up_after),
        ("deliveries.urgent_retry_first", deliveries.urgent_retry_first),
        ("deliveries.urgent_retry_longest", deliveries.urgent_retry_longest),
        ("deliveries.urgent_give_up_after", deliveries.urgent_give_up_after),
        ("deliveries.suspend_after", deliveries.suspend_after),
        ("deliveries.collect_interval", deliveries.collect_interval),
        ("deliveries.collect_timeout", deliveries.collect_timeout),
        ("deliveries.await_for", deliveries.await_for),
        ("mail.timeout", mail.timeout),
        ("mail.retry_first", mail.retry_first),
        ("mail.retry_max", mail.retry_max),
    ] {
        faults.at_least(key, period, Duration::from_millis(1));
    }

    faults.size("admission.in_flight_max_bytes", admission.in_flight_max_bytes, 1 << 20, IN_FLIGHT_MAX_BYTES);
    faults.size("admission.request_base_bytes", admission.request_base_bytes, 1 << 10, 1 << 20);
    faults.size("admission.request_window_bytes", admission.request_window_bytes, 1 << 10, 1 << 30);
    faults.size("http2.stream_window_bytes", http2.stream_window_bytes, 16 << 10, WINDOW_MAX_BYTES);
    faults.size("http2.connection_window_bytes", http2.connection_window_bytes, 64 << 10, WINDOW_MAX_BYTES);

    faults.at_least("tokens.lifetime", tokens.lifetime, Duration::from_secs(1));
    faults.at_least("tokens.key_period", tokens.key_period, tokens.lifetime.0);

    if mail.digest_hour > 23 {
        faults.add("mail.digest_hour", format!("is {} and must be an hour from 0 to 23", mail.digest_hour));
    }
    if let Err(error) = navette_adapter_mail::Smtp::check_sender(&mail.from) {
        faults.add("mail.from", error.to_string());
    }
    match (&mail.user, &mail.password_file) {
        (Some(_), None) => faults.add("mail.password_file", "is missing; mail.user needs it"),
        (None, Some(_)) => faults.add("mail.user", "is missing; mail.password_file needs it"),
        (Some(_), Some(_)) | (None, None) => {}
    }
    if mail.user.is_some() && mail.protection == MailProtection::None {
        faults.add("mail.protection", "is none and must be starttls or tls: a password must not be sent in the clear");
    }

    match (&tls.certificate, &tls.key) {
        (Some(_), None) => faults.add("tls.key", "is missing; tls.certificate needs it"),
        (None, Some(_)) => faults.add("tls.certificate", "is missing; tls.key needs it"),
        (Some(_), Some(_)) | (None, None) => {}
    }

    let (journal, view, attachments) = (&storage.journal, &storage.view, &storage.attachments);
    faults.size("storage.journal.segment_bytes", journal.segment_bytes, 1 << 20, 4 << 30);
    // A header and padding go with each entry.
    faults.size("storage.journal.entry_max_bytes", journal.entry_max_bytes, 64 << 10, journal.segment_bytes.0 / 2);
    faults.size("storage.journal.queue_max_bytes", journal.queue_max_bytes, journal.entry_max_bytes.0, 16 << 30);
    faults.size("storage.view.cache_bytes", view.cache_bytes, 1 << 20, u64::MAX);
    faults.size("storage.view.recent_bytes", view.recent_bytes, 1 << 20, u64::MAX);
    faults.size("storage.view.memtable_bytes", view.memtable_bytes, 1 << 20, u64::MAX);
    faults.size("storage.view.write_ahead_max_bytes", view.write_ahead_max_bytes, VIEW_WRITE_AHEAD_MIN_BYTES, u64::MAX);
    faults.size("storage.attachments.inline_max_bytes", attachments.inline_max_bytes, 0, journal.entry_max_bytes.0 / 2);
    faults.size(
        "storage.attachments.volume_max_bytes",
        attachments.volume_max_bytes,
        0,
        attachments.volume_bytes.0 / 2,
    );
    for (key, size) in [
        ("storage.attachments.write_batch_bytes", attachments.write_batch_bytes),
        ("storage.attachments.file_batch_bytes", attachments.file_batch_bytes),
        ("storage.attachments.read_chunk_bytes", attachments.read_chunk_bytes),
        ("storage.attachments.sync_range_bytes", attachments.sync_range_bytes),
    ] {
        faults.size(key, size, 4 << 10, 1 << 30);
    }
    if !attachments.volume_bytes.0.is_multiple_of(VOLUME_ALIGNMENT_BYTES) {
        faults.add(
            "storage.attachments.volume_bytes",
            format!("is {} and must be a multiple of 4 KiB", attachments.volume_bytes),
        );
    }

    for (key, message) in crate::ways::faults(deliveries) {
        faults.add(key, message);
    }
    super::validate_cluster::check(configuration, &mut faults);

    if !is_filter(&log.filter) {
        let expected = "a level, or levels by module such as \"info,navette_storage=debug\"";
        faults.add("log.filter", format!("is {:?} and must be {expected}", log.filter));
    }
    faults.0
}

/// A word alone must be a level: the subscriber would take it for the name of a module, and log nothing.
fn is_filter(filter: &str) -> bool {
    filter.split(',').all(|part| {
        let level = part.split_once('=').map_or(part, |(_, level)| level);
        level.trim().parse::<tracing_subscriber::filter::LevelFilter>().is_ok()
    })
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, key: &str, message: impl Into<String>) {
        self.0.push(Fault::new(key, message));
    }

    pub(super) fn size(&mut self, key: &str, size: ByteSize, at_least: u64, at_most: u64) {
        if size.0 < at_least {
            self.add(key, format!("is {size} and must be at least {}", ByteSize(at_least)));
        } else if size.0 > at_most {
            self.add(key, format!("is {size} and must be at most {}", ByteSize(at_most)));
        }
    }

    pub(super) fn at_least(&mut self, key: &str, period: Period, at_least: Duration) {
        if period.0 < at_least {
            self.add(key, format!("is {period} and must be at least {}", Period(at_least)));
        }
    }
}
