//! What a client sent and nobody answered yet: one buffer with a maximum, cut into packets.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::sync::Notify;

/// The longest request: two paths and what stands around them. Longer ones write files, which nobody may.
const REQUEST_MAX_BYTES: usize = 16 * 1024;
/// What stands before each.
const LENGTH_BYTES: usize = 4;

/// What came is no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoPacket;

/// More came than is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overfull;

/// What came. One side puts bytes in and never waits, the other takes packets out.
#[derive(Debug)]
pub(super) struct Inbound {
    state: Mutex<State>,
    arrived: Notify,
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    bytes: BytesMut,
    /// Whether nothing more will come.
    is_over: bool,
    /// Whether nobody takes anything any more.
    is_left: bool,
}

impl Inbound {
    /// Nothing came yet; at most `most` bytes are kept.
    pub(super) fn new(most: usize) -> Self {
        Self { state: Mutex::default(), arrived: Notify::new(), most: most.max(REQUEST_MAX_BYTES + LENGTH_BYTES) }
    }

    /// Something came.
    pub(super) fn push(&self, bytes: &[u8]) -> Result<(), Overfull> {
        let mut state = self.lock();
        if state.is_left {
            return Ok(());
        }
        if state.bytes.len() + bytes.len() > self.most {
            return Err(Overfull);
        }
        state.bytes.extend_from_slice(bytes);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Nothing more will come.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.arrived.notify_one();
    }

    /// Nobody takes anything any more: what comes is thrown away.
    pub(super) fn leave(&self) {
        let mut state = self.lock();
        state.is_left = true;
        state.bytes = BytesMut::new();
    }

    /// Whether nobody takes anything any more.
    pub(super) fn is_left(&self) -> bool {
        self.lock().is_left
    }

    /// The next packet, without its length; none when no more will come.
    pub(super) async fn next(&self) -> Result<Option<Bytes>, NoPacket> {
        loop {
            if let Some(next) = self.lock().next() {
                return next;
            }
            self.arrived.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next packet, or the end; none when it has not come yet.
    fn next(&mut self) -> Option<Result<Option<Bytes>, NoPacket>> {
        if let Some(length) = self.bytes.first_chunk::<LENGTH_BYTES>() {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            if !(1..=REQUEST_MAX_BYTES).contains(&length) {
                return Some(Err(NoPacket));
            }
            if self.bytes.len() >= LENGTH_BYTES + length {
                self.bytes.advance(LENGTH_BYTES);
                return Some(Ok(Some(self.bytes.split_to(length).freeze())));
            }
        }
        self.is_over.then_some(Ok(None))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Takes out what is there; nothing is waited for.
    fn taken(inbound: &Inbound) -> Result<Vec<Bytes>, NoPacket> {
        let mut packets = Vec::new();
        while let Some(next) = inbound.lock().next() {
            match next? {
                Some(packet) => packets.push(packet),
                None => break,
            }
        }
        Ok(packets)
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_packets(
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..20),
            cut in 1_usize..40,
        ) {
            let inbound = Inbound::new(1 << 20);
            let mut sent = Vec::new();
            for packet in &packets {
                sent.extend_from_slice(&u32::try_from(packet.len()).unwrap().to_be_bytes());
                sent.extend_from_slice(packet);
            }
            let mut got = Vec::new();
            for piece in sent.chunks(cut) {
                inbound.push(piece).unwrap();
                got.extend(taken(&inbound).unwrap());
            }
            prop_assert_eq!(got, packets);
        }

        #[test]
        fn any_bytes_are_packets_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let inbound = Inbound::new(1 << 20);
            inbound.push(&bytes).unwrap();
            let _packets = taken(&inbound);
        }
    }

    #[tokio::test]
    async fn more_than_is_kept_is_refused_and_an_end_is_an_end() {
        let inbound = Inbound::new(0);
        assert_eq!(inbound.push(&[0; REQUEST_MAX_BYTES]), Ok(()));
        assert_eq!(inbound.push(&[0; 5]), Err(Overfull));
        assert_eq!(inbound.next().await, Err(NoPacket), "a packet of no bytes is none");
        let inbound = Inbound::new(0);
        inbound.push(&[0, 0, 0, 9, 1]).unwrap();
        inbound.end();
        assert_eq!(inbound.next().await, Ok(None), "half a packet at the end is none");
    }
}
