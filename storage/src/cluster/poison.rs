//! Messages that cannot be read: set aside for somebody to look at, counted, and never in the way of those behind them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rdkafka::message::Message;

use super::database::Database;
use super::error::Error;

/// Where they go.
#[derive(Debug)]
pub(super) struct Poison {
    database: Arc<Database>,
    set_aside: AtomicU64,
}

impl Poison {
    pub(super) const fn new(database: Arc<Database>) -> Self {
        Self { database, set_aside: AtomicU64::new(0) }
    }

    /// How many there were since the start.
    pub(super) fn count(&self) -> u64 {
        self.set_aside.load(Ordering::Relaxed)
    }

    /// Sets one aside. Its text may be about a person: it goes to a table, which forgets it, and not to the log.
    pub(super) async fn set_aside(&self, message: &impl Message, reason: &Error) {
        self.set_aside.fetch_add(1, Ordering::Relaxed);
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        tracing::error!(topic, partition, offset, "a message cannot be read and was set aside: {reason}");
        let row = (topic, partition, offset, reason.to_string(), message.payload().unwrap_or_default());
        if let Err(error) = self.database.write(&self.database.statements.put_aside, row).await {
            tracing::error!(error = &error as &dyn std::error::Error, "a message that was set aside was not kept");
        }
    }
}
