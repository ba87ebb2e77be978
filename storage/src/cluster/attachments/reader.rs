//! A content on its way out: some pieces are read ahead, in order. A piece is a chunk, or a window of an object.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use navette_router::model::Place;
use navette_router::ports::{self, ErrorKind};

use super::objects::{Objects, WINDOW_BYTES};
use super::place::{Content, Keeper, place_of_chunk};
use super::{Attachments, CHUNK_BYTES};
use crate::cluster::database::Database;
use crate::cluster::error::Error;

/// A download in progress.
pub struct Reader(Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>);

impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    pub(super) fn open(attachments: &Attachments, place: &Place, range: Range<u64>) -> Result<Self, ports::Error> {
        let address = match place {
            Place::Inline(bytes) => return Ok(Self(Box::pin(stream::iter([slice(bytes, range)])))),
            Place::Stored(address) => address,
        };
        let content: Content = address.parse().map_err(|error| ports::Error::new(ErrorKind::Corrupt, error))?;
        if range.start > range.end || range.end > content.bytes {
            return Ok(Self(Box::pin(stream::iter([Err(io::ErrorKind::InvalidInput.into())]))));
        }
        let ahead = attachments.options.download_chunks_in_flight.max(1);
        if content.keeper == Keeper::Objects {
            let objects = attachments.objects.clone().ok_or(Error::NoObjects)?;
            let windows =
                stream::iter(windows(&range)).map(move |window| read_window(objects.clone(), content, window));
            return Ok(Self(Box::pin(windows.buffered(ahead))));
        }
        let database = Arc::clone(&attachments.database);
        let chunks = range.start / CHUNK_BYTES as u64..range.end.div_ceil(CHUNK_BYTES as u64);
        let chunks = if range.is_empty() { 0..0 } else { chunks };
        let read = move |chunk| {
            let (database, range) = (Arc::clone(&database), range.clone());
            async move { cut(&read(&database, content, chunk).await?, chunk, &range) }
        };
        Ok(Self(Box::pin(stream::iter(chunks).map(read).buffered(ahead))))
    }
}

impl Stream for Reader {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

/// Cuts a range into what is asked for at a time.
fn windows(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + Send + use<> {
    let Range { start, end } = *range;
    let count = end.saturating_sub(start).div_ceil(WINDOW_BYTES);
    (0..count).map(move |number| {
        let from = start + number * WINDOW_BYTES;
        from..end.min(from + WINDOW_BYTES)
    })
}

async fn read_window(objects: Objects, content: Content, window: Range<u64>) -> io::Result<Bytes> {
    let expected = window.end - window.start;
    let bytes = objects.read(content.id, window).await?;
    // What comes short would be sent as if it were whole.
    if bytes.len() as u64 == expected { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

async fn read(database: &Database, content: Content, chunk: u64) -> io::Result<Bytes> {
    let (part, number) = place_of_chunk(chunk);
    let row = database.row::<(Vec<u8>,)>(&database.statements.chunk, (content.id, part, number)).await;
    let bytes = row.map_err(io::Error::other)?.map(|(bytes,)| Bytes::from(bytes));
    // All chunks are there before anybody knows the address, so one that is not was deleted.
    bytes.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// What of a chunk is in the range.
fn cut(bytes: &Bytes, chunk: u64, range: &Range<u64>) -> io::Result<Bytes> {
    let begins_at = chunk * CHUNK_BYTES as u64;
    let start = range.start.saturating_sub(begins_at);
    let end = range.end.saturating_sub(begins_at).min(CHUNK_BYTES as u64);
    slice(bytes, start..end)
}

fn slice(bytes: &Bytes, range: Range<u64>) -> io::Result<Bytes> {
    let end = usize::try_from(range.end).ok().filter(|end| *end <= bytes.len());
    let start = usize::try_from(range.start).ok().filter(|start| end.is_some_and(|end| *start <= end));
    match (start, end) {
        (Some(start), Some(end)) => Ok(bytes.slice(start..end)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_the_range_and_nothing_else() {
        let of = |range: Range<u64>| windows(&range).map(|window| (window.start, window.end)).collect::<Vec<_>>();
        assert_eq!(of(5..5), []);
        assert_eq!(of(5..6), [(5, 6)]);
        assert_eq!(of(7..7 + WINDOW_BYTES), [(7, 7 + WINDOW_BYTES)]);
        assert_eq!(of(0..WINDOW_BYTES + 1), [(0, WINDOW_BYTES), (WINDOW_BYTES, WINDOW_BYTES + 1)]);
    }
}
