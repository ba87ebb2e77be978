//! Instants, to the millisecond, as the contract writes them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Written as `2026-11-23T07:28:21.123+00:00`: always three decimals and a numeric
/// offset, which every date parser that published clients use can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `milliseconds` after the epoch.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the epoch.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// What the system's clock says.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(instant) = jiff::Timestamp::from_millisecond(self.0) else {
            return formatter.write_str("9999-12-31T23:59:59.999+00:00");
        };
        let civil = jiff::tz::Offset::UTC.to_datetime(instant);
        write!(
            formatter,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+00:00",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            civil.millisecond(),
        )
    }
}

/// The text is not an RFC 3339 date with a time and an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date such as 2026-11-23T07:28:21.123+01:00")]
pub struct NotATimestamp;

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>().map(|instant| Self(instant.as_millisecond())).map_err(|_| NotATimestamp)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_instant_is_written_with_milliseconds_and_an_offset_and_read_back() {
        let instant = Timestamp::from_milliseconds(1_554_301_586_175);
        assert_eq!(instant.to_string(), "2019-04-03T14:26:26.175+00:00");
        assert_eq!(instant.to_string().parse(), Ok(instant));
        assert_eq!("2019-04-03T16:26:26.175+02:00".parse(), Ok(instant));
        assert_eq!("2019-04-03".parse::<Timestamp>(), Err(NotATimestamp));
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_refused(text in "[0-9TZ:+.-]{0,40}|\\PC{0,40}") {
            if let Ok(date) = text.parse::<Timestamp>() {
                prop_assert_eq!(date.to_string().parse::<Timestamp>().ok(), Some(date));
            }
        }

        #[test]
        fn every_date_comes_back(milliseconds in 0_i64..4_102_444_800_000) {
            let date = Timestamp::from_milliseconds(milliseconds);
            prop_assert_eq!(date.to_string().parse::<Timestamp>().ok(), Some(date));
        }
    }
}
