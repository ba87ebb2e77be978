//! What a support desk is told: where it is, what happened, why it was refused. Nothing of the applicant.

use navette_router::entry::Entry;
use navette_router::hub::{Explanation, Kind, Whole};
use navette_router::model::{Attachment, AttachmentStatus, Case, Event, EventStatus, Status, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::text;
use crate::Refused;
use crate::openapi::words::{CaseStatus, DateTime, Explained, FileStatus};

/// All that the hub knows of something.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Explanation")]
pub(crate) struct ExplanationAnswer<'a> {
    /// What was asked about.
    id: &'a str,
    /// What it is.
    #[schemars(with = "Explained")]
    kind: &'static str,
    /// Where it is, in a sentence.
    whereabouts: String,
    /// The folder it belongs to.
    folder: Option<FolderRow<'a>>,
    /// What happened, as the records tell, oldest first.
    timeline: Vec<Moment>,
    /// What the journal still holds, with who did it in which request, oldest first.
    journal: Vec<EntryRow<'a>>,
    /// The requests about it that were refused lately, oldest first.
    refusals: Vec<RefusalRow<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExplainedFolder")]
struct FolderRow<'a> {
    /// Identifier.
    id: String,
    /// The depositor's own number.
    external_id: &'a str,
    /// Code of the process.
    process: &'a str,
    /// Who deposited it.
    depositor: String,
    /// Where it stands.
    #[schemars(with = "CaseStatus")]
    status: &'static str,
    /// Its cases.
    cases: Vec<CaseRow<'a>>,
    /// Its attachments.
    attachments: Vec<FileRow>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExplainedCase")]
struct CaseRow<'a> {
    /// Identifier.
    id: String,
    /// The depositor's own number.
    external_id: &'a str,
    /// Who processes it.
    recipient: String,
    /// Where it stands.
    #[schemars(with = "CaseStatus")]
    status: &'static str,
    /// How many notifications about it its recipient has not dealt with.
    waiting: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExplainedAttachment")]
struct FileRow {
    /// Identifier.
    id: String,
    /// Where it stands.
    #[schemars(with = "FileStatus")]
    status: &'static str,
    /// Length, in bytes.
    size: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Moment")]
struct Moment {
    /// When.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    at: Timestamp,
    /// What happened.
    what: String,
    /// To what: the identifier of a folder, a case or an event.
    about: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JournalEntry")]
struct EntryRow<'a> {
    /// When.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    at: Timestamp,
    /// Whose credential; null when the hub acted by itself.
    by: Option<&'a str>,
    /// The `X-Request-Id` of the answer.
    request: Option<&'a str>,
    /// What happened.
    what: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
struct RefusalRow<'a> {
    /// When.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    at: Timestamp,
    /// Whose credential.
    by: &'a str,
    /// The `X-Request-Id` of the answer.
    request: &'a str,
    /// The operation.
    operation: &'static str,
    /// The status of the answer.
    status: u16,
    /// What it said.
    messages: Vec<String>,
}

impl<'a> ExplanationAnswer<'a> {
    pub(crate) fn new(id: &'a str, explanation: &'a Explanation, refusals: &'a [Refused]) -> Self {
        let contents = explanation.contents.as_ref();
        let mut timeline = contents.map(timeline).unwrap_or_default();
        timeline.sort_by_key(|moment| moment.at);
        Self {
            id,
            kind: kind(explanation.kind, refusals),
            whereabouts: match contents {
                Some(contents) => whereabouts(explanation.kind, contents),
                None => unknown(explanation, refusals),
            },
            folder: contents.map(FolderRow::from),
            timeline,
            journal: explanation.history.iter().map(EntryRow::from).collect(),
            refusals: refusals.iter().map(RefusalRow::from).collect(),
        }
    }
}

const fn kind(kind: Kind, refusals: &[Refused]) -> &'static str {
    match kind {
        Kind::Folder => "folder",
        Kind::Case(_) => "case",
        Kind::Attachment(_) => "attachment",
        Kind::Event(_) => "event",
        Kind::Notification => "notification",
        Kind::Request => "request",
        Kind::Unknown if !refusals.is_empty() => "request",
        Kind::Unknown => "unknown",
    }
}

fn unknown(explanation: &Explanation, refusals: &[Refused]) -> String {
    let text = match (explanation.history.is_empty(), refusals.is_empty()) {
        (false, _) if explanation.kind == Kind::Request => "the request was done, and changed what the journal says",
        (false, _) => "it is no longer there; the journal says what became of it",
        (true, false) => "it was refused, and changed nothing",
        (true, true) => "nothing is known of it: it never came here, only read something, or was long ago",
    };
    text.to_owned()
}

fn whereabouts(kind: Kind, contents: &Whole) -> String {
    let attachments = || contents.attachments.iter().chain(contents.events.iter().flat_map(|(_, files)| files));
    let found = match kind {
        Kind::Case(id) => contents.cases.iter().find(|case| case.id == id).map(|case| of_case(case, contents)),
        Kind::Attachment(id) => attachments().find(|file| file.id == id).map(of_attachment),
        Kind::Event(id) => contents.events.iter().find(|(event, _)| event.id == id).map(|(event, _)| of_event(event)),
        Kind::Folder | Kind::Notification | Kind::Request | Kind::Unknown => None,
    };
    found.unwrap_or_else(|| of_folder(contents))
}

fn of_folder(contents: &Whole) -> String {
    let Whole { folder, cases, attachments, waiting, .. } = contents;
    if folder.status == Status::HubeeReceived {
        let received = attachments.iter().filter(|file| file.status == AttachmentStatus::Received).count();
        return format!("being deposited: {received} of {} attachments have come, nobody was told", attachments.len());
    }
    let unread = cases.iter().filter(|case| waiting.iter().any(|row| row.case == case.id && row.event.is_none()));
    format!(
        "{}: {} of {} recipients have not dealt with the notification yet",
        folder.status.as_str(),
        unread.count(),
        cases.len()
    )
}

fn of_case(case: &Case, contents: &Whole) -> String {
    let unread = contents.waiting.iter().find(|row| row.case == case.id && row.event.is_none());
    match (case.transmitted_at, unread) {
        (None, _) => "being deposited: its recipient was not told".to_owned(),
        (Some(_), Some(row)) => {
            format!("{}: waits in the inbox of {} since {}", case.status.as_str(), row.recipient, row.created_at)
        }
        (Some(_), None) => format!("{}: {} has dealt with the notification", case.status.as_str(), case.recipient),
    }
}

fn of_attachment(file: &Attachment) -> String {
    let text = match file.status {
        AttachmentStatus::Pending => "announced: its bytes have not come",
        AttachmentStatus::Received => "received, durable, and as it was announced",
        AttachmentStatus::Corrupted => "received with malware in it: its depositor decides",
        AttachmentStatus::Rejected => "what came was not what was announced: see the refusals; it may be sent again",
        AttachmentStatus::Deleted => "its time was up: its bytes are gone",
    };
    text.to_owned()
}

fn of_event(event: &Event) -> String {
    let text = match event.status {
        EventStatus::InProgress => "its author has not sent it: nobody else sees it",
        EventStatus::Sent => "sent: the other side has not said that it received it",
        EventStatus::Received => "received by the other side",
    };
    text.to_owned()
}

fn timeline(contents: &Whole) -> Vec<Moment> {
    let Whole { folder, cases, events, .. } = contents;
    let moment = |at: Timestamp, what: String, about: String| Moment { at, what, about };
    let mut moments = vec![moment(folder.created_at, "folder deposited".to_owned(), folder.id.to_string())];
    moments.extend(folder.closed_at.map(|at| moment(at, "folder closed".to_owned(), folder.id.to_string())));
    moments.extend(folder.archived_at.map(|at| moment(at, "folder archived".to_owned(), folder.id.to_string())));
    for case in cases {
        moments.extend(
            case.transmitted_at.map(|at| moment(at, format!("{} notified", case.recipient), case.id.to_string())),
        );
        for status in Status::ALL {
            // What it stands at tells which of the statuses of a stage it was.
            if let (Some(at), true) = (case.reached.get(&status.stage()), *status == case.status) {
                moments.push(moment(*at, format!("case {}", status.as_str()), case.id.to_string()));
            }
        }
    }
    for (event, _) in events {
        let what = format!("{} by {}", event.action.as_str(), event.transmitter);
        moments.push(moment(event.created_at, what, event.id.to_string()));
    }
    moments
}

impl<'a> From<&'a Whole> for FolderRow<'a> {
    fn from(contents: &'a Whole) -> Self {
        let folder = &contents.folder;
        let waiting = |case: &Case| contents.waiting.iter().filter(|row| row.case == case.id).count();
        Self {
            id: folder.id.to_string(),
            external_id: &folder.external_id,
            process: folder.process.as_str(),
            depositor: folder.depositor.to_string(),
            status: folder.status.as_str(),
            cases: contents
                .cases
                .iter()
                .map(|case| CaseRow {
                    id: case.id.to_string(),
                    external_id: &case.external_id,
                    recipient: case.recipient.to_string(),
                    status: case.status.as_str(),
                    waiting: waiting(case),
                })
                .collect(),
            attachments: contents
                .attachments
                .iter()
                .map(|file| FileRow { id: file.id.to_string(), status: file.status.as_str(), size: file.size_bytes })
                .collect(),
        }
    }
}

impl<'a> From<&'a Entry> for EntryRow<'a> {
    fn from(entry: &'a Entry) -> Self {
        let what = entry.facts.iter().map(|fact| match fact.outcome() {
            Some(outcome) => format!("{}: {outcome}", fact.name()),
            None => fact.name().to_owned(),
        });
        let by = entry.by.as_ref().map(|client| client.as_str());
        Self { at: entry.at, by, request: entry.request.as_deref(), what: what.collect() }
    }
}

impl<'a> From<&'a Refused> for RefusalRow<'a> {
    fn from(refused: &'a Refused) -> Self {
        let answer: Value = serde_json::from_slice(&refused.answer).unwrap_or_default();
        let errors = answer.get("errors").and_then(Value::as_array).into_iter().flatten();
        let messages = errors.filter_map(|error| error.get("message")?.as_str().map(str::to_owned)).collect();
        let Refused { at, request, by, operation, status, .. } = refused;
        Self { at: *at, by: by.as_str(), request, operation, status: *status, messages }
    }
}
