//! What results are held against: `p99 < 1s`, `visible_p99 < 10min`, `lost == 0`, `errors < 0.1%`.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

use crate::measure::Operation;
use crate::quantity::{seconds, spoken};

/// One sentence that must be true of the results.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Objective {
    /// What is looked at.
    pub(crate) measure: Measure,
    /// How.
    pub(crate) comparison: Comparison,
    /// Beside what: seconds, a count or a share.
    pub(crate) bound: f64,
    text: String,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Measure {
    /// A quantile of the latency of an operation, in seconds; 1 is the longest of all.
    Latency(Operation, f64),
    /// A count.
    Count(Count),
    /// Requests that failed, of all requests.
    Errors,
    /// Deposits that were acknowledged, of those that were to arrive.
    Achieved,
}

macro_rules! counts {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// What is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Count { $($(#[$doc])* $variant,)* }

        impl Count {
            const ALL: &[(&str, Self)] = &[$(($word, Self::$variant),)*];
        }
    };
}

counts! {
    /// Acknowledged and never delivered, or answered and never told.
    Lost = "lost";
    /// Delivered again.
    Doubled = "doubled";
    /// Shown to somebody else.
    Crossed = "crossed";
    /// Delivered with other bytes.
    Corrupted = "corrupted";
    /// Delivered behind the bound.
    Late = "late";
    /// Could not start at its time.
    Missed = "missed";
    /// Given up by the depositor.
    Failed = "failed";
}

/// How two numbers are held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

const COMPARISONS: &[(&str, Comparison)] = &[
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

const QUANTILES: &[(&str, f64)] =
    &[("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)];

/// What is known of a measure: one value, or that it lies between two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Known {
    /// Not less than this.
    pub(crate) least: f64,
    /// Not more than this.
    pub(crate) most: f64,
}

impl Known {
    /// Nothing is uncertain.
    pub(crate) const fn exactly(value: f64) -> Self {
        Self { least: value, most: value }
    }
}

impl Objective {
    /// Whether the results meet it; nothing when it was never measured, or may be and may not be.
    pub(crate) fn is_met(&self, known: Option<Known>) -> Option<bool> {
        let Known { least, most } = known?;
        let (least, most) = (self.accepts(least), self.accepts(most));
        (least == most).then_some(least)
    }

    fn accepts(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::Less => value < self.bound,
            Comparison::AtMost => value <= self.bound,
            Comparison::Equal => (value - self.bound).abs() < f64::EPSILON,
            Comparison::AtLeast => value >= self.bound,
            Comparison::More => value > self.bound,
        }
    }

    /// What is known, for people.
    pub(crate) fn spoken(&self, known: Option<Known>) -> String {
        let Some(Known { least, most }) = known else { return "never measured".to_owned() };
        if least < most {
            return format!("between {} and {}", self.value(least), self.value(most));
        }
        self.value(least)
    }

    fn value(&self, value: f64) -> String {
        match self.measure {
            Measure::Latency(..) if value.is_infinite() => "too many never ended".to_owned(),
            Measure::Latency(..) => spoken(value),
            Measure::Count(_) => format!("{value:.0}"),
            Measure::Errors | Measure::Achieved => format!("{:.2} %", value * 100.0),
        }
    }
}

impl Measure {
    /// Whether it speaks of promises, which no slow client excuses.
    pub(crate) const fn is_promise(self) -> bool {
        matches!(self, Self::Count(Count::Lost | Count::Doubled | Count::Crossed | Count::Corrupted))
    }
}

impl FromStr for Measure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, count)) = Count::ALL.iter().find(|(word, _)| *word == text) {
            return Ok(Self::Count(*count));
        }
        match text {
            "errors" => return Ok(Self::Errors),
            "achieved" => return Ok(Self::Achieved),
            _ => {}
        }
        let (operation, quantile) =
            text.rsplit_once('_').map_or((Some(Operation::Deposit), text), |(name, quantile)| {
                (Operation::ALL.iter().copied().find(|operation| operation.as_str() == name), quantile)
            });
        let quantile = QUANTILES.iter().find(|(word, _)| *word == quantile).map(|(_, quantile)| *quantile);
        operation.zip(quantile).map(|(operation, quantile)| Self::Latency(operation, quantile)).ok_or_else(|| {
            let words = |words: Vec<&str>| words.join(", ");
            format!(
                "{text:?} is not a measure: give one of {}, errors, achieved, or one of {}, alone for whole deposits or behind \
                 one of {} and an underscore",
                words(Count::ALL.iter().map(|row| row.0).collect()),
                words(QUANTILES.iter().map(|row| row.0).collect()),
                words(Operation::ALL.iter().map(|operation| operation.as_str()).collect()),
            )
        })
    }
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example =
            || format!("{text:?} is not an objective: write it as `p99 < 1s`, `lost == 0` or `errors < 0.1%`");
        let (at, (word, comparison)) =
            COMPARISONS.iter().find_map(|row| Some((text.find(row.0)?, *row))).ok_or_else(example)?;
        let (name, rest) = text.split_at(at);
        let measure: Measure = name.trim().parse()?;
        let bound = rest.strip_prefix(word).ok_or_else(example)?.trim();
        let bound = match measure {
            Measure::Latency(..) => seconds(bound)?,
            Measure::Count(_) => bound.replace('_', "").parse::<u64>().map_err(|_| example())? as f64,
            Measure::Errors | Measure::Achieved => {
                let percent = bound.strip_suffix('%').ok_or_else(example)?.trim();
                percent.parse::<f64>().ok().filter(|value| (0.0..=100.0).contains(value)).ok_or_else(example)? / 100.0
            }
        };
        Ok(Self { measure, comparison, bound, text: text.to_owned() })
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Objective {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Objective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
