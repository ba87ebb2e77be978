//! What is on one side: how much of what, and a digest of each that depends on nothing but the records, their order where it counts, and
//! the bytes.

use futures_util::{StreamExt, TryStreamExt};
use navette_router::ports::{self, Attachments};

use super::digest::{Difference, Digest, Item, Running, What, hexadecimal, of_items};
use super::error::Error;
use super::folders;
use super::lists::{List, Reader};
use super::port::Relocatable;
use super::progress::{Progress, Stage};
use super::queue::Queue;
use super::retry::patiently;
use super::{Options, Side, attachments};

/// Differences that are told; of more, only the number is.
pub(super) const TOLD_MAX: usize = 100;

/// The name of the section of folders.
pub(super) const FOLDERS: &str = "folders";
/// The name of the section of what waits.
pub(super) const WAITING: &str = "notifications";

/// A part of what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is.
    pub name: &'static str,
    /// How many records; folders are counted without what is in them.
    pub records: u64,
    digest: Digest,
}

/// What is on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its parts, in a fixed order.
    pub sections: Vec<Section>,
    /// How many attachments have their bytes.
    pub attachments: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Attachments whose bytes are not what their records say, some of them, when they were read.
    pub damaged: Vec<Difference>,
    /// How many those are.
    pub damaged_count: u64,
}

impl Measured {
    /// The digest of all, as it is shown.
    pub fn digest(&self) -> String {
        let mut chain = Running::new();
        for section in &self.sections {
            chain.update(section.name.as_bytes());
            chain.update(&section.records.to_be_bytes());
            chain.update(&section.digest);
        }
        hexadecimal(&chain.finish())
    }
}

/// Whether the bytes of attachments are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bytes {
    /// They are left alone.
    Unread,
    /// They are compared with the digests of their records.
    Read,
}

/// A section while its records come.
struct Growing {
    name: &'static str,
    records: u64,
    chain: Running,
}

impl Growing {
    fn new(name: &'static str) -> Self {
        Self { name, records: 0, chain: Running::new() }
    }

    fn add(&mut self, digest: &Digest) {
        self.records += 1;
        self.chain.update(digest);
    }

    fn finish(self) -> Section {
        Section { name: self.name, records: self.records, digest: self.chain.finish() }
    }
}

/// Measures a side without reading the bytes of attachments.
///
/// # Errors
/// When it cannot be read.
pub async fn measure<S: Relocatable, A: Attachments>(
    side: &Side<S, A>,
    options: Options,
    progress: &Progress,
) -> Result<Measured, Error> {
    progress.begin(Stage::Comparing, 0, 0);
    measured(side, options, Bytes::Unread, Error::Source, Some(progress)).await
}

pub(super) async fn measured<S: Relocatable, A: Attachments>(
    side: &Side<S, A>,
    options: Options,
    read: Bytes,
    failed: fn(ports::Error) -> Error,
    progress: Option<&Progress>,
) -> Result<Measured, Error> {
    let mut sections = Vec::new();
    for list in List::ALL {
        sections.push(patiently(async |_| of_list(&side.store, list, failed).await).await?);
    }
    let mut growing = Growing::new(FOLDERS);
    let mut all = Measured { sections, attachments: 0, bytes: 0, damaged: Vec::new(), damaged_count: 0 };
    let folders = folders::ids(&side.store, None).map(|id| async move {
        let id = id.map_err(failed)?;
        patiently(async |_| of_folder(side, id, read, failed).await).await
    });
    let mut folders = std::pin::pin!(folders.buffered(options.folders_in_flight.max(1)));
    while let Some(folder) = folders.try_next().await? {
        let Some(folder) = folder else { continue };
        growing.add(&folder.digest);
        all.attachments += folder.attachments;
        all.bytes += folder.bytes;
        all.damaged_count += folder.damaged.len() as u64;
        let room = TOLD_MAX.saturating_sub(all.damaged.len());
        all.damaged.extend(folder.damaged.into_iter().take(room));
        if let Some(progress) = progress {
            progress.add(1);
            progress.add_bytes(if read == Bytes::Read { folder.bytes } else { 0 });
        }
    }
    all.sections.push(growing.finish());
    all.sections.push(of_waiting(&side.store, failed, progress).await?);
    Ok(all)
}

async fn of_list<S: Relocatable>(store: &S, list: List, failed: fn(ports::Error) -> Error) -> Result<Section, Error> {
    let (mut reader, mut growing) = (Reader::new(store, list), Growing::new(list.word()));
    while let Some(record) = reader.next().await.map_err(failed)? {
        growing.add(&record.item()?.digest());
    }
    Ok(growing.finish())
}

async fn of_waiting<S: Relocatable>(
    store: &S,
    failed: fn(ports::Error) -> Error,
    progress: Option<&Progress>,
) -> Result<Section, Error> {
    let mut growing = Growing::new(WAITING);
    let mut queue = Queue::open(store, None).await.map_err(failed)?;
    while let Some((_, notification)) = queue.next().await.map_err(failed)? {
        growing.add(&Item::of("notification", &notification.id, &notification)?.digest());
        if let Some(progress) = progress {
            progress.add(1);
        }
    }
    Ok(growing.finish())
}

/// What was found of a folder.
struct Folder {
    digest: Digest,
    attachments: u64,
    bytes: u64,
    damaged: Vec<Difference>,
}

async fn of_folder<S: Relocatable, A: Attachments>(
    side: &Side<S, A>,
    id: navette_router::model::FolderId,
    read: Bytes,
    failed: fn(ports::Error) -> Error,
) -> Result<Option<Folder>, Error> {
    let Some(whole) = side.store.whole(id).await.map_err(failed)? else { return Ok(None) };
    let mut folder = Folder { digest: of_items(&whole.items()?), attachments: 0, bytes: 0, damaged: Vec::new() };
    for (attachment, place) in folders::stored(&whole) {
        folder.attachments += 1;
        folder.bytes += attachment.size_bytes;
        if read == Bytes::Read && attachments::check(&side.attachments, id, attachment, place).await?.is_none() {
            folder.damaged.push(Item::of_attachment(attachment)?.is(What::Bytes));
        }
    }
    Ok(Some(folder))
}
