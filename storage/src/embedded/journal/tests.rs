//! What the journal promises, one sentence a test.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;

use super::format::{ENTRY_HEADER_BYTES, SEGMENT_HEADER_BYTES, entry_bytes};
use super::*;

const WAIT: Duration = Duration::from_secs(10);

struct Log {
    directory: TempDir,
    segment_bytes: u64,
}

impl Log {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory"), segment_bytes: 64 << 10 }
    }

    fn options(&self) -> Options {
        Options {
            segment_bytes: self.segment_bytes,
            entry_max_bytes: 32 << 10,
            spare_segments: 2,
            ..Options::new(self.directory.path())
        }
    }

    fn recover(&self) -> Result<Recovered, Error> {
        Recovered::open(self.options())
    }

    fn open(&self) -> (Journal<usize>, Receiver<Group<usize>>) {
        let (sender, receiver) = mpsc::sync_channel(1_024);
        let journal =
            self.recover().expect("a sound journal").start(move |group| sender.send(group).expect("the test listens"));
        (journal.expect("a journal"), receiver)
    }

    fn entries(&self) -> Vec<(Position, Vec<u8>)> {
        let mut entries = Vec::new();
        let recovered = self.recover().expect("a sound journal");
        let each = |position, payload: &[u8]| -> Result<(), Error> {
            entries.push((position, payload.to_vec()));
            Ok(())
        };
        recovered.replay(0, each).expect("a readable journal");
        assert_eq!(recovered.last(), entries.last().map_or(0, |(position, _)| *position));
        entries
    }

    /// Appends each payload in a group of its own.
    fn append(&self, payloads: impl IntoIterator<Item = Vec<u8>>) {
        let (journal, groups) = self.open();
        for payload in payloads {
            journal.append(payload, 0).expect("room in the queue");
            assert!(matches!(groups.recv_timeout(WAIT), Ok(Group::Durable(entries)) if entries.len() == 1));
        }
    }

    fn segment(&self, number: u64) -> PathBuf {
        segment::path(self.directory.path(), number)
    }

    fn overwrite(&self, number: u64, offset: u64, bytes: &[u8]) {
        let file = OpenOptions::new().write(true).open(self.segment(number)).expect("the segment exists");
        file.write_all_at(bytes, offset).expect("the segment can be written");
    }
}

fn payload(index: usize) -> Vec<u8> {
    format!("entry {index}, and some more text so that it takes its place").into_bytes()
}

/// Where the `index`-th entry of a segment of `payload`s begins.
fn offset(index: usize) -> u64 {
    (0..index).map(|index| entry_bytes(payload(index).len()) as u64).sum::<u64>() + SEGMENT_HEADER_BYTES as u64
}

#[test]
fn what_was_appended_is_read_back_in_order_after_reopening() {
    let log = Log::new();
    log.append((0..10).map(payload));
    log.append((10..15).map(payload));
    let expected: Vec<_> = (0..15).map(|index| (index as Position + 1, payload(index))).collect();
    assert_eq!(log.entries(), expected);
}

#[test]
fn many_writers_share_groups_and_each_gets_its_own_position() {
    let log = Log::new();
    let (journal, groups) = log.open();
    std::thread::scope(|scope| {
        for writer in 0..64 {
            let journal = &journal;
            scope.spawn(move || {
                (0..20)
                    .for_each(|index| journal.append(payload(index), writer * 20 + index).expect("room in the queue"))
            });
        }
    });
    let mut seen = Vec::new();
    while seen.len() < 1_280 {
        match groups.recv_timeout(WAIT) {
            Ok(Group::Durable(entries)) => seen.extend(entries),
            other => panic!("{other:?}"),
        }
    }
    assert!(seen.iter().map(|(position, _)| *position).eq(1..=1_280));
    let mut tickets: Vec<_> = seen.into_iter().map(|(_, ticket)| ticket).collect();
    tickets.sort_unstable();
    assert!(tickets.into_iter().eq(0..1_280));
    assert_eq!(journal.statistics().entries, 1_280);
    drop(journal);
    assert_eq!(log.entries().len(), 1_280);
}

#[test]
fn segments_rotate_and_released_ones_are_written_over_without_a_trace() {
    let log = Log { segment_bytes: 4 << 10, ..Log::new() };
    for round in 0..6 {
        log.append((0..100).map(|index| payload(round * 100 + index)));
        let (journal, _groups) = log.open();
        journal.release(((round + 1) * 100 - 20) as Position);
        assert!(journal.statistics().segments < 10, "{:?}", journal.statistics());
    }
    let spares = fs::read_dir(log.directory.path()).expect("a directory");
    let spares = spares
        .filter(|entry| {
            entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|suffix| suffix == "spare"))
        })
        .count();
    assert!((1..=2).contains(&spares), "{spares} spares");
    let entries = log.entries();
    assert_eq!(entries.last().map(|(position, _)| *position), Some(600));
    assert!(entries.iter().all(|(position, bytes)| *bytes == payload(*position as usize - 1)));
    assert!(entries.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0));
    assert!(entries.len() >= 20);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_writing_goes_on_there() {
    let size = entry_bytes(payload(4).len()) as u64;
    for kept in 0..size {
        let log = Log::new();
        log.append((0..5).map(payload));
        let padding = size - (ENTRY_HEADER_BYTES + payload(4).len()) as u64;
        log.overwrite(1, offset(4) + kept, &vec![0; (size - kept) as usize]);
        let expected = if size - kept <= padding { 5 } else { 4 };
        // A payload that ends in the bytes that were lost anyway is whole.
        assert_eq!(log.entries().len(), expected, "{kept} bytes kept");
        log.append([payload(9)]);
        assert_eq!(log.entries().last(), Some(&(expected as Position + 1, payload(9))));
    }
}

/// Writes `first` in one group, then `count` entries in another, whatever the committer would have made of them.
fn write_group(log: &Log, first: usize, count: usize) {
    let (sender, receiver) = mpsc::sync_channel::<()>(1);
    let (done, finished) = mpsc::sync_channel(16);
    let mut blocked = Some(receiver);
    let journal = log
        .recover()
        .expect("a sound journal")
        .start(move |group: Group<usize>| {
            if let Some(receiver) = blocked.take() {
                receiver.recv_timeout(WAIT).expect("the test lets go");
            }
            done.send(group).expect("the test listens");
        })
        .expect("a journal");
    (0..first).for_each(|index| journal.append(payload(index), 0).expect("room in the queue"));
    while journal.statistics().entries < first as u64 {
        std::thread::yield_now();
    }
    (first..first + count).for_each(|index| journal.append(payload(index), 0).expect("room in the queue"));
    sender.send(()).expect("the committer waits");
    let mut seen = 0;
    while seen < first + count {
        match finished.recv_timeout(WAIT) {
            Ok(Group::Durable(entries)) => seen += entries.len(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_group_of_which_any_part_is_missing_is_a_torn_tail() {
    for missing in 1..4 {
        let log = Log::new();
        write_group(&log, 1, 3);
        log.overwrite(1, offset(missing) + 40, &[0xFF; 4]);
        let entries = log.entries();
        assert_eq!(entries.len(), missing, "entry {missing} is damaged, those before it stay");
        log.append([payload(7)]);
        log.append([payload(8)]);
        let tail: Vec<_> = log.entries().into_iter().skip(missing).map(|(_, bytes)| bytes).collect();
        assert_eq!(tail, [payload(7), payload(8)]);
    }
}

#[test]
fn damage_before_an_intact_group_refuses_to_open_and_changes_nothing() {
    for damaged in 0..4 {
        let log = Log::new();
        log.append((0..5).map(payload));
        log.overwrite(1, offset(damaged) + 40, &[0xFF; 4]);
        let before = fs::read(log.segment(1)).expect("the segment exists");
        let error = log.recover().expect_err("a hole");
        assert!(matches!(error, Error::Hole { position, .. } if position == damaged as Position + 1), "{error}");
        assert!(error.to_string().contains("does not verify and intact entries follow it"));
        assert_eq!(fs::read(log.segment(1)).expect("the segment exists"), before);
    }
}

#[test]
fn damage_at_the_end_of_a_segment_that_has_a_successor_refuses_to_open() {
    let log = Log { segment_bytes: 4 << 10, ..Log::new() };
    log.append((0..100).map(payload));
    let last = fs::read(log.segment(1)).expect("the segment exists");
    let used = last.iter().rposition(|byte| *byte != 0).expect("something was written");
    log.overwrite(1, used as u64 - 10, &[0xFF; 4]);
    assert!(matches!(log.recover(), Err(Error::Hole { .. })));
}

#[test]
fn a_missing_segment_and_a_damaged_header_refuse_to_open() {
    let log = Log { segment_bytes: 4 << 10, ..Log::new() };
    log.append((0..200).map(payload));
    log.overwrite(2, 20, &[0xFF; 4]);
    assert!(matches!(log.recover(), Err(Error::BadHeader { .. })));
    fs::remove_file(log.segment(2)).expect("the segment exists");
    assert!(matches!(log.recover(), Err(Error::MissingSegment { number: 2, .. })));
}

#[test]
fn another_format_is_refused_with_a_sentence() {
    let log = Log::new();
    log.append([payload(0)]);
    let mut header = format::SegmentHeader { number: 1, first: 1 }.encode();
    header[8..12].copy_from_slice(&9_u32.to_le_bytes());
    header[12..16].fill(0);
    let crc = crc32c::crc32c(&header);
    header[12..16].copy_from_slice(&crc.to_le_bytes());
    log.overwrite(1, 0, &header);
    assert!(matches!(log.recover(), Err(Error::UnknownFormat { format: 9, .. })));
}

#[test]
fn a_second_opener_is_told_that_the_journal_is_in_use() {
    let log = Log::new();
    let (_journal, _groups) = log.open();
    assert!(matches!(log.recover(), Err(Error::InUse { .. })));
}

#[test]
fn limits_give_the_ticket_back_at_once() {
    let log = Log::new();
    let (release, blocked) = mpsc::sync_channel::<()>(1);
    let options = Options { queue_max_entries: 2, entry_max_bytes: 100, ..log.options() };
    let journal = Recovered::open(options)
        .expect("a journal")
        .start(move |_: Group<usize>| assert!(blocked.recv_timeout(WAIT).is_ok()))
        .expect("a journal");
    assert!(matches!(journal.append(vec![0; 101], 7), Err((Error::TooLarge { bytes: 101, max_bytes: 100 }, 7))));
    journal.append(vec![0], 0).expect("room in the queue");
    while journal.statistics().entries == 0 {
        std::thread::yield_now();
    }
    journal.append(vec![1], 1).expect("room in the queue");
    journal.append(vec![2], 2).expect("room in the queue");
    assert!(matches!(journal.append(vec![3], 3), Err((Error::QueueFull, 3))));
    (0..2).for_each(|_| release.send(()).expect("the committer waits"));
    drop(journal);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_pages_of_the_last_group_are_lost_all_former_groups_stay(
        before in 1_usize..6, count in 1_usize..30, lost in proptest::collection::vec(any::<bool>(), 8),
    ) {
        let log = Log::new();
        log.append((0..before).map(payload));
        // One group of `count` entries after `before` durable ones.
        {
            let mut bytes = Vec::new();
            for index in 0..count {
                let header = format::EntryHeader {
                    length: payload(before + index).len(),
                    position: (before + index) as Position + 1,
                    group: before as u64 + 1,
                    last_of_group: index + 1 == count,
                };
                format::encode(&mut bytes, 1, header, &payload(before + index));
            }
            for (page, _) in lost.iter().enumerate().filter(|(_, lost)| **lost) {
                let start = page * 512;
                let end = (start + 512).min(bytes.len());
                if start < end {
                    bytes[start..end].fill(0);
                }
            }
            log.overwrite(1, offset(before), &bytes);
        }
        let entries = log.entries();
        prop_assert!(entries.len() >= before && entries.len() <= before + count);
        prop_assert!(entries.iter().enumerate().all(|(index, (_, bytes))| *bytes == payload(index)));
        let kept = entries.len();
        log.append([payload(500)]);
        log.append([payload(501)]);
        prop_assert_eq!(log.entries().len(), kept + 2);
    }
}

#[test]
fn what_was_kept_for_long_enough_is_gone_from_the_disk_and_the_rest_stays() {
    let log = Log::new();
    let secret = b"a name that nobody should find".to_vec();
    let (journal, groups) = log.open();
    let durable = |payload: Vec<u8>| {
        journal.append(payload, 0).map_err(|(error, _)| error).expect("room");
        assert!(matches!(groups.recv_timeout(WAIT), Ok(Group::Durable(_))));
    };
    let on_disk = || {
        let files =
            fs::read_dir(log.directory.path()).expect("a directory").map(|entry| entry.expect("an entry").path());
        files
            .filter(|path| fs::read(path).is_ok_and(|bytes| bytes.windows(secret.len()).any(|part| part == secret)))
            .count()
    };
    durable(secret.clone());
    journal.seal_after(Duration::ZERO);
    // The next entry goes to the new segment: the committer seals before it writes.
    durable(b"later".to_vec());
    assert_eq!((journal.statistics().segments, on_disk()), (2, 1));
    journal.forget(0, SystemTime::now());
    assert_eq!(on_disk(), 1, "what is not applied yet is kept, however old");
    journal.forget(2, SystemTime::UNIX_EPOCH);
    assert_eq!(on_disk(), 1, "what is not old enough is kept");
    journal.forget(2, SystemTime::now());
    assert_eq!((journal.statistics().segments, on_disk()), (1, 0));
    drop(journal);
    assert_eq!(log.recover().expect("a sound journal").last(), 2);
}

#[test]
fn what_a_recycled_segment_held_before_does_not_stay_behind_its_end() {
    let log = Log::new();
    let secret = b"a name that nobody should find".to_vec();
    let (journal, groups) = log.open();
    let durable = |payload: Vec<u8>| {
        journal.append(payload, 0).map_err(|(error, _)| error).expect("room");
        assert!(matches!(groups.recv_timeout(WAIT), Ok(Group::Durable(_))));
    };
    let fill = |text: &[u8]| {
        let mut payload = text.repeat(20_000 / text.len());
        payload.truncate(20_000);
        (0..3).for_each(|_| durable(payload.clone()));
    };
    fill(&secret);
    fill(b"other ");
    journal.release(3);
    // Recycles the first segment, writes little into it, and leaves it.
    fill(b"again ");
    durable(b"little".to_vec());
    journal.seal_after(Duration::ZERO);
    durable(b"later".to_vec());
    let held = journal.statistics().last;
    journal.release(held);
    journal.forget(held, SystemTime::UNIX_EPOCH);
    let mut read = Vec::new();
    journal.read(|payload| read.push(payload.to_vec()));
    assert_eq!(read.last().map(Vec::as_slice), Some(b"later".as_slice()));
    let spares = fs::read_dir(log.directory.path()).expect("a directory").map(|entry| entry.expect("an entry").path());
    for path in spares.filter(|path| path.extension().is_some_and(|extension| extension == "spare")) {
        let bytes = fs::read(&path).expect("a spare");
        assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("PROPTEST_CASES").is_some() { 512 } else { 64 }))]

    /// Whatever a segment holds, opening it ends: with what is certain, or with a refusal.
    #[test]
    fn any_bytes_in_a_segment_are_read_or_refused(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        length in 0_usize..4_096,
        cut in any::<bool>(),
    ) {
        let log = Log::new();
        log.append((0..5).map(|index| vec![index; 100 + usize::from(index) * 50]));
        let path = fs::read_dir(log.directory.path())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .find(|path| path.extension().is_some_and(|extension| extension == "segment"))
            .expect("a segment");
        let mut bytes = fs::read(&path).expect("a segment");
        for (place, byte) in damage {
            let place = place.index(2_000);
            bytes[place] = byte;
        }
        if cut {
            bytes.truncate(length);
        }
        fs::write(&path, bytes).expect("the segment is written");
        if let Ok(recovered) = log.recover() {
            let mut read = 0;
            recovered
                .replay(0, |_, payload: &[u8]| -> Result<(), Error> {
                    read += 1;
                    assert!(payload.windows(2).all(|pair| pair[0] == pair[1]), "no entry is half of one");
                    Ok(())
                })
                .expect("what was opened can be read");
            prop_assert!(read <= 5);
        }
    }
}
