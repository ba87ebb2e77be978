//! What an entry writes, in the order in which it may be written.
//!
//! Somebody may stop between any two steps, and somebody else begins again from the first one, reading what is there. So what is
//! found by the records of the folder is removed before those change, and what the changed records say is added after them; with them
//! when they make the folder, of which nobody knows yet.

use std::collections::HashMap;

use navette_router::model::{AttachmentId, Place};
use navette_router::referential::Reference;

use super::database::{Write, text};
use super::inbox_rows::Bucket;
use super::rows::{Key, Row};

/// All that an entry writes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Outside of the folder, first.
    pub(super) before: Vec<Write>,
    /// In the folder, at once.
    pub(super) folder: Vec<Write>,
    /// The records of the folder that it writes, as they are then.
    pub(super) rows: HashMap<Key, Row>,
    /// Whether all records of the folder go.
    pub(super) removes_folder: bool,
    /// Outside of the folder, last.
    pub(super) after: Vec<Write>,
    /// Inboxes into which something is put.
    pub(super) inboxes: Vec<Bucket>,
    /// How many more e-mails wait.
    pub(super) mails: isize,
    /// What becomes of the referential.
    pub(super) references: Vec<Reference>,
    /// Places that no record names any more, each with the attachment that did.
    pub(super) lost: Vec<(Box<str>, AttachmentId)>,
    /// Places that a record names now.
    pub(super) named: Vec<Box<str>>,
}

impl Changes {
    /// No record names this place any more.
    pub(super) fn lose(&mut self, place: Option<Place>, attachment: AttachmentId) {
        if let Some(Place::Stored(address)) = place {
            self.lost.push((address, attachment));
        }
    }

    /// A record names this place now.
    pub(super) fn name(&mut self, place: Option<&Place>) {
        if let Some(Place::Stored(address)) = place {
            self.named.push(address.clone());
        }
    }

    /// Notes for the next start of `gateway` what is to be deleted, before anything else: nobody could find it any more.
    pub(super) fn note_lost(&mut self, gateway: &str) {
        self.before.extend(self.lost.iter().map(|(address, attachment)| Write {
            statement: |statements| &statements.note_lost,
            key_columns: 2,
            partition: ("uploads", gateway.to_owned()),
            values: vec![text(gateway), text(address), scylla::value::CqlValue::Uuid(*attachment.as_uuid())],
        }));
    }

    /// How many bytes the folder's part takes, roughly.
    pub(super) fn folder_bytes(&self) -> usize {
        self.folder.iter().map(Write::bytes).sum()
    }
}
