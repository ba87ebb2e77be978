//! The search for the highest rate that is sustainable: twice as much until it is too much, then halfway between.

/// A rate below which nobody searches, in deposits a second.
const LEAST: f64 = 1.0;

/// How far the search is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Search {
    wanted: f64,
    sustainable: Option<f64>,
    too_much: Option<f64>,
    precision: f64,
}

impl Search {
    /// Begins with a rate, and ends when the next one that is too much is higher by `precision`, a share, at most.
    pub(crate) const fn from(wanted: f64, precision: f64) -> Self {
        Self { wanted, sustainable: None, too_much: None, precision }
    }

    /// The rate to be tried now.
    pub(crate) const fn wanted(&self) -> f64 {
        self.wanted
    }

    /// The highest rate that was found to be sustainable.
    pub(crate) const fn sustainable(&self) -> Option<f64> {
        self.sustainable
    }

    /// It was tried. Gives the search for the next one, if there is any.
    pub(crate) fn tried(self, sustainable: bool) -> (Self, bool) {
        let mut next = self;
        if sustainable {
            next.sustainable = Some(self.wanted);
        } else {
            next.too_much = Some(self.wanted);
        }
        let wanted = match (next.sustainable, next.too_much) {
            (Some(low), Some(high)) => (high / low > 1.0 + self.precision).then(|| f64::midpoint(low, high)),
            (Some(low), None) => Some(low * 2.0),
            (None, Some(high)) => (high >= LEAST).then_some(high / 2.0),
            (None, None) => None,
        };
        next.wanted = wanted.unwrap_or(self.wanted);
        (next, wanted.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates tried at a hub that can do so many, and the one found.
    fn search(from: f64, can: f64) -> (Vec<f64>, Option<f64>) {
        let (mut search, mut goes_on, mut tried) = (Search::from(from, 0.05), true, Vec::new());
        while goes_on {
            tried.push(search.wanted());
            (search, goes_on) = search.tried(search.wanted() <= can);
        }
        (tried, search.sustainable())
    }

    #[test]
    fn the_highest_sustainable_rate_is_found_from_below_and_from_above() {
        for (from, can) in [(50.0, 333.0), (5_000.0, 333.0), (333.0, 333.0)] {
            let (tried, found) = search(from, can);
            let found = found.unwrap();
            assert!(found <= can && can / found < 1.05 && tried.len() < 15, "{from}: {tried:?}");
        }
    }

    #[test]
    fn a_hub_that_can_do_nothing_ends_the_search() {
        let (tried, found) = search(4.0, 0.0);
        assert_eq!((tried, found), (vec![4.0, 2.0, 1.0, 0.5], None));
    }
}
