//! What `navette-compare` compares: the hub with the bare server, or with itself under other circumstances, in turn, in one run.

pub mod cluster;
pub mod crowd;
pub mod deliveries;
pub mod deposits;
pub mod files;
pub mod polls;
pub mod servers;
pub mod stored;

use std::path::PathBuf;

/// The two programs.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The hub.
    pub hub: PathBuf,
    /// The bare server.
    pub limit: PathBuf,
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn say(line: &str) {
    println!("{line}");
}
