//! Durations, rates and sizes as people write them in a profile.

use std::time::Duration;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

const UNITS: &[(&str, f64)] = &[
    ("ms", 0.001),
    ("s", 1.0),
    ("min", 60.0),
    ("m", 60.0),
    ("hour", 3_600.0),
    ("h", 3_600.0),
    ("day", 86_400.0),
    ("d", 86_400.0),
    ("week", 604_800.0),
    ("w", 604_800.0),
    ("year", 31_536_000.0),
    ("y", 31_536_000.0),
];
const BYTES: &[(&str, f64)] = &[
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

/// Splits `12.5 kB` into its number and its unit.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end =
        text.find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != '_').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.replace('_', "").parse().ok()?;
    number.is_finite().then(|| (number, unit.trim()))
}

fn unit(units: &[(&str, f64)], name: &str) -> Option<f64> {
    units.iter().find(|(known, _)| *known == name).map(|(_, factor)| *factor)
}

/// Seconds of `90 s`, `3min`, `21 d`.
///
/// # Errors
/// With what was expected.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    split(text)
        .and_then(|(number, name)| Some(number * unit(UNITS, name)?))
        .filter(|seconds| *seconds < 1e10)
        .ok_or_else(|| {
            format!("{text:?} is not a duration: give a positive number and ms, s, min, h, d, w or y, as in 90s")
        })
}

/// A duration that passes on the clock of the machine.
///
/// # Errors
/// With what was expected.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    seconds(text).map(Duration::from_secs_f64)
}

/// A number of things a second, from `450/s`, `30/min` or `12_000/day`.
///
/// # Errors
/// With what was expected.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let expected = || {
        format!("{text:?} is not a rate: give a positive number, a slash and s, min, h, day, week or year, as in 450/s")
    };
    let (number, per) = text.split_once('/').ok_or_else(expected)?;
    let (number, rest) = split(number).ok_or_else(expected)?;
    let per = unit(UNITS, per.trim()).ok_or_else(expected)?;
    if !rest.is_empty() || number / per > 1e6 {
        return Err(expected());
    }
    Ok(number / per)
}

/// A number of bytes, from `80 kB` or `1 GiB`.
///
/// # Errors
/// With what was expected.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: positive and below the largest file"
)]
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    split(text)
        .and_then(|(number, name)| Some(number * unit(BYTES, name)?))
        .filter(|bytes| *bytes <= MAX_FILE_BYTES as f64)
        .map(|bytes| bytes as u64)
        .ok_or_else(|| format!("{text:?} is not a size: give a number and B, kB, MB, KiB, MiB or GiB, at most 1 GiB"))
}

/// The largest file that the contract allows, in bytes.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 30;

macro_rules! written {
    ($(#[$doc:meta] $name:ident($inner:ty) = $parse:path;)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $parse(&text).map(Self).map_err(D::Error::custom)
            }
        }
    )*};
}

written! {
    /// Seconds, of the profile's time or the machine's.
    Seconds(f64) = seconds;
    /// Things a second.
    Rate(f64) = rate;
    /// Bytes.
    Size(u64) = bytes;
}

impl Seconds {
    /// As a duration of the machine's clock.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs_f64(self.0)
    }
}

/// A duration for people: `850 µs`, `12 ms`, `3.4 s`, `2 min 05 s`.
pub(crate) fn spoken(seconds: f64) -> String {
    match seconds {
        seconds if !seconds.is_finite() => "–".to_owned(),
        seconds if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 0.1 => format!("{:.1} ms", seconds * 1e3),
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds < 100.0 => format!("{seconds:.1} s"),
        seconds if seconds < 7_200.0 => format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), seconds % 60.0),
        seconds if seconds < 172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        seconds => format!("{:.1} d", seconds / 86_400.0),
    }
}

/// A duration for people who watch it pass, in whole seconds: `65 s`, `2 min 05 s`.
pub(crate) fn passing(seconds: f64) -> String {
    match seconds.round() {
        seconds if seconds < 100.0 => format!("{seconds:.0} s"),
        seconds => spoken(seconds),
    }
}

/// A number with thin groups of three digits: `1 234 567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_quantities_in_their_own_way() {
        assert_eq!(seconds("3min"), Ok(180.0));
        assert_eq!(seconds("1.5 h"), Ok(5_400.0));
        assert_eq!(rate("12_000 / day").map(|rate| (rate * 86_400.0).round()), Ok(12_000.0));
        assert_eq!(bytes("1 GiB"), Ok(1 << 30));
        assert_eq!(bytes("80 kB"), Ok(80_000));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_an_example() {
        for text in ["", "-3s", "3", "3 parsecs", "NaN s", "1e99 s", "99999999999 y"] {
            assert!(seconds(text).unwrap_err().contains("as in 90s"), "{text}");
        }
        for text in ["10", "-1/s", "10/parsec", "10 x/s", "9999999/ms"] {
            assert!(rate(text).unwrap_err().contains("as in 450/s"), "{text}");
        }
        assert!(bytes("2 GiB").is_err() && bytes("12").is_err());
    }

    #[test]
    fn durations_read_well() {
        let said: Vec<String> = [0.00012, 0.0123, 0.85, 12.0, 125.0].map(spoken).into();
        assert_eq!(said, ["120 µs", "12.3 ms", "850 ms", "12.0 s", "2 min 05 s"]);
        assert_eq!([0.0, 65.4, 99.6, 125.4].map(passing), ["0 s", "65 s", "1 min 40 s", "2 min 05 s"]);
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
