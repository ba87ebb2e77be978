//! What of the lists that are no list of the referential is asked for.

use navette_router::hub::NotificationQuery;
use navette_router::model::{DeliveryId, EntryId, FolderId};

/// What of an inbox is asked for, and in how much detail.
#[derive(Debug, Clone, Default)]
pub struct NotificationList {
    /// Which ones.
    pub query: NotificationQuery,
    /// Whether each row says what kind of event it is about.
    pub event_details: bool,
}

/// Which of the deliveries to oneself are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryList {
    /// Those before this one.
    pub before: Option<DeliveryId>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// Which folders' ends are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct RetentionList {
    /// Those behind this one.
    pub after: Option<FolderId>,
    /// How many folders are looked at, at most.
    pub limit: Option<usize>,
}

/// Which of the things that administrators did are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ActList {
    /// Those before this one.
    pub before: Option<EntryId>,
    /// How many at most.
    pub limit: Option<usize>,
}
