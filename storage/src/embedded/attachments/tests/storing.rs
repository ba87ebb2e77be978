//! What is stored comes back.

use super::*;

#[test]
fn every_size_comes_back_byte_for_byte_from_the_place_it_belongs_to() {
    let bench = Bench::new();
    let sizes = [0, 1, 63, 4095, 4096, 4097, 8192 - 64, 8193, 100_000, MIB - 1, MIB, MIB + 1, 3 * MIB + 17];
    for (seed, size) in sizes.into_iter().enumerate() {
        let body = body(seed as u64, size);
        let stored = bench.put(&body);
        match stored.location {
            Location::Inline(_) => assert!(size <= 4 * KIB),
            Location::Volume { .. } => assert!(size > 4 * KIB && size <= MIB),
            Location::File { .. } => assert!(size > MIB),
        }
        assert_eq!((stored.size, stored.location.length()), (size, size));
        assert_eq!(stored.digest, sha256(&body));
        assert!(stored.head == body[..body.len().min(8192)]);
        assert!(bench.get(&stored.location).unwrap() == body, "{size}");
    }
    assert_eq!(bench.store().statistics().stored, sizes.len() as u64);
}

#[test]
fn where_the_disk_cannot_be_written_past_memory_the_same_is_stored() {
    let bench = Bench::with(|options| options.direct = false);
    for size in [5_000, 8192 - 64, 60_000] {
        let body = body(size, size);
        let stored = bench.put(&body);
        assert!(bench.get(&stored.location).unwrap() == body, "{size}");
    }
}

#[test]
fn nothing_of_another_attachment_is_behind_the_end_of_one() {
    let bench = Bench::new();
    // The second takes the memory that the first was put together in.
    bench.put(&vec![0xa5; 16_000]);
    let stored = bench.put(&vec![0x5a; 13_000]);
    let Location::Volume { volume, offset, length } = stored.location else { panic!("in a volume") };
    let path = bench.options.directory.join(format!("volumes/{volume:010}.open"));
    let volume = fs::read(path).unwrap();
    let end = offset as usize + extent::HEADER_BYTES + length as usize;
    let behind = &volume[end..end.next_multiple_of(4096)];
    assert!(!behind.is_empty() && behind.iter().all(|byte| *byte == 0));
}

#[test]
fn ranges_are_read_exactly() {
    let bench = Bench::new();
    for size in [1000, 200_000, 2 * MIB] {
        let body = body(size, size);
        let stored = bench.put(&body);
        for range in [0..0, 0..1, 1..2, size - 1..size, size..size, 500..900, 1..size - 1, size / 3..size / 2] {
            let read = bench.get_range(&stored.location, range.clone()).unwrap();
            assert!(read == body[range.start as usize..range.end as usize], "{range:?} of {size}");
        }
    }
}

#[test]
#[expect(clippy::reversed_empty_ranges, reason = "a caller may compute such a range, and must be told")]
fn a_range_outside_the_attachment_is_an_error() {
    let bench = Bench::new();
    for size in [1000, 200_000, 2 * MIB] {
        let stored = bench.put(&body(1, size));
        for range in [0..size + 1, size..size + 1, 2..1, u64::MAX - 1..u64::MAX] {
            let error = bench.get_range(&stored.location, range).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn chunks_are_no_larger_than_asked_for() {
    let bench = Bench::new();
    let stored = bench.put(&body(1, 500_000));
    let reader = bench.store().read(&stored.location, 0..500_000);
    let chunks: Vec<Bytes> = bench.runtime.block_on(reader.try_collect()).unwrap();
    assert!(chunks.len() >= 500_000 / (64 * 1024));
    assert!(chunks.iter().all(|chunk| chunk.len() <= 64 * 1024 && !chunk.is_empty()));
}

#[test]
fn what_the_system_has_dropped_from_memory_is_read_from_disk() {
    let bench = Bench::new();
    for size in [200_000, 2 * MIB] {
        let body = body(3, size);
        let stored = bench.put(&body);
        for part in ["volumes", "files"] {
            drop_cache(&bench.options.directory.join(part));
        }
        assert!(bench.get(&stored.location).unwrap() == body);
    }
}

fn drop_cache(path: &Path) {
    if path.is_file() {
        let file = File::open(path).unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    } else {
        fs::read_dir(path).unwrap().for_each(|entry| drop_cache(&entry.unwrap().path()));
    }
}

#[test]
fn a_body_longer_than_declared_is_refused_at_the_first_byte_too_many() {
    let bench = Bench::new();
    for declared in [0, 10, 100_000, 2 * MIB] {
        bench.runtime.block_on(async {
            let mut upload = bench.store().upload(Uuid::now_v7(), declared).unwrap();
            upload.write(body(1, declared).into()).await.unwrap();
            let error = upload.write(Bytes::from_static(b"x")).await.unwrap_err();
            assert!(matches!(error, Error::TooLong { declared_bytes } if declared_bytes == declared));
        });
    }
    bench.settle_uploads();
}

#[test]
fn an_upload_that_met_an_error_cannot_be_finished() {
    let bench = Bench::new();
    for declared in [10, 100_000, 2 * MIB] {
        bench.runtime.block_on(async {
            let mut upload = bench.store().upload(Uuid::now_v7(), declared).unwrap();
            upload.write(body(1, declared).into()).await.unwrap();
            upload.write(Bytes::from_static(b"x")).await.unwrap_err();
            assert!(matches!(upload.write(Bytes::new()).await, Err(Error::Io { .. })));
            assert!(matches!(upload.finish().await, Err(Error::Io { .. })));
        });
    }
    bench.settle_uploads();
    assert_eq!(bench.store().statistics().stored, 0);
}

#[test]
fn a_body_shorter_than_declared_is_refused_at_its_end() {
    let bench = Bench::new();
    for declared in [10, 100_000, 2 * MIB] {
        bench.runtime.block_on(async {
            let mut upload = bench.store().upload(Uuid::now_v7(), declared).unwrap();
            upload.write(body(1, declared - 1).into()).await.unwrap();
            let error = upload.finish().await.unwrap_err();
            assert!(matches!(error, Error::TooShort { received_bytes, .. } if received_bytes == declared - 1));
        });
    }
    bench.settle_uploads();
    assert_eq!(bench.store().statistics().uploads, 0);
}

#[test]
fn a_body_sent_byte_by_byte_is_stored() {
    let bench = Bench::new();
    let body = body(9, 10_000);
    let stored = bench.runtime.block_on(async {
        let mut upload = bench.store().upload(Uuid::now_v7(), 10_000).unwrap();
        for byte in &body {
            upload.write(Bytes::copy_from_slice(&[*byte])).await.unwrap();
            upload.write(Bytes::new()).await.unwrap();
        }
        upload.finish().await.unwrap()
    });
    assert_eq!(stored.digest, sha256(&body));
    assert!(bench.get(&stored.location).unwrap() == body);
}

#[test]
fn many_volumes_are_filled_and_all_stay_readable() {
    let bench = Bench::with(|options| options.open_volumes_max = 2);
    let bodies: Vec<_> = (0..40).map(|seed| body(seed, 900 * KIB)).collect();
    let locations: Vec<_> = bodies.iter().map(|body| bench.put_live(body)).collect();
    bench.settle();
    // Four in each volume of 4 MiB; the one that is written and the one before it are not sealed.
    assert_eq!(bench.names("volumes").len(), 10);
    assert_eq!(bench.store().statistics().sealed_volumes, 8);
    for (body, location) in bodies.iter().zip(&locations) {
        assert!(bench.get(location).unwrap() == *body);
    }
}
