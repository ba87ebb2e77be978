//! Cases: the bytes of attachments, without the use cases above them.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::poll;
use navette_router::content::HEAD_BYTES;
use navette_router::model::{AttachmentId, Place};
use navette_router::ports::{Attachments, ErrorKind, Stored, Upload};

use super::Backend;
use super::contents::{read, store, store_as};
use super::fixtures::{digest, noise};
use super::wait::eventually;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// Around what a backend may treat differently.
const SIZES_BYTES: &[usize] = &[0, 1, 4_095, 4_096, 4_097, 100_000, MIB, 5 * MIB, 20 * MIB];
/// A frame of a size that divides nothing.
const FRAME_BYTES: usize = 60_013;

/// Sizes around every threshold come back as they were sent, with their digest and their first bytes.
pub async fn contents_of_every_size_come_back_byte_for_byte<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    for (seed, size) in (1..).zip(SIZES_BYTES) {
        let bytes = noise(seed, *size);
        let stored = store(&attachments, bytes.clone(), FRAME_BYTES).await.expect("the content is stored");
        assert_eq!(stored.digest, digest(&bytes), "digest of {size} bytes");
        assert_eq!(stored.head, bytes.slice(..HEAD_BYTES.min(*size)), "head of {size} bytes");
        let found = read(&attachments, &stored.place, 0..*size as u64).await.expect("the content is read");
        assert!(found == bytes, "{size} bytes are not what was stored");
    }
}

/// Ranges at the edges, across them, and empty ones.
pub async fn any_range_of_a_content_can_be_read<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    for (seed, size) in (1..).zip(SIZES_BYTES.iter().copied().filter(|size| *size > 0)) {
        let bytes = noise(seed, size);
        let stored = store(&attachments, bytes.clone(), FRAME_BYTES).await.expect("the content is stored");
        let middle = size / 2;
        for range in [0..0, 0..1, size - 1..size, size..size, middle..size, 0..middle, middle / 2..middle] {
            let found = read(&attachments, &stored.place, wide(&range)).await.expect("the range is read");
            assert!(found == bytes.slice(range.clone()), "bytes {range:?} of {size} are not what was stored");
        }
        for start in (0..size).step_by(size / 7 + 1) {
            let range = start..(start + 5_000).min(size);
            let found = read(&attachments, &stored.place, wide(&range)).await.expect("the range is read");
            assert!(found == bytes.slice(range.clone()), "bytes {range:?} of {size} are not what was stored");
        }
    }
}

fn wide(range: &Range<usize>) -> Range<u64> {
    range.start as u64..range.end as u64
}

/// Never other bytes, nor fewer in silence.
pub async fn a_range_outside_of_the_content_is_an_error<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    for size in [10, 100_000, 5 * MIB] {
        let stored = store(&attachments, noise(1, size), FRAME_BYTES).await.expect("the content is stored");
        let size = size as u64;
        for range in [0..size + 1, size..size + 1, size + 1..size + 1, 0..u64::MAX] {
            assert!(
                read(&attachments, &stored.place, range.clone()).await.is_err(),
                "{range:?} of {size} bytes was read"
            );
        }
    }
}

/// As soon as the first byte too many comes; what came before is not kept.
pub async fn more_bytes_than_declared_are_refused_at_once<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    for declared in [0, 10, 100_000, 5 * MIB] {
        let mut upload =
            attachments.upload(AttachmentId::generate(), declared as u64).await.expect("the upload begins");
        upload.write(noise(1, declared)).await.expect("the declared bytes are taken");
        let refused = upload.write(Bytes::from_static(b"x")).await.expect_err("one byte too many is taken");
        assert_eq!(refused.kind(), ErrorKind::TooLong, "{declared} bytes declared");
        drop(upload);
        let at_once = store_as(&attachments, declared as u64, noise(2, declared + 1), 8 * MIB).await;
        assert_eq!(at_once.expect_err("too many bytes are stored").kind(), ErrorKind::TooLong);
    }
    nothing_is_held(&backend, &attachments).await;
}

/// Known only at the end; what came is not kept.
pub async fn fewer_bytes_than_declared_are_refused_at_the_end<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    for declared in [1, 10, 100_000, 5 * MIB] {
        for missing in [1, declared] {
            let short = store_as(&attachments, declared as u64, noise(1, declared - missing), FRAME_BYTES).await;
            assert_eq!(short.expect_err("too few bytes are stored").kind(), ErrorKind::TooShort);
        }
    }
    nothing_is_held(&backend, &attachments).await;
}

/// Dropped before the first byte, half-way, while a write is under way, and before the end; again and again.
pub async fn a_dropped_upload_leaves_nothing_and_its_room_is_used_again<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    for declared in [100, 100_000, 5 * MIB] {
        let bytes = noise(1, declared);
        let half = bytes.slice(..declared / 2);
        for _ in 0..40 {
            let begin = || attachments.upload(AttachmentId::generate(), declared as u64);
            drop(begin().await.expect("an upload begins"));
            let mut upload = begin().await.expect("an upload begins");
            upload.write(half.clone()).await.expect("half of the bytes are taken");
            {
                let mut write = Box::pin(upload.write(half.clone()));
                drop(poll!(write.as_mut()));
            }
            drop(upload);
            let mut upload = begin().await.expect("an upload begins");
            upload.write(bytes.clone()).await.expect("all bytes are taken");
            let mut finish = Box::pin(upload.finish());
            if let Poll::Ready(Ok(stored)) = poll!(finish.as_mut()) {
                attachments.discard(&stored.place);
            }
        }
    }
    nothing_is_held(&backend, &attachments).await;
    let bytes = noise(99, 5 * MIB);
    let stored = store(&attachments, bytes.clone(), FRAME_BYTES).await.expect("the room is used again");
    assert!(read(&attachments, &stored.place, 0..bytes.len() as u64).await.expect("it is read") == bytes);
}

/// Soon, for good, and without touching its neighbours. Again, it changes nothing.
pub async fn a_discarded_content_can_be_read_no_more_and_the_others_can<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    let mut kept: Vec<(Bytes, Stored)> = Vec::new();
    for (seed, size) in (1..).zip([100_000, 100_000, 5 * MIB, 100_000, 5 * MIB]) {
        let bytes = noise(seed, size);
        let stored = store(&attachments, bytes.clone(), FRAME_BYTES).await.expect("the content is stored");
        kept.push((bytes, stored));
    }
    for _ in 0..2 {
        let (bytes, gone) = kept.remove(1);
        attachments.discard(&gone.place);
        attachments.discard(&gone.place);
        let (attachments, place) = (&attachments, &gone.place);
        eventually("a discarded content can be read no more", || async {
            read(attachments, place, 0..bytes.len() as u64).await.is_err()
        })
        .await;
        attachments.discard(place);
        for (bytes, stored) in &kept {
            let found = read(attachments, &stored.place, 0..bytes.len() as u64).await.expect("the others are read");
            assert!(found == *bytes, "another content changed");
        }
    }
}

/// Of all kinds of size, each in small frames, all of them under way together.
pub async fn sixty_four_uploads_at_once_do_not_mix<B: Backend>(backend: B) {
    let (_store, attachments) = backend.open().await;
    let attachments = Arc::new(attachments);
    let uploads = (0..64).map(|seed| {
        let attachments = Arc::clone(&attachments);
        tokio::spawn(async move {
            let sizes = [10, 5_000, 70_000, 300_000, 5 * MIB];
            let size = sizes.get(seed % sizes.len()).copied().unwrap_or_default();
            let bytes = noise(seed as u64, size);
            let stored = store(&*attachments, bytes.clone(), 1_500 + size / 11).await.expect("the content is stored");
            (bytes, stored)
        })
    });
    let stored: Vec<(Bytes, Stored)> =
        join_all(uploads).await.into_iter().map(|upload| upload.expect("an upload ends well")).collect();
    for (bytes, stored) in &stored {
        assert_eq!(stored.digest, digest(bytes));
        let found = read(&*attachments, &stored.place, 0..bytes.len() as u64).await.expect("the content is read");
        assert!(found == *bytes, "a content is not what was stored");
    }
    let places: HashSet<&Place> = stored.iter().map(|(_, stored)| &stored.place).collect();
    assert_eq!(places.len(), stored.len(), "two contents are at one place");
}

async fn nothing_is_held<B: Backend>(backend: &B, attachments: &B::Attachments) {
    eventually("nothing is held", || async { backend.held_bytes(attachments).is_none_or(|bytes| bytes == 0) }).await;
}
