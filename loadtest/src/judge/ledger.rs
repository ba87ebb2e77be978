//! The obligations themselves: a few bytes for each case, found by number or by the identifier that the hub gave.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::time::Duration;

use super::finding::{Finding, Findings, Kind};
use super::fingerprint::{Hashed, fingerprint, half};

/// What became of a case, as bits.
pub(super) mod state {
    /// The deposit was acknowledged.
    pub(in super::super) const ACKNOWLEDGED: u16 = 1;
    /// A notification of it was seen.
    pub(in super::super) const SEEN: u16 = 2;
    /// It was read and its files compared.
    pub(in super::super) const DELIVERED: u16 = 4;
    /// Its notification was deleted, and that was acknowledged.
    pub(in super::super) const SETTLED: u16 = 8;
    /// The recipient answered.
    pub(in super::super) const ANSWERED: u16 = 16;
    /// The answer was sent more than once: nobody knows how many arrived.
    pub(in super::super) const ANSWERED_AGAIN: u16 = 32;
    /// The depositor knows the answer.
    pub(in super::super) const RETURNED: u16 = 64;
    /// The depositor deleted the notification of it, and that was acknowledged.
    pub(in super::super) const CLOSED: u16 = 128;
    /// No answer is due.
    pub(in super::super) const SILENT: u16 = 256;
    /// Somebody else saw it, and that was said.
    pub(in super::super) const CROSSED: u16 = 512;
    /// The hub took the answer, and said so.
    pub(in super::super) const ANSWER_TAKEN: u16 = 1_024;
    /// The hub refused an answer.
    pub(in super::super) const REFUSED: u16 = 2_048;
    /// It was announced by two notifications, and that was said.
    pub(in super::super) const DOUBLED: u16 = 4_096;
}

/// Which case of which dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaseNumber {
    /// Number of the dossier.
    pub(crate) dossier: u64,
    /// Which of its cases, from 0.
    pub(crate) case: usize,
}

/// A case that was promised to somebody.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Obligation {
    /// Half of the fingerprint of the identifier that the hub gave it.
    pub(super) case: u32,
    /// When it was acknowledged, later when it was answered: the lower bits, in milliseconds from the start.
    at: u32,
    /// Half of the fingerprint of the notification that announced it; 0 before.
    pub(super) notification: u32,
    /// What became of it.
    pub(super) state: u16,
    /// The upper bits of `at`, where the compiler would leave two bytes empty: 32 bits alone would end after seven weeks.
    at_upper: u16,
}

impl Obligation {
    /// When it was acknowledged, later when it was answered: milliseconds from the start, 8 900 years of them.
    pub(super) const fn at(&self) -> u64 {
        (self.at_upper as u64) << 32 | self.at as u64
    }

    /// It was acknowledged or answered now.
    #[expect(clippy::cast_possible_truncation, reason = "taken apart into both halves")]
    pub(super) const fn happens_at(&mut self, now: u64) {
        self.at = now as u32;
        self.at_upper = (now >> 32) as u16;
    }

    /// How long after that it is now.
    pub(super) const fn since(&self, now: u64) -> Duration {
        Duration::from_millis(now.saturating_sub(self.at()))
    }
}

/// All obligations, and how many of them are open.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The first obligation of each dossier.
    first: Vec<u32>,
    /// The first dossier of each phase: dossiers arrive in the order of their numbers, so that nothing more is to be kept of each.
    phases: Vec<u64>,
    obligations: Vec<Obligation>,
    /// Where the obligations are, by the identifier of the case.
    known: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    /// Acknowledged and not yet delivered.
    pub(super) undelivered: u64,
    /// Answered and not yet returned.
    pub(super) unreturned: u64,
    /// Delivered, and its recipient is not yet done with it: it may still answer.
    pub(super) unsettled: u64,
    /// Cases whose deposit was acknowledged.
    pub(super) acknowledged: u64,
    /// Of those, delivered.
    pub(super) delivered: u64,
    /// Answers that came back.
    pub(super) returned: u64,
    /// What was broken.
    pub(super) findings: Findings,
}

impl Ledger {
    /// The next dossier has so many cases, and arrives in this phase: that of the former or a later one.
    pub(super) fn open(&mut self, cases: usize, phase: usize) {
        if self.phases.len() <= phase {
            self.phases.resize(phase + 1, self.first.len() as u64);
        }
        self.first.push(u32::try_from(self.obligations.len()).unwrap_or(u32::MAX));
        self.obligations.resize(self.obligations.len() + cases, Obligation::default());
    }

    /// The hub gave a case this identifier.
    pub(super) fn identify(&mut self, number: CaseNumber, identifier: &str) {
        let fingerprint = fingerprint(identifier);
        let Some(slot) = self.slot(number) else { return };
        if let Some(obligation) = self.obligations.get_mut(slot as usize) {
            obligation.case = half(fingerprint);
            self.known.insert(fingerprint, slot);
        }
    }

    /// The case that the hub gave this identifier.
    pub(super) fn identified(&self, identifier: &str) -> Option<CaseNumber> {
        self.number(*self.known.get(&fingerprint(identifier))?)
    }

    /// What is owed of a case.
    pub(super) fn of(&self, number: CaseNumber) -> Option<&Obligation> {
        self.obligations.get(self.slot(number)? as usize)
    }

    /// What is owed of a case, to be changed.
    pub(super) fn of_mut(&mut self, number: CaseNumber) -> Option<&mut Obligation> {
        let slot = self.slot(number)?;
        self.obligations.get_mut(slot as usize)
    }

    /// What is owed of all cases of a dossier.
    pub(super) fn of_dossier(&mut self, dossier: u64) -> impl Iterator<Item = &mut Obligation> {
        let slots = self.slots(dossier);
        self.obligations.get_mut(slots).into_iter().flatten()
    }

    /// Every case, and what became of it.
    pub(super) fn all(&self) -> impl Iterator<Item = (CaseNumber, u16)> {
        let states = self.obligations.iter().map(|obligation| obligation.state);
        (0..).map_while(|slot| self.number(slot)).zip(states)
    }

    /// Something is wrong with a case.
    pub(super) fn finds(&mut self, kind: Kind, number: CaseNumber, what: &str) {
        let phase = self.phase(number.dossier);
        self.findings.add(Finding::new(kind, number, phase, what));
    }

    /// In which phase a dossier was to arrive.
    pub(super) fn phase(&self, dossier: u64) -> usize {
        // Phases in which nothing arrived begin with the same dossier as the next one, in which it did.
        self.phases.partition_point(|first| *first <= dossier).saturating_sub(1)
    }

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
}
