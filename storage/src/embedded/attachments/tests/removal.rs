//! What is given up or deleted is gone, and its space is back.

use std::os::unix::fs::FileExt;

use super::*;
use crate::embedded::attachments::extent::Place;

#[test]
fn a_dead_upload_gives_its_blocks_back_at_once() {
    let bench = Bench::new();
    bench.put_live(&body(1, 10 * KIB));
    let before = bench.disk_bytes();
    for declared in [900 * KIB, 3 * MIB] {
        bench.runtime.block_on(async {
            let mut upload = bench.store().upload(Uuid::now_v7(), declared).unwrap();
            upload.write(body(2, declared - 1).into()).await.unwrap();
        });
    }
    bench.settle_uploads();
    // The space of the extent is taken out of the preallocated volume too.
    assert!(bench.disk_bytes() <= before - 900 * KIB);
    assert_eq!(bench.store().statistics().uploads, 0);
}

#[test]
fn a_deleted_attachment_is_gone_and_its_neighbours_stay() {
    let bench = Bench::new();
    let bodies: Vec<_> = (0..3).map(|seed| body(seed, 500_000)).collect();
    let locations: Vec<_> = bodies.iter().map(|body| bench.put_live(body)).collect();
    let before = bench.disk_bytes();
    bench.discard(&locations[1]);
    bench.settle();
    assert!(bench.disk_bytes() <= before - 500_000);
    assert!(bench.get(&locations[1]).is_err());
    for kept in [0, 2] {
        assert!(bench.get(&locations[kept]).unwrap() == bodies[kept]);
    }
    let needle = &bodies[1][250_000..250_032];
    let volume = fs::read(bench.options.directory.join("volumes/0000000001.open")).unwrap();
    assert!(!volume.windows(32).any(|window| window == needle));
}

#[test]
fn a_deleted_file_is_gone() {
    let bench = Bench::new();
    let location = bench.put_live(&body(1, 2 * MIB));
    let before = bench.disk_bytes();
    bench.discard(&location);
    bench.settle();
    assert!(bench.disk_bytes() <= before - 2 * MIB);
    assert!(bench.get(&location).is_err());
}

#[test]
fn to_delete_again_changes_nothing() {
    let bench = Bench::new();
    for size in [10, 100_000, 2 * MIB] {
        let location = bench.put_live(&body(size, size));
        (0..3).for_each(|_| bench.discard(&location));
        bench.settle();
    }
    let statistics = bench.store().statistics();
    assert_eq!((statistics.removed_files, statistics.failed_removals), (1, 0));
    assert_eq!(statistics.erased_bytes, 102_400);
}

#[test]
fn a_removal_that_was_cut_short_is_done_again() {
    let bench = Bench::new();
    let location = bench.put_live(&body(1, 100_000));
    let volume = File::options().write(true).open(bench.options.directory.join("volumes/0000000001.open")).unwrap();
    volume.write_all_at(&Place { volume: 1, offset: 0, length: 100_000 }.removal(), 0).unwrap();
    assert!(bench.get(&location).is_err());
    bench.discard(&location);
    bench.settle();
    assert_eq!(bench.store().statistics().erased_bytes, 102_400);
}

#[test]
fn only_the_very_extent_that_is_named_is_deleted() {
    let bench = Bench::new();
    let body = body(1, 100_000);
    let stored = bench.put_live(&body);
    bench.put_live(&body);
    for (volume, offset, length) in [
        (1, 0, 99_999),
        (1, 0, 200_000),
        (1, 4096, 100_000),
        (1, 1 << 40, 100_000),
        (1, u64::MAX - 4095, 100_000),
        (1, 17, 100_000),
        (2, 0, 100_000),
    ] {
        bench.store().discard(&Location::Volume { volume, offset, length });
    }
    bench.settle();
    assert_eq!(bench.store().statistics().erased_bytes, 0);
    assert!(bench.get(&stored).unwrap() == body);
}

#[test]
fn a_reader_notices_that_its_attachment_is_deleted_meanwhile() {
    let bench = Bench::new();
    let stored = bench.put(&body(1, MIB));
    let mut reader = bench.store().read(&stored.location, 0..MIB);
    bench.runtime.block_on(async {
        reader.try_next().await.unwrap().unwrap();
        bench.store().discard(&stored.location);
        bench.store().settle().await.unwrap();
        reader.try_next().await.unwrap_err();
        assert!(reader.try_next().await.unwrap().is_none());
    });
}

#[test]
fn a_reader_of_a_file_reads_on_although_it_is_deleted_meanwhile() {
    let bench = Bench::new();
    let body = body(1, 2 * MIB);
    let stored = bench.put(&body);
    let mut reader = bench.store().read(&stored.location, 0..2 * MIB);
    bench.runtime.block_on(async {
        let first = reader.try_next().await.unwrap().unwrap();
        bench.store().discard(&stored.location);
        bench.store().settle().await.unwrap();
        assert!([first.to_vec(), collect(reader).await.unwrap()].concat() == body);
    });
}

#[test]
fn a_volume_in_which_nothing_is_left_is_removed() {
    let bench = Bench::new();
    let locations: Vec<_> = (0..20).map(|seed| bench.put_live(&body(seed, 900 * KIB))).collect();
    bench.settle();
    assert_eq!(bench.names("volumes").len(), 5);
    for location in &locations[..8] {
        bench.discard(location);
    }
    bench.settle();
    assert_eq!(bench.names("volumes"), ["0000000003.sealed", "0000000004.open", "0000000005.open"]);
    assert_eq!(bench.store().statistics().removed_volumes, 2);
    assert!(bench.get(&locations[0]).is_err());
    assert!(bench.get(&locations[8]).is_ok());
}

#[test]
fn a_volume_emptied_before_it_is_sealed_is_removed_when_it_is() {
    let bench = Bench::new();
    let locations: Vec<_> = (0..4).map(|seed| bench.put_live(&body(seed, 900 * KIB))).collect();
    locations.iter().for_each(|location| bench.discard(location));
    (0..8).for_each(|seed| drop(bench.put_live(&body(seed, 900 * KIB))));
    bench.settle();
    assert_eq!(bench.names("volumes"), ["0000000002.open", "0000000003.open"]);
}

#[test]
fn the_unused_end_of_a_sealed_volume_is_given_back() {
    let bench = Bench::new();
    // Three of 1 MiB and their headers leave nearly 1 MiB of 4.
    (0..12).for_each(|seed| drop(bench.put_live(&body(seed, MIB))));
    bench.settle();
    let sealed = fs::metadata(bench.options.directory.join("volumes/0000000001.sealed")).unwrap();
    assert_eq!(sealed.len(), 3 * (MIB + 4096));
    assert!(sealed.blocks() * 512 <= 3 * (MIB + 4096) + 8192);
}
