use super::ledger::Obligation;
use super::*;

const CASES: [&str; 2] = ["case-one", "case-two"];

fn number(case: usize) -> CaseNumber {
    CaseNumber { dossier: 0, case }
}

/// A judge who knows of one acknowledged dossier of two cases.
fn judge() -> Judge {
    let judge = Judge::new(Instant::now(), Duration::from_secs(600));
    judge.open(2, 0);
    judge.announced(0, CASES.into_iter());
    judge.acknowledged(0);
    judge
}

fn deliver(judge: &Judge, case: usize) {
    let sighting = judge.sees(CASES[case], "notification").unwrap();
    assert_eq!(sighting.number, number(case));
    assert!(sighting.visible.is_some() && !sighting.settled);
    assert!(judge.delivered(number(case), true).is_some());
    judge.answers(number(case), false);
    judge.settled(number(case), false);
}

fn told(judge: &Judge, case: usize) {
    let (of, first) = judge.returns(CASES[case]).unwrap();
    assert_eq!(of, number(case));
    assert!(first.is_some());
    judge.closed(number(case));
}

fn counts(judge: &Judge) -> Vec<(Kind, u64)> {
    let (_, findings) = judge.close(Ending::Settled);
    Kind::ALL.iter().map(|kind| (*kind, findings.total().of(*kind))).filter(|row| row.1 > 0).collect()
}

#[test]
fn kept_promises_leave_nothing_to_say() {
    let judge = judge();
    for case in 0..2 {
        deliver(&judge, case);
        told(&judge, case);
    }
    let expected = Standing { acknowledged: 2, delivered: 2, returned: 2, outstanding: 0 };
    assert_eq!(judge.standing(), expected);
    assert_eq!(counts(&judge), []);
}

#[test]
fn what_was_acknowledged_and_not_delivered_is_lost() {
    let judge = judge();
    deliver(&judge, 0);
    told(&judge, 0);
    assert_eq!(judge.standing().outstanding, 1);
    let (_, findings) = judge.close(Ending::Settled);
    assert_eq!(findings.named()[0], Finding::new(Kind::Lost, number(1), 0, "never seen by its recipient"));
}

#[test]
fn an_answer_that_never_comes_back_is_lost() {
    let judge = judge();
    deliver(&judge, 0);
    deliver(&judge, 1);
    told(&judge, 0);
    assert_eq!(counts(&judge), [(Kind::Lost, 1)]);
}

#[test]
fn what_was_never_acknowledged_is_owed_to_nobody() {
    let judge = Judge::new(Instant::now(), Duration::from_secs(1));
    judge.open(1, 0);
    judge.announced(0, ["case-one"].into_iter());
    assert!(judge.sees("case-one", "notification").is_some_and(|sighting| sighting.visible == Some(Duration::ZERO)));
    assert_eq!(counts(&judge), []);
}

#[test]
fn a_case_seen_again_once_it_was_settled_is_told_apart() {
    let judge = judge();
    deliver(&judge, 0);
    let again = judge.sees(CASES[0], "notification").unwrap();
    assert!(again.settled && again.delivered && again.visible.is_none());
    told(&judge, 0);
    assert!(judge.sees(CASES[0], "notification").unwrap().settled, "also once its answer is known");
    assert!(judge.recognizes(number(0), CASES[0]).unwrap().settled);
}

#[test]
fn a_second_folder_of_the_same_dossier_is_doubled() {
    let judge = judge();
    assert!(judge.sees("another-case", "notification").is_none());
    assert!(judge.recognizes(number(0), "another-case").is_some());
    deliver_again(&judge);
    assert_eq!(counts(&judge), [(Kind::Doubled, 1)]);
}

fn deliver_again(judge: &Judge) {
    for (case, identifier) in CASES.into_iter().enumerate() {
        judge.sees(identifier, "notification").unwrap();
        judge.delivered(number(case), true);
        judge.settled(number(case), true);
    }
}

#[test]
fn a_depositor_told_twice_is_doubled_unless_the_answer_was_sent_twice() {
    let judge = judge();
    deliver_again(&judge);
    judge.open(1, 0);
    judge.announced(1, ["case-three"].into_iter());
    judge.acknowledged(1);
    let third = CaseNumber { dossier: 1, case: 0 };
    judge.delivered(third, true);
    judge.answers(third, false);
    for _ in 0..2 {
        assert!(judge.returns("case-three").is_some());
        judge.closed(third);
    }
    assert_eq!(counts(&judge), [(Kind::Doubled, 1)]);
}

#[test]
fn a_case_that_two_notifications_announce_is_doubled() {
    let judge = judge();
    judge.sees(CASES[0], "one").unwrap();
    judge.sees(CASES[0], "one").unwrap();
    assert_eq!(judge.count(Kind::Doubled), 0);
    judge.sees(CASES[0], "other").unwrap();
    judge.sees(CASES[0], "other").unwrap();
    assert_eq!(judge.count(Kind::Doubled), 1);
}

#[test]
fn an_answer_that_is_refused_for_good_is_lost_and_one_that_is_taken_later_is_not() {
    let judge = judge();
    for (case, identifier) in CASES.into_iter().enumerate() {
        judge.sees(identifier, "notification").unwrap();
        judge.delivered(number(case), true);
        judge.answers(number(case), false);
        judge.answer_refused(number(case));
    }
    judge.answers(number(0), false);
    judge.answer_taken(number(0));
    judge.settled(number(0), false);
    told(&judge, 0);
    assert_eq!(judge.standing().outstanding, 1, "the other one is still with its recipient");
    let (_, findings) = judge.close(Ending::Settled);
    assert_eq!(findings.named(), [Finding::new(Kind::Lost, number(1), 0, "its answer was refused")]);
}

#[test]
fn who_never_came_gets_nothing_late() {
    let judge = Judge::new(Instant::now().checked_sub(Duration::from_secs(10)).unwrap(), Duration::ZERO);
    judge.open(1, 0);
    judge.announced(0, ["case-one"].into_iter());
    judge.acknowledged(0);
    judge.delivered(number(0), false);
    assert_eq!(judge.count(Kind::Late), 0);
}

#[test]
fn late_deliveries_are_named() {
    let judge = Judge::new(Instant::now().checked_sub(Duration::from_secs(10)).unwrap(), Duration::ZERO);
    judge.open(1, 0);
    judge.announced(0, ["case-one"].into_iter());
    judge.acknowledged(0);
    let long_after = Instant::now() + Duration::from_millis(5);
    while Instant::now() < long_after {
        std::hint::spin_loop();
    }
    judge.delivered(number(0), true);
    assert_eq!(judge.count(Kind::Late), 1);
}

#[test]
fn what_is_still_owed_when_it_is_cut_short_is_not_lost() {
    let judge = judge();
    deliver(&judge, 0);
    judge.finds(Kind::Doubled, number(0), "twice");
    let (_, findings) = judge.close(Ending::CutShort);
    let total = findings.total();
    assert_eq!((total.of(Kind::Lost), total.of(Kind::Doubled), total.owed), (0, 1, 2), "an answer and a case");
    assert_eq!(findings.of_phase(0), *total);
}

#[test]
fn what_is_broken_belongs_to_the_phase_in_which_its_dossier_was_to_arrive() {
    let judge = Judge::new(Instant::now(), Duration::from_secs(600));
    // Nothing arrives in the phases 1 and 2.
    for (dossier, phase) in [(0, 0), (1, 0), (2, 3), (3, 3), (4, 4)] {
        judge.open(1, phase);
        let identifier = dossier.to_string();
        judge.announced(dossier, [identifier.as_str()].into_iter());
        judge.acknowledged(dossier);
    }
    judge.finds(Kind::Corrupted, CaseNumber { dossier: 3, case: 0 }, "file 1 differs");
    let (_, findings) = judge.close(Ending::Settled);
    let lost = |phase| findings.of_phase(phase).of(Kind::Lost);
    assert_eq!([0, 1, 2, 3, 4, 5].map(lost), [2, 0, 0, 2, 1, 0]);
    assert_eq!(findings.total().of(Kind::Lost), 5);
    assert_eq!([0, 3, 4].map(|phase| findings.of_phase(phase).of(Kind::Corrupted)), [0, 1, 0]);
    assert_eq!(findings.named().iter().map(|finding| finding.phase).collect::<Vec<_>>(), [3, 0, 0, 3, 3, 4]);
}

#[test]
fn a_run_of_a_year_still_tells_times_apart() {
    let year = 365 * 86_400_000;
    let mut obligation = Obligation::default();
    obligation.happens_at(year);
    assert_eq!(obligation.at(), year);
    assert_eq!(obligation.since(year + 1_500), Duration::from_millis(1_500));
    assert_eq!(size_of::<Obligation>(), 16, "and takes no more memory");
}

#[test]
fn ten_million_obligations_fit_into_a_gigabyte() {
    // A table of n entries may have grown to 16/7 n places of 17 bytes, and while it grows the former half is there as well.
    let table = 17.0 * 16.0 / 7.0 * 1.5;
    let bytes = (size_of::<Obligation>() + size_of::<u32>()) as f64 * 1.5 + table;
    assert!(bytes * 10e6 < f64::from(1 << 30), "{bytes} bytes each");
    let judge = judge();
    for dossier in 1..200_000_u64 {
        judge.open(1, 0);
        let identifier = dossier.to_string();
        judge.announced(dossier, [identifier.as_str()].into_iter());
    }
    assert_eq!(judge.sees("123456", "notification").unwrap().number, CaseNumber { dossier: 123_456, case: 0 });
}
