//! Memory in which an extent is put together before it is written: aligned, so that the disk can read it in place, and used again.

use parking_lot::Mutex;

use super::extent::ALIGNMENT_BYTES;

const ALIGNMENT: usize = ALIGNMENT_BYTES as usize;
/// Free buffers are kept by how many times their size doubles one page: up to 512 KiB.
const CLASSES: usize = 8;

/// A buffer that begins at, and is as long as, a multiple of [`ALIGNMENT_BYTES`].
#[derive(Debug)]
pub(super) struct Buffer {
    memory: Vec<u8>,
    begin: usize,
    bytes: usize,
}

impl Buffer {
    fn new(bytes: usize) -> Self {
        let memory = vec![0; bytes + ALIGNMENT];
        let begin = memory.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        Self { memory, begin, bytes }
    }

    /// What is in it.
    pub(super) fn bytes(&self) -> &[u8] {
        self.memory.get(self.begin..self.begin + self.bytes).unwrap_or_default()
    }

    /// What is in it, to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.begin..self.begin + self.bytes).unwrap_or_default()
    }
}

/// Buffers that wait to be used again.
#[derive(Debug)]
pub(super) struct Buffers {
    free: [Mutex<Vec<Buffer>>; CLASSES],
    /// How much may wait in each class, in bytes.
    kept_bytes: usize,
}

impl Buffers {
    /// None yet.
    pub(super) fn new(kept_bytes: usize) -> Self {
        Self { free: Default::default(), kept_bytes }
    }

    /// A buffer of `bytes` bytes, a multiple of [`ALIGNMENT_BYTES`]. What another upload left in it is still there.
    pub(super) fn take(&self, bytes: usize) -> Buffer {
        let class = class(bytes);
        let free = self.free.get(class).and_then(|free| free.lock().pop());
        let mut buffer = free.unwrap_or_else(|| Buffer::new(if class < CLASSES { ALIGNMENT << class } else { bytes }));
        buffer.bytes = bytes;
        buffer
    }

    /// Takes one back.
    pub(super) fn give(&self, buffer: Buffer) {
        let size = buffer.memory.len() - ALIGNMENT;
        let Some(free) = self.free.get(class(size)) else { return };
        let mut free = free.lock();
        if (free.len() + 1) * size <= self.kept_bytes {
            free.push(buffer);
        }
    }
}

/// The smallest class whose buffers hold so many bytes.
fn class(bytes: usize) -> usize {
    let pages = bytes.div_ceil(ALIGNMENT).max(1);
    pages.next_power_of_two().trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_aligned_and_as_large_as_asked_for() {
        let buffers = Buffers::new(1 << 20);
        for pages in [1, 2, 3, 25, 64, 65, 128, 129, 1_000] {
            let mut buffer = buffers.take(pages * ALIGNMENT);
            assert_eq!(buffer.bytes().len(), pages * ALIGNMENT);
            assert_eq!(buffer.bytes().as_ptr().align_offset(ALIGNMENT), 0);
            buffer.bytes_mut().fill(7);
            buffers.give(buffer);
        }
    }

    #[test]
    fn a_buffer_is_used_again_and_not_too_many_are_kept() {
        let buffers = Buffers::new(10 * ALIGNMENT);
        let first = buffers.take(3 * ALIGNMENT);
        let at = first.bytes().as_ptr();
        buffers.give(first);
        let again = buffers.take(4 * ALIGNMENT);
        assert_eq!((again.bytes().as_ptr(), again.bytes().len()), (at, 4 * ALIGNMENT));
        let many: Vec<Buffer> = (0..5).map(|_| buffers.take(4 * ALIGNMENT)).collect();
        many.into_iter().for_each(|buffer| buffers.give(buffer));
        assert_eq!(buffers.free[2].lock().len(), 2);
    }
}
