//! Whether what a run deposits fits on the disk of a hub that runs on this machine: found out before it begins.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::arrivals::Arrivals;
use crate::profile::Profile;
use crate::roster::Roster;

/// Dossiers that are looked at to know what one takes.
const LOOKED_AT: u64 = 2_000;
/// What a hub keeps of a folder, and of each of its cases, beside their files, in bytes.
const RECORD_BYTES: u64 = 1_000;
/// What a hub takes whatever is deposited: its journal, volumes and logs, in bytes.
const BESIDES_BYTES: f64 = 2e9;

/// What a run will have deposited in the end, in bytes: `limit` dossiers of it at most.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn needed_bytes(profile: &Profile, limit: Option<u64>) -> f64 {
    let roster = Roster::of(profile);
    let of = |number: u64| {
        let dossier = roster.dossier(number);
        let files: u64 = dossier.files.iter().map(|file| file.size()).sum();
        files + RECORD_BYTES * (1 + dossier.desks.len() as u64)
    };
    let each = (0..LOOKED_AT).map(of).sum::<u64>() as f64 / LOOKED_AT as f64;
    let dossiers = Arrivals::of(profile).expected().min(limit.map_or(f64::INFINITY, |limit| limit as f64));
    dossiers * each + BESIDES_BYTES
}

/// Makes sure that this much is free on the disk of a directory.
///
/// # Errors
/// With what is missing, and how to replay a part.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(crate) fn ensure_room(directory: &Path, needed: f64) -> Result<()> {
    let absolute = std::path::absolute(directory)?;
    let Some(there) = absolute.ancestors().find(|ancestor| ancestor.exists()) else { return Ok(()) };
    let disk = rustix::fs::statvfs(there)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) as f64;
    ensure!(
        needed <= free,
        "about {:.0} GB are needed on the disk of {} and {:.0} GB are free: replay a tenth of it with --scale 0.1 and ten times the --time-warp, which keeps the rates, or name another disk with --data",
        needed / 1e9,
        directory.display(),
        free / 1e9
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_takes_what_its_files_and_records_take() {
        let year = Profile::load("year").unwrap();
        let all = needed_bytes(&year, None) - BESIDES_BYTES;
        assert!((all / (8e6 * 6e3) - 1.0).abs() < 0.1, "{all} bytes");
        assert!((needed_bytes(&year, Some(1_000)) - BESIDES_BYTES - 6e6).abs() < 6e5);
    }

    #[test]
    fn too_little_room_is_told_before_the_start_with_a_way_out() {
        let directory = tempfile::tempdir().unwrap();
        ensure_room(&directory.path().join("not/made/yet"), 1.0).unwrap();
        let error = ensure_room(directory.path(), 1e18).unwrap_err().to_string();
        assert!(error.contains("replay a tenth of it with --scale 0.1"), "{error}");
    }
}
