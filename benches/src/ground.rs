//! Where benches write, and the runtime they run on.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A directory on the disk to be measured: below `NAVETTE_BENCH_DIR`, or below the build directory, which is rarely in memory.
///
/// # Panics
/// When there is none.
pub fn directory() -> TempDir {
    let below = std::env::var_os("NAVETTE_BENCH_DIR").map_or_else(
        || {
            let program = std::env::current_exe().expect("the path of this program");
            program.parent().map(PathBuf::from).unwrap_or_default()
        },
        PathBuf::from,
    );
    tempfile::Builder::new().prefix("navette-bench-").tempdir_in(below).expect("a directory to write to")
}

/// The runtime of the hub.
///
/// # Panics
/// When there is none.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// Bytes that do not compress.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
