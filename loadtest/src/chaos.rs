//! What is done to the hub in the middle of a run.

use std::str::FromStr;
use std::time::Duration;

use crate::quantity::duration;

/// Something that is done to the hub at an instant of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chaos {
    /// When, from the start.
    pub(crate) at: Duration,
}

impl FromStr for Chaos {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.strip_prefix("kill@").ok_or_else(|| format!("{text:?} is not known: write it as kill@90s"))?;
        Ok(Self { at: duration(at)? })
    }
}

impl std::fmt::Display for Chaos {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "kill -9 after {}", crate::quantity::spoken(self.at.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_has_its_instant() {
        assert_eq!("kill@90s".parse(), Ok(Chaos { at: Duration::from_secs(90) }));
        assert!("kill@soon".parse::<Chaos>().unwrap_err().contains("not a duration"));
        assert!("burn@90s".parse::<Chaos>().unwrap_err().contains("kill@90s"));
    }
}
