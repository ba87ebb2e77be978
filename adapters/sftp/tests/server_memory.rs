//! What clients cost in memory. A test program of its own, with one test: it measures the whole process, clients and all.

#[path = "server/fetcher.rs"]
#[expect(dead_code, reason = "the other test program uses the rest")]
mod fetcher;
#[path = "server/hub.rs"]
#[expect(dead_code, reason = "the other test program uses the rest")]
mod hub;
#[path = "server/running.rs"]
#[expect(dead_code, reason = "the other test program uses the rest")]
mod running;

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use navette_adapter_kit::Memory;
use navette_adapter_sftp::message::{Archive, Plan};
use russh_sftp::protocol::{Packet, Read, StatusCode};

use fetcher::{Fetcher, is, raw_with};
use hub::{NEIGHBOUR, USER, parcel};
use running::{Running, options};

/// As much as one read gets.
const READ_BYTES: u32 = 261_120;
const LARGE_BYTES: u64 = 1 << 30;
/// What a download may need, on both sides, whatever its size.
const DOWNLOAD_MAX_BYTES: u64 = 32 << 20;
const MANY: usize = 100_000;
/// What a listing of so many may need, on both sides. The names alone are 2.5 MiB; all records together are more than 100 MiB.
const LISTING_MAX_BYTES: u64 = 32 << 20;
/// Clients that ask for a gigabyte each and take nothing.
const GREEDY: u64 = 8;
const GREEDY_READS: u32 = 4_000;
/// What each of them may need, on both sides.
const GREEDY_MAX_BYTES: u64 = 12 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn clients_cost_bounded_memory() {
    let server = Running::start(options()).await;
    a_gigabyte_is_fetched_without_being_held(&server).await;
    a_long_inbox_is_listed_without_being_held(&server).await;
    who_takes_nothing_costs_little(&server).await;
}

fn grown(memory: Option<&Memory>, most: u64, what: &str) {
    if let Some(grown_bytes) = memory.map(Memory::grown_bytes) {
        assert!(grown_bytes <= most, "{what}: {grown_bytes} bytes, more than {most}");
    }
}

async fn a_gigabyte_is_fetched_without_being_held(server: &Running) {
    let parcel = parcel(1, &[("a.pdf", LARGE_BYTES)]);
    let id = server.hub.put(USER, &parcel.delivery);
    let plan = Plan::plain(&parcel.delivery, "DAUA").expect("a plan");
    let mut expected = Context::new(&SHA256);
    let mut archive = Archive::new(&parcel.delivery, &plan);
    while let Some(bytes) = archive.next().await.expect("readable files") {
        expected.update(&bytes);
    }
    let fetcher = Fetcher::connect(server).await;
    let handle = fetcher.open(&plan.name).await.expect("it is opened");
    let memory = Memory::watch();
    let (mut got, mut at) = (Context::new(&SHA256), 0);
    loop {
        match fetcher.part(&handle, at, READ_BYTES).await {
            Ok(part) => {
                at += part.len() as u64;
                got.update(&part);
            }
            Err(error) if is(&error, StatusCode::Eof) => break,
            Err(error) => panic!("it is read: {error:?}"),
        }
    }
    grown(memory.as_ref(), DOWNLOAD_MAX_BYTES, "a gigabyte that is fetched");
    assert_eq!(Some(at), plan.size_bytes(), "it is as long as was said");
    assert_eq!(got.finish().as_ref(), expected.finish().as_ref(), "it arrives byte for byte");
    let memory = Memory::watch();
    for at in [3, LARGE_BYTES] {
        assert_eq!(fetcher.part(&handle, at, 10).await.expect("it is read").len(), 10);
    }
    grown(memory.as_ref(), DOWNLOAD_MAX_BYTES, "a gigabyte that is skipped");
    server.hub.take(USER, id);
}

async fn a_long_inbox_is_listed_without_being_held(server: &Running) {
    server.hub.put_many(NEIGHBOUR, &parcel(2, &[("a.pdf", 10)]).delivery, MANY);
    let fetcher = Fetcher::connect_as(server, NEIGHBOUR).await;
    let memory = Memory::watch();
    let handle = fetcher.sftp.opendir("/").await.expect("opened").handle;
    let mut count = 0;
    while let Ok(page) = fetcher.sftp.readdir(handle.as_str()).await {
        count += page.files.len();
    }
    assert_eq!(count, 1 + MANY);
    grown(memory.as_ref(), LISTING_MAX_BYTES, "a long inbox that is listed");
}

async fn who_takes_nothing_costs_little(server: &Running) {
    let parcel = parcel(3, &[("a.pdf", LARGE_BYTES)]);
    server.hub.put(USER, &parcel.delivery);
    let fetcher = Fetcher::connect_as(server, NEIGHBOUR).await;
    let handle = fetcher.open("A-9-N000000-DAUA-1.zip").await.expect("it is opened");
    let memory = Memory::watch();
    let before = server.counts().bytes;
    let mut greedy = Vec::new();
    for _ in 0..GREEDY {
        let mut raw = raw_with(server, 4).await;
        let handle = raw.open("A-9-X3UGO003-DAUA-1.zip").await;
        let mut reads = Vec::new();
        for id in 0..GREEDY_READS {
            let (offset, handle) = (u64::from(id) * u64::from(READ_BYTES), handle.clone());
            let read = Packet::from(Read { id, handle, offset, len: READ_BYTES });
            reads.extend_from_slice(&Bytes::try_from(read).expect("a packet"));
        }
        // It takes no answer, and so does not come to send all of them either.
        let _sent = tokio::time::timeout(Duration::from_millis(200), raw.send_bytes(&reads)).await;
        greedy.push(raw);
    }
    // Each was sent as much as it lets come in.
    server.counts_until("they are served", |counts| counts.bytes - before >= GREEDY * u64::from(READ_BYTES)).await;
    for _ in 0..1_000 {
        fetcher.part(&handle, 0, 1_000).await.expect("somebody else is served as ever");
    }
    let sent_bytes = server.counts().bytes - before;
    assert!(sent_bytes <= GREEDY * GREEDY_MAX_BYTES, "nothing is made that nobody takes: {sent_bytes} bytes");
    grown(memory.as_ref(), GREEDY * GREEDY_MAX_BYTES, "clients that take nothing");
}
