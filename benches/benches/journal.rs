//! The journal beside a bare log: entries of 1 kB, from 1, 16, 64 and 256 writers at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use navette_benches::ground;
use navette_benches::limit::Log;
use navette_storage::embedded::journal::{Group, Journal, Options, Recovered};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const ENTRY_BYTES: usize = 1_024;
const WRITERS: [u64; 4] = [1, 16, 64, 256];

/// The time that `writers` at once take when each writes so many times.
fn timed<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    writers: u64,
    times: u64,
    write: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Duration {
    let began = Instant::now();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..writers {
            let write = write.clone();
            tasks.spawn(async move {
                for _ in 0..times {
                    write().await;
                }
            });
        }
        tasks.join_all().await;
    });
    began.elapsed()
}

fn journal(criterion: &mut Criterion) {
    let (directory, runtime) = (ground::directory(), ground::runtime());
    let recovered = Recovered::open(Options::new(directory.path().join("journal"))).expect("a journal");
    let told = |group: Group<oneshot::Sender<()>>| match group {
        Group::Durable(tickets) => tickets.into_iter().for_each(|(_, ticket)| ticket.send(()).expect("somebody waits")),
        Group::Refused(error, _) => panic!("{error}"),
    };
    let journal: Arc<Journal<oneshot::Sender<()>>> = Arc::new(recovered.start(told).expect("a committer"));
    let log = Arc::new(Log::create(&directory.path().join("log")).expect("a log"));
    let mut group = criterion.benchmark_group("journal");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for writers in WRITERS {
        group.throughput(Throughput::Elements(writers));
        group.bench_function(BenchmarkId::new("limit", writers), |bencher| {
            bencher.iter_custom(|entries| {
                let log = Arc::clone(&log);
                timed(&runtime, writers, entries, move || {
                    let log = Arc::clone(&log);
                    async move { log.append(&[7; ENTRY_BYTES]).await.expect("durable") }
                })
            });
        });
        group.bench_function(BenchmarkId::new("navette", writers), |bencher| {
            bencher.iter_custom(|entries| {
                let shared = Arc::clone(&journal);
                let took = timed(&runtime, writers, entries, move || {
                    let journal = Arc::clone(&shared);
                    async move {
                        let (ticket, durable) = oneshot::channel();
                        journal.append(vec![7; ENTRY_BYTES], ticket).map_err(|(error, _)| error).expect("room");
                        durable.await.expect("durable");
                    }
                });
                // Nobody reads these: the segments are written over, as behind a checkpoint.
                journal.release(journal.statistics().last);
                took
            });
        });
    }
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);
