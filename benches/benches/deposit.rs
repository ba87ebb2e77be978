//! The deposit of a folder with a file of 100 kB, in process, beside its durable writes alone: SHA-256 and a write of the same
//! bytes with a shared sync, and three entries of the size of the hub's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use navette_benches::ground;
use navette_benches::limit::{Log, Volume};
use navette_router::ports::SystemClock;
use navette_router::{Hub, Limits};
use navette_storage::conformance::fixtures::{File, ordinary_process, osl, referential};
use navette_storage::conformance::steps;
use navette_storage::embedded::attachments::{self, Attachments};
use navette_storage::embedded::store::{self, Store};
use navette_storage::embedded::{journal, open, view};
use tokio::task::JoinSet;

const FILE_BYTES: usize = 100_000;
const VOLUME_BYTES: u64 = 256 << 20;
/// What the three entries of a deposit take, in bytes.
const ENTRIES_BYTES: [usize; 3] = [1_000, 300, 400];

fn hub(directory: &std::path::Path) -> Hub<Store, Attachments, SystemClock> {
    let options = store::Options {
        view_directory: directory.join("view"),
        journal: journal::Options::new(directory.join("journal")),
        view: view::Options::default(),
        writer_stripes: 1_024,
        reserve_bytes: 0,
        checkpoint_interval: Duration::from_secs(5),
        retained_entries: 0,
        retained_for: std::time::Duration::from_secs(3_600),
    };
    let attachments = attachments::Options::new(directory.join("attachments"));
    let (store, attachments) = open(&options, attachments).expect("the data are opened");
    Hub::new(store, attachments, SystemClock::default(), Limits::default())
}

/// The time that `writers` at once take when each deposits so many times.
async fn timed<F: Future<Output = ()> + Send + 'static>(
    writers: u64,
    times: u64,
    deposit: impl Fn() -> F + Clone + Send + 'static,
) -> Duration {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..writers {
        let deposit = deposit.clone();
        tasks.spawn(async move {
            for _ in 0..times {
                deposit().await;
            }
        });
    }
    tasks.join_all().await;
    began.elapsed()
}

fn deposit(criterion: &mut Criterion) {
    let (directory, runtime) = (ground::directory(), ground::runtime());
    let hub = Arc::new(hub(directory.path()));
    runtime.block_on(hub.seed(referential(2))).expect("partners are known");
    let log = Arc::new(Log::create(&directory.path().join("log")).expect("a log"));
    let volume = Arc::new(Volume::create(&directory.path().join("volume"), VOLUME_BYTES).expect("a volume"));
    let file = File::data(1, FILE_BYTES);
    let mut group = criterion.benchmark_group("deposit");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for writers in [1, 16, 64] {
        group.throughput(Throughput::Elements(writers));
        let body = file.bytes.clone();
        group.bench_function(BenchmarkId::new("limit", writers), |bencher| {
            bencher.iter_custom(|deposits| {
                let (log, volume, body) = (Arc::clone(&log), Arc::clone(&volume), body.clone());
                runtime.block_on(timed(writers, deposits, move || {
                    bare(Arc::clone(&log), Arc::clone(&volume), body.clone())
                }))
            });
        });
        group.bench_function(BenchmarkId::new("navette", writers), |bencher| {
            bencher.iter_custom(|deposits| {
                let (hub, file) = (Arc::clone(&hub), file.clone());
                runtime.block_on(timed(writers, deposits, move || {
                    let (hub, file) = (Arc::clone(&hub), file.clone());
                    async move {
                        let (caller, files) = (osl(), std::slice::from_ref(&file));
                        let folder = steps::announce(&hub, &caller, &ordinary_process(), &[0], files).await;
                        let folder = folder.expect("the folder is announced");
                        steps::send_files(&hub, &caller, &folder, files).await;
                        steps::complete(&hub, &caller, folder.folder.id).await.expect("the folder is completed");
                    }
                }))
            });
        });
    }
    group.finish();
    drop(runtime);
}

async fn bare(log: Arc<Log>, volume: Arc<Volume>, body: Bytes) {
    let [announced, received, completed] = ENTRIES_BYTES.map(|bytes| vec![7; bytes]);
    log.append(&announced).await.expect("durable");
    std::hint::black_box(digest(&SHA256, &body));
    let offset = volume.reserve(body.len() as u64);
    volume.write(&body, offset).expect("the disk takes it");
    volume.sync().await.expect("durable");
    log.append(&received).await.expect("durable");
    log.append(&completed).await.expect("durable");
}

criterion_group!(benches, deposit);
criterion_main!(benches);
