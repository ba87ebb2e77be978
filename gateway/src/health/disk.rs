//! How much is free.

use std::path::PathBuf;

use crate::configuration::ByteSize;

/// A check for [`Readiness`](super::Readiness): at least `floor` is free on the disk of `directory`, for somebody who is not root.
pub fn disk_above_floor(directory: PathBuf, floor: ByteSize) -> impl Fn() -> Result<(), String> + Send + Sync {
    move || {
        let disk = rustix::fs::statvfs(&directory).map_err(|error| format!("the disk cannot be asked: {error}"))?;
        let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free_bytes >= floor.0 {
            return Ok(());
        }
        Err(format!("{} MiB are free and the floor is {floor}", free_bytes >> 20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(disk_above_floor(directory.path().to_owned(), ByteSize(0))(), Ok(()));
        let reason = disk_above_floor(directory.path().to_owned(), ByteSize(u64::MAX))().unwrap_err();
        assert!(reason.contains("are free and the floor is"), "{reason}");
        assert!(disk_above_floor(directory.path().join("absent"), ByteSize(0))().is_err());
    }
}
