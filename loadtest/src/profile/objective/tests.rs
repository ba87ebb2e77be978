use super::*;

fn is_met(text: &str, value: f64) -> Option<bool> {
    text.parse::<Objective>().unwrap().is_met(Some(Known::exactly(value)))
}

#[test]
fn objectives_are_sentences() {
    let objective: Objective = "visible_p99 < 10min".parse().unwrap();
    assert_eq!(objective.measure, Measure::Latency(Operation::Visible, 0.99));
    let objective: Objective = "p999<=1.5s".parse().unwrap();
    assert_eq!(objective.measure, Measure::Latency(Operation::Deposit, 0.999));
    for (text, good, bad) in
        [("visible_p99 < 10min", 599.0, 600.0), ("lost == 0", 0.0, 1.0), ("errors < 0.1%", 0.0009, 0.001)]
    {
        assert_eq!((is_met(text, good), is_met(text, bad)), (Some(true), Some(false)), "{text}");
    }
}

#[test]
fn what_was_never_measured_or_is_uncertain_is_neither_met_nor_not() {
    let none_lost = "lost == 0".parse::<Objective>().unwrap();
    assert_eq!(none_lost.is_met(None), None);
    let owed = Some(Known { least: 0.0, most: 12.0 });
    assert_eq!((none_lost.is_met(owed), none_lost.spoken(owed)), (None, "between 0 and 12".to_owned()));
    assert_eq!(none_lost.is_met(Some(Known { least: 1.0, most: 12.0 })), Some(false));
    let some_lost = "lost <= 20".parse::<Objective>().unwrap();
    assert_eq!(some_lost.is_met(owed), Some(true));
}

#[test]
fn what_is_not_one_is_refused_with_what_can_be_said() {
    for (text, says) in [
        ("p99", "write it as"),
        ("speed < 1s", "give one of lost, doubled"),
        ("p99 < 3", "is not a duration"),
        ("lost == some", "write it as"),
        ("errors < 5", "write it as"),
        ("sleep_p99 < 1s", "is not a measure"),
    ] {
        let error = text.parse::<Objective>().unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
}
