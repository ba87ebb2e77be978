//! What is wrong, if anything.

use std::fmt;

use parking_lot::Mutex;

use crate::say;

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It was acknowledged and is gone, or is something else.
    Lost,
    /// It is there twice, or is back after its deletion was acknowledged.
    Doubled,
    /// Part of a request shows and another part does not, or something shows that nobody asked for.
    HalfDone,
    /// The hub answered what it should not.
    Unexpected,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Findings(Mutex<Vec<Kind>>);

impl Findings {
    /// Names one.
    pub(crate) fn add(&self, kind: Kind, what: &str) {
        say(&format!("{kind:?}: {what}"));
        self.0.lock().push(kind);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    fn count(&self, kind: Kind) -> usize {
        self.0.lock().iter().filter(|found| **found == kind).count()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "lost {}, doubled {}, half-done {}",
            self.count(Kind::Lost),
            self.count(Kind::Doubled),
            self.count(Kind::HalfDone)
        )?;
        match self.count(Kind::Unexpected) {
            0 => Ok(()),
            count => write!(formatter, ", unexpected answers {count}"),
        }
    }
}
