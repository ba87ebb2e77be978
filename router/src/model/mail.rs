//! An e-mail that is to be written: what about, not to whom. The address is looked up when it is sent, so that none waits anywhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CaseId, EventId, MailId, OrganizationKey, ProcessCode, SubscriptionId, Timestamp};

/// An e-mail that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Identifier. The same mail sent twice, because a crash came between, has the same one.
    pub id: MailId,
    /// Whose address and wishes count.
    pub subscription: SubscriptionId,
    /// The recipient of the cases.
    pub recipient: OrganizationKey,
    /// The process.
    pub process: ProcessCode,
    /// What it tells of.
    pub about: About,
    /// When it was called for.
    pub created_at: Timestamp,
    /// Not sent before.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}

/// What a mail tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// A new case.
    Case(CaseId),
    /// An event on a case.
    Event(CaseId, EventId),
    /// All that waits, once a day.
    Digest,
    /// Something could not be brought to the recipient's server and goes the next way; at most one a day.
    FellBack,
    /// Nothing arrives at the recipient's server, and nothing is brought there any more.
    Suspended,
}

/// How often a subscription wants to be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// For each notification.
    Each,
    /// Once a day, when something waits.
    Daily,
    /// Never.
    Never,
}

impl Frequency {
    /// What the word of a subscription means. Words that mean nothing ask for nothing.
    pub fn of(word: &str) -> Self {
        match word.trim().to_lowercase().as_str() {
            "unitaire" => Self::Each,
            "quotidien" | "quotidienne" | "journalier" | "journalière" => Self::Daily,
            _ => Self::Never,
        }
    }
}

impl MailId {
    /// The digest of a subscription for the day that begins `day` days after 1970: there is one, however often it is called for.
    pub fn digest(subscription: SubscriptionId, day: u32) -> Self {
        Self::of_day(subscription, day, 0)
    }

    /// The alarm of a subscription for that day: there is one of each kind, however often it is called for.
    pub fn alarm(subscription: SubscriptionId, day: u32, about: About) -> Self {
        Self::of_day(subscription, day, if about == About::Suspended { 2 } else { 1 })
    }

    fn of_day(subscription: SubscriptionId, day: u32, kind: u8) -> Self {
        let mut bytes = *subscription.as_bytes();
        bytes.iter_mut().rev().zip(day.to_be_bytes().iter().rev()).for_each(|(byte, day)| *byte ^= day);
        bytes[9] ^= kind;
        Self::from_uuid(Uuid::from_bytes(bytes))
    }
}

/// How a mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MailEnd {
    /// A server took it.
    Sent,
    /// Nobody is to be written to any more, or nothing waits.
    Needless,
    /// A server refused it for good.
    Refused,
    /// It was tried often enough.
    GivenUp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_frequency_are_read_in_any_case() {
        for (word, frequency) in [
            ("Unitaire", Frequency::Each),
            ("unitaire", Frequency::Each),
            ("Quotidien", Frequency::Daily),
            ("JOURNALIÈRE", Frequency::Daily),
            ("Aucune", Frequency::Never),
            ("", Frequency::Never),
        ] {
            assert_eq!(Frequency::of(word), frequency, "{word}");
        }
    }

    #[test]
    fn a_subscription_has_one_digest_a_day() {
        let (one, other) = (SubscriptionId::generate(), SubscriptionId::generate());
        assert_eq!(MailId::digest(one, 20_000), MailId::digest(one, 20_000));
        assert_ne!(MailId::digest(one, 20_000), MailId::digest(one, 20_001));
        assert_ne!(MailId::digest(one, 20_000), MailId::digest(other, 20_000));
    }
}
