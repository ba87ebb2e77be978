//! A gigabyte goes through without being held.

use super::{Bench, Peer, in_time};
use crate::Memory;

/// The largest attachment of the contract.
const LARGE_BYTES: u64 = 1 << 30;
/// What one delivery may need, whatever its size.
const MEMORY_MAX_BYTES: u64 = 32 << 20;

pub(super) async fn a_gigabyte_needs_no_memory<P: Peer>(bench: &Bench<'_, P>) {
    if !P::CARRIES_FILES {
        return;
    }
    let parcel = bench.parcel(60, &[("a.pdf", LARGE_BYTES)]);
    let link = bench.link();
    let memory = Memory::watch();
    in_time("a gigabyte is delivered", link.deliver(&parcel.delivery)).await.expect("a gigabyte is delivered");
    if let Some(grown_bytes) = memory.map(|memory| memory.grown_bytes()) {
        assert!(grown_bytes <= MEMORY_MAX_BYTES, "a gigabyte needs no more than 32 MiB: {grown_bytes} bytes");
    }
    bench.holds_once(&parcel, "a gigabyte arrives byte for byte").await;
}
