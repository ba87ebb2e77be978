//! What happens at the SFTP server from which recipients fetch.

use std::error::Error;

use navette_adapter_sftp::server::Observer;
use prometheus::{IntCounter, IntCounterVec, IntGauge};

use super::Registry;

/// What happens at the SFTP server from which recipients fetch.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SftpMetrics {
    logins: IntCounterVec,
    turned_away: IntCounterVec,
    sessions: IntGauge,
    sent_bytes: IntCounter,
    read: IntCounter,
    acknowledged: IntCounter,
    failures: IntCounter,
}

impl SftpMetrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        let logins = registry.counters(
            "navette_sftp_logins_total",
            "Logins at the SFTP server, by whether they were accepted.",
            &["outcome"],
        );
        let turned_away = registry.counters(
            "navette_sftp_turned_away_total",
            "Connections to the SFTP server that were turned away, by the limit that was reached.",
            &["limit"],
        );
        for outcome in ["accepted", "refused"] {
            logins.with_label_values(&[outcome]);
        }
        for limit in ["connections_max", "connections_per_account_max", "connections_per_address_max", "logins_max"] {
            turned_away.with_label_values(&[limit]);
        }
        Self {
            logins,
            turned_away,
            sessions: registry.gauge("navette_sftp_sessions", "Sessions at the SFTP server."),
            sent_bytes: registry.counter("navette_sftp_sent_bytes_total", "Bytes of messages that were fetched."),
            read: registry.counter("navette_sftp_messages_read_total", "Messages that were read to their end."),
            acknowledged: registry
                .counter("navette_sftp_messages_acknowledged_total", "Messages that recipients removed or moved away."),
            failures: registry.counter(
                "navette_sftp_failures_total",
                "Requests to the SFTP server that the hub could not answer, or not in time.",
            ),
        }
    }
}

impl Observer for SftpMetrics {
    fn turned_away(&self, limit: &'static str) {
        self.turned_away.with_label_values(&[limit]).inc();
    }

    fn login_accepted(&self) {
        self.logins.with_label_values(&["accepted"]).inc();
    }

    fn login_refused(&self) {
        self.logins.with_label_values(&["refused"]).inc();
    }

    fn session_began(&self) {
        self.sessions.inc();
    }

    fn session_ended(&self) {
        self.sessions.dec();
    }

    fn bytes_sent(&self, bytes: u64) {
        self.sent_bytes.inc_by(bytes);
    }

    fn message_read(&self) {
        self.read.inc();
    }

    fn acknowledged(&self) {
        self.acknowledged.inc();
    }

    fn failed(&self, doing: &'static str, error: &(dyn Error + 'static)) {
        self.failures.inc();
        tracing::warn!(doing, error, "the SFTP server could not answer");
    }
}
