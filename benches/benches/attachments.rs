//! Attachments beside SHA-256, a write and a shared sync: 16 kB, 100 kB, 1 MB and 100 MB, alone and many at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use navette_benches::ground;
use navette_benches::limit::Volume;
use navette_storage::embedded::attachments::{Attachments, BoxError, Live, Options};
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

async fn stored(attachments: Arc<Attachments>, body: Bytes) {
    let mut upload = attachments.upload(Uuid::now_v7(), body.len() as u64).expect("an upload");
    for frame in frames(&body) {
        upload.write(frame).await.expect("the bytes are taken");
    }
    let stored = upload.finish().await.expect("durable");
    // So that the disk does not fill; the time it takes elsewhere is part of the truth.
    attachments.discard(&stored.location);
}

async fn at_once<F: Future<Output = ()> + Send + 'static>(
    many: u64,
    total: u64,
    one: impl Fn() -> F + Clone + Send + 'static,
) {
    let mut tasks = JoinSet::new();
    for number in 0..many {
        let (one, share) = (one.clone(), total / many + u64::from(number < total % many));
        tasks.spawn(async move {
            for _ in 0..share {
                one().await;
            }
        });
    }
    tasks.join_all().await;
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
        group.throughput(Throughput::Bytes(size as u64));
        let name = format!("{size} bytes, {many} at once");
        group.bench_function(BenchmarkId::new("limit", &name), |bencher| {
            bencher.iter_custom(|total| {
                let (volume, body) = (Arc::clone(&volume), body.clone());
                let began = Instant::now();
                runtime.block_on(at_once(many, total, move || bare(Arc::clone(&volume), body.clone())));
                began.elapsed()
            });
        });
        group.bench_function(BenchmarkId::new("navette", &name), |bencher| {
            bencher.iter_custom(|total| {
                let (inner, body) = (Arc::clone(&store), body.clone());
                let began = Instant::now();
                runtime.block_on(at_once(many, total, move || stored(Arc::clone(&inner), body.clone())));
                let took = began.elapsed();
                runtime.block_on(store.settle()).expect("what was discarded is gone");
                took
            });
        });
    }
    group.finish();
}

criterion_group!(benches, attachments);
criterion_main!(benches);
