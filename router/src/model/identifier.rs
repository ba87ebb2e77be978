//! Identifiers: one type a noun, all UUIDv7, so that they sort by the time they were given.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! identifier {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one; within one process each is greater than the one before.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The identifier that `uuid` is.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// As a plain UUID.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }

            /// As 16 bytes that sort like the identifier.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+};
}

identifier! {
    /// Names a folder.
    FolderId,
    /// Names a case.
    CaseId,
    /// Names an attachment of a folder or of an event.
    AttachmentId,
    /// Names an event.
    EventId,
    /// Names a notification.
    NotificationId,
    /// Names a subscription.
    SubscriptionId,
    /// Names an e-mail.
    MailId,
    /// Names a delivery: the attempts to bring one case, or one event, to one endpoint.
    DeliveryId,
    /// Names a journal entry.
    EntryId,
}

impl EntryId {
    /// Less than any that is given from `at` on, and more than any that was given before.
    pub fn first_at(at: super::Timestamp) -> Self {
        let milliseconds = u64::try_from(at.milliseconds()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid())
    }

    /// The `index`-th notification that follows from this entry: the same entry gives the same ones each time it is dispatched.
    pub fn notification(&self, index: u32) -> NotificationId {
        let mut bytes = *self.0.as_bytes();
        let low = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
        bytes[12..].copy_from_slice(&low.wrapping_add(index).to_be_bytes());
        NotificationId(Uuid::from_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_entry_names_its_notifications_the_same_way_each_time_and_all_differently() {
        let entry = EntryId::generate();
        let names: HashSet<_> = (0..5_000).map(|index| entry.notification(index)).collect();
        assert_eq!(names.len(), 5_000);
        assert_eq!(entry.notification(7), entry.notification(7));
        assert!(names.iter().all(|name| name.as_uuid().get_version_num() == 7));
    }
}
