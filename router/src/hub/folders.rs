//! Deposit: a folder is announced, completed, followed, closed; or deleted before anybody else saw it.

use std::collections::HashSet;
use std::sync::Arc;

use crate::content;
use crate::entry::Fact;
use crate::error::{Error, Faults, Noun};
use crate::lifecycle;
use crate::model::{
    Attachment, AttachmentDraft, AttachmentStatus, Case, CaseDraft, Check, Folder, FolderDraft, FolderId,
    OrganizationKey, Owner, PartnerInfo, Process, ProcessCode, Status, Timestamp,
};
use crate::ports::{Attachments, Clock, Store, Subject};
use crate::rights::{Caller, Scope, Side};

use super::again::{Ground, Outcome, again, likely_or_again};
use super::{FolderView, Hub};

/// Who deposits, and sends the files of a deposit.
pub(super) const DEPOSITORS: &[Scope] = &[Scope::Osl, Scope::Admin];

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// Announces a folder with its cases and attachments. `faults` holds what reading the request already found, so that the
    /// refusal lists everything at once.
    pub async fn create_folder(
        &self,
        caller: &Caller,
        draft: FolderDraft,
        partner_info: PartnerInfo,
        mut faults: Faults,
    ) -> Result<FolderView, Error> {
        caller.require(DEPOSITORS)?;
        let now = self.now();
        let id = FolderId::generate();
        let process = self.process_of_deposit(caller, draft.process_code, &mut faults)?;
        let code = process.as_ref().map(|process| process.code.clone());
        let depositor = match (&process, caller.scope) {
            (Some(process), Scope::Admin) => process.osl.clone(),
            _ => caller.organization.clone(),
        };

        let mut check = Check::new(&mut faults, "");
        let external_id = check.text("externalId", draft.external_id, 30);
        let applicant =
            check.required("applicant", draft.applicant).map(|draft| draft.validate(&mut check.inside("applicant")));
        let case_drafts = check.required("cases", draft.cases);
        let attachment_drafts = check.required("attachments", draft.attachments);
        let partner_info = partner_info.validate(&mut check);

        let external_ids: HashSet<String> =
            case_drafts.iter().flatten().filter_map(|case| case.external_id.clone()).collect();
        let cases = self.validate_cases(case_drafts, id, code.as_ref(), &depositor, now, &mut faults);
        let attachments =
            self.validate_attachments(attachment_drafts, id, process.as_deref(), &external_ids, &mut faults);
        faults.into_result()?;

        let (Some(code), Some(applicant)) = (code, applicant) else {
            return Err(Error::invalid("", "Bad request"));
        };
        let folder = Folder {
            id,
            process: code,
            depositor,
            external_id,
            applicant,
            status: Status::HubeeReceived,
            cases: cases.iter().map(|case| case.id).collect(),
            partner_info,
            created_at: now,
            updated_at: None,
            closed_at: None,
            archived_at: None,
        };
        let view = FolderView { folder, cases, attachments };
        let fact = Fact::FolderDeposited {
            folder: view.folder.clone(),
            cases: view.cases.clone(),
            attachments: view.attachments.clone(),
        };
        // Nobody knows the identifier yet, but whoever learns it must find the folder whole.
        let writer = self.store.first_writer(id).await?;
        self.commit(writer, caller, now, vec![fact]).await?;
        Ok(view)
    }

    /// A folder with all that is in it.
    pub async fn folder(&self, caller: &Caller, id: FolderId) -> Result<FolderView, Error> {
        caller.require(DEPOSITORS)?;
        let folder = self.own_folder(caller, id).await?;
        let cases = self.store.cases(&folder.cases).await?;
        let attachments = self.store.attachments(Owner::Folder(id)).await?;
        Ok(FolderView { folder, cases, attachments })
    }

    /// Sets the status of a folder. `HUBEE_COMPLETED` completes a deposit: its cases are notified to their recipients. Doing it
    /// again changes nothing.
    pub async fn update_folder(
        &self,
        caller: &Caller,
        id: FolderId,
        status: Status,
        closed_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        likely_or_again(|ground| self.update_folder_once(caller, id, status, closed_at, ground)).await
    }

    async fn update_folder_once(
        &self,
        caller: &Caller,
        id: FolderId,
        status: Status,
        closed_at: Option<Timestamp>,
        ground: Ground,
    ) -> Result<Outcome, Error> {
        caller.require(DEPOSITORS)?;
        let Some(writer) = self.folder_writer(id, ground).await? else { return Ok(Outcome::Unchanged) };
        let folder = self.own_folder(caller, id).await?;
        let now = self.now();
        let fact = if folder.status == Status::HubeeReceived && status == Status::HubeeCompleted {
            self.completion(&folder).await?
        } else if folder.status != Status::HubeeReceived
            && status == Status::HubeeCompleted
            && folder.status != Status::AddAwaiting
        {
            // A repeated completion, or one that comes after the recipients began: it is already true.
            return Ok(Outcome::Unchanged);
        } else {
            lifecycle::check(lifecycle::FOLDER, Side::Depositor, folder.status, status)
                .map_err(|refusal| Error::invalid("globalStatus", refusal_message(refusal)))?;
            let closed_at = (status == Status::Closed).then(|| closed_at.or(folder.closed_at).unwrap_or(now));
            Fact::FolderStatusSet { folder: id, status, closed_at }
        };
        self.commit(writer, caller, now, vec![fact]).await?;
        Ok(Outcome::Committed)
    }

    /// The right to decide on a folder; none when nothing is remembered of it and it should be decided upon that.
    pub(super) async fn folder_writer(&self, id: FolderId, ground: Ground) -> Result<Option<S::Writer>, Error> {
        match ground {
            Ground::Remembered => Ok(self.store.likely_writer(id).await),
            Ground::Asked => Ok(Some(self.store.writer(Subject::Folder(id)).await?)),
        }
    }

    /// Deletes a folder that was not completed, with its attachments.
    pub async fn delete_folder(&self, caller: &Caller, id: FolderId) -> Result<(), Error> {
        again(|| self.delete_folder_once(caller, id)).await
    }

    async fn delete_folder_once(&self, caller: &Caller, id: FolderId) -> Result<(), Error> {
        caller.require(DEPOSITORS)?;
        let writer = self.store.writer(Subject::Folder(id)).await?;
        let folder = self.own_folder(caller, id).await?;
        if folder.status != Status::HubeeReceived {
            return Err(Error::invalid(
                "folderId",
                format!(
                    "a folder can be deleted only while HUBEE_RECEIVED and this one is {}; close it instead",
                    folder.status
                ),
            ));
        }
        let cases = self.store.cases(&folder.cases).await?;
        for case in cases.iter().filter(|case| case.events > 0) {
            // The count holds deleted events too.
            if !self.store.events(case.id).await?.is_empty() {
                return Err(Error::invalid("folderId", "a folder that has events cannot be deleted; close it instead"));
            }
        }
        let attachments = self.store.attachments(Owner::Folder(id)).await?;
        let fact = Fact::FolderDeleted {
            folder: id,
            cases: folder.cases.clone(),
            attachments: attachments.iter().map(|attachment| attachment.id).collect(),
            events: Vec::new(),
            notifications: Vec::new(),
            deliveries: Vec::new(),
            statistic: None,
        };
        self.commit(writer, caller, self.now(), vec![fact]).await?;
        attachments
            .iter()
            .filter_map(|attachment| attachment.place.as_ref())
            .for_each(|place| self.attachments.discard(place));
        Ok(())
    }

    pub(super) async fn own_folder(&self, caller: &Caller, id: FolderId) -> Result<Folder, Error> {
        let folder = self.store.folder(id).await?.ok_or(Error::NotFound(Noun::Folder))?;
        caller.side_of_folder(&folder)?;
        Ok(folder)
    }

    async fn completion(&self, folder: &Folder) -> Result<Fact, Error> {
        let attachments = self.store.attachments(Owner::Folder(folder.id)).await?;
        let mut faults = Faults::default();
        for (index, attachment) in attachments.iter().enumerate() {
            let (path, id) = (format!("attachments[{index}]"), attachment.id);
            match attachment.status {
                AttachmentStatus::Pending => {
                    faults
                        .add(path, format!("attachment {id} is still PENDING; upload it before completing the folder"));
                }
                AttachmentStatus::Rejected => {
                    faults.add(
                        path,
                        format!("attachment {id} is REJECTED; upload it again before completing the folder"),
                    );
                }
                AttachmentStatus::Received | AttachmentStatus::Corrupted | AttachmentStatus::Deleted => {}
            }
        }
        faults.into_result()?;
        let cases = self.store.cases(&folder.cases).await?;
        Ok(Fact::FolderCompleted {
            folder: folder.id,
            process: folder.process.clone(),
            depositor: folder.depositor.clone(),
            cases: cases.into_iter().map(|case| (case.id, case.recipient)).collect(),
        })
    }

    fn process_of_deposit(
        &self,
        caller: &Caller,
        code: Option<String>,
        faults: &mut Faults,
    ) -> Result<Option<Arc<Process>>, Error> {
        let mut check = Check::new(faults, "");
        let Some(code) = check.required("processCode", code) else { return Ok(None) };
        let process = ProcessCode::new(&code)
            .and_then(|code| self.store.referential(|referential| referential.process(&code).cloned()));
        match process {
            Some(process) => {
                if caller.scope != Scope::Admin && (process.osl != caller.organization || !caller.covers(&process.code))
                {
                    return Err(Error::Forbidden);
                }
                if !process.is_activated {
                    check.fault(
                        "processCode",
                        format!("process {} is not activated; ask an administrator of the hub", process.code),
                    );
                }
                Ok(Some(process))
            }
            None => {
                check.fault("processCode", "is not the code of a process of the hub; check its spelling and case");
                Ok(None)
            }
        }
    }

    fn validate_cases(
        &self,
        drafts: Option<Vec<CaseDraft>>,
        folder: FolderId,
        process: Option<&ProcessCode>,
        depositor: &OrganizationKey,
        now: Timestamp,
        faults: &mut Faults,
    ) -> Vec<Case> {
        let Some(drafts) = drafts else { return Vec::new() };
        if drafts.is_empty() {
            faults.add("cases", "must hold at least one case; add one for each recipient");
        }
        if drafts.len() > self.limits.cases_per_folder {
            faults.add("cases", format!("holds more than {} cases; split the folder", self.limits.cases_per_folder));
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut cases = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts.into_iter().enumerate() {
            let path = format!("cases[{index}]");
            let mut check = Check::new(faults, path.clone());
            let Some(case) = draft.validate(&mut check, folder, process, depositor, now) else { continue };
            if !seen.insert(case.external_id.clone()) {
                check.fault("externalId", "is the external id of another case of this folder; give each case its own");
            }
            let path = check.path("recipient");
            self.check_recipient(&case, now, path, faults);
            cases.push(case);
        }
        cases
    }

    fn check_recipient(&self, case: &Case, now: Timestamp, path: String, faults: &mut Faults) {
        let (exists, subscribed) = self.store.referential(|referential| {
            let exists = referential.organization(&case.recipient).is_some();
            let subscription = referential.subscription_of(&case.recipient, &case.process);
            (exists, subscription.is_some_and(|subscription| subscription.is_in_force(now)))
        });
        // The two sentences are the deployed hub's, spelling included: clients match them.
        if !exists {
            faults.add(path, format!("Case recipient {} does not exist", case.recipient));
        } else if !subscribed {
            faults.add(path, format!("Case recipient {} does not suscribed to {}", case.recipient, case.process));
        }
    }

    fn validate_attachments(
        &self,
        drafts: Option<Vec<AttachmentDraft>>,
        folder: FolderId,
        process: Option<&Process>,
        external_ids: &HashSet<String>,
        faults: &mut Faults,
    ) -> Vec<Attachment> {
        let Some(drafts) = drafts else { return Vec::new() };
        if drafts.is_empty() {
            faults.add("attachments", "must hold at least one attachment; add one");
        }
        if drafts.len() > self.limits.attachments_per_folder {
            let limit = self.limits.attachments_per_folder;
            faults.add(
                "attachments",
                format!("holds more than {limit} attachments; put them into an archive or split the folder"),
            );
            return Vec::new();
        }
        if let Some((process, limit)) = process.and_then(|process| Some((process, process.attachments_max?)))
            && drafts.len() as u64 > u64::from(limit)
        {
            let message =
                format!("holds more attachments than process {} allows; announce at most {limit}", process.code);
            faults.add("attachments", message);
        }
        let mut attachments = Vec::with_capacity(drafts.len());
        for (rank, draft) in (0..).zip(drafts) {
            let mut check = Check::new(faults, format!("attachments[{rank}]"));
            let announced = draft.recipients.is_some();
            let attachment = draft.validate(&mut check, Owner::Folder(folder), rank);
            if !announced {
                check.fault(
                    "recipients",
                    "required property is missing; list the external ids of the cases that may see this file",
                );
            } else if attachment.recipients.is_empty() {
                check.fault(
                    "recipients",
                    "must name at least one case; list the external ids of the cases that may see this file",
                );
            }
            for recipient in &attachment.recipients {
                if !external_ids.contains(recipient) {
                    check.fault("recipients", "names no case of this folder; use the externalId of one of its cases");
                }
            }
            if let Some(process) = process {
                if !attachment.kind.is_empty() && !process.attachment_types.contains(&attachment.kind) {
                    let allowed = process.attachment_types.join(", ");
                    check.fault("type", format!("is not allowed by process {}; use one of {allowed}", process.code));
                }
                self.check_format(&attachment, process, &process.attachment_formats, &mut check);
            }
            attachments.push(attachment);
        }
        attachments
    }

    pub(super) fn check_format(
        &self,
        attachment: &Attachment,
        process: &Process,
        formats: &[String],
        check: &mut Check<'_>,
    ) {
        let known = formats.iter().any(|format| content::same_format(format, &attachment.media_type));
        if !attachment.media_type.is_empty() && !known {
            let allowed = formats.join(", ");
            check.fault("mimeType", format!("is not allowed by process {}; use one of {allowed}", process.code));
        }
        let limit = process.attachment_max_bytes.min(self.limits.attachment_max_bytes);
        if attachment.size_bytes > limit {
            check.fault("size", format!("is more than process {} allows; send at most {limit} bytes", process.code));
        }
    }
}

pub(super) fn refusal_message(refusal: lifecycle::Refusal) -> String {
    match refusal {
        lifecycle::Refusal::NotYours(_) => format!("{refusal}; see the table of statuses"),
        lifecycle::Refusal::NotFromHere { .. } => format!("{refusal}; read the present status first"),
    }
}
