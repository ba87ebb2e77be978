//! How much memory this process took.

use std::fs;

/// Measures the memory of the whole process from a moment on. Nothing else may run in it meanwhile that needs much.
#[derive(Debug)]
pub struct Memory {
    before_bytes: u64,
}

impl Memory {
    /// From now on. None where the system does not tell.
    pub fn watch() -> Option<Self> {
        // Sets the highest so far back to what it is now (proc(5)).
        fs::write("/proc/self/clear_refs", "5").ok()?;
        Some(Self { before_bytes: highest_bytes()? })
    }

    /// By how many bytes it grew at its highest.
    pub fn grown_bytes(&self) -> u64 {
        highest_bytes().expect("the system still tells").saturating_sub(self.before_bytes)
    }
}

fn highest_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
