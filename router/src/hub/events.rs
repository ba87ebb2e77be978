//! What happens to a case: posted, sent once its files are there, acknowledged by the other side.

use crate::entry::Fact;
use crate::error::{Error, Faults, Noun};
use crate::lifecycle;
use crate::model::{
    ActionType, Attachment, AttachmentDraft, AttachmentStatus, Case, CaseId, Check, Event, EventDraft, EventId,
    EventStatus, FolderId, OrganizationKey, Owner, PartnerInfo, Process, Status,
};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::rights::{Caller, Side};

use super::again::{Ground, Outcome, again, likely_or_again};
use super::cases::is_visible;
use super::folders::refusal_message;
use super::{EventView, Hub};

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Posts an event. One that announces files stays its author's until they are received and it is sent; any other is sent at once.
    pub async fn post_event(
        &self,
        caller: &Caller,
        case: CaseId,
        draft: EventDraft,
        partner_info: PartnerInfo,
        faults: Faults,
    ) -> Result<EventView, Error> {
        again(|| self.post_event_once(caller, case, draft.clone(), partner_info.clone(), faults.clone())).await
    }

    async fn post_event_once(
        &self,
        caller: &Caller,
        case: CaseId,
        draft: EventDraft,
        partner_info: PartnerInfo,
        mut faults: Faults,
    ) -> Result<EventView, Error> {
        let folder = self.own_case(caller, case).await?.0.folder;
        let writer = self.store.writer(Subject::Folder(folder)).await?;
        let (case, side) = self.own_case(caller, case).await?;
        let process = self.store.referential(|referential| referential.process(&case.process).cloned());
        let process = process.ok_or(Error::NotFound(Noun::Process))?;
        let now = self.now();
        let id = EventId::generate();

        let mut check = Check::new(&mut faults, "");
        let action = check.word::<ActionType>("actionType", draft.action_type, ActionType::WORDS);
        let message = check.optional_prose("message", draft.message, 1_000);
        let comment = check.optional_prose("comment", draft.comment, 1_000);
        let author = check.optional_text("author", draft.author, 255);
        let case_current_status = check.optional_text("caseCurrentStatus", draft.case_current_status, 15);
        let case_new_status = check.optional_word::<Status>(
            "caseNewStatus",
            draft.case_new_status.filter(|word| !word.is_empty()),
            "the statuses of a case",
        );
        let partner_attributes = check.optional_prose("partnerAttributes", draft.partner_attributes, 1_024);
        let partner_info = partner_info.validate(&mut check);
        if let Some(status) = case_new_status
            && let Err(refusal) = lifecycle::check(lifecycle::CASE, side, case.status, status)
        {
            check.fault("caseNewStatus", refusal_message(refusal));
        }
        if action == Some(ActionType::SendingMessage) {
            if !process.messages_allowed {
                check.fault(
                    "actionType",
                    format!("process {} does not allow messages; use another action", process.code),
                );
            } else if message.as_deref().is_none_or(|message| message.trim().is_empty()) {
                check.fault("message", "required property is missing; SENDING_MESSAGE needs the message to send");
            }
        }
        if case.events >= self.limits.events_per_case {
            check
                .fault("", format!("the case already has {} events; it can take no more", self.limits.events_per_case));
        }
        let drafts = draft.attachments.unwrap_or_default();
        match action {
            Some(ActionType::AttachDeposit) if drafts.is_empty() => {
                check.fault(
                    "attachments",
                    "must hold at least one attachment; ATTACH_DEPOSIT announces the files to send",
                );
            }
            Some(action) if action != ActionType::AttachDeposit && !drafts.is_empty() => {
                check.fault("attachments", "must be empty; only ATTACH_DEPOSIT may announce files");
            }
            _ => {}
        }
        let attachments = self.validate_event_attachments(drafts, id, &process, side, &mut faults);
        faults.into_result()?;
        let Some(action) = action else {
            return Err(Error::invalid("actionType", "required property is missing; add it"));
        };

        let status = if action == ActionType::AttachDeposit { EventStatus::InProgress } else { EventStatus::Sent };
        let event = Event {
            id,
            case: case.id,
            folder,
            rank: case.events + 1,
            transmitter: caller.organization.clone(),
            side,
            action,
            status,
            notification: draft.notification.unwrap_or(false),
            message,
            comment,
            author,
            case_current_status,
            case_new_status,
            partner_attributes,
            partner_info,
            attachments: u32::try_from(attachments.len()).unwrap_or(u32::MAX),
            created_at: now,
            updated_at: now,
        };
        let sent = status == EventStatus::Sent;
        let mut facts = vec![Fact::EventPosted {
            event: event.clone(),
            attachments: attachments.clone(),
            process: case.process.clone(),
            notified: if sent { others(&case, &event) } else { Vec::new() },
        }];
        if let Some(status) = case_new_status.filter(|status| sent && *status != case.status) {
            facts.push(Fact::CaseStatusSet { case: case.id, status });
        }
        self.commit(writer, caller, now, facts).await?;
        Ok(EventView::for_side(event, attachments, side))
    }

    /// An event of a case.
    pub async fn event(&self, caller: &Caller, case: CaseId, id: EventId) -> Result<EventView, Error> {
        let (_, side, event) = self.visible_event(caller, case, id).await?;
        let attachments = self.store.attachments(Owner::Event(id)).await?;
        Ok(EventView::for_side(event, attachments, side))
    }

    /// `SENT`: the author says that all files are there. `RECEIVED`: the other side says that it took the event. Either again
    /// changes nothing.
    pub async fn update_event(
        &self,
        caller: &Caller,
        case: CaseId,
        id: EventId,
        status: EventStatus,
    ) -> Result<(), Error> {
        let folder = self.own_case(caller, case).await?.0.folder;
        likely_or_again(|ground| self.update_event_once(caller, case, id, status, folder, ground)).await
    }

    async fn update_event_once(
        &self,
        caller: &Caller,
        case: CaseId,
        id: EventId,
        status: EventStatus,
        folder: FolderId,
        ground: Ground,
    ) -> Result<Outcome, Error> {
        let Some(writer) = self.folder_writer(folder, ground).await? else { return Ok(Outcome::Unchanged) };
        let (case, side, event) = self.visible_event(caller, case, id).await?;
        let facts = match (event.status, status) {
            (_, EventStatus::InProgress) => {
                return Err(Error::invalid("status", "cannot be set to IN_PROGRESS; set SENT or RECEIVED"));
            }
            (EventStatus::Sent, EventStatus::Sent) | (EventStatus::Received, _) => return Ok(Outcome::Unchanged),
            (EventStatus::InProgress, EventStatus::Sent) => self.sending(&case, side, &event).await?,
            (EventStatus::InProgress, EventStatus::Received) => {
                return Err(Error::invalid(
                    "status",
                    "cannot be RECEIVED before it is SENT; send its files, then set SENT",
                ));
            }
            (EventStatus::Sent, EventStatus::Received) => {
                if event.side == side && side != Side::Administrator {
                    return Err(Error::Forbidden);
                }
                vec![Fact::EventReceived {
                    event: id,
                    case: case.id,
                    folder,
                    process: case.process.clone(),
                    transmitter: caller.organization.clone(),
                    notified: if event.notification { vec![author(&case, &event)] } else { Vec::new() },
                }]
            }
        };
        self.commit(writer, caller, self.now(), facts).await?;
        Ok(Outcome::Committed)
    }

    /// Deletes an event whose files were still being sent.
    pub async fn delete_event(&self, caller: &Caller, case: CaseId, id: EventId) -> Result<(), Error> {
        again(|| self.delete_event_once(caller, case, id)).await
    }

    async fn delete_event_once(&self, caller: &Caller, case: CaseId, id: EventId) -> Result<(), Error> {
        let folder = self.own_case(caller, case).await?.0.folder;
        let writer = self.store.writer(Subject::Folder(folder)).await?;
        let (case, side, event) = self.visible_event(caller, case, id).await?;
        if event.action != ActionType::AttachDeposit || event.status != EventStatus::InProgress {
            return Err(Error::invalid(
                "eventId",
                "only an ATTACH_DEPOSIT event that is IN_PROGRESS can be deleted; this one was sent",
            ));
        }
        if event.side != side && side != Side::Administrator {
            return Err(Error::Forbidden);
        }
        let attachments = self.store.attachments(Owner::Event(id)).await?;
        let fact = Fact::EventDeleted {
            event: id,
            case: case.id,
            attachments: attachments.iter().map(|file| file.id).collect(),
        };
        self.commit(writer, caller, self.now(), vec![fact]).await?;
        attachments.iter().filter_map(|file| file.place.as_ref()).for_each(|place| self.attachments.discard(place));
        Ok(())
    }

    /// An event that the caller may see, its case, and the side on which the caller stands.
    pub(super) async fn visible_event(
        &self,
        caller: &Caller,
        case: CaseId,
        id: EventId,
    ) -> Result<(Case, Side, Event), Error> {
        let (case, side) = self.own_case(caller, case).await?;
        let event = self.store.event(case.id, id).await?.ok_or(Error::NotFound(Noun::Event))?;
        if !is_visible(event.status, event.side, side) {
            return Err(Error::NotFound(Noun::Event));
        }
        Ok((case, side, event))
    }

    /// What follows when all files of an event are there.
    async fn sending(&self, case: &Case, side: Side, event: &Event) -> Result<Vec<Fact>, Error> {
        if event.side != side && side != Side::Administrator {
            return Err(Error::Forbidden);
        }
        let mut faults = Faults::default();
        for (index, file) in self.store.attachments(Owner::Event(event.id)).await?.iter().enumerate() {
            if !matches!(file.status, AttachmentStatus::Received | AttachmentStatus::Corrupted) {
                let (id, status) = (file.id, file.status.as_str());
                faults.add(
                    format!("attachments[{index}]"),
                    format!("attachment {id} is {status}; upload it before sending the event"),
                );
            }
        }
        faults.into_result()?;
        let mut facts = vec![Fact::EventSent {
            event: event.id,
            case: case.id,
            folder: case.folder,
            process: case.process.clone(),
            transmitter: event.transmitter.clone(),
            notified: others(case, event),
        }];
        // The case may have moved on since the event was posted; what was asked then must not undo what was decided since.
        if let Some(status) = event.case_new_status
            && status != case.status
            && lifecycle::check(lifecycle::CASE, event.side, case.status, status).is_ok()
        {
            facts.push(Fact::CaseStatusSet { case: case.id, status });
        }
        Ok(facts)
    }

    pub(super) fn validate_event_attachments(
        &self,
        drafts: Vec<AttachmentDraft>,
        event: EventId,
        process: &Process,
        side: Side,
        faults: &mut Faults,
    ) -> Vec<Attachment> {
        if drafts.len() > self.limits.attachments_per_event {
            faults.add(
                "attachments",
                format!("holds more than {} attachments; post several events", self.limits.attachments_per_event),
            );
            return Vec::new();
        }
        let formats = match side {
            Side::Recipient if !process.si_attachment_formats.is_empty() => &process.si_attachment_formats,
            Side::Depositor | Side::Recipient | Side::Administrator => &process.attachment_formats,
        };
        let mut attachments = Vec::with_capacity(drafts.len());
        for (rank, mut draft) in (0..).zip(drafts) {
            let mut check = Check::new(faults, format!("attachments[{rank}]"));
            // Whoever sees the event sees its files: a list of cases means nothing here.
            draft.recipients = None;
            let attachment = draft.validate(&mut check, Owner::Event(event), rank);
            self.check_format(&attachment, process, formats, &mut check);
            attachments.push(attachment);
        }
        attachments
    }
}

/// Who learns that an event was taken: its author, or whoever took over its cases since.
fn author(case: &Case, event: &Event) -> OrganizationKey {
    match event.side {
        Side::Depositor => case.depositor.clone(),
        Side::Recipient => case.recipient.clone(),
        Side::Administrator => event.transmitter.clone(),
    }
}

/// Whose inboxes a sent event goes to: the other side's, when its author asked for it and the recipient knows of the case.
pub(super) fn others(case: &Case, event: &Event) -> Vec<OrganizationKey> {
    if !event.notification {
        return Vec::new();
    }
    let recipient = case.transmitted_at.is_some().then(|| case.recipient.clone());
    match event.side {
        Side::Depositor => recipient.into_iter().collect(),
        Side::Recipient => vec![case.depositor.clone()],
        Side::Administrator => recipient.into_iter().chain([case.depositor.clone()]).collect(),
    }
}
