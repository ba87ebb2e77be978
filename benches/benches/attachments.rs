//! Attachments beside SHA-256, a write and a shared sync: 16 kB, 100 kB, 1 MB and 100 MB, alone and many at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use navette_benches::ground;
use navette_benches::limit::Volume;
use navette_storage::embedded::attachments::{Attachments, BoxError, Live, Location, Options};
use tokio::task::JoinSet;
use uuid::Uuid;

/// What a socket gives at a time, in bytes.
const FRAME_BYTES: usize = 64 * 1024;
const VOLUME_BYTES: u64 = 512 << 20;
/// Size in bytes, how many at once.
const LOADS: [(usize, u64); 8] = [
    (16_000, 1),
    (16_000, 64),
    (100_000, 1),
    (100_000, 64),
    (1_000_000, 1),
    (1_000_000, 64),
    (100_000_000, 1),
    (100_000_000, 4),
];

/// A store that was empty.
struct Nothing;

impl Live for Nothing {
    fn extents(&self, _: u32) -> Result<Vec<(u64, u64)>, BoxError> {
        Ok(Vec::new())
    }

    fn file(&self, _: Uuid) -> Result<bool, BoxError> {
        Ok(false)
    }
}

fn frames(body: &Bytes) -> impl Iterator<Item = Bytes> {
    let body = body.clone();
    (0..body.len()).step_by(FRAME_BYTES).map(move |start| body.slice(start..body.len().min(start + FRAME_BYTES)))
}

async fn bare(volume: Arc<Volume>, body: Bytes) {
    let offset = volume.reserve(body.len() as u64);
    let mut hash = Context::new(&SHA256);
    let mut at = offset;
    for frame in frames(&body) {
        hash.update(&frame);
        volume.write(&frame, at).expect("the disk takes it");
        at += frame.len() as u64;
    }
    std::hint::black_box(hash.finish());
    volume.sync().await.expect("durable");
}

async fn stored(attachments: Arc<Attachments>, body: Bytes) -> Location {
    let mut upload = attachments.upload(Uuid::now_v7(), body.len() as u64).expect("an upload");
    for frame in frames(&body) {
        upload.write(frame).await.expect("the bytes are taken");
    }
    upload.finish().await.expect("durable").location
}

/// `many` tasks at once, each of which does `one` so many times. How long that took, and what it gave.
async fn at_once<F: Future<Output: Send> + Send + 'static>(
    many: u64,
    times: u64,
    one: impl Fn() -> F + Clone + Send + 'static,
) -> (Duration, Vec<F::Output>) {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..many {
        let one = one.clone();
        tasks.spawn(async move {
            let mut given = Vec::new();
            for _ in 0..times {
                given.push(one().await);
            }
            given
        });
    }
    let given = tasks.join_all().await.into_iter().flatten().collect();
    (began.elapsed(), given)
}

fn attachments(criterion: &mut Criterion) {
    let (directory, runtime) = (ground::directory(), ground::runtime());
    let store = Attachments::open(Options::new(directory.path().join("attachments")), &Nothing).expect("a store");
    let store = Arc::new(store);
    let volume = Arc::new(Volume::create(&directory.path().join("volume"), VOLUME_BYTES).expect("a volume"));
    let mut group = criterion.benchmark_group("attachments");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    for (size, many) in LOADS {
        let body = Bytes::from(ground::noise(size));
        group.throughput(Throughput::Bytes(size as u64 * many));
        let name = format!("{size} bytes, {many} at once");
        group.bench_function(BenchmarkId::new("limit", &name), |bencher| {
            bencher.iter_custom(|times| {
                let (volume, body) = (Arc::clone(&volume), body.clone());
                runtime.block_on(at_once(many, times, move || bare(Arc::clone(&volume), body.clone()))).0
            });
        });
        group.bench_function(BenchmarkId::new("navette", &name), |bencher| {
            bencher.iter_custom(|times| {
                let (inner, body) = (Arc::clone(&store), body.clone());
                let (took, locations) =
                    runtime.block_on(at_once(many, times, move || stored(Arc::clone(&inner), body.clone())));
                // So that the disk does not fill.
                locations.iter().for_each(|location| store.discard(location));
                runtime.block_on(store.settle()).expect("what was discarded is gone");
                took
            });
        });
    }
    group.finish();
}

criterion_group!(benches, attachments);
criterion_main!(benches);
