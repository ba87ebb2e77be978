//! Answers of recipients, on their way back to the depositor.

use std::time::Duration;

use super::ledger::state;
use super::{CaseNumber, Judge, Kind};

impl Judge {
    /// The recipient sends an answer, `again` when the former one may have arrived.
    pub(crate) fn answers(&self, number: CaseNumber, again: bool) {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let Some(obligation) = ledger.of_mut(number) else { return };
        let first = obligation.state & state::ANSWERED == 0;
        obligation.state |= state::ANSWERED | if again { state::ANSWERED_AGAIN } else { 0 };
        obligation.happens_at(now);
        ledger.unreturned += u64::from(first);
    }

    /// The hub took the answer.
    pub(crate) fn answer_taken(&self, number: CaseNumber) {
        let mut ledger = self.ledger.lock();
        if let Some(obligation) = ledger.of_mut(number) {
            obligation.state |= state::ANSWER_TAKEN;
        }
    }

    /// The hub refused the answer: nobody is told of it. Unless it takes a later one, it broke its promise.
    pub(crate) fn answer_refused(&self, number: CaseNumber) {
        let mut ledger = self.ledger.lock();
        let Some(obligation) = ledger.of_mut(number) else { return };
        let waited = obligation.state & (state::ANSWERED | state::RETURNED) == state::ANSWERED;
        obligation.state = obligation.state & !state::ANSWERED | state::REFUSED;
        ledger.unreturned -= u64::from(waited);
    }

    /// The depositor is told of an event of a case. Gives the case and how long after the answer, when it is told for the first time.
    pub(crate) fn returns(&self, case: &str) -> Option<(CaseNumber, Option<Duration>)> {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let number = ledger.identified(case)?;
        let obligation = ledger.of_mut(number)?;
        let before = obligation.state;
        obligation.state |= state::RETURNED;
        let took = obligation.since(now);
        if before & state::CLOSED != 0 && before & state::ANSWERED_AGAIN == 0 {
            ledger.finds(Kind::Doubled, number, "its depositor was told again");
        }
        let first = before & state::RETURNED == 0;
        if first {
            ledger.unreturned -= u64::from(before & state::ANSWERED != 0);
            ledger.returned += 1;
        }
        Some((number, first.then_some(took)))
    }

    /// The depositor deleted the notification of an answer.
    pub(crate) fn closed(&self, number: CaseNumber) {
        let mut ledger = self.ledger.lock();
        if let Some(obligation) = ledger.of_mut(number) {
            obligation.state |= state::CLOSED;
        }
    }
}
