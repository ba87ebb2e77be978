//! What a recipient sees and takes.

use std::time::Duration;

use super::fingerprint::{fingerprint, half};
use super::ledger::{Ledger, state};
use super::{CaseNumber, Judge, Kind};

/// A notification that somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// Of what.
    pub(crate) number: CaseNumber,
    /// How long after the acknowledgement, when it is seen for the first time.
    pub(crate) visible: Option<Duration>,
    /// Whether its content is already known.
    pub(crate) delivered: bool,
    /// Whether its notification was already deleted.
    pub(crate) settled: bool,
    /// Whether an answer was sent already, of which nobody knows whether it arrived.
    pub(crate) answered: bool,
    /// Whether the hub took an answer.
    pub(crate) answer_taken: bool,
}

impl Judge {
    /// Which case the hub gave this identifier.
    pub(crate) fn number_of(&self, case: &str) -> Option<CaseNumber> {
        self.ledger.lock().identified(case)
    }

    /// Whether a case was seen in an inbox.
    pub(crate) fn is_seen(&self, number: CaseNumber) -> bool {
        let ledger = self.ledger.lock();
        ledger.of(number).is_some_and(|obligation| obligation.state & state::SEEN != 0)
    }

    /// A notification of a new case is seen: of which one, if that is known from its identifier.
    pub(crate) fn sees(&self, case: &str, notification: &str) -> Option<Sighting> {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let number = ledger.identified(case)?;
        let announced_by = half(fingerprint(notification)).max(1);
        let obligation = ledger.of_mut(number)?;
        let doubled = obligation.notification != 0 && obligation.notification != announced_by;
        let said = obligation.state & state::DOUBLED != 0;
        if doubled {
            obligation.state |= state::DOUBLED;
        } else {
            obligation.notification = announced_by;
        }
        if doubled && !said {
            ledger.finds(Kind::Doubled, number, "announced by two notifications");
        }
        see(&mut ledger, number, now)
    }

    /// A case that was read says which one it is; its identifier was not known.
    pub(crate) fn recognizes(&self, number: CaseNumber, case: &str) -> Option<Sighting> {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let obligation = *ledger.of(number)?;
        if obligation.case != half(fingerprint(case)) {
            // The depositor was told another identifier: this is a second folder of the same dossier.
            let first = obligation.state & state::ACKNOWLEDGED != 0;
            if first {
                ledger.finds(Kind::Doubled, number, "delivered as another case, too");
            }
        }
        see(&mut ledger, number, now)
    }

    /// Everything about a case was read and compared. Gives how long after the acknowledgement. It can be late only when its recipient
    /// was `prompt`: one that never came has itself to blame.
    pub(crate) fn delivered(&self, number: CaseNumber, prompt: bool) -> Option<Duration> {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let obligation = ledger.of_mut(number)?;
        let before = obligation.state;
        obligation.state |= state::DELIVERED;
        let unsettled = before & (state::DELIVERED | state::SETTLED) == 0;
        let took = obligation.since(now);
        ledger.unsettled += u64::from(unsettled);
        if before & state::DELIVERED != 0 || before & state::ACKNOWLEDGED == 0 {
            return None;
        }
        ledger.undelivered -= 1;
        ledger.delivered += 1;
        if prompt && took > self.late_after {
            ledger.finds(Kind::Late, number, &format!("delivered after {took:.1?}"));
        }
        Some(took)
    }

    /// The notification of a case was deleted; an answer follows unless `silent`.
    pub(crate) fn settled(&self, number: CaseNumber, silent: bool) {
        let mut ledger = self.ledger.lock();
        let Some(obligation) = ledger.of_mut(number) else { return };
        let waited = obligation.state & (state::DELIVERED | state::SETTLED) == state::DELIVERED;
        obligation.state |= state::SETTLED | if silent { state::SILENT } else { 0 };
        ledger.unsettled -= u64::from(waited);
    }
}

fn see(ledger: &mut Ledger, number: CaseNumber, now: u64) -> Option<Sighting> {
    let obligation = ledger.of_mut(number)?;
    let before = obligation.state;
    obligation.state |= state::SEEN;
    // Seen before the acknowledgement arrived: at once.
    let after = if before & state::ACKNOWLEDGED != 0 { obligation.since(now) } else { Duration::ZERO };
    Some(Sighting {
        number,
        visible: (before & state::SEEN == 0).then_some(after),
        delivered: before & state::DELIVERED != 0,
        settled: before & state::SETTLED != 0,
        answered: before & state::ANSWERED != 0,
        answer_taken: before & state::ANSWER_TAKEN != 0,
    })
}
