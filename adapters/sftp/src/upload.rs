//! Puts a message on a server: written where nobody looks, then shown in one step.

mod compare;
mod directory;

use bytes::Bytes;
use futures_util::future::try_join_all;
use navette_router::model::Timestamp;
use navette_router::ports::{Delivery, DeliveryError, DeliveryErrorKind, Receipt};
use russh_sftp::client::error::Error;
use russh_sftp::protocol::StatusCode;

use crate::Settings;
use crate::client::{Budget, Session, Writer, failure};
use crate::message::{Archive, Plan};
use crate::settings::{Layout, inside};
use compare::{Found, compare};

/// What is shorter is not worth a comparison: it is sent again.
const GOES_ON_FROM_BYTES: u64 = 256 * 1024;

/// One attempt to put a message on a server.
pub(crate) struct Upload<'a> {
    pub(crate) session: &'a Session,
    pub(crate) budget: &'a Budget,
    pub(crate) settings: &'a Settings,
    pub(crate) delivery: &'a Delivery,
    pub(crate) plan: &'a Plan,
}

impl Upload<'_> {
    pub(crate) async fn run(&self) -> Result<Receipt, DeliveryError> {
        match self.settings.layout {
            Layout::File => self.run_file().await,
            Layout::Directory => self.run_directory().await,
        }
    }

    /// Puts the message as a zip.
    async fn run_file(&self) -> Result<Receipt, DeliveryError> {
        let places = &self.settings.places;
        let staged = inside(&places.staging, &format!("{}.part", self.delivery.id));
        let looking = self.size_of(&staged, "looking for what was sent before");
        let (is_there, begun_bytes) = futures_util::try_join!(self.is_there(), looking)?;
        if is_there {
            return Ok(self.receipt(&self.plan.name, 0, true));
        }
        let begun = begun_bytes.filter(|bytes| *bytes >= GOES_ON_FROM_BYTES);
        let sent_bytes = match begun {
            Some(bytes) => self.go_on(&staged, bytes).await?,
            None => self.begin(&staged, begun_bytes.is_none()).await?,
        };
        let shown = inside(&places.incoming, &self.plan.name);
        match self.session.rename(&staged, &shown).await {
            Ok(()) if self.session.renames_well() => {}
            Ok(()) => {
                if self.tidy(&staged).await? {
                    self.session.note_renames_well();
                }
            }
            Err(error) => {
                // A name that is taken is taken by this message, or by another.
                if !self.is_there().await? {
                    return Err(self.failed(&error, "moving the message from staging_directory to directory"));
                }
                self.tidy(&staged).await?;
            }
        }
        Ok(self.receipt(&self.plan.name, sent_bytes, false))
    }

    /// Whether the message is there already, read or not. An error when another has its name.
    async fn is_there(&self) -> Result<bool, DeliveryError> {
        let places = &self.settings.places;
        let paths = [&places.incoming, &places.done, &places.failed].map(|place| inside(place, &self.plan.name));
        let sizes = try_join_all(paths.iter().map(|path| self.size_of(path, "looking for the message"))).await?;
        for (path, size) in paths.iter().zip(sizes) {
            let Some(size) = size else { continue };
            match compare(self, path, size).await? {
                Found::Whole => return Ok(true),
                Found::Beginning(_) | Found::Other => {
                    let explanation = "a file with the name of this message is there and holds something else; have it taken away, \
                                       or replay the delivery under another sequence";
                    return Err(DeliveryError::new(DeliveryErrorKind::Taken, explanation));
                }
            }
        }
        Ok(false)
    }

    /// Sends all of it.
    async fn begin(&self, staged: &str, is_new: bool) -> Result<u64, DeliveryError> {
        let handle = match self.session.open_to_write(staged, false).await {
            Err(Error::Status(status)) if is_new && status.status_code == StatusCode::NoSuchFile => {
                let staging = &self.settings.places.staging;
                let doing = "making staging_directory";
                self.session.make_directory(staging).await.map_err(|error| self.failed(&error, doing))?;
                self.session.open_to_write(staged, false).await
            }
            other => other,
        };
        let handle = handle.map_err(|error| self.failed(&error, "opening a file in staging_directory"))?;
        self.send(staged, &handle, 0, Archive::new(self.delivery, self.plan), None).await
    }

    /// Sends what is missing, if what is there is the beginning of this message.
    async fn go_on(&self, staged: &str, begun_bytes: u64) -> Result<u64, DeliveryError> {
        match compare(self, staged, begun_bytes).await? {
            Found::Whole => Ok(0),
            Found::Other => self.begin(staged, false).await,
            Found::Beginning(rest) => {
                let (archive, first) = *rest;
                let opened = self.session.open_to_write(staged, true).await;
                let handle = opened.map_err(|error| self.failed(&error, "opening what was sent before"))?;
                self.send(staged, &handle, begun_bytes, archive, Some(first)).await
            }
        }
    }

    async fn send(
        &self,
        staged: &str,
        handle: &str,
        at: u64,
        mut archive: Archive<&Delivery>,
        first: Option<Bytes>,
    ) -> Result<u64, DeliveryError> {
        let mut writer = Writer::new(self.session, handle, self.budget.clone(), at);
        let mut next = first;
        let written = loop {
            if let Some(bytes) = next.take()
                && let Err(error) = writer.write(bytes).await
            {
                break Err(error);
            }
            next = archive.next().await?;
            if next.is_none() {
                break writer.finish().await;
            }
        };
        let sent_bytes = match written {
            Ok(sent_bytes) => sent_bytes,
            Err(error) => return Err(self.not_written(&error, staged).await),
        };
        let closed = self.session.close_durably(handle).await;
        let size = closed.map_err(|error| self.failed(&error, "closing the file"))?;
        if size != at + sent_bytes {
            self.discard(staged).await;
            let explanation = format!("it confirmed {} bytes and holds {size}; look at its disk", at + sent_bytes);
            return Err(DeliveryError::new(DeliveryErrorKind::Protocol, explanation));
        }
        Ok(sent_bytes)
    }

    /// Why a write failed. A server without room says so in many ways, most often in none.
    async fn not_written(&self, error: &Error, staged: &str) -> DeliveryError {
        let failed = self.failed(error, "writing the file");
        let Error::Status(_) = error else { return failed };
        let is_full = match self.session.free_bytes(&self.settings.places.staging).await {
            Some(bytes) => bytes < self.delivery.size_bytes(),
            None => failed.kind() == DeliveryErrorKind::Full,
        };
        if !is_full {
            return failed;
        }
        // Half a message in the way of others is worse than to begin again.
        self.discard(staged).await;
        let explanation = "writing the file: make room, or raise the quota of the account";
        let full = DeliveryError::new(DeliveryErrorKind::Full, explanation);
        match failed.words() {
            Some(words) => full.said(words.clone()),
            None => full,
        }
    }

    /// Some servers keep the old name when they rename. Whether it was gone already.
    async fn tidy(&self, staged: &str) -> Result<bool, DeliveryError> {
        let is_left = self.size_of(staged, "looking whether the message was moved").await?.is_some();
        if is_left {
            self.discard(staged).await;
        }
        Ok(!is_left)
    }

    /// Takes a file away if the server lets us: what stays is of no harm, nobody looks there.
    async fn discard(&self, staged: &str) {
        let _removed = self.session.remove(staged).await;
    }

    async fn size_of(&self, path: &str, doing: &str) -> Result<Option<u64>, DeliveryError> {
        let found = self.session.look(path).await.map_err(|error| self.failed(&error, doing))?;
        Ok(found.map(|attributes| attributes.size.unwrap_or_default()))
    }

    pub(crate) fn failed(&self, error: &Error, doing: &str) -> DeliveryError {
        failure(error, doing, |said| self.delivery.words(said))
    }

    fn receipt(&self, reference: &str, sent_bytes: u64, was_there: bool) -> Receipt {
        let reference = reference.to_owned();
        Receipt { reference, sent_bytes, was_there, at: Timestamp::now(), words: None }
    }
}
