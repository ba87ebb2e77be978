//! The bytes of a message, as they are asked for.

use std::collections::VecDeque;
use std::ops::Deref;

use bytes::Bytes;
use futures_util::StreamExt as _;
use navette_router::ports::{Delivery, DeliveryError, DeliveryErrorKind, FileStream};

use super::zip::Encoder;
use super::{Entry, Plan};

/// The bytes of a message. Files are opened one after the other, when their turn comes. `D` borrows or shares the delivery.
pub struct Archive<D> {
    delivery: D,
    left: VecDeque<Entry>,
    encoder: Encoder,
    open: Option<FileStream>,
    /// What was made and not asked for yet: what follows from one chunk of a file.
    ready: VecDeque<Bytes>,
    is_finished: bool,
}

impl<D: Deref<Target = Delivery>> std::fmt::Debug for Archive<D> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Archive").field("delivery", &self.delivery.id).finish_non_exhaustive()
    }
}

impl<D: Deref<Target = Delivery>> Archive<D> {
    /// The message of `delivery` as `plan` has it.
    pub fn new(delivery: D, plan: &Plan) -> Self {
        let left = plan.entries.iter().cloned().collect();
        let encoder = Encoder::new(delivery.folder.created_at);
        Self { delivery, left, encoder, open: None, ready: VecDeque::new(), is_finished: false }
    }

    /// The next bytes, of whatever length; none at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Result<Option<Bytes>, DeliveryError> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Ok(Some(bytes));
            }
            if self.is_finished {
                return Ok(None);
            }
            let mut made = Vec::new();
            self.advance(&mut made).await?;
            self.ready.extend(made);
        }
    }

    async fn advance(&mut self, made: &mut Vec<Bytes>) -> Result<(), DeliveryError> {
        if let Some(open) = &mut self.open {
            match open.next().await {
                Some(chunk) => self.encoder.write(chunk.map_err(|error| unreadable().because(error))?, made),
                None => {
                    self.encoder.end(made);
                    self.open = None;
                }
            }
            return Ok(());
        }
        match self.left.pop_front() {
            Some(Entry::Made { name, text, compresses }) => {
                self.encoder.begin(&name, compresses, made);
                self.encoder.write(text.into(), made);
                self.encoder.end(made);
            }
            Some(Entry::File { name, index, compresses, .. }) => {
                let attachment = self.delivery.attachments.get(index).ok_or_else(unreadable)?;
                self.open = Some(self.delivery.open(attachment).map_err(|error| unreadable().because(error))?);
                self.encoder.begin(&name, compresses, made);
            }
            None => {
                self.encoder.finish(made);
                self.is_finished = true;
            }
        }
        Ok(())
    }
}

fn unreadable() -> DeliveryError {
    DeliveryError::new(DeliveryErrorKind::Source, "an attachment cannot be read")
}
