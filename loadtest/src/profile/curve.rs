//! A curve through the points of a CSV file: a time and a rate in each line.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::quantity::{rate, seconds};

/// Seconds, and deposits a second.
pub(super) type Point = (f64, f64);

/// Reads the points. The first line may name the columns.
///
/// # Errors
/// With the line at fault, and what was expected there.
pub(super) fn read(path: &Path) -> Result<Vec<Point>, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
    let mut points: Vec<Point> = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1_u64..);
    for (index, (row, line)) in lines.filter(|(row, _)| !row.trim().is_empty()).enumerate() {
        let at = |fault: String| format!("{name}, line {line}: {fault}");
        let row = fields(row).map_err(at)?;
        if index == 0 && is_header(&row) {
            continue;
        }
        let point = point(&row).map_err(at)?;
        if points.last().is_some_and(|last| last.0 >= point.0) {
            return Err(at("times must rise".to_owned()));
        }
        points.push(point);
    }
    if points.is_empty() { Err(format!("{name} holds no point")) } else { Ok(points) }
}

/// Line by line, so that a fault names the right one.
fn fields(line: &str) -> Result<StringRecord, String> {
    let mut reader = ReaderBuilder::new().has_headers(false).trim(Trim::All).from_reader(line.as_bytes());
    let row = reader.records().next().unwrap_or_else(|| Ok(StringRecord::new()));
    row.map_err(|error| error.to_string())
}

/// A line in which no field begins as a number does, not even one that is not allowed: whoever meant a point is told what is wrong with it.
fn is_header(row: &StringRecord) -> bool {
    let number = |field: &str| field.starts_with(|first: char| first.is_ascii_digit() || "+-.,".contains(first));
    !row.iter().any(number)
}

fn point(row: &StringRecord) -> Result<Point, String> {
    let (Some(time), Some(value), 2) = (row.get(0), row.get(1), row.len()) else {
        return Err("give a time and a rate, with a comma between them, as in 20s,40/s".to_owned());
    };
    Ok((seconds(time)?, rate(value)?))
}

/// The rate at an instant: in a straight line from point to point, and as at the first and the last beside them.
pub(super) fn between(points: &[Point], time: f64) -> f64 {
    let next = points.partition_point(|point| point.0 <= time);
    match (next.checked_sub(1).and_then(|index| points.get(index)), points.get(next)) {
        (Some(before), Some(after)) => before.1 + (after.1 - before.1) * (time - before.0) / (after.0 - before.0),
        (Some(point), None) | (None, Some(point)) => point.1,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> Result<Vec<Point>, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("curve.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn a_curve_has_all_the_points_of_its_file_with_a_header_and_without() {
        let expected = Ok(vec![(0.0, 4.0), (10.0, 10.0)]);
        for text in [
            "time,rate\n0s,4/s\n10s,10/s\n",
            "0s,4/s\n10s,10/s\n",
            "\u{feff}0s, 4/s\r\n10s, 10/s\r\n",
            "\u{feff}\"Heure\",\"Débit\"\n\n0s,4/s\n10s,10/s",
        ] {
            assert_eq!(points(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_fault_names_its_line_and_the_first_line_is_no_exception() {
        for (text, says) in [
            ("time,rate\n0s,0/s\n0s,10/s\n", "line 3: times must rise"),
            ("time,rate\n0s,-3/s\n", "line 2: \"-3/s\" is not a rate"),
            ("0,10\n1,20\n", "line 1: \"0\" is not a duration"),
            ("0s,much\n", "line 1: \"much\" is not a rate"),
            ("-1s,1/s\n", "line 1: \"-1s\" is not a duration"),
            ("0s;10/s\n", "line 1: give a time and a rate"),
            ("time,rate\n\n0s,1/s,2/s\n", "line 3: give a time and a rate"),
            ("time,rate\n", "no point"),
            ("", "no point"),
        ] {
            assert!(points(text).unwrap_err().contains(says), "{text:?}: {:?}", points(text));
        }
    }

    #[test]
    fn between_two_points_lies_a_straight_line() {
        let curve = [(10.0, 0.0), (20.0, 10.0)];
        assert_eq!([0.0, 12.5, 20.0, 99.0].map(|time| between(&curve, time)), [0.0, 2.5, 10.0, 10.0]);
    }
}
