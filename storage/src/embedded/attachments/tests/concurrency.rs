//! Many at once.

use std::sync::atomic::AtomicU64;

use futures_util::future::join_all;
use proptest::prelude::*;

use super::*;

#[test]
fn sixty_four_uploads_at_once_share_syncs() {
    let bench = Bench::with(|options| options.volume_bytes = 64 * MIB);
    let body = body(1, 20_000);
    let stored = bench.runtime.block_on(join_all((0..64).map(|_| put(bench.store(), &body))));
    let places: HashSet<_> = stored.into_iter().map(|stored| stored.unwrap().location).collect();
    assert_eq!(places.len(), 64);
    assert!(bench.store().statistics().syncs <= 32, "{:?}", bench.store().statistics());
}

#[test]
fn two_uploads_of_one_attachment_do_not_meet() {
    let bench = Bench::new();
    for size in [100_000, 2 * MIB] {
        let (first, second) = (body(1, size), body(2, size));
        let (one, two) = bench.runtime.block_on(async {
            let id = Uuid::now_v7();
            let mut one = bench.store().upload(id, size).unwrap();
            let mut two = bench.store().upload(id, size).unwrap();
            for (left, right) in first.chunks(50_000).zip(second.chunks(50_000)) {
                one.write(Bytes::copy_from_slice(left)).await.unwrap();
                two.write(Bytes::copy_from_slice(right)).await.unwrap();
            }
            (one.finish().await.unwrap(), two.finish().await.unwrap())
        });
        assert!(bench.get(&one.location).unwrap() == first);
        bench.discard(&one.location);
        bench.settle();
        assert!(bench.get(&two.location).unwrap() == second);
    }
}

#[test]
fn an_upload_given_up_at_any_moment_leaves_nothing() {
    let bench = Bench::new();
    for size in [200_000, 2 * MIB] {
        let body = body(1, size);
        // Each time it may go one poll further before it is dropped.
        for polls in 0..40 {
            bench.runtime.block_on(async {
                let mut upload = std::pin::pin!(put(bench.store(), &body));
                for _ in 0..polls {
                    if let Poll::Ready(stored) = futures_util::poll!(upload.as_mut()) {
                        bench.discard(&stored.unwrap().location);
                        break;
                    }
                }
            });
        }
    }
    bench.settle_uploads();
    wait_until(|| {
        bench.settle();
        bench.names("files").iter().all(|shard| bench.names(&format!("files/{shard}")).is_empty())
    });
    let volumes = fs::read_dir(bench.options.directory.join("volumes")).unwrap();
    for volume in volumes {
        let volume = fs::read(volume.unwrap().path()).unwrap();
        assert!(volume.iter().all(|byte| *byte == 0));
    }
}

#[test]
fn uploads_reads_and_deletions_do_not_disturb_each_other() {
    let mut bench = Bench::new();
    let next = AtomicU64::new(1);
    let kept: Vec<Vec<(Location, u64)>> = bench.runtime.block_on(join_all((0..16).map(|_| async {
        let mut kept: Vec<(Location, u64)> = Vec::new();
        for _ in 0..40 {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let size = [700, 9_000, 60_000, 300_000, 1_000_000, 1_500_000][(seed * 7 % 6) as usize] + seed;
            let content = body(seed, size);
            if seed.is_multiple_of(5) {
                let mut dead = bench.store().upload(Uuid::now_v7(), size).unwrap();
                dead.write(content[..size as usize / 2].to_vec().into()).await.unwrap();
                continue;
            }
            let location = bench.known.add(&put(bench.store(), &content).await.unwrap());
            assert!(collect(bench.store().read(&location, 0..size)).await.unwrap() == content);
            kept.push((location, seed));
            if seed.is_multiple_of(2) {
                let (location, _) = kept.swap_remove(seed as usize % kept.len());
                bench.discard(&location);
            }
        }
        kept
    })));
    for reopened in [false, true] {
        if reopened {
            bench.reopen();
        }
        bench.settle();
        for (location, seed) in kept.iter().flatten() {
            assert!(bench.get(location).unwrap() == body(*seed, location.length()), "{location}");
        }
    }
    let live: u64 = kept
        .iter()
        .flatten()
        .map(|(location, _)| match location {
            Location::Inline(_) => 0,
            location => location.length() + 2 * 4096,
        })
        .sum();
    // Metadata of the filesystem counts too.
    assert!(bench.disk_bytes() <= live + MIB, "{} for {live}", bench.disk_bytes());
    assert_eq!(bench.store().statistics().failed_removals, 0);
}

#[derive(Debug, Clone)]
enum Step {
    Store(u64),
    GiveUp(u64),
    Delete(usize),
    Forget(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u64..40_000).prop_map(Step::Store),
        2 => (4_097_u64..40_000).prop_map(Step::GiveUp),
        3 => any::<usize>().prop_map(Step::Delete),
        1 => any::<usize>().prop_map(Step::Forget),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_exactly_what_is_live_is_there(steps in prop::collection::vec(step(), 1..60)) {
        let mut bench = Bench::with(|options| {
            options.volume_max_bytes = 20_000;
            options.volume_bytes = 96 * KIB;
        });
        let mut live: Vec<(Location, u64)> = Vec::new();
        let mut dead: Vec<Location> = Vec::new();
        for (seed, step) in (0_u64..).zip(steps) {
            match step {
                Step::Store(size) => live.push((bench.put_live(&body(seed, size)), seed)),
                Step::GiveUp(size) => bench.runtime.block_on(async {
                    let mut upload = bench.store().upload(Uuid::now_v7(), size).unwrap();
                    upload.write(body(seed, size - 1).into()).await.unwrap();
                }),
                Step::Delete(index) if !live.is_empty() => {
                    let (location, _) = live.swap_remove(index % live.len());
                    bench.discard(&location);
                    dead.push(location);
                }
                // A journal that is applied again deletes again.
                Step::Forget(index) if !dead.is_empty() => bench.discard(&dead[index % dead.len()]),
                Step::Delete(_) | Step::Forget(_) => {}
                Step::Reopen => bench.reopen(),
            }
        }
        bench.reopen();
        for (location, seed) in &live {
            prop_assert!(bench.get(location).unwrap() == body(*seed, location.length()));
        }
        for location in dead.iter().filter(|location| !matches!(location, Location::Inline(_))) {
            prop_assert!(bench.get(location).is_err());
        }
    }
}
