//! Folders: each with all that is in it, bytes first, then the records that name them.

use std::collections::HashMap;

use futures_util::{Stream, stream};
use navette_router::entry::{Entry, Fact, Imported};
use navette_router::model::{Attachment, AttachmentId, FolderId, Place, Timestamp};
use navette_router::ports::{Attachments, Store, Subject};

use super::error::Error;
use super::port::Relocatable;
use super::progress::Progress;
use super::whole::Whole;
use super::{Options, Side, attachments, digest};

/// Folders whose identifiers are read at once.
const PAGE: usize = 500;

/// The identifiers of all folders after one, in their order.
pub(super) fn ids<S: Relocatable>(
    store: &S,
    after: Option<FolderId>,
) -> impl Stream<Item = Result<FolderId, navette_router::ports::Error>> {
    let begin = (after, Vec::new().into_iter(), false);
    stream::try_unfold(begin, move |(mut after, mut page, mut has_ended)| async move {
        loop {
            if let Some(id) = page.next() {
                return Ok(Some((id, (Some(id), page, has_ended))));
            }
            if has_ended {
                return Ok(None);
            }
            let read = store.folder_ids_after(after, PAGE).await?;
            has_ended = read.len() < PAGE;
            after = read.last().copied().or(after);
            page = read.into_iter();
        }
    })
}

/// Copies a folder. Where some of it may be at the destination, that is looked for: what is there already is kept.
pub(super) async fn copy<F: Relocatable, FA: Attachments, T: Relocatable, TA: Attachments>(
    from: &Side<F, FA>,
    to: &Side<T, TA>,
    id: FolderId,
    may_be_there: bool,
    options: Options,
    progress: &Progress,
) -> Result<(), Error> {
    // It cannot go meanwhile; one whose listing outlived it is none.
    let Some(mut whole) = from.store.whole(id).await.map_err(Error::Source)? else { return Ok(()) };
    let known = if may_be_there { to.store.whole(id).await.map_err(Error::Destination)? } else { None };
    if let Some(known) = &known
        && digest::differences(&whole.items()?, &known.items()?).is_empty()
    {
        return Ok(());
    }
    let known = known.map(places).unwrap_or_default();
    let mut copied = Vec::new();
    for attachment in &mut whole.attachments {
        let Some(place) = attachment.place.take() else { continue };
        if let Some(known) = known.get(&attachment.id).filter(|known| known.digest == attachment.digest) {
            attachment.place.clone_from(&known.place);
            continue;
        }
        match attachments::copy(&from.attachments, &to.attachments, id, attachment, &place, progress).await {
            Ok(place) => {
                copied.push(place.clone());
                attachment.place = Some(place);
            }
            Err(error) => {
                // Nothing names them yet, and nothing will.
                copied.iter().for_each(|place| to.attachments.discard(place));
                return Err(error);
            }
        }
    }
    write(&to.store, whole, options.entry_bytes).await
}

/// What the destination has received of a folder.
fn places(known: Whole) -> HashMap<AttachmentId, Attachment> {
    let received = known.attachments.into_iter().filter(|attachment| attachment.place.is_some());
    received.map(|attachment| (attachment.id, attachment)).collect()
}

/// Writes the records of a folder, in as many entries as it takes.
async fn write<T: Store>(store: &T, whole: Whole, entry_bytes: usize) -> Result<(), Error> {
    let subject = Subject::Folder(whole.folder.id);
    for part in parts(whole.records(), entry_bytes)? {
        let writer = store.writer(subject).await.map_err(Error::Destination)?;
        let entry = Entry::new(Timestamp::now(), None, vec![Fact::RecordsImported(part)]);
        store.commit(writer, entry).await.map_err(Error::Destination)?;
    }
    Ok(())
}

/// The records, cut where an entry would become too large.
pub(super) fn parts(records: Vec<Imported>, entry_bytes: usize) -> Result<Vec<Vec<Imported>>, Error> {
    let (mut parts, mut part, mut bytes) = (Vec::new(), Vec::new(), 0);
    for record in records {
        let more = json_bytes(&record)?;
        if !part.is_empty() && bytes + more > entry_bytes {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
        bytes += more;
        part.push(record);
    }
    parts.push(part);
    Ok(parts)
}

/// How many bytes a value takes as JSON.
pub(super) fn json_bytes(value: &impl serde::Serialize) -> Result<usize, serde_json::Error> {
    struct Counted(usize);
    impl std::io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, value)?;
    Ok(counted.0)
}

/// Where an attachment lies, for whoever checks its bytes.
pub(super) fn stored(whole: &Whole) -> impl Iterator<Item = (&Attachment, &Place)> {
    whole.attachments.iter().filter_map(|attachment| Some((attachment, attachment.place.as_ref()?)))
}

#[cfg(test)]
mod tests {
    use navette_router::model::Owner;

    use super::*;

    #[test]
    fn what_is_too_large_for_an_entry_is_cut_and_stays_in_order() {
        let record = |number: u128| {
            let id = AttachmentId::from_uuid(uuid::Uuid::from_u128(number));
            Imported::Announced(Owner::Folder(FolderId::from_uuid(uuid::Uuid::nil())), vec![id])
        };
        let records: Vec<Imported> = (0..10).map(record).collect();
        let size = json_bytes(&records[0]).expect("JSON");
        let cut = parts(records.clone(), 3 * size).expect("JSON");
        assert_eq!(cut.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1]);
        assert_eq!(cut.concat(), records);
        // One that is too large by itself goes alone, and the store says so.
        assert_eq!(parts(records, 1).expect("JSON").len(), 10);
    }
}
