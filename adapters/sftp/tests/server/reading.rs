//! Messages are read as they were made.

use std::io::{Cursor, Read as _};
use std::num::NonZero;
use std::sync::atomic::Ordering;

use navette_adapter_kit::Parcel;
use navette_adapter_sftp::message::{Archive, Entry, Plan};
use navette_adapter_sftp::server::Options;
use russh_sftp::protocol::{Packet, StatusCode};
use zip::ZipArchive;

use crate::fetcher::{Fetcher, READ_BYTES, is, raw, refused};
use crate::hub::{USER, parcel};
use crate::running::{Running, options};

/// What deposits look like: forms, their data, scans, files of no bytes, names with all sorts of letters.
const SAMPLES: [&[(&str, u64)]; 4] = [
    &[("flux.xml", 70_001), ("recap.pdf", 3_000_007), ("l'été <à> Noël.pdf", 0), ("second.xml", 65_536)],
    &[("plan.jpg", 32_768)],
    &[],
    &[("a.pdf", 32_767), ("b.pdf", 1), ("c.txt", 32_769), ("d.bin", 65_535)],
];

/// What is served.
pub(crate) async fn plain(parcel: &Parcel) -> (Plan, Vec<u8>) {
    let plan = Plan::plain(&parcel.delivery, "DAUA").expect("a plan");
    let mut archive = Archive::new(&parcel.delivery, &plan);
    let mut bytes = Vec::new();
    while let Some(chunk) = archive.next().await.expect("readable files") {
        bytes.extend_from_slice(&chunk);
    }
    (plan, bytes)
}

#[tokio::test]
async fn each_message_is_listed_with_its_size_and_read_as_it_was_made() {
    let server = Running::start(options()).await;
    let parcels: Vec<_> = (1..).zip(SAMPLES).map(|(number, files)| parcel(number, files)).collect();
    for parcel in &parcels {
        server.hub.put(USER, &parcel.delivery);
    }
    let fetcher = Fetcher::connect(&server).await;
    let listed = fetcher.list("/").await.expect("a listing");
    assert_eq!(listed.len(), 1 + parcels.len(), "the messages, and the directory done: {listed:?}");
    for parcel in &parcels {
        let (plan, expected) = plain(parcel).await;
        let name = plan.name.as_str();
        assert!(listed.contains(&(name.to_owned(), expected.len() as u64)), "{name}: {listed:?}");
        let found = fetcher.sftp.stat(name).await.expect("it is there").attrs;
        assert_eq!(found.size, Some(expected.len() as u64));
        let created = u32::try_from(parcel.delivery.folder.created_at.milliseconds() / 1_000).unwrap();
        assert_eq!((found.mtime, found.is_regular()), (Some(created), true), "the date is that of the folder");
        let got = fetcher.get(name).await.expect("it is read");
        assert!(got == expected, "{name} is read byte for byte");
        let mut archive = ZipArchive::new(Cursor::new(&got)).expect("a zip");
        for entry in &plan.entries {
            let mut read = Vec::new();
            archive.by_name(entry.name()).expect("an entry").read_to_end(&mut read).expect("readable");
            match entry {
                Entry::Made { text, .. } => assert_eq!(read, text.as_bytes()),
                Entry::File { index, .. } => {
                    let digest = navette_storage::conformance::fixtures::digest(&read);
                    assert_eq!(digest, parcel.contents[*index].digest(), "{}", entry.name());
                }
            }
        }
    }
    server.counts_until("all were read", |counts| counts.read == SAMPLES.len()).await;
    assert_eq!(server.counts().acknowledged, 0);
}

#[tokio::test]
async fn a_download_that_was_cut_goes_on_from_where_it_was() {
    let server = Running::start(options()).await;
    let parcel = parcel(1, &[("a.pdf", 5_000_000), ("b.pdf", 5_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, expected) = plain(&parcel).await;
    for at in [1, 100_000, 5_000_001, expected.len() - 1] {
        let fetcher = Fetcher::connect(&server).await;
        let got = fetcher.get_from(&plan.name, at as u64).await.expect("it is read");
        assert!(got == expected[at..], "from {at} on");
    }
}

#[tokio::test]
async fn reads_in_any_order_get_what_lies_there() {
    let window_bytes = 128 * 1024;
    let server = Running::start(Options { window_bytes, ..options() }).await;
    let parcel = parcel(1, &[("a.pdf", 3_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, expected) = plain(&parcel).await;
    let fetcher = Fetcher::connect(&server).await;
    let handle = fetcher.open(&plan.name).await.expect("it is opened");
    let size = expected.len() as u64;
    // A little out of order, within the window: nothing is made twice.
    let before = parcel.files.handed_out_bytes();
    let mut places: Vec<u64> = (0..size / 32_768).map(|index| index * 32_768).collect();
    places.chunks_mut(4).for_each(<[u64]>::reverse);
    for at in places {
        let got = fetcher.part(&handle, at, 32_768).await.expect("it is read");
        assert!(got == expected[usize::try_from(at).unwrap()..][..32_768], "at {at}");
    }
    assert_eq!(parcel.files.handed_out_bytes() - before, 3_000_000, "each file was read once");
    // Anywhere else.
    for at in [size - 1, 0, size / 2, 7, size - 100_000, size - 300_000, 33, size - 2] {
        let got = fetcher.part(&handle, at, 1_000).await.expect("it is read");
        let at = usize::try_from(at).unwrap();
        assert!(got == expected[at..expected.len().min(at + 1_000)], "at {at}");
    }
    for at in [size, size + 1, u64::MAX] {
        let error = fetcher.part(&handle, at, 1_000).await.expect_err("the end was before");
        assert!(is(&error, StatusCode::Eof), "{error:?}");
    }
}

#[tokio::test]
async fn who_asks_for_all_of_a_file_before_reading_any_of_it_gets_all_of_it() {
    let server = Running::start(options()).await;
    let parcel = parcel(1, &[("a.pdf", 60_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, expected) = plain(&parcel).await;
    let mut raw = raw(&server).await;
    let handle = raw.open(&plan.name).await;
    let reads = u32::try_from(expected.len().div_ceil(READ_BYTES as usize)).unwrap();
    for id in 0..reads {
        raw.ask_to_read(id, &handle, u64::from(id) * u64::from(READ_BYTES), READ_BYTES).await;
    }
    let mut got = Vec::new();
    for expected in 0..reads {
        match raw.receive().await {
            Some(Packet::Data(data)) if data.id == expected => got.extend_from_slice(&data.data),
            other => panic!("the answers come in the order of the requests: {other:?}"),
        }
    }
    assert!(got == expected, "it is read byte for byte");
}

#[tokio::test]
async fn keys_are_renewed_while_a_file_is_read() {
    let rekey_bytes = 1 << 20;
    let server = Running::start(Options { rekey_bytes, ..options() }).await;
    let parcel = parcel(1, &[("a.pdf", 20_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, expected) = plain(&parcel).await;
    let mut raw = raw(&server).await;
    let handle = raw.open(&plan.name).await;
    let mut got = Vec::new();
    // Sixteen requests are on their way at once, as clients do.
    let places: Vec<_> = (0..expected.len()).step_by(READ_BYTES as usize).collect();
    for batch in places.chunks(16) {
        for at in batch {
            raw.ask_to_read(7, &handle, *at as u64, READ_BYTES).await;
        }
        for at in batch {
            match raw.receive().await {
                Some(Packet::Data(data)) => got.extend_from_slice(&data.data),
                other => panic!("at {at}: {other:?}"),
            }
        }
    }
    assert!(got == expected, "it is read byte for byte");
}

#[tokio::test]
async fn many_files_are_read_in_turns_with_one_kept_ready() {
    let windows_per_session_max = NonZero::new(1).unwrap();
    let readers_max = NonZero::new(1).unwrap();
    let server = Running::start(Options { windows_per_session_max, readers_max, ..options() }).await;
    let parcels = [1, 2, 3].map(|number| parcel(number, &[("a.pdf", 400_000)]));
    let fetcher = Fetcher::connect(&server).await;
    let mut open = Vec::new();
    for parcel in &parcels {
        server.hub.put(USER, &parcel.delivery);
        let (plan, expected) = plain(parcel).await;
        open.push((fetcher.open(&plan.name).await.expect("it is opened"), expected));
    }
    for at in (0..400_000).step_by(100_000) {
        for (handle, expected) in &open {
            let got = fetcher.part(handle, at as u64, 100_000).await.expect("it is read");
            assert!(got == expected[at..][..100_000], "at {at}");
        }
    }
}

#[tokio::test]
async fn a_read_gets_as_much_as_the_limits_say() {
    let server = Running::start(options()).await;
    let parcel = parcel(1, &[("a.pdf", 3_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, expected) = plain(&parcel).await;
    let fetcher = Fetcher::connect(&server).await;
    let limits = fetcher.sftp.limits().await.expect("the limits are told");
    assert_eq!((limits.max_read_len, limits.max_open_handles), (261_120, 32));
    let handle = fetcher.open(&plan.name).await.expect("it is opened");
    let got = fetcher.part(&handle, 0, u32::MAX).await.expect("it is read");
    assert!(got == expected[..261_120], "who asks for more gets that much");
    let none = fetcher.part(&handle, 0, 0).await.expect("nothing is asked for");
    assert_eq!(none.len(), 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_can_be_read_later() {
    let server = Running::start(options()).await;
    let parcel = parcel(1, &[("a.pdf", 3_000_000)]);
    server.hub.put(USER, &parcel.delivery);
    let (plan, expected) = plain(&parcel).await;
    let fetcher = Fetcher::connect(&server).await;
    parcel.files.fail_after(1_000_000);
    let (code, sentence) = refused(fetcher.get(&plan.name).await);
    assert_eq!(code, StatusCode::Failure);
    assert!(sentence.contains("try again later"), "{sentence}");
    parcel.files.mend();
    assert!(fetcher.get(&plan.name).await.expect("it is read") == expected);
    server.hub.fails.store(true, Ordering::SeqCst);
    let (code, sentence) = refused(fetcher.get(&plan.name).await);
    assert_eq!((code, sentence.contains("try again later")), (StatusCode::Failure, true));
    let counts = server.counts();
    assert_eq!(counts.failed, ["reading a message", "looking for a message"]);
}

#[tokio::test]
async fn a_file_that_is_not_as_long_as_it_was_is_not_passed_on() {
    let server = Running::start(options()).await;
    let mut parcel = parcel(1, &[("a.pdf", 100_000)]);
    let attachment = &mut parcel.delivery.attachments[0];
    attachment.size_bytes = 99_999;
    server.hub.put(USER, &parcel.delivery);
    let fetcher = Fetcher::connect(&server).await;
    let name = Plan::plain(&parcel.delivery, "DAUA").unwrap().name;
    let got = fetcher.get(&name).await.expect("only what was announced is asked for");
    assert!(ZipArchive::new(Cursor::new(got)).is_ok());
    parcel.delivery.attachments[0].size_bytes = 100_001;
    parcel.delivery.folder.external_id = "A-9-X3UGO002".to_owned();
    server.hub.put(USER, &parcel.delivery);
    let (code, _) = refused(fetcher.get("A-9-X3UGO002-DAUA-1.zip").await);
    assert_eq!(code, StatusCode::Failure);
}
