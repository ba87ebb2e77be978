//! What a former run of this gateway left behind: contents that no record names are deleted.

use navette_router::model::{Attachment, AttachmentId, Place};
use navette_router::ports::Subject;
use uuid::Uuid;

use crate::cluster::error::Error;
use crate::cluster::lookups;
use crate::cluster::rows::Columns;
use crate::cluster::shared::Shared;

/// Finds what the former run left, and has it looked after in the background. To be called before anything is uploaded.
pub(in crate::cluster) async fn recover(shared: &std::sync::Arc<Shared>) -> Result<(), Error> {
    let database = &shared.database;
    let gateway = (shared.options.gateway.as_str(),);
    let left: Vec<(String, Uuid)> = database.rows(&database.statements.uploads, gateway).await?;
    if left.is_empty() {
        return Ok(());
    }
    tracing::info!(contents = left.len(), "a former run left contents that perhaps no record names");
    let shared = std::sync::Arc::clone(shared);
    tokio::spawn(async move {
        for (address, attachment) in left {
            match is_named(&shared, &address, AttachmentId::from_uuid(attachment)).await {
                Ok(true) => shared.discards.keep(&address).await,
                Ok(false) => shared.discards.discard(&address),
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "it is not known whether a content is named; the next start looks again"
                ),
            }
        }
    });
    Ok(())
}

/// Whether the record of an attachment names this address, once all that was decided about its folder is applied.
async fn is_named(shared: &Shared, address: &str, attachment: AttachmentId) -> Result<bool, Error> {
    let database = &shared.database;
    let Some(found) = lookups::find(database, *attachment.as_uuid()).await? else { return Ok(false) };
    let subject = Subject::Folder(found.folder);
    let _turn = shared.writers.lock(subject).await;
    // A node that hangs may still have a decision of the former run, and take it up when it wakes: another head has it come too late.
    let head = database.settled_head(subject).await?;
    let head = shared.settle(subject, head).await?;
    database.close(subject, head.entry).await?;
    let key = (found.folder.as_uuid(), found.key.kind.word(), found.key.owner, found.key.id);
    let row = database.row::<Columns>(&database.statements.record, key).await?;
    let Some((.., Some(record), _, _, _)) = row else { return Ok(false) };
    let place = serde_json::from_str::<Attachment>(&record)?.place;
    Ok(matches!(place, Some(Place::Stored(named)) if *named == *address))
}
