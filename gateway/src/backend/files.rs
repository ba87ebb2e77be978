//! The attachments of the hub, for whoever carries them.

use std::ops::Range;
use std::sync::Arc;

use navette_router::model::Attachment;
use navette_router::ports::{Error, FileStream, Files};

use super::Hub;

/// Opens attachments of the hub.
#[derive(Debug)]
pub(crate) struct HubFiles(pub(crate) Arc<Hub>);

impl Files for HubFiles {
    fn open(&self, attachment: &Attachment, range: Range<u64>) -> Result<FileStream, Error> {
        self.0.attachments().open(attachment, range)
    }
}
