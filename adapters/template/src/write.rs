//! Writes a case where nobody sees it, then shows it in one step.

use std::path::Path;

use futures_util::StreamExt as _;
use navette_router::model::Attachment;
use navette_router::ports::{Delivery, DeliveryError, DeliveryErrorKind};
use serde_json::json;
use tokio::fs::{self, File};
use tokio::io::{self, AsyncWriteExt as _};

use super::failure;

/// Writes everything beside `complete`, under a name that nobody looks at, and renames it. How many bytes that was.
pub(crate) async fn write(directory: &Path, complete: &Path, delivery: &Delivery) -> Result<u64, DeliveryError> {
    let partial = directory.join(format!(".{}.part", delivery.id));
    let failed = |error: io::Error| failure(&error, "writing into the directory");
    // What an attempt left that was cut is written over.
    match fs::create_dir(&partial).await {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    let mut sent_bytes = 0;
    for attachment in &delivery.attachments {
        sent_bytes += write_file(&partial.join(stored_name(attachment)), delivery, attachment).await?;
    }
    let description = description(delivery).to_string();
    save(&partial.join("case.json"), description.as_bytes()).await.map_err(failed)?;
    fs::rename(&partial, complete).await.map_err(failed)?;
    Ok(sent_bytes + description.len() as u64)
}

/// Writes a file and takes it away again.
pub(crate) async fn write_nothing(directory: &Path) -> io::Result<()> {
    let path = directory.join(".test");
    save(&path, b"").await?;
    fs::remove_file(&path).await
}

async fn write_file(path: &Path, delivery: &Delivery, attachment: &Attachment) -> Result<u64, DeliveryError> {
    let unreadable = |_| DeliveryError::new(DeliveryErrorKind::Source, "an attachment cannot be read");
    let failed = |error: io::Error| failure(&error, "writing a file");
    let mut chunks = delivery.open(attachment).map_err(|error| unreadable(io::Error::other(error)))?;
    let mut file = File::create(path).await.map_err(failed)?;
    let mut written_bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(unreadable)?;
        file.write_all(&chunk).await.map_err(failed)?;
        written_bytes += chunk.len() as u64;
    }
    file.sync_all().await.map_err(failed)?;
    Ok(written_bytes)
}

async fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
}

/// A name that every disk can hold. The depositor's own is in the description.
fn stored_name(attachment: &Attachment) -> String {
    attachment.id.to_string()
}

fn description(delivery: &Delivery) -> serde_json::Value {
    let file = |attachment: &Attachment| {
        json!({
            "file": stored_name(attachment),
            "name": attachment.file_name,
            "type": attachment.kind,
            "mimeType": attachment.media_type,
            "size": attachment.size_bytes,
        })
    };
    json!({
        "deliveryId": delivery.id.to_string(),
        "folderId": delivery.folder.id.to_string(),
        "caseId": delivery.case.id.to_string(),
        "externalId": delivery.case.external_id,
        "processCode": delivery.process.code.as_str(),
        "attachments": delivery.attachments.iter().map(file).collect::<Vec<_>>(),
    })
}
