//! When, every day, nobody is to call on a server.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Timestamp;

const MINUTE: i64 = 60_000;
const DAY_MINUTES: u16 = 24 * 60;
const DAY: i64 = DAY_MINUTES as i64 * MINUTE;
/// The farthest that a clock of the world is from UTC, in minutes.
const OFFSET_MAX: i16 = 14 * 60;

/// A part of every day, in which nobody is to call on a server.
///
/// Written `22:00-06:00` by the clock of Paris, summer time and all, or `22:00-06:00-04:00` by a clock at that offset from UTC, as overseas.
/// One whose end is not behind its beginning ends the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenanceWindow {
    /// Minutes after midnight.
    from: u16,
    /// Minutes after midnight; never the same as `from`.
    to: u16,
    /// Minutes that the clock is before UTC; none: the clock of Paris.
    offset: Option<i16>,
}

impl MaintenanceWindow {
    /// When it ends, if it has begun at `now`. The offset of the moment holds to the end, so that a night in which the clock changes ends
    /// an hour off.
    pub fn ends_at(self, now: Timestamp) -> Option<Timestamp> {
        let offset = MINUTE * self.offset.map_or_else(|| paris(now), i64::from);
        let local = now.milliseconds().checked_add(offset)?;
        let into_day = local.rem_euclid(DAY);
        let (from, to) = (i64::from(self.from) * MINUTE, i64::from(self.to) * MINUTE);
        let left = if from < to {
            (from..to).contains(&into_day).then(|| to - into_day)
        } else if into_day < to {
            Some(to - into_day)
        } else {
            (into_day >= from).then(|| DAY - into_day + to)
        }?;
        Some(Timestamp::from_milliseconds(now.milliseconds().checked_add(left)?))
    }
}

/// How many minutes the clock of Paris is before UTC: summer time is from the last Sunday of March to the last of October, both at one
/// o'clock UTC (directive 2000/84/CE).
fn paris(now: Timestamp) -> i64 {
    let Ok(instant) = jiff::Timestamp::from_millisecond(now.milliseconds()) else { return 60 };
    let civil = jiff::tz::Offset::UTC.to_datetime(instant);
    let change = |month: i8| {
        let last = jiff::civil::date(civil.year(), month, 31);
        let sunday = last.weekday().to_sunday_zero_offset();
        jiff::civil::date(civil.year(), month, 31_i8.saturating_sub(sunday)).at(1, 0, 0, 0)
    };
    if civil >= change(3) && civil < change(10) { 120 } else { 60 }
}

/// The text is no such part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a part of a day such as 22:00-06:00, or 22:00-06:00-04:00 with an offset from UTC")]
pub struct NotAWindow;

impl FromStr for MaintenanceWindow {
    type Err = NotAWindow;

    fn from_str(text: &str) -> Result<Self, NotAWindow> {
        read(text).ok_or(NotAWindow)
    }
}

fn read(text: &str) -> Option<MaintenanceWindow> {
    let (from, rest) = text.split_once('-')?;
    let (to, offset) = rest.find(['+', '-']).map_or((rest, ""), |sign| rest.split_at(sign));
    let offset = match offset {
        "" => None,
        text => {
            let negative = text.starts_with('-');
            let minutes = i16::try_from(minutes(text.trim_start_matches(['+', '-']), false)?).ok()?;
            Some(if negative { -minutes } else { minutes }).filter(|_| minutes <= OFFSET_MAX)
        }
    };
    // An offset that is there and too large is not the clock of Paris.
    if offset.is_none() && text.len() > "22:00-06:00".len() {
        return None;
    }
    let (from, to) = (minutes(from, false)?, minutes(to, true)? % DAY_MINUTES);
    (from != to).then_some(MaintenanceWindow { from, to, offset })
}

/// `hh:mm` in minutes; `24:00` is the end of a day.
fn minutes(text: &str, is_end: bool) -> Option<u16> {
    let digits = text.bytes().enumerate().all(|(at, byte)| if at == 2 { byte == b':' } else { byte.is_ascii_digit() });
    let (hours, minutes) = text.split_once(':').filter(|_| digits && text.len() == 5)?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let fits = minutes < 60 && (hours < 24 || is_end && hours == 24 && minutes == 0);
    fits.then_some(hours * 60 + minutes)
}

impl fmt::Display for MaintenanceWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, offset } = self;
        write!(formatter, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)?;
        match offset {
            None => Ok(()),
            Some(offset) => {
                let (sign, offset) = (if *offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
                write!(formatter, "{sign}{:02}:{:02}", offset / 60, offset % 60)
            }
        }
    }
}

impl Serialize for MaintenanceWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MaintenanceWindow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn end(window: &str, now: &str) -> Option<String> {
        let window: MaintenanceWindow = window.parse().expect("a window");
        window.ends_at(now.parse().expect("a date")).map(|end| end.to_string())
    }

    #[test]
    fn a_window_is_read_by_the_clock_of_paris_in_winter_and_in_summer() {
        let night = |now| end("22:00-06:00", now);
        assert_eq!(night("2026-01-15T21:00:00Z").as_deref(), Some("2026-01-16T05:00:00.000+00:00"));
        assert_eq!(night("2026-01-15T20:59:59.999Z"), None);
        assert_eq!(night("2026-07-15T20:00:00Z").as_deref(), Some("2026-07-16T04:00:00.000+00:00"));
        assert_eq!(night("2026-07-16T03:59:00Z").as_deref(), Some("2026-07-16T04:00:00.000+00:00"));
        assert_eq!(night("2026-07-16T04:00:00Z"), None);
        // The days on which the clock changes: 29 March and 25 October 2026.
        let noon = |now| end("12:00-13:00", now).is_some();
        assert!(noon("2026-03-28T11:30:00Z") && noon("2026-03-29T10:30:00Z") && !noon("2026-03-29T11:30:00Z"));
        assert!(noon("2026-10-24T10:30:00Z") && noon("2026-10-25T11:30:00Z") && !noon("2026-10-25T10:30:00Z"));
    }

    #[test]
    fn an_offset_stands_for_the_clocks_overseas() {
        assert_eq!(end("22:00-24:00-04:00", "2026-07-15T02:30:00Z").as_deref(), Some("2026-07-15T04:00:00.000+00:00"));
        assert_eq!(end("01:00-02:00+11:00", "2026-07-15T14:59:00Z").as_deref(), Some("2026-07-15T15:00:00.000+00:00"));
        assert_eq!(end("01:00-02:00+11:00", "2026-07-15T15:00:00Z"), None);
    }

    #[test]
    fn what_is_no_part_of_a_day_is_refused() {
        for wrong in [
            "",
            "22:00",
            "22-06",
            "22:00-22:00",
            "24:00-06:00",
            "22:60-06:00",
            "22:00-24:01",
            "+2:00-06:00",
            "22:00-06:00+15:00",
            "22:00-06:00Z",
            "22:00-06:00 +01:00",
            "22:00-06:00+1:00",
            "22:00-06:00+",
            "00:00-24:00",
            "22:00-06:00--1:00",
        ] {
            assert_eq!(wrong.parse::<MaintenanceWindow>(), Err(NotAWindow), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_window_that_comes_back_or_refused(text in "[0-9:+-]{0,18}|\\PC{0,20}") {
            if let Ok(window) = text.parse::<MaintenanceWindow>() {
                prop_assert_eq!(window.to_string().parse(), Ok(window));
            }
        }

        #[test]
        fn an_end_is_ahead_and_within_a_day(
            from in 0_u16..1_440, length in 1_u16..1_440, offset in proptest::option::of(-840_i16..=840), now in 0_i64..4_102_444_800_000,
        ) {
            let window = MaintenanceWindow { from, to: (from + length) % DAY_MINUTES, offset };
            prop_assert_eq!(window.to_string().parse(), Ok(window));
            if let Some(end) = window.ends_at(Timestamp::from_milliseconds(now)) {
                prop_assert!(end.milliseconds() > now && end.milliseconds() <= now + i64::from(length) * MINUTE);
                prop_assert_eq!(window.ends_at(end), None);
            }
        }
    }
}
