//! What a recipient does with one notification.

use super::Place;
use crate::hub::{Case, Notification};
use crate::judge::{CaseNumber, Kind, Sighting};
use crate::measure::Operation;
use crate::random::Random;
use crate::roles::depositor::file_name;
use crate::roles::watcher;
use crate::roster::{Dossier, Temper};
use crate::wire::Failure;

const CHANCE: u64 = 0x6368_616e;

impl Place<'_> {
    /// Takes one notification; says whether it is gone.
    pub(super) async fn take(self, row: Notification, slow: bool) -> bool {
        if slow {
            tokio::time::sleep(self.stage.behaviour.slow_pause.duration()).await;
        }
        let outcome = match &row.event_id {
            None => self.take_case(&row, slow).await,
            // The acknowledgement of an answer: it is only deleted.
            Some(_) => self.delete(&row, self.stage.judge.number_of(&row.case_id)).await,
        };
        outcome.is_ok()
    }

    async fn take_case(self, row: &Notification, slow: bool) -> Result<(), Failure> {
        let stage = self.stage;
        let phase = stage.phase();
        let known = stage.judge.sees(&row.case_id, &row.id);
        if let Some(sighting) = known
            && !self.is_for(sighting.number)
        {
            stage.judge.finds(Kind::Crossed, sighting.number, "announced to another recipient");
        }
        let case = self.read(row, known).await?;
        let recognized = || stage.judge.recognizes(stage.number_of(&case.external_id)?, &row.case_id);
        let Some(sighting) = known.or_else(recognized) else {
            // Of another run: nobody is owed anything.
            return self.delete(row, None).await;
        };
        let number = sighting.number;
        if stage.number_of(&case.external_id) != Some(number) {
            stage.judge.finds(Kind::Corrupted, number, "the case bears another number than was sent");
        }
        watcher::note_visible(stage, sighting, phase);
        if !self.is_for(number) {
            if known.is_none() {
                stage.judge.finds(Kind::Crossed, number, "delivered to another recipient");
            }
            return self.delete(row, Some(number)).await;
        }
        if sighting.settled {
            stage.judge.finds(Kind::Doubled, number, "announced again after it was settled");
            return self.delete(row, Some(number)).await;
        }
        if !sighting.delivered {
            self.compare(row, &case, &stage.roster.dossier(number.dossier), number, slow).await?;
            if let Some(took) = stage.judge.delivered(number, self.is_prompt()) {
                stage.measurements.took(phase, Operation::Delivered, took);
            }
        }
        let silent = !chance(number, 1).happens(stage.behaviour.answered);
        if !silent && !sighting.answer_taken {
            self.answer(row, sighting).await?;
        }
        self.delete(row, Some(number)).await?;
        stage.judge.settled(number, silent);
        Ok(())
    }

    /// Whether a recipient looks into its inbox as often as the others, and takes what is there.
    fn is_prompt(self) -> bool {
        let desk = self.stage.roster.desks.get(self.desk);
        desk.is_some_and(|desk| matches!(desk.temper, Temper::Prompt | Temper::Greedy))
    }

    fn is_for(self, number: CaseNumber) -> bool {
        self.stage.roster.dossier(number.dossier).desks.get(number.case) == Some(&self.desk)
    }

    async fn read(self, row: &Notification, known: Option<Sighting>) -> Result<Case, Failure> {
        let hub = self.hub;
        let read = |token| async move { hub.case(&token, &row.case_id).await };
        self.ask(Operation::Read, known.map(|sighting| sighting.number.dossier), read).await
    }

    /// Fetches the files of a case and compares them with what was sent.
    async fn compare(
        self,
        row: &Notification,
        case: &Case,
        dossier: &Dossier,
        number: CaseNumber,
        slow: bool,
    ) -> Result<(), Failure> {
        let (stage, hub) = (self.stage, self.hub);
        for (index, content) in dossier.files.iter().enumerate() {
            let name = file_name(index);
            let mut listed = case.attachments.iter().filter(|file| file.file_name == name);
            let Some(file) = listed.next() else {
                stage.judge.finds(Kind::Corrupted, number, &format!("file {} is not listed", index + 1));
                continue;
            };
            if listed.next().is_some() {
                stage.judge.finds(Kind::Doubled, number, &format!("file {} is listed twice", index + 1));
            }
            if !chance(number, 2).happens(stage.behaviour.verify) {
                continue;
            }
            let pause = slow.then(|| stage.behaviour.slow_pause.duration() / 4);
            let fetch = |token| async move { hub.fetch(&token, (&row.case_id, &file.id), *content, pause).await };
            let fetched = self.ask(Operation::Fetch, Some(number.dossier), fetch).await?;
            if let Err(what) = fetched {
                stage.judge.finds(Kind::Corrupted, number, &format!("file {} {what}", index + 1));
            }
        }
        if case.attachments.len() > dossier.files.len() {
            stage.judge.finds(Kind::Crossed, number, "lists a file that is not its own");
        }
        Ok(())
    }

    /// Posts an event for each status; the last one notifies the depositor.
    async fn answer(self, row: &Notification, sighting: Sighting) -> Result<(), Failure> {
        let (stage, hub, number) = (self.stage, self.hub, sighting.number);
        let statuses = &stage.behaviour.answers;
        for (index, status) in statuses.iter().enumerate() {
            let last = index + 1 == statuses.len();
            let event = format!(
                r#"{{"actionType":"STATUS_UPDATE","notification":{last},"caseNewStatus":"{status}","author":"essai de charge"}}"#
            );
            // What a former visit sent may have arrived.
            let mut again = sighting.answered;
            let post = |token| {
                if last {
                    stage.judge.answers(number, again);
                    again = true;
                }
                let event = event.clone();
                async move { hub.post_event(&token, &row.case_id, event).await }
            };
            if let Err(failure) = self.ask(Operation::Answer, Some(number.dossier), post).await {
                if matches!(failure, Failure::Refused { .. }) {
                    stage.judge.answer_refused(number);
                }
                return Err(failure);
            }
        }
        stage.judge.answer_taken(number);
        Ok(())
    }

    async fn delete(self, row: &Notification, number: Option<CaseNumber>) -> Result<(), Failure> {
        let hub = self.hub;
        let delete = |token| async move { hub.delete_notification(&token, &row.id).await };
        self.ask(Operation::Delete, number.map(|number| number.dossier), delete).await
    }
}

/// What happens with a case by chance, the same each time.
fn chance(number: CaseNumber, purpose: u64) -> Random {
    Random::of(CHANCE, purpose, number.dossier.wrapping_mul(4_099).wrapping_add(number.case as u64))
}
