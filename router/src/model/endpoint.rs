//! Where a subscription wants its cases brought, as it is kept.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccessMode, MaintenanceWindow, SubscriptionId, Timestamp};

/// Where a subscription wants its cases brought, as it is kept: flat settings, and secrets that only the hub's sealing key opens.
///
/// It counts while the subscription's access mode is [`mode`](Self::mode): whoever takes another mode for a while finds its settings again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRecord {
    /// The way: an access mode for which the hub goes to the recipient.
    pub mode: AccessMode,
    /// What may be shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// What may not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SealedSecret>,
    /// Whether nothing is brought there for the moment. What is to be delivered waits.
    #[serde(default)]
    pub is_paused: bool,
    /// When, every day, nothing is brought there; at most [`WINDOWS_MAX`](Self::WINDOWS_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maintenance: Vec<MaintenanceWindow>,
    /// What happens to what is not picked up; none: it is tried until the hub gives up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// When its settings, its windows or its fallback last changed.
    pub changed_at: Timestamp,
    /// Since when nothing arrives there although it was tried again and again; none: it answers, or nothing was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// When the hub paused it by itself, because nothing had arrived for days; none: it did not, or it was resumed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Timestamp>,
}

impl EndpointRecord {
    /// The most windows of maintenance.
    pub const WINDOWS_MAX: usize = 4;

    /// Until when its maintenance lasts, if it has begun at `now`; windows that meet are one. Always later than `now`.
    pub fn maintained_until(&self, now: Timestamp) -> Option<Timestamp> {
        let mut until = None;
        // Each window is left at most once, unless they leave no minute of the day: then it is looked again at the last end.
        for _ in 0..Self::WINDOWS_MAX {
            let at = until.unwrap_or(now);
            let Some(end) = self.maintenance.iter().filter_map(|window| window.ends_at(at)).max() else { break };
            until = Some(end);
        }
        until
    }

    /// The same without what was sealed; names and dates stay. For records of what administrators did, which are kept longer than secrets.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        self.secrets.values_mut().for_each(|secret| secret.sealed = Sealed::default());
        self
    }
}

/// The next way of a subscription whose cases are not picked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// After how many hours, from the notification on: 1 to [`HOURS_MAX`](Self::HOURS_MAX).
    pub after_hours: u16,
    /// Which way: one for which the recipient comes, since a second server of the same recipient would fail with the first.
    pub mode: AccessMode,
}

impl Fallback {
    /// The longest wait, in hours: thirty days.
    pub const HOURS_MAX: u16 = 720;
}

/// A secret of an endpoint, and since when it is this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// The secret, sealed.
    pub sealed: Sealed,
    /// When it was set.
    pub set_at: Timestamp,
}

/// A text that only the hub's sealing key opens. Opaque to the domain; nothing of it is printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// What whoever sealed it wrote: printable characters.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// For whoever opens it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealed(…)")
    }
}

/// An endpoint together with the subscription that has it.
#[derive(Debug, Clone, Copy)]
pub struct EndpointOf<'a> {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Its endpoint.
    pub endpoint: &'a EndpointRecord,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(windows: &[&str]) -> EndpointRecord {
        EndpointRecord {
            mode: AccessMode::Webhook,
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            is_paused: false,
            maintenance: windows.iter().map(|window| window.parse().expect("a window")).collect(),
            fallback: None,
            changed_at: Timestamp::from_milliseconds(0),
            failing_since: None,
            suspended_at: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a date")
    }

    #[test]
    fn windows_that_meet_are_one_maintenance() {
        let record = record(&["22:00-23:30+00:00", "23:30-01:00+00:00", "12:00-13:00+00:00"]);
        assert_eq!(record.maintained_until(at("2026-11-23T22:10:00Z")), Some(at("2026-11-24T01:00:00Z")));
        assert_eq!(record.maintained_until(at("2026-11-23T12:59:59.999Z")), Some(at("2026-11-23T13:00:00Z")));
        assert_eq!(record.maintained_until(at("2026-11-23T13:00:00Z")), None);
    }

    #[test]
    fn windows_that_leave_no_minute_end_all_the_same() {
        let record = record(&["00:00-12:00+00:00", "12:00-00:00+00:00"]);
        let now = at("2026-11-23T22:10:00Z");
        assert!(record.maintained_until(now).is_some_and(|until| until > now));
    }

    #[test]
    fn a_sealed_text_is_never_printed_and_can_be_left_out() {
        let mut record = record(&[]);
        let sealed = Sealed::new("abc.def".to_owned());
        record.secrets.insert("password".to_owned(), SealedSecret { sealed, set_at: Timestamp::from_milliseconds(7) });
        assert!(!format!("{record:?}").contains("abc"));
        let json = serde_json::to_string(&record).expect("JSON");
        assert!(json.contains(r#""sealed":"abc.def""#), "{json}");
        assert_eq!(serde_json::from_str::<EndpointRecord>(&json).expect("a record"), record);
        let kept = record.without_secrets();
        assert_eq!(kept.secrets["password"].set_at, Timestamp::from_milliseconds(7));
        assert_eq!(kept.secrets["password"].sealed.as_str(), "");
    }
}
