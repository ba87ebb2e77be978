//! What becomes of mails.

use navette_router::model::MailEnd;
use prometheus::IntCounter;

use super::Registry;

const ENDS: [(MailEnd, &str); 4] = [
    (MailEnd::Sent, "sent"),
    (MailEnd::Needless, "needless"),
    (MailEnd::Refused, "refused"),
    (MailEnd::GivenUp, "given_up"),
];

/// What becomes of mails.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MailMetrics {
    /// Attempts that failed.
    pub failures: IntCounter,
    ended: [IntCounter; ENDS.len()],
}

impl MailMetrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        let ended =
            registry.counters("navette_mails_total", "E-mails that wait no longer, by how they ended.", &["end"]);
        Self {
            failures: registry.counter("navette_mail_failures_total", "Attempts to send an e-mail that failed."),
            ended: ENDS.map(|(_, word)| ended.with_label_values(&[word])),
        }
    }

    /// One more ended so.
    pub fn ended(&self, end: MailEnd) {
        if let Some(index) = ENDS.iter().position(|(known, _)| *known == end) {
            self.ended[index].inc();
        }
    }
}
