//! What comes back from recipients to whom things were brought: each becomes one entry, with the event and the status it amounts to, and
//! its files. What was made durable is known again by the name the peer gave it, so it counts once however often it is collected.

use crate::content;
use crate::entry::{Entry, Fact};
use crate::error::{Error, Faults, Noun};
use crate::lifecycle;
use crate::model::{
    ActionType, Attachment, AttachmentDraft, Case, Delivery, DeliveryId, DeliveryState, Event, EventId, EventStatus,
    ReturnOutcome, ReturnRecord, Status, SubscriptionId, Timestamp,
};
use crate::ports::{Attachments, Awaited, Clock, Outcome, Returned, ReturnedFile, Store, Stored, Subject, Upload};
use crate::rights::Side;

use super::super::Hub;
use super::super::again::again;
use super::super::events::others;
use super::super::receive::{Unclaimed, is_refused};

/// The kind of a file that a recipient's software put beside its answer.
const RETURNED_KIND: &str = "RETOUR";
/// The most characters of a recipient's words, as of a message.
const COMMENT_MAX_CHARS: usize = 1_000;

/// Some of what is awaited from an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitedPage {
    /// What.
    pub awaited: Vec<Awaited>,
    /// Behind which the next page begins; none: nothing is left.
    pub next: Option<DeliveryId>,
}

/// What became of something that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedReturn {
    /// What the ledger says, which decides how it is acknowledged.
    pub outcome: ReturnOutcome,
    /// Whether the ledger did not say so before.
    pub is_new: bool,
}

/// A file that came back, with its bytes durable.
type Kept = (Attachment, Stored);

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Some of what is awaited from an endpoint, the latest first. What was awaited for long enough is not any more.
    pub async fn awaited(
        &self,
        endpoint: SubscriptionId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<AwaitedPage, Error> {
        let page = self.store.deliveries_awaited(endpoint, before, limit).await?;
        // Fewer than asked for are no end: one may have gone in between.
        let next = page.last().map(|last| last.id);
        let now = self.now();
        let mut awaited = Vec::with_capacity(page.len());
        for delivery in page {
            let (is_taken, has_failed) = (delivery.is_taken(), delivery.has_failed());
            if self.is_over(&delivery, now) {
                again(|| self.end_awaiting(delivery.id)).await?;
            } else if let Some(reference) = delivery.reference {
                awaited.push(Awaited { delivery: delivery.id, reference, is_taken, has_failed });
            }
        }
        Ok(AwaitedPage { awaited, next })
    }

    fn is_over(&self, delivery: &Delivery, now: Timestamp) -> bool {
        let DeliveryState::Delivered { at } = delivery.state else { return false };
        let longest = self.deliveries.as_ref().map_or(0, |rules| rules.await_for.as_millis());
        let longest = i64::try_from(longest).unwrap_or(i64::MAX);
        delivery.reference.is_none() || at.milliseconds().saturating_add(longest) <= now.milliseconds()
    }

    async fn end_awaiting(&self, id: DeliveryId) -> Result<(), Error> {
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(()) };
        let writer = self.store.writer(Subject::Folder(delivery.folder)).await?;
        let now = self.now();
        let is_over = |delivery: Delivery| delivery.is_awaited && self.is_over(&delivery, now);
        if !self.store.delivery(id).await?.is_some_and(is_over) {
            return Ok(());
        }
        Ok(self.store.commit(writer, Entry::new(now, None, vec![Fact::ReturnsEnded(vec![id])])).await?)
    }

    /// Takes what came back: durable when it returns. None when nobody awaits it.
    pub async fn take_return(&self, returned: &Returned) -> Result<Option<NotedReturn>, Error> {
        let Some(id) = returned.delivery else { return Ok(None) };
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(None) };
        if let Some(known) = known(&delivery, returned) {
            return Ok(Some(known));
        }
        let event = EventId::generate();
        let files = match returned.outcome {
            Outcome::Unusable(_) => Ok(Vec::new()),
            Outcome::Taken | Outcome::Failed | Outcome::Status(_) => {
                self.announced_by(&delivery, event, &returned.files)?
            }
        };
        let files = match files {
            Ok(files) => self.keep_files(files, &returned.files).await?,
            Err(unfit) => Err(unfit),
        };
        let (kept, unclaimed, unfit) = match files {
            Ok((kept, unclaimed)) => (kept, unclaimed, None),
            Err(unfit) => (Vec::new(), Vec::new(), Some(unfit)),
        };
        again(|| self.take_return_once(id, returned, event, (&kept, &unclaimed), unfit.as_deref())).await
    }

    /// The files as they would be announced, or why they cannot be taken.
    fn announced_by(
        &self,
        delivery: &Delivery,
        event: EventId,
        files: &[ReturnedFile],
    ) -> Result<Result<Vec<Attachment>, String>, Error> {
        let process = self.store.referential(|known| known.process(&delivery.process).cloned());
        let process = process.ok_or(Error::NotFound(Noun::Process))?;
        let draft = |file: &ReturnedFile| AttachmentDraft {
            file_name: Some(file.name.clone()),
            kind: Some(RETURNED_KIND.to_owned()),
            size: i64::try_from(file.bytes.len()).ok(),
            mime_type: Some(content::media_type(&file.name, &file.bytes).to_owned()),
            recipients: None,
        };
        let mut faults = Faults::default();
        let drafts = files.iter().map(draft).collect();
        let announced = self.validate_event_attachments(drafts, event, &process, Side::Recipient, &mut faults);
        Ok(match faults.into_result() {
            Ok(()) => Ok(announced),
            Err(refused) => Err(format!("its files cannot be taken: {refused}")),
        })
    }

    /// Makes the bytes durable. They go away again unless the journal comes to name them.
    async fn keep_files(
        &self,
        announced: Vec<Attachment>,
        files: &[ReturnedFile],
    ) -> Result<Result<(Vec<Kept>, Vec<Unclaimed<'_, A>>), String>, Error> {
        let (mut kept, mut unclaimed) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
        for (attachment, file) in announced.into_iter().zip(files) {
            let mut upload = self.attachments.upload(attachment.id, attachment.size_bytes).await?;
            upload.write(file.bytes.clone()).await?;
            let stored = upload.finish().await?;
            unclaimed.push(Unclaimed::new(&self.attachments, stored.place.clone()));
            if !content::agrees(&attachment.media_type, &stored.head) {
                return Ok(Err("its files cannot be taken: one does not hold what its name says".to_owned()));
            }
            kept.push((attachment, stored));
        }
        Ok(Ok((kept, unclaimed)))
    }

    async fn take_return_once(
        &self,
        id: DeliveryId,
        returned: &Returned,
        event: EventId,
        (kept, unclaimed): (&[Kept], &[Unclaimed<'_, A>]),
        unfit: Option<&str>,
    ) -> Result<Option<NotedReturn>, Error> {
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(None) };
        let writer = self.store.writer(Subject::Folder(delivery.folder)).await?;
        let Some(delivery) = self.store.delivery(id).await? else { return Ok(None) };
        if let Some(known) = known(&delivery, returned) {
            return Ok(Some(known));
        }
        let now = self.now();
        let case = self.store.case(delivery.case).await?;
        let verdict = match (unfit, case) {
            (Some(unfit), _) => Err(unfit.to_owned()),
            (None, None) => Err("the case is not there any more".to_owned()),
            (None, Some(case)) => self.meaning(&delivery, &case, &returned.outcome).map(|(said, status)| {
                let is_event = status.is_some() || returned.comment.is_some() || !kept.is_empty();
                let comment = returned.comment.as_deref();
                let facts = is_event.then(|| became(&case, event, comment, status, kept, now));
                (said, facts.unwrap_or_default())
            }),
        };
        let (outcome, mut facts) = verdict.unwrap_or_else(|why| (ReturnOutcome::Unusable(why), Vec::new()));
        let is_event = !facts.is_empty();
        let record = ReturnRecord {
            number: delivery.next_return(),
            at: now,
            reference: returned.reference.clone(),
            outcome: outcome.clone(),
            event: is_event.then_some(event),
        };
        facts.push(Fact::DeliveryReturned { delivery: id, record });
        // From here on the entry may become durable even if nobody waits for it.
        unclaimed.iter().for_each(|bytes| bytes.keep(is_event));
        let committed = self.commit_entry(writer, Entry::new(now, None, facts)).await;
        if let Err(error) = &committed {
            unclaimed.iter().for_each(|bytes| bytes.keep(is_event && !is_refused(error)));
        }
        committed.map(|()| Some(NotedReturn { outcome, is_new: true }))
    }

    /// What it means for the case: what the ledger says, and the status that the case has from now on, if that changes; or why it means
    /// nothing.
    fn meaning(
        &self,
        delivery: &Delivery,
        case: &Case,
        outcome: &Outcome,
    ) -> Result<(ReturnOutcome, Option<Status>), String> {
        if case.recipient != delivery.recipient {
            return Err("the case went over to another recipient".to_owned());
        }
        if case.events >= self.limits.events_per_case {
            return Err(format!("the case already has {} events; it can take no more", self.limits.events_per_case));
        }
        // What software does with a file says less than what somebody said about the case since.
        let is_new = lifecycle::is_untouched(case.status);
        let had_failed = case.status == Status::SiIntegrationError;
        let was_taken = case.status == Status::SiReceived;
        let (said, status) = match outcome {
            Outcome::Unusable(why) => return Err(why.clone()),
            Outcome::Taken => (ReturnOutcome::Taken, (is_new || had_failed).then_some(Status::SiReceived)),
            Outcome::Failed => (ReturnOutcome::Failed, (is_new || was_taken).then_some(Status::SiIntegrationError)),
            Outcome::Status(status) => (ReturnOutcome::Status(*status), Some(*status)),
        };
        let status = status.filter(|status| *status != case.status);
        if let Some(status) = status {
            lifecycle::check(lifecycle::CASE, Side::Recipient, case.status, status)
                .map_err(|refusal| format!("the status cannot be set: {refusal}"))?;
        }
        Ok((said, status))
    }
}

/// What was made of it when it was collected before.
fn known(delivery: &Delivery, returned: &Returned) -> Option<NotedReturn> {
    let known = delivery.last_returns.iter().find(|record| record.reference == returned.reference);
    known.map(|record| NotedReturn { outcome: record.outcome.clone(), is_new: false })
}

/// The facts of an event that the recipient would have posted.
pub(in crate::hub) fn became(
    case: &Case,
    id: EventId,
    comment: Option<&str>,
    status: Option<Status>,
    kept: &[Kept],
    now: Timestamp,
) -> Vec<Fact> {
    let has_files = !kept.is_empty();
    let event = Event {
        id,
        case: case.id,
        folder: case.folder,
        rank: case.events + 1,
        transmitter: case.recipient.clone(),
        side: Side::Recipient,
        action: if has_files { ActionType::AttachDeposit } else { ActionType::StatusUpdate },
        status: if has_files { EventStatus::InProgress } else { EventStatus::Sent },
        notification: true,
        message: comment.map(printable).filter(|message| !message.trim().is_empty()),
        comment: None,
        author: None,
        case_current_status: None,
        case_new_status: status,
        partner_attributes: None,
        partner_info: None,
        attachments: u32::try_from(kept.len()).unwrap_or(u32::MAX),
        created_at: now,
        updated_at: now,
    };
    let notified = others(case, &event);
    let mut facts = vec![Fact::EventPosted {
        attachments: kept.iter().map(|(attachment, _)| attachment.clone()).collect(),
        process: case.process.clone(),
        notified: if has_files { Vec::new() } else { notified.clone() },
        event,
    }];
    facts.extend(kept.iter().map(|(attachment, stored)| Fact::AttachmentReceived {
        owner: attachment.owner,
        attachment: attachment.id,
        digest: stored.digest,
        place: stored.place.clone(),
    }));
    if has_files {
        facts.push(Fact::EventSent {
            event: id,
            case: case.id,
            folder: case.folder,
            process: case.process.clone(),
            transmitter: case.recipient.clone(),
            notified,
        });
    }
    facts.extend(status.map(|status| Fact::CaseStatusSet { case: case.id, status }));
    facts
}

/// What can be shown of a recipient's words.
fn printable(words: &str) -> String {
    let shown = |c: char| if c.is_control() && !matches!(c, '\n' | '\r' | '\t') { ' ' } else { c };
    words.chars().take(COMMENT_MAX_CHARS).map(shown).collect()
}
