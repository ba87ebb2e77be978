//! Compares both sides: each is read from its beginning, the destination with its bytes. Only where the digests of a section differ are
//! its records compared one by one.

use futures_util::{StreamExt, TryStreamExt};
use navette_router::model::FolderId;
use navette_router::ports::Attachments;

use super::digest::{Difference, Item, What, differences};
use super::error::Error;
use super::folders;
use super::lists::{List, Reader, Record};
use super::measure::{Bytes, FOLDERS, Measured, TOLD_MAX, WAITING, measured};
use super::port::Relocatable;
use super::progress::{Progress, Stage};
use super::queue::Queue;
use super::{Options, Side, waiting};

/// What came of comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is at the source.
    pub source: Measured,
    /// What is at the destination.
    pub destination: Measured,
    /// How they differ: the first differences that were found.
    pub differences: Vec<Difference>,
    /// Whether there are more of them.
    pub there_are_more: bool,
}

impl Report {
    /// Whether both sides have the same, bytes included.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.source.digest() == self.destination.digest()
    }
}

/// Compares both sides.
///
/// # Errors
/// When one cannot be read.
pub async fn verify<F: Relocatable, FA: Attachments, T: Relocatable, TA: Attachments>(
    from: &Side<F, FA>,
    to: &Side<T, TA>,
    options: Options,
    progress: &Progress,
) -> Result<Report, Error> {
    progress.begin(Stage::Counting, 0, 0);
    let count = folders::ids(&from.store, None).try_fold(0, |count: u64, _| async move { Ok(count + 1) });
    let folders = count.await.map_err(Error::Source)?;
    progress.begin(Stage::Comparing, 0, folders + waiting::count(&from.store).await?);
    let (source, destination) = tokio::try_join!(
        Box::pin(measured(from, options, Bytes::Unread, Error::Source, None)),
        Box::pin(measured(to, options, Bytes::Read, Error::Destination, Some(progress))),
    )?;
    let mut found = destination.damaged.clone();
    for (one, other) in source.sections.iter().zip(&destination.sections) {
        if one != other && found.len() <= TOLD_MAX {
            found.extend(in_section(&from.store, &to.store, one.name).await?);
        }
    }
    let there_are_more = found.len() > TOLD_MAX || destination.damaged_count > destination.damaged.len() as u64;
    found.truncate(TOLD_MAX);
    Ok(Report { source, destination, differences: found, there_are_more })
}

/// How the records of a section differ, one more than are told at most.
async fn in_section<F: Relocatable, T: Relocatable>(from: &F, to: &T, name: &str) -> Result<Vec<Difference>, Error> {
    match (name, List::ALL.into_iter().find(|list| list.word() == name)) {
        (_, Some(list)) => in_list(from, to, list).await,
        (FOLDERS, None) => in_folders(from, to).await,
        (WAITING, None) => in_order(from, to).await,
        _ => Ok(Vec::new()),
    }
}

async fn in_list<F: Relocatable, T: Relocatable>(from: &F, to: &T, list: List) -> Result<Vec<Difference>, Error> {
    let (mut source, mut destination) = (Reader::new(from, list), Reader::new(to, list));
    let mut one = source.next().await.map_err(Error::Source)?;
    let mut other = destination.next().await.map_err(Error::Destination)?;
    let mut found = Vec::new();
    while found.len() <= TOLD_MAX && (one.is_some() || other.is_some()) {
        let (takes_one, takes_other) = next_of(one.as_ref().map(Record::order), other.as_ref().map(Record::order));
        let item = |record: Option<&Record>, is_taken: bool| record.filter(|_| is_taken).map(Record::item).transpose();
        let items = (item(one.as_ref(), takes_one)?, item(other.as_ref(), takes_other)?);
        found.extend(differences(items.0.as_slice(), items.1.as_slice()));
        if takes_one {
            one = source.next().await.map_err(Error::Source)?;
        }
        if takes_other {
            other = destination.next().await.map_err(Error::Destination)?;
        }
    }
    Ok(found)
}

async fn in_folders<F: Relocatable, T: Relocatable>(from: &F, to: &T) -> Result<Vec<Difference>, Error> {
    let mut source = std::pin::pin!(folders::ids(from, None).map_err(Error::Source));
    let mut destination = std::pin::pin!(folders::ids(to, None).map_err(Error::Destination));
    let (mut one, mut other) = (source.next().await.transpose()?, destination.next().await.transpose()?);
    let mut found = Vec::new();
    while found.len() <= TOLD_MAX && (one.is_some() || other.is_some()) {
        let (takes_one, takes_other) = next_of(one, other);
        let items = (
            items(from, one.filter(|_| takes_one), Error::Source).await?,
            items(to, other.filter(|_| takes_other), Error::Destination).await?,
        );
        found.extend(differences(&items.0, &items.1));
        if takes_one {
            one = source.next().await.transpose()?;
        }
        if takes_other {
            other = destination.next().await.transpose()?;
        }
    }
    Ok(found)
}

async fn items<S: Relocatable>(
    store: &S,
    id: Option<FolderId>,
    failed: fn(navette_router::ports::Error) -> Error,
) -> Result<Vec<Item>, Error> {
    let Some(id) = id else { return Ok(Vec::new()) };
    let whole = store.whole(id).await.map_err(failed)?;
    Ok(whole.map(|whole| whole.items()).transpose()?.unwrap_or_default())
}

/// The first notification that is another one, or differs. What comes behind would all be found to differ.
async fn in_order<F: Relocatable, T: Relocatable>(from: &F, to: &T) -> Result<Vec<Difference>, Error> {
    let mut source = Queue::open(from, None).await.map_err(Error::Source)?;
    let mut destination = Queue::open(to, None).await.map_err(Error::Destination)?;
    loop {
        let one = source.next().await.map_err(Error::Source)?.map(|(_, notification)| notification);
        let other = destination.next().await.map_err(Error::Destination)?.map(|(_, notification)| notification);
        let item = |notification: &navette_router::model::Notification| {
            Item::of("notification", &notification.id, notification)
        };
        let (one, other) = (one.as_ref().map(item).transpose()?, other.as_ref().map(item).transpose()?);
        let found = match (one, other) {
            (None, None) => return Ok(Vec::new()),
            (Some(one), Some(other)) if one == other => continue,
            (Some(one), Some(other)) if one.key() == other.key() => differences(&[one], &[other]),
            (Some(one), other) => {
                let other = other.map(|other| other.key().1.to_owned());
                vec![one.is(What::Order(other))]
            }
            (None, Some(other)) => vec![other.is(What::Extra)],
        };
        return Ok(found);
    }
}

/// Of two streams in one order, which one has the next: the one, the other, or both the same.
fn next_of<K: Ord>(one: Option<K>, other: Option<K>) -> (bool, bool) {
    match (one, other) {
        (Some(one), Some(other)) => (one <= other, other <= one),
        (one, other) => (one.is_some(), other.is_some()),
    }
}
