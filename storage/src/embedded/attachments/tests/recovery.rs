//! What a process left behind when it died.

use super::*;

/// An upload that its process did not live to end: it is dropped only after the store was opened again, which then does not hear of it.
fn unfinished(bench: &Bench, declared: u64) -> Upload {
    bench.runtime.block_on(async {
        let mut upload = bench.store().upload(Uuid::now_v7(), declared).unwrap();
        upload.write(body(1, declared - 1).into()).await.unwrap();
        upload
    })
}

#[test]
fn what_is_live_survives_and_what_is_dead_is_freed() {
    let mut bench = Bench::new();
    let bodies = [5000, 100_000, 700_000, 2 * MIB].map(|size| body(size, size));
    let mut live = Vec::new();
    let mut dead = Vec::new();
    for body in &bodies {
        dead.push(bench.put(body).location);
        live.push(bench.put_live(body));
        dead.push(bench.put(body).location);
    }
    let unfinished = [unfinished(&bench, 300_000), unfinished(&bench, 2 * MIB)];
    bench.reopen();
    for (body, location) in bodies.iter().zip(&live) {
        assert!(bench.get(location).unwrap() == *body);
    }
    for location in &dead {
        assert!(bench.get(location).is_err());
    }
    let live_bytes: u64 = bodies.iter().map(|body| body.len() as u64).sum();
    assert!(bench.disk_bytes() <= live_bytes + 8 * 8192, "{} for {live_bytes}", bench.disk_bytes());
    assert_eq!(bench.names("incoming"), [""; 0]);
    drop(unfinished);
}

#[test]
fn a_start_asks_only_about_the_last_run() {
    let mut bench = Bench::new();
    (0..20).for_each(|seed| drop(bench.put_live(&body(seed, 900 * KIB))));
    bench.put_live(&body(1, 2 * MIB));
    bench.settle();
    bench.reopen();
    // Three of five volumes were sealed.
    assert_eq!(bench.known.questions.lock().iter().filter(|question| question.starts_with("volume")).count(), 2);
    assert_eq!(bench.known.questions.lock().len(), 3);
    bench.reopen();
    assert_eq!(*bench.known.questions.lock(), [""; 0]);
}

#[test]
fn an_upload_that_still_writes_keeps_its_volume_from_being_sealed() {
    let mut bench = Bench::new();
    let slow = unfinished(&bench, 900 * KIB);
    (0..40).for_each(|seed| drop(bench.put_live(&body(seed, 900 * KIB))));
    bench.settle();
    assert!(bench.names("volumes").contains(&"0000000001.open".to_owned()));
    bench.reopen();
    assert!(bench.known.questions.lock().contains(&"volume 1".to_owned()));
    drop(slow);
}

#[test]
fn a_volume_is_sealed_when_its_last_upload_has_ended() {
    let bench = Bench::new();
    let slow = unfinished(&bench, 900 * KIB);
    (0..12).for_each(|seed| drop(bench.put_live(&body(seed, 900 * KIB))));
    drop(slow);
    bench.settle();
    assert!(bench.names("volumes").contains(&"0000000001.sealed".to_owned()));
}

#[test]
fn a_place_is_never_given_out_twice() {
    let mut bench = Bench::new();
    let mut seen = HashSet::new();
    for _ in 0..4 {
        let location = bench.put(&body(1, 100_000)).location;
        assert!(seen.insert(location.clone()), "{location}");
        bench.discard(&location);
        bench.reopen();
    }
    // A deletion that is applied again must not hit what came later.
    let last = bench.put_live(&body(2, 100_000));
    seen.iter().for_each(|old| bench.store().discard(old));
    bench.settle();
    assert!(bench.get(&last).unwrap() == body(2, 100_000));
}

#[test]
fn empty_volumes_of_earlier_runs_go_away() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        bench.put(&body(1, 100_000));
        bench.reopen();
    }
    assert_eq!(bench.names("volumes"), ["0000000004.sealed"]);
    assert_eq!(bench.disk_bytes(), 0);
}

#[test]
fn nothing_is_changed_when_the_view_names_what_is_not_there() {
    let mut bench = Bench::new();
    let location = bench.put_live(&body(1, 100_000));
    bench.store = None;
    for (offset, length) in [(4096, 100_000), (1, 1), (4 * MIB, 1), (u64::MAX - 4095, 1), (0, u64::MAX)] {
        let bogus = Location::Volume { volume: 1, offset, length };
        bench.known.live.lock().insert(bogus.clone());
        let error = Attachments::open(bench.options.clone(), &bench.known).unwrap_err();
        assert!(matches!(error, Error::Extent { volume: 1, .. }), "{error}");
        bench.known.live.lock().remove(&bogus);
    }
    bench.reopen();
    assert!(bench.get(&location).unwrap() == body(1, 100_000));
}

#[test]
fn a_store_is_not_opened_twice() {
    let bench = Bench::new();
    let error = Attachments::open(bench.options.clone(), &bench.known).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
}

#[test]
fn an_unknown_format_is_refused_with_a_sentence() {
    let mut bench = Bench::new();
    bench.store = None;
    fs::write(bench.options.directory.join("format"), "navette attachments 2\n").unwrap();
    let error = Attachments::open(bench.options.clone(), &bench.known).unwrap_err();
    let text = error.to_string();
    assert!(
        text.ends_with(r#"says "navette attachments 2" where this version reads "navette attachments 1""#),
        "{text}"
    );
}

#[test]
fn files_that_are_not_ours_are_left_alone() {
    let mut bench = Bench::new();
    let strange =
        ["volumes/notes.txt", "volumes/1.open", "files/00/notes.txt"].map(|path| bench.options.directory.join(path));
    strange.iter().for_each(|path| fs::write(path, "x").unwrap());
    bench.reopen();
    assert!(strange.iter().all(|path| path.exists()));
}

#[test]
fn without_its_marker_a_start_asks_about_every_file() {
    let mut bench = Bench::new();
    let live = bench.put_live(&body(1, 2 * MIB));
    bench.reopen();
    fs::write(bench.options.directory.join("examined"), "garbage").unwrap();
    bench.reopen();
    assert_eq!(bench.known.questions.lock().iter().filter(|question| question.starts_with("file")).count(), 1);
    assert!(bench.get(&live).is_ok());
}
