//! Full and broken disks, damaged files.

use std::os::unix::fs::FileExt;
use std::process::Command;

use super::*;
use crate::embedded::attachments::syncer::{Outcome, Request};
use crate::embedded::attachments::volume::Volume;

#[test]
fn a_short_file_is_an_error_and_not_a_short_attachment() {
    let bench = Bench::new();
    let location = bench.put_live(&body(1, 2 * MIB));
    let Location::File { id, .. } = location else { panic!("{location}") };
    let path = bench.store().shared.files.path(id);
    File::options().write(true).open(&path).unwrap().set_len(MIB).unwrap();
    assert!(bench.get(&location).is_err());
    fs::remove_file(path).unwrap();
    assert_eq!(bench.get(&location).unwrap_err().kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn a_damaged_header_is_an_error() {
    let bench = Bench::new();
    let location = bench.put_live(&body(1, 100_000));
    let path = bench.options.directory.join("volumes/0000000001.open");
    let volume = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    volume.read_exact_at(&mut byte, 20).unwrap();
    volume.write_all_at(&[!byte[0]], 20).unwrap();
    assert!(bench.get(&location).is_err());
}

#[test]
fn a_location_that_never_was_is_an_error() {
    let bench = Bench::new();
    bench.put_live(&body(1, 100_000));
    for location in [
        Location::Volume { volume: 9, offset: 0, length: 100_000 },
        Location::Volume { volume: 1, offset: 4096, length: 5000 },
        Location::Volume { volume: 1, offset: 1 << 40, length: 5000 },
        Location::Volume { volume: 1, offset: u64::MAX - 4095, length: 5000 },
        Location::Volume { volume: 1, offset: 7, length: 5000 },
        Location::File { id: Uuid::from_u128(7), length: 5000 },
    ] {
        assert!(bench.get(&location).is_err(), "{location}");
    }
}

#[test]
fn after_a_failed_sync_nothing_is_stored_any_more_but_all_is_readable() {
    let bench = Bench::new();
    let location = bench.put_live(&body(1, 100_000));
    // The system cannot sync a pipe: the closest thing to a broken disk.
    let (pipe, _writer) = std::io::pipe().unwrap();
    let broken = Arc::new(Volume::new(9, File::from(std::os::fd::OwnedFd::from(pipe)), None, MIB));
    bench.runtime.block_on(async {
        let shared = &bench.store().shared;
        let waiting = bench.store().upload(Uuid::now_v7(), 0).unwrap();
        let mut unsynced = bench.store().upload(Uuid::now_v7(), 5000).unwrap();
        unsynced.write(body(1, 5000).into()).await.unwrap();
        let (done, outcome) = oneshot::channel();
        shared.syncer.put(Request::Sync { volume: broken, done }).unwrap();
        assert!(matches!(outcome.await.unwrap(), Outcome::Failed));
        assert!(matches!(bench.store().upload(Uuid::now_v7(), 5000), Err(Error::Failed)));
        assert!(matches!(unsynced.finish().await, Err(Error::Failed)));
        drop(waiting);
    });
    assert!(bench.store().statistics().failed);
    assert!(bench.get(&location).unwrap() == body(1, 100_000));
}

#[test]
fn no_more_uploads_than_allowed_are_in_progress() {
    let bench = Bench::with(|options| options.uploads_max = 2);
    let first = bench.store().upload(Uuid::now_v7(), 5000).unwrap();
    let _second = bench.store().upload(Uuid::now_v7(), 5000).unwrap();
    assert!(matches!(bench.store().upload(Uuid::now_v7(), 5000), Err(Error::Busy { uploads_max: 2 })));
    drop(first);
    bench.store().upload(Uuid::now_v7(), 5000).unwrap();
}

/// A small filesystem in memory. `None`, with the reason printed, where we may not mount one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(bytes: u64) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={bytes}");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(directory.path()).output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(directory)),
            Ok(output) => {
                println!("skipped, a small disk cannot be mounted: {}", String::from_utf8_lossy(&output.stderr));
                None
            }
            Err(error) => {
                println!("skipped, a small disk cannot be mounted: {error}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

#[test]
fn a_full_disk_refuses_frees_and_recovers() {
    let Some(disk) = SmallDisk::mount(16 * MIB) else { return };
    let mut bench = Bench::with(|options| options.directory = disk.0.path().join("attachments"));
    let mut stored = Vec::new();
    for (size, least) in [(200 * KIB, 10), (2 * MIB, 1)] {
        let before = stored.len();
        // Bounded: the disk holds less than that.
        for seed in 0..200 {
            match bench.runtime.block_on(put(bench.store(), &body(seed, size))) {
                Ok(found) => stored.push((bench.known.add(&found), seed)),
                Err(Error::NoSpace { .. }) => break,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(stored.len() >= before + least && stored.len() < before + 200, "{} of {size}", stored.len() - before);
        bench.settle_uploads();
        // Room for the larger ones: each lies in a volume with others, so all of some volumes.
        for (location, _) in stored.drain(..stored.len() / 2) {
            bench.discard(&location);
        }
        bench.settle();
    }
    bench.put_live(&body(1, 200 * KIB));
    bench.reopen();
    for (location, seed) in &stored {
        assert!(bench.get(location).unwrap() == body(*seed, location.length()));
    }
    drop(bench);
}

#[test]
fn a_disk_that_fills_during_an_upload_frees_all_of_it() {
    let Some(disk) = SmallDisk::mount(8 * MIB) else { return };
    let bench = Bench::with(|options| options.directory = disk.0.path().join("attachments"));
    let ballast = disk.0.path().join("ballast");
    bench.runtime.block_on(async {
        let mut upload = bench.store().upload(Uuid::now_v7(), 6 * MIB).unwrap();
        upload.write(body(1, MIB).into()).await.unwrap();
        upload.write(body(1, MIB).into()).await.unwrap();
        fs::write(&ballast, body(1, 5 * MIB)).unwrap();
        let mut result = Ok(());
        for _ in 0..4 {
            result = upload.write(body(1, MIB).into()).await;
            if result.is_err() {
                break;
            }
        }
        let error = match result {
            Ok(()) => upload.finish().await.unwrap_err(),
            Err(error) => {
                drop(upload);
                error
            }
        };
        assert!(matches!(error, Error::NoSpace { .. }), "{error:?}");
    });
    bench.settle_uploads();
    assert_eq!(bench.disk_bytes(), 0);
    fs::remove_file(ballast).unwrap();
    assert!(bench.get(&bench.put_live(&body(1, 6 * MIB))).is_ok());
}
