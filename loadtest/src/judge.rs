//! Every acknowledged deposit is an obligation: delivered to each recipient, once, byte for byte, to nobody else, its status back at the
//! depositor. What was promised is kept in a few bytes each; what was broken is named.

mod finding;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

pub(crate) use finding::{Finding, Findings, Kind};

use crate::random::mix;

/// What became of a case, as bits.
mod state {
    /// The deposit was acknowledged.
    pub(super) const ACKNOWLEDGED: u16 = 1;
    /// A notification of it was seen.
    pub(super) const SEEN: u16 = 2;
    /// It was read and its files compared.
    pub(super) const DELIVERED: u16 = 4;
    /// Its notification was deleted, and that was acknowledged.
    pub(super) const SETTLED: u16 = 8;
    /// The recipient answered.
    pub(super) const ANSWERED: u16 = 16;
    /// The answer was sent more than once: nobody knows how many arrived.
    pub(super) const ANSWERED_AGAIN: u16 = 32;
    /// The depositor knows the answer.
    pub(super) const RETURNED: u16 = 64;
    /// The depositor deleted the notification of it, and that was acknowledged.
    pub(super) const CLOSED: u16 = 128;
    /// No answer is due.
    pub(super) const SILENT: u16 = 256;
    /// Somebody else saw it, and that was said.
    pub(super) const CROSSED: u16 = 512;
    /// The hub took the answer, and said so.
    pub(super) const ANSWER_TAKEN: u16 = 1_024;
    /// The hub refused an answer.
    pub(super) const REFUSED: u16 = 2_048;
    /// It was announced by two notifications, and that was said.
    pub(super) const DOUBLED: u16 = 4_096;
}

/// A case that was promised to somebody.
#[derive(Debug, Clone, Copy, Default)]
struct Obligation {
    /// Half of the fingerprint of the identifier that the hub gave it.
    case: u32,
    /// When it was acknowledged, later when it was answered: milliseconds from the start.
    at: u32,
    /// Half of the fingerprint of the notification that announced it; 0 before.
    notification: u32,
    state: u16,
}

/// A number that is not likely to be that of another identifier.
pub(crate) fn fingerprint(identifier: &str) -> u64 {
    identifier.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| mix(hash ^ u64::from(byte)))
}

#[expect(clippy::cast_possible_truncation, reason = "half of it")]
const fn half(fingerprint: u64) -> u32 {
    fingerprint as u32
}

/// Keys are fingerprints: nothing is left to hash.
#[derive(Debug, Default, Clone, Copy)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed")
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[derive(Debug, Default)]
struct Ledger {
    /// The first obligation of each dossier.
    first: Vec<u32>,
    obligations: Vec<Obligation>,
    /// Where the obligations are, by the identifier of the case.
    open: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    /// Acknowledged and not yet delivered.
    undelivered: u64,
    /// Answered and not yet returned.
    unreturned: u64,
    /// Delivered, and its recipient is not yet done with it: it may still answer.
    unsettled: u64,
    acknowledged: u64,
    delivered: u64,
    returned: u64,
    findings: Findings,
}

/// Which case of which dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaseNumber {
    /// Number of the dossier.
    pub(crate) dossier: u64,
    /// Which of its cases, from 0.
    pub(crate) case: usize,
}

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

impl Judge {
    /// From now on; a delivery is late `late_after` its acknowledgement.
    pub(crate) fn new(began: Instant, late_after: Duration) -> Self {
        Self { began, late_after, ledger: Mutex::default() }
    }

    fn now(&self) -> u32 {
        u32::try_from(self.began.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    /// The next dossier has so many cases. Dossiers begin in the order of their numbers.
    pub(crate) fn open(&self, cases: usize) {
        let mut ledger = self.ledger.lock();
        let first = u32::try_from(ledger.obligations.len()).unwrap_or(u32::MAX);
        ledger.first.push(first);
        let length = ledger.obligations.len() + cases;
        ledger.obligations.resize(length, Obligation::default());
    }

    /// The hub gave the cases of a dossier these identifiers.
    pub(crate) fn announced<'a>(&self, dossier: u64, cases: impl Iterator<Item = &'a str>) {
        let mut ledger = self.ledger.lock();
        for (case, identifier) in cases.enumerate() {
            let number = CaseNumber { dossier, case };
            let fingerprint = fingerprint(identifier);
            let Some(slot) = ledger.slot(number) else { continue };
            if let Some(obligation) = ledger.obligations.get_mut(slot as usize) {
                obligation.case = half(fingerprint);
                ledger.open.insert(fingerprint, slot);
            }
        }
    }

    /// The deposit of a dossier was acknowledged: from now on it is owed.
    pub(crate) fn acknowledged(&self, dossier: u64) {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        for slot in ledger.slots(dossier) {
            let Some(obligation) = ledger.obligations.get_mut(slot) else { continue };
            obligation.state |= state::ACKNOWLEDGED;
            let delivered = obligation.state & state::DELIVERED != 0;
            if obligation.state & state::ANSWERED == 0 {
                obligation.at = now;
            }
            ledger.acknowledged += 1;
            ledger.delivered += u64::from(delivered);
            ledger.undelivered += u64::from(!delivered);
        }
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
        let slot = *ledger.open.get(&fingerprint(case))?;
        let number = ledger.number(slot)?;
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
            ledger.findings.add(Finding::new(Kind::Doubled, number, "announced by two notifications"));
        }
        Some(ledger.see(number, now))
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
                ledger.findings.add(Finding::new(Kind::Doubled, number, "delivered as another case, too"));
            }
        }
        Some(ledger.see(number, now))
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
        let took = Duration::from_millis(u64::from(now.saturating_sub(obligation.at)));
        ledger.unsettled += u64::from(unsettled);
        if before & state::DELIVERED != 0 || before & state::ACKNOWLEDGED == 0 {
            return None;
        }
        ledger.undelivered -= 1;
        ledger.delivered += 1;
        if prompt && took > self.late_after {
            ledger.findings.add(Finding::new(Kind::Late, number, &format!("delivered after {took:.1?}")));
        }
        Some(took)
    }

    /// The recipient sends an answer, `again` when the former one may have arrived.
    pub(crate) fn answers(&self, number: CaseNumber, again: bool) {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let Some(obligation) = ledger.of_mut(number) else { return };
        let first = obligation.state & state::ANSWERED == 0;
        obligation.state |= state::ANSWERED | if again { state::ANSWERED_AGAIN } else { 0 };
        obligation.at = now;
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

    /// The notification of a case was deleted; an answer follows unless `silent`.
    pub(crate) fn settled(&self, number: CaseNumber, silent: bool) {
        let mut ledger = self.ledger.lock();
        let Some(obligation) = ledger.of_mut(number) else { return };
        let waited = obligation.state & (state::DELIVERED | state::SETTLED) == state::DELIVERED;
        obligation.state |= state::SETTLED | if silent { state::SILENT } else { 0 };
        ledger.unsettled -= u64::from(waited);
    }

    /// The depositor is told of an event of a case. Gives the case and how long after the answer, when it is told for the first time.
    pub(crate) fn returns(&self, case: &str) -> Option<(CaseNumber, Option<Duration>)> {
        let now = self.now();
        let mut ledger = self.ledger.lock();
        let slot = *ledger.open.get(&fingerprint(case))?;
        let number = ledger.number(slot)?;
        let obligation = ledger.obligations.get_mut(slot as usize)?;
        let before = obligation.state;
        obligation.state |= state::RETURNED;
        let took = Duration::from_millis(u64::from(now.saturating_sub(obligation.at)));
        if before & state::CLOSED != 0 && before & state::ANSWERED_AGAIN == 0 {
            ledger.findings.add(Finding::new(Kind::Doubled, number, "its depositor was told again"));
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
        ledger.findings.add(Finding::new(kind, number, what));
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
        self.ledger.lock().findings.count(kind)
    }

    /// Nothing more will come: what is still owed is lost. A second call finds nothing more.
    pub(crate) fn close(&self) -> (Standing, Findings) {
        let standing = self.standing();
        let mut ledger = std::mem::take(&mut *self.ledger.lock());
        for slot in 0..ledger.obligations.len() {
            let state = ledger.obligations.get(slot).map_or(0, |obligation| obligation.state);
            let Some(number) = u32::try_from(slot).ok().and_then(|slot| ledger.number(slot)) else { continue };
            if state & (state::ACKNOWLEDGED | state::DELIVERED) == state::ACKNOWLEDGED {
                let what = if state & state::SEEN == 0 {
                    "never seen by its recipient"
                } else {
                    "seen, and could not be read"
                };
                ledger.findings.add(Finding::new(Kind::Lost, number, what));
            }
            if state & (state::ANSWERED | state::RETURNED) == state::ANSWERED {
                ledger.findings.add(Finding::new(Kind::Lost, number, "answered, and its depositor never told"));
            }
            if state & (state::REFUSED | state::ANSWER_TAKEN | state::RETURNED) == state::REFUSED {
                ledger.findings.add(Finding::new(Kind::Lost, number, "its answer was refused"));
            }
        }
        (standing, ledger.findings)
    }
}

impl Ledger {
    fn slots(&self, dossier: u64) -> std::ops::Range<usize> {
        let at = |dossier: u64| usize::try_from(dossier).ok().and_then(|index| self.first.get(index));
        let end = at(dossier + 1).map_or(self.obligations.len(), |first| *first as usize);
        at(dossier).map_or(0..0, |first| *first as usize..end)
    }

    fn slot(&self, number: CaseNumber) -> Option<u32> {
        let slots = self.slots(number.dossier);
        let slot = slots.start + number.case;
        (slot < slots.end).then(|| u32::try_from(slot).ok())?
    }

    fn number(&self, slot: u32) -> Option<CaseNumber> {
        let index = self.first.partition_point(|first| *first <= slot).checked_sub(1)?;
        let first = self.first.get(index)?;
        Some(CaseNumber { dossier: index as u64, case: (slot - first) as usize })
    }

    fn of(&self, number: CaseNumber) -> Option<&Obligation> {
        self.obligations.get(self.slot(number)? as usize)
    }

    fn of_mut(&mut self, number: CaseNumber) -> Option<&mut Obligation> {
        let slot = self.slot(number)?;
        self.obligations.get_mut(slot as usize)
    }

    fn see(&mut self, number: CaseNumber, now: u32) -> Sighting {
        let before = self.of(number).map_or(0, |obligation| obligation.state);
        let mut visible = None;
        if let Some(obligation) = self.of_mut(number) {
            obligation.state |= state::SEEN;
            let acknowledged = before & state::ACKNOWLEDGED != 0;
            // Seen before the acknowledgement arrived: at once.
            let after = if acknowledged { now.saturating_sub(obligation.at) } else { 0 };
            visible = (before & state::SEEN == 0).then(|| Duration::from_millis(u64::from(after)));
        }
        Sighting {
            number,
            visible,
            delivered: before & state::DELIVERED != 0,
            settled: before & state::SETTLED != 0,
            answered: before & state::ANSWERED != 0,
            answer_taken: before & state::ANSWER_TAKEN != 0,
        }
    }
}

#[cfg(test)]
mod tests;
