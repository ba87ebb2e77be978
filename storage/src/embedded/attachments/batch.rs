//! Frames on their way to the disk: kept as they came until there are enough for one system call.

use std::fs::File;
use std::io::{self, IoSlice};

use bytes::{Bytes, BytesMut};
use rustix::io::Errno;

use super::disk::Caching;

/// Smaller frames are copied together: a client that sends bytes one by one must not cost a list of a million frames, each of which
/// keeps the buffer alive that it came in.
const COPIED_FRAME_MAX_BYTES: usize = 2048;

/// Frames that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Batch {
    frames: Vec<Bytes>,
    small: BytesMut,
    bytes: usize,
}

impl Batch {
    /// Takes the next frame.
    pub(super) fn push(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        if frame.len() <= COPIED_FRAME_MAX_BYTES {
            self.small.extend_from_slice(&frame);
        } else {
            self.gather_small();
            self.frames.push(frame);
        }
    }

    /// The bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All frames so far; the batch is empty afterwards.
    pub(super) fn take(&mut self) -> Vec<Bytes> {
        self.gather_small();
        self.bytes = 0;
        std::mem::take(&mut self.frames)
    }

    fn gather_small(&mut self) {
        if !self.small.is_empty() {
            self.frames.push(self.small.split().freeze());
        }
    }
}

/// Writes `first`, then all frames, at `offset`. One system call when the system takes all of it. Returns the bytes written.
///
/// `caching` becomes [`Kept`](Caching::Kept) where the system or the filesystem can do nothing else.
pub(super) fn write(
    file: &File,
    first: &[u8],
    frames: &[Bytes],
    offset: u64,
    caching: &mut Caching,
) -> io::Result<u64> {
    let mut slices: Vec<_> = std::iter::once(first).chain(frames.iter().map(AsRef::as_ref)).map(IoSlice::new).collect();
    let mut rest = slices.as_mut_slice();
    let mut written = 0;
    // Advancing by nothing drops empty slices, of which the system would say that it wrote nothing.
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match rustix::io::pwritev2(file, rest, offset + written, caching.flags()) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(bytes) => {
                written += bytes as u64;
                IoSlice::advance_slices(&mut rest, bytes);
            }
            Err(Errno::INTR) => {}
            Err(error) if caching.is_refused(error) => *caching = Caching::Kept,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn frames_of_all_sizes_arrive_in_order() {
        let mut batch = Batch::default();
        let mut expected = b"first".to_vec();
        for (index, size) in [0, 1, 5000, 0, 3, 2048, 2049, 1, 1].into_iter().cycle().take(5000).enumerate() {
            let frame = Bytes::from(vec![index as u8; size]);
            expected.extend_from_slice(&frame);
            batch.push(frame);
        }
        assert_eq!(batch.bytes(), expected.len() - 5);
        let frames = batch.take();
        for mut caching in [Caching::Kept, Caching::Dropped] {
            let file = tempfile::tempfile().unwrap();
            assert_eq!(write(&file, b"first", &frames, 7, &mut caching).unwrap(), expected.len() as u64);
            let mut read = vec![0; expected.len()];
            file.read_exact_at(&mut read, 7).unwrap();
            assert!(read == expected);
        }
        assert_eq!((batch.bytes(), batch.take().len()), (0, 0));
    }

    #[test]
    fn single_bytes_do_not_make_a_long_list() {
        let mut batch = Batch::default();
        (0..100_000).for_each(|_| batch.push(Bytes::from_static(b"x")));
        assert_eq!(batch.take().len(), 1);
    }
}
