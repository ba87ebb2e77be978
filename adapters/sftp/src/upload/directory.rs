//! The other form of a message: a directory that holds the same files in `attachment/`, for software that reads directories. It is written
//! where nobody looks and shown in one step, so that the mark `.locked` that such software knows is never needed.

use bytes::Bytes;
use futures_util::StreamExt as _;
use navette_router::ports::{DeliveryError, DeliveryErrorKind, Receipt};

use super::Upload;
use crate::client::Writer;
use crate::message::Entry;
use crate::settings::inside;

/// Where the files are, in the directory of the message.
const INNER: &str = "attachment";

impl Upload<'_> {
    /// Puts the message as a directory.
    pub(super) async fn run_directory(&self) -> Result<Receipt, DeliveryError> {
        let name = self.plan.name.trim_end_matches(".zip");
        if self.directory_is_there(name).await? {
            return Ok(self.receipt(name, 0, true));
        }
        let places = &self.settings.places;
        // Another rank has other names in it.
        let staged = inside(&places.staging, &format!("{}-{}.parts", self.delivery.id, self.delivery.sequence));
        let inner = inside(&staged, INNER);
        for directory in [&places.staging, &staged, &inner] {
            let made = self.session.make_directory(directory).await;
            made.map_err(|error| self.failed(&error, "making a directory in staging_directory"))?;
        }
        let mut sent_bytes = 0;
        for entry in &self.plan.entries {
            sent_bytes += self.put(&inside(&inner, entry.name()), entry).await?;
        }
        let shown = inside(&places.incoming, name);
        if let Err(error) = self.session.rename(&staged, &shown).await
            && !self.directory_is_there(name).await?
        {
            return Err(self.failed(&error, "moving the message from staging_directory to directory"));
        }
        Ok(self.receipt(name, sent_bytes, false))
    }

    /// Whether the message is there already, read or not: its `message.xml` names all that is in it. An error when another has its name.
    async fn directory_is_there(&self, name: &str) -> Result<bool, DeliveryError> {
        let places = &self.settings.places;
        for place in [&places.incoming, &places.done, &places.failed] {
            let path = inside(place, name);
            if self.size_of(&path, "looking for the message").await?.is_none() {
                continue;
            }
            let Some(Entry::Made { name, text, .. }) = self.plan.entries.first() else { return Ok(false) };
            let message = inside(&inside(&path, INNER), name);
            let is_there = self.size_of(&message, "looking at the message that is there").await?.is_some();
            let is_ours = is_there && {
                let read = self.session.read(&message, 0, text.len() + 1).await;
                read.map_err(|error| self.failed(&error, "reading the message that is there"))? == text.as_bytes()
            };
            if !is_ours {
                let explanation = "a directory with the name of this message is there and holds something else; have it taken away, \
                                   or replay the delivery under another sequence";
                return Err(DeliveryError::new(DeliveryErrorKind::Taken, explanation));
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Writes one file, from its beginning.
    async fn put(&self, path: &str, entry: &Entry) -> Result<u64, DeliveryError> {
        let opened = self.session.open_to_write(path, false).await;
        let handle = opened.map_err(|error| self.failed(&error, "opening a file in staging_directory"))?;
        let mut writer = Writer::new(self.session, &handle, self.budget.clone(), 0);
        let written = match entry {
            Entry::Made { text, .. } => writer.write(Bytes::from(text.clone())).await,
            Entry::File { index, .. } => {
                let unreadable = || DeliveryError::new(DeliveryErrorKind::Source, "an attachment cannot be read");
                let attachment = self.delivery.attachments.get(*index).ok_or_else(unreadable)?;
                let mut chunks = self.delivery.open(attachment).map_err(|error| unreadable().because(error))?;
                let mut written = Ok(());
                while written.is_ok()
                    && let Some(chunk) = chunks.next().await
                {
                    written = writer.write(chunk.map_err(|error| unreadable().because(error))?).await;
                }
                written
            }
        };
        let sent_bytes = match written {
            Ok(()) => writer.finish().await,
            Err(error) => Err(error),
        };
        let sent_bytes = match sent_bytes {
            Ok(sent_bytes) => sent_bytes,
            Err(error) => return Err(self.not_written(&error, path).await),
        };
        let closed = self.session.close_durably(&handle).await;
        let size = closed.map_err(|error| self.failed(&error, "closing the file"))?;
        if size != sent_bytes {
            let explanation = format!("it confirmed {sent_bytes} bytes and holds {size}; look at its disk");
            return Err(DeliveryError::new(DeliveryErrorKind::Protocol, explanation));
        }
        Ok(sent_bytes)
    }
}
