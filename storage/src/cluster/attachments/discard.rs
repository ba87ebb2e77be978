//! Deletes contents in the background, one at a time, so that nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::objects::Objects;
use super::place::{Content, Keeper};
use crate::cluster::database::Database;
use crate::cluster::error::Error;

/// How often a deletion is tried before it is left to the next start.
const ATTEMPTS: u32 = 5;
/// How long to wait after the first failure; twice as long after each other one.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Contents that wait to be deleted. Clones are the same queue.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Discards {
    gateway: Arc<str>,
    database: Arc<Database>,
    queue: mpsc::Sender<Content>,
}

impl Discards {
    /// An empty queue, and the task that works on it until the last clone is dropped.
    pub(in crate::cluster) fn start(
        gateway: &str,
        database: Arc<Database>,
        objects: Option<Objects>,
        discards_max: usize,
    ) -> Self {
        let (queue, mut waiting) = mpsc::channel::<Content>(discards_max.max(1));
        let gateway: Arc<str> = gateway.into();
        let worker = (Arc::clone(&gateway), Arc::clone(&database));
        tokio::spawn(async move {
            while let Some(content) = waiting.recv().await {
                delete_in_the_end(&worker.0, &worker.1, objects.as_ref(), content).await;
            }
        });
        Self { gateway, database, queue }
    }

    /// Deletes what is at an address, soon.
    pub(in crate::cluster) fn discard(&self, address: &str) {
        let Ok(content) = address.parse::<Content>() else {
            tracing::error!("an attachment cannot be discarded: its address is of another backend");
            return;
        };
        if self.queue.try_send(content).is_err() {
            tracing::warn!(content = %content.id, "too many contents wait to be deleted: this one is left to the next start");
        }
    }

    /// A record names what is at an address: it stays. When this fails, the next start finds out.
    pub(in crate::cluster) async fn keep(&self, address: &str) {
        let key = (self.gateway.as_ref(), address);
        if let Err(error) = self.database.write(&self.database.statements.remove_upload, key).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "an upload is still noted as under way");
        }
    }
}

async fn delete_in_the_end(gateway: &str, database: &Database, objects: Option<&Objects>, content: Content) {
    let mut pause = RETRY_AFTER;
    for _ in 0..ATTEMPTS {
        let Err(error) = delete(gateway, database, objects, content).await else { return };
        tracing::warn!(error = &error as &dyn std::error::Error, content = %content.id, "a content was not deleted");
        sleep(pause).await;
        pause *= 2;
    }
}

async fn delete(gateway: &str, database: &Database, objects: Option<&Objects>, content: Content) -> Result<(), Error> {
    match (content.keeper, objects) {
        (Keeper::Chunks, _) => {
            for part in content.parts() {
                database.write(&database.statements.remove_chunks, (content.id, part)).await?;
            }
        }
        (Keeper::Objects, Some(objects)) => objects.remove(content.id).await?,
        (Keeper::Objects, None) => return Err(Error::NoObjects),
    }
    database.write(&database.statements.remove_upload, (gateway, content.to_string())).await
}
