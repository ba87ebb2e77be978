//! The assessment as a table for a terminal.

use super::{Assessment, Row, Unit};

const HEADINGS: [&str; 7] = ["limit", "in use", "peak", "of", "used", "headroom", "what raises it"];
/// Above, the next limit is told as a warning.
const NEAR: f64 = 0.8;

/// The table, a line that names what ends first, and what was refused.
pub fn render(assessment: &Assessment) -> String {
    let rows: Vec<[String; 7]> = assessment.limits.iter().map(cells).collect();
    let width = |column: usize| {
        let longest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        longest.max(HEADINGS[column].len())
    };
    let widths: [usize; 7] = std::array::from_fn(width);
    let line = |cells: [&str; 7]| {
        let padded = cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            6 => (*cell).to_owned(),
            _ => format!("{cell:>width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![
        format!(
            "Over {:.0} s, at {:.0} requests per second. What is nearest to its limit comes first.",
            assessment.seconds, assessment.requests_per_second
        ),
        String::new(),
        line(HEADINGS),
    ];
    lines.extend(rows.iter().map(|row| line(row.each_ref().map(String::as_str))));
    lines.push(String::new());
    lines.extend(assessment.limits.first().map(first));
    let refused = assessment.limits.iter().filter(|row| row.refused.is_some_and(|refused| refused > 0.0));
    lines.extend(refused.map(|row| {
        format!("Refused since the start because of {}: {:.0}.", row.limit, row.refused.unwrap_or_default())
    }));
    lines.join("\n")
}

fn first(row: &Row) -> String {
    let warning = if row.saturation >= NEAR { "Near its limit: " } else { "First to be reached: " };
    format!("{warning}{}, {} used; {} raises it.", row.limit, percent(row.saturation), row.remedy)
}

fn cells(row: &Row) -> [String; 7] {
    let show = |value: f64| match row.unit {
        Unit::Bytes => bytes(value),
        Unit::Share => format!("{value:.2}"),
        Unit::Count => format!("{value:.0}"),
    };
    let peak = row.peak.map_or_else(|| "-".to_owned(), show);
    let used = percent(row.saturation);
    [row.limit.clone(), show(row.used), peak, show(row.max), used, headroom(row), row.remedy.to_owned()]
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// For a disk, the time that is left; otherwise how many times the present use there is room for.
fn headroom(row: &Row) -> String {
    const DAY: f64 = 86_400.0;
    match row.full_in_seconds {
        Some(seconds) if seconds < DAY => format!("{:.1} hours", seconds / 3_600.0),
        Some(seconds) if seconds < 1_000.0 * DAY => format!("{:.0} days", seconds / DAY),
        Some(_) => "years".to_owned(),
        None if row.saturation < 0.01 => "× 100 +".to_owned(),
        None => format!("× {:.1}", 1.0 / row.saturation),
    }
}

fn bytes(value: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    if !value.is_finite() {
        return "any".to_owned();
    }
    let (mut value, mut unit) = (value, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 100.0);
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(limit: &str, unit: Unit, used: f64, max: f64) -> Row {
        let saturation = used / max;
        Row {
            limit: limit.to_owned(),
            unit,
            used,
            peak: None,
            max,
            saturation,
            refused: None,
            full_in_seconds: None,
            remedy: "this key",
        }
    }

    #[test]
    fn the_table_names_what_ends_first_and_what_was_refused() {
        let mut disk = row("storage.disk_floor_bytes", Unit::Bytes, 45.0 * 1024.0 * 1024.0, 100.0 * 1024.0 * 1024.0);
        disk.full_in_seconds = Some(3.0 * 86_400.0);
        let mut queue = row("storage.journal.queue_max_entries", Unit::Count, 10.0, 65_536.0);
        queue.refused = Some(3.0);
        let limits = vec![row("processors", Unit::Share, 1.7, 2.0), disk, queue];
        let text = render(&Assessment { seconds: 10.0, requests_per_second: 1234.4, limits });
        let expected = "\
Over 10 s, at 1234 requests per second. What is nearest to its limit comes first.

limit                                in use  peak       of  used  headroom  what raises it
processors                             1.70     -     2.00  85 %     × 1.2  this key
storage.disk_floor_bytes           45.0 MiB     -  100 MiB  45 %    3 days  this key
storage.journal.queue_max_entries        10     -    65536   0 %   × 100 +  this key

Near its limit: processors, 85 % used; this key raises it.
Refused since the start because of storage.journal.queue_max_entries: 3.";
        assert_eq!(text, expected);
    }
}
