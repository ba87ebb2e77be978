//! Whether an endpoint is worth an attempt.

use std::time::Duration;

use crate::model::Timestamp;
use crate::ports::Blame;

/// When attempts to an endpoint stop, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerRules {
    /// After so many failures of its own one behind the other it is left alone.
    pub failures: u32,
    /// For so long at first; twice as long each time that the one attempt which ends this fails too.
    pub first: Duration,
    /// Never for longer than this.
    pub longest: Duration,
}

/// What is known of how an endpoint does. Each attempt costs a connection and some seconds of patience: one that is down must not take
/// those of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    /// How often it was left alone without a success in between, and until when it is now.
    opened: u32,
    until: Option<Timestamp>,
    /// Whether the one attempt is under way that tells whether it is back.
    probing: bool,
}

impl Breaker {
    /// Whether an attempt may begin now.
    pub fn allows(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until <= now && !self.probing)
    }

    /// When an attempt may begin; none: at any time, or when the one that is under way has ended.
    pub const fn closed_until(&self) -> Option<Timestamp> {
        self.until
    }

    /// An attempt begins, which was allowed.
    pub const fn begins(&mut self) {
        self.probing = self.until.is_some();
    }

    /// It succeeded, or failed for a reason that is not the endpoint's: it answers.
    pub const fn answers(&mut self) {
        *self = Self { failures: 0, opened: 0, until: None, probing: false };
    }

    /// It failed, and it is for `blame` to do something about it.
    pub fn failed(&mut self, blame: Blame, now: Timestamp, rules: &BreakerRules) {
        match blame {
            Blame::Message => self.answers(),
            // That says nothing of the endpoint: the next attempt may tell.
            Blame::Ours => self.probing = false,
            Blame::Theirs => {
                self.failures = self.failures.saturating_add(1);
                if self.probing || self.failures >= rules.failures {
                    let doubled = rules.first.saturating_mul(1_u32.checked_shl(self.opened).unwrap_or(u32::MAX));
                    let pause = i64::try_from(doubled.min(rules.longest).as_millis()).unwrap_or(i64::MAX);
                    self.until = Some(Timestamp::from_milliseconds(now.milliseconds().saturating_add(pause)));
                    (self.opened, self.failures, self.probing) = (self.opened.saturating_add(1), 0, false);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: BreakerRules =
        BreakerRules { failures: 3, first: Duration::from_secs(10), longest: Duration::from_secs(60) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1_000)
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            assert!(breaker.allows(at(0)));
            breaker.begins();
            breaker.failed(Blame::Theirs, at(0), &RULES);
        }
        breaker
    }

    #[test]
    fn an_endpoint_that_keeps_failing_is_left_alone_and_then_tried_once() {
        let mut breaker = open();
        assert!(!breaker.allows(at(9)) && breaker.allows(at(10)));
        breaker.begins();
        assert!(!breaker.allows(at(11)), "one attempt tells");
        breaker.failed(Blame::Theirs, at(11), &RULES);
        assert!(!breaker.allows(at(30)) && breaker.allows(at(31)), "twice as long");
        breaker.begins();
        breaker.answers();
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn it_is_never_left_alone_for_longer_than_the_longest() {
        let mut breaker = open();
        for _ in 0..40 {
            let now = breaker.closed_until().expect("it is left alone");
            breaker.begins();
            breaker.failed(Blame::Theirs, now, &RULES);
        }
        let (now, until) = (at(1_000_000), breaker.closed_until().expect("it is left alone"));
        assert!(breaker.allows(now) && until < now);
    }

    #[test]
    fn messages_that_it_refuses_show_that_it_answers_and_our_own_faults_show_nothing() {
        let mut breaker = Breaker::default();
        for _ in 0..2 {
            breaker.failed(Blame::Theirs, at(0), &RULES);
        }
        breaker.failed(Blame::Message, at(0), &RULES);
        breaker.failed(Blame::Theirs, at(0), &RULES);
        for _ in 0..10 {
            breaker.failed(Blame::Ours, at(0), &RULES);
        }
        assert!(breaker.allows(at(0)));
    }
}
