//! Every acknowledged deposit is an obligation: delivered to each recipient, once, byte for byte, to nobody else, its status back at the
//! depositor. What was promised is kept in a few bytes each; what was broken is named.

mod answers;
mod finding;
mod fingerprint;
mod inbox;
mod ledger;

use std::time::{Duration, Instant};

use parking_lot::Mutex;

pub(crate) use finding::{Counts, Finding, Findings, Kind};
pub(crate) use inbox::Sighting;
pub(crate) use ledger::CaseNumber;

use ledger::{Ledger, state};

/// What is promised and what is kept.
#[derive(Debug)]
pub(crate) struct Judge {
    began: Instant,
    late_after: Duration,
    ledger: Mutex<Ledger>,
}

/// How it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Cases whose deposit was acknowledged.
    pub(crate) acknowledged: u64,
    /// Of those, delivered.
    pub(crate) delivered: u64,
    /// Answers that came back.
    pub(crate) returned: u64,
    /// Promised and not yet delivered, delivered and not yet settled, answered and not yet returned.
    pub(crate) outstanding: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Whatever was owed had its time to arrive, and every inbox was read to its end.
    Settled,
    /// It was interrupted, or not every inbox could be read to its end: what is owed may still arrive.
    CutShort,
}

impl Judge {
    /// From now on; a delivery is late `late_after` its acknowledgement.
    pub(crate) fn new(began: Instant, late_after: Duration) -> Self {
        Self { began, late_after, ledger: Mutex::default() }
    }

    /// Milliseconds from the start.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The next dossier has so many cases and was to arrive in this phase. Dossiers begin in the order of their numbers.
    pub(crate) fn open(&self, cases: usize, phase: usize) {
        self.ledger.lock().open(cases, phase);
    }

    /// The hub gave the cases of a dossier these identifiers.
    pub(crate) fn announced<'a>(&self, dossier: u64, cases: impl Iterator<Item = &'a str>) {
        let mut ledger = self.ledger.lock();
        for (case, identifier) in cases.enumerate() {
            ledger.identify(CaseNumber { dossier, case }, identifier);
        }
    }

    /// The deposit of a dossier was acknowledged: from now on it is owed.
    pub(crate) fn acknowledged(&self, dossier: u64) {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let (mut acknowledged, mut delivered) = (0, 0);
        for obligation in ledger.of_dossier(dossier) {
            obligation.state |= state::ACKNOWLEDGED;
            if obligation.state & state::ANSWERED == 0 {
                obligation.happens_at(now);
            }
            acknowledged += 1;
            delivered += u64::from(obligation.state & state::DELIVERED != 0);
        }
        ledger.acknowledged += acknowledged;
        ledger.delivered += delivered;
        ledger.undelivered += acknowledged - delivered;
    }

    /// Something is wrong. That a case was shown to somebody else is said once, however often they look.
    pub(crate) fn finds(&self, kind: Kind, number: CaseNumber, what: &str) {
        let mut ledger = self.ledger.lock();
        if kind == Kind::Crossed
            && let Some(obligation) = ledger.of_mut(number)
        {
            let said = obligation.state & state::CROSSED != 0;
            obligation.state |= state::CROSSED;
            if said {
                return;
            }
        }
        ledger.finds(kind, number, what);
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        let ledger = self.ledger.lock();
        Standing {
            acknowledged: ledger.acknowledged,
            delivered: ledger.delivered,
            returned: ledger.returned,
            outstanding: ledger.undelivered + ledger.unreturned + ledger.unsettled,
        }
    }

    /// How many findings there are of a kind.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.ledger.lock().findings.total().of(kind)
    }

    /// Nothing more is looked for. What is still owed is lost, if it had its time to arrive. A second call finds nothing more.
    pub(crate) fn close(&self, ending: Ending) -> (Standing, Findings) {
        let standing = self.standing();
        let mut ledger = std::mem::take(&mut *self.ledger.lock());
        let mut findings = std::mem::take(&mut ledger.findings);
        for (number, state) in ledger.all() {
            for what in owed(state) {
                let phase = ledger.phase(number.dossier);
                match ending {
                    Ending::Settled => findings.add(Finding::new(Kind::Lost, number, phase, what)),
                    Ending::CutShort => findings.owes(phase),
                }
            }
        }
        (standing, findings)
    }
}

/// What is still owed of a case of which this became.
fn owed(state: u16) -> impl Iterator<Item = &'static str> {
    let never_seen = state & state::SEEN == 0;
    let undelivered = state & (state::ACKNOWLEDGED | state::DELIVERED) == state::ACKNOWLEDGED;
    let untold = state & (state::ANSWERED | state::RETURNED) == state::ANSWERED;
    let refused = state & (state::REFUSED | state::ANSWER_TAKEN | state::RETURNED) == state::REFUSED;
    let all = [
        undelivered.then_some(if never_seen { "never seen by its recipient" } else { "seen, and could not be read" }),
        untold.then_some("answered, and its depositor never told"),
        refused.then_some("its answer was refused"),
    ];
    all.into_iter().flatten()
}

#[cfg(test)]
mod tests;
