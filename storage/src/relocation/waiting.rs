//! What waits, put into the inboxes of the destination in the order of the source.

use navette_router::model::Notification;
use navette_router::ports::InboxQuery;

use super::error::Error;
use super::folders::json_bytes;
use super::port::{Arrival, Relocatable};
use super::queue::Queue;

/// Notifications that are put at a time.
const BATCH_MAX: usize = 500;

/// How much waits at the source.
pub(super) async fn count(store: &impl Relocatable) -> Result<u64, Error> {
    let all = InboxQuery { recipient: None, processes: vec![], priority: vec![], offset: 0, limit: 0 };
    Ok(store.inbox(&all).await.map_err(Error::Source)?.total)
}

/// Some that follow each other.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) notifications: Vec<Notification>,
    /// The place of the last one.
    pub(super) last: Option<Arrival>,
}

/// The next ones, as many as one entry may hold; empty when those were all.
pub(super) async fn batch<S: Relocatable>(queue: &mut Queue<'_, S>, entry_bytes: usize) -> Result<Batch, Error> {
    let mut batch = Batch::default();
    let mut bytes = 0;
    while batch.notifications.len() < BATCH_MAX && bytes < entry_bytes {
        let Some((arrival, notification)) = queue.next().await.map_err(Error::Source)? else { break };
        bytes += json_bytes(&notification)?;
        batch.notifications.push(notification);
        batch.last = Some(arrival);
    }
    Ok(batch)
}
