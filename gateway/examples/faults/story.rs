//! A dossier from its announcement to the acknowledged answer, one request at a time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::{Method, StatusCode};
use navette_gateway::partner::{Answer, Error, Partner};
use serde_json::{Value, json};

use crate::gateway::Parties;

/// One request of a deposit, of a retrieval, or of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Announce,
    SendSmall,
    SendLarge,
    Complete,
    Find,
    FetchSmall,
    FetchLarge,
    Answer,
    AnswerFile,
    AnswerSent,
    Dismiss,
    Learn,
    Acknowledge,
    Forget,
}

impl Step {
    /// In the order in which they are taken.
    pub(crate) const ALL: [Self; 14] = [
        Self::Announce,
        Self::SendSmall,
        Self::SendLarge,
        Self::Complete,
        Self::Find,
        Self::FetchSmall,
        Self::FetchLarge,
        Self::Answer,
        Self::AnswerFile,
        Self::AnswerSent,
        Self::Dismiss,
        Self::Learn,
        Self::Acknowledge,
        Self::Forget,
    ];

    /// What is asked, in the words of the contract.
    pub(crate) const fn request(self) -> &'static str {
        match self {
            Self::Announce => "POST folder",
            Self::SendSmall => "PUT attachment, 8 bytes",
            Self::SendLarge => "PUT attachment, 600 kB",
            Self::Complete => "PATCH folder, completed",
            Self::Find => "GET notifications (recipient)",
            Self::FetchSmall => "GET attachment, 8 bytes",
            Self::FetchLarge => "GET attachment, 600 kB",
            Self::Answer => "POST event with a file",
            Self::AnswerFile => "PUT file of the event",
            Self::AnswerSent => "PATCH event, sent",
            Self::Dismiss => "DELETE notification (recipient)",
            Self::Learn => "GET notifications (depositor)",
            Self::Acknowledge => "PATCH event, received",
            Self::Forget => "DELETE notification (depositor)",
        }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered with this status.
    Answered(StatusCode),
    /// The connection broke before an answer came.
    Broken,
    /// No answer came within the caller's patience.
    Late,
}

impl Outcome {
    pub(crate) fn of(answer: &Result<Answer, Error>) -> Self {
        match answer {
            Ok(answer) => Self::Answered(answer.status),
            Err(Error::Late(_)) => Self::Late,
            Err(_) => Self::Broken,
        }
    }

    pub(crate) fn is_success(self) -> bool {
        matches!(self, Self::Answered(status) if status.is_success())
    }

    /// What the contract allows for when servers fail.
    pub(crate) const fn is_honest_refusal(self) -> bool {
        matches!(self, Self::Answered(StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT))
    }
}

/// What is known of one dossier.
#[derive(Debug)]
pub(crate) struct Story {
    marker: String,
    folder: String,
    case: String,
    attachments: Vec<String>,
    notification: String,
    event: String,
    event_file: String,
    learned: String,
    fetched: [bool; 2],
}

/// Small enough to travel in its entry, and large enough to be cut into pieces.
const FILES: [usize; 2] = [8, 600_000];
const ANSWER_BYTES: usize = 20_000;
const PAGE_ROWS: usize = 1_000;
/// How long a gateway whose servers failed may refuse to read after they came back.
const READ_LIMIT: Duration = Duration::from_secs(60);
const READ_PAUSE: Duration = Duration::from_millis(100);

impl Story {
    /// One that is told apart by this marker.
    pub(crate) fn new(marker: String) -> Self {
        let none = String::new;
        Self {
            marker,
            folder: none(),
            case: none(),
            attachments: Vec::new(),
            notification: none(),
            event: none(),
            event_file: none(),
            learned: none(),
            fetched: [false; 2],
        }
    }

    fn file(&self, number: usize) -> Bytes {
        let pattern = format!("{number} {} ", self.marker);
        pattern.bytes().cycle().take(FILES[number]).collect()
    }

    /// Sends the request of a step, once, and takes what its answer says.
    pub(crate) async fn attempt(&mut self, step: Step, parties: &Parties) -> Result<Outcome> {
        let (depositor, recipient) = (&parties.depositor, &parties.recipient);
        let case = format!("/cases/{}", self.case);
        let event = format!("{case}/events/{}", self.event);
        let answer = match step {
            Step::Announce => depositor.announce(&self.draft(&parties.recipient_key())).await,
            Step::SendSmall => depositor.upload(&self.folder, &self.attachments[0], self.file(0), None).await,
            Step::SendLarge => depositor.upload(&self.folder, &self.attachments[1], self.file(1), None).await,
            Step::Complete => depositor.set_folder_status(&self.folder, "HUBEE_COMPLETED").await,
            Step::Find => recipient.notifications(PAGE_ROWS).await,
            Step::FetchSmall => recipient.get(&format!("{case}/attachments/{}", self.attachments[0])).await,
            Step::FetchLarge => recipient.get(&format!("{case}/attachments/{}", self.attachments[1])).await,
            Step::Answer => recipient.post_event(&self.case, &self.answer()).await,
            Step::AnswerFile => {
                let path = format!("{event}/attachments/{}", self.event_file);
                let bytes = Bytes::from(vec![7; ANSWER_BYTES]);
                recipient.send(Method::PUT, &path, bytes, &[("content-type", "application/octet-stream")]).await
            }
            Step::AnswerSent => recipient.set_event_status(&self.case, &self.event, "SENT").await,
            Step::Dismiss => recipient.delete(&format!("/notifications/{}", self.notification)).await,
            Step::Learn => depositor.notifications(PAGE_ROWS).await,
            Step::Acknowledge => depositor.set_event_status(&self.case, &self.event, "RECEIVED").await,
            Step::Forget => depositor.delete(&format!("/notifications/{}", self.learned)).await,
        };
        let outcome = Outcome::of(&answer);
        if let (true, Ok(answer)) = (outcome.is_success(), answer) {
            self.learn(step, &answer)?;
        }
        Ok(outcome)
    }

    /// What an answer tells of the dossier.
    fn learn(&mut self, step: Step, answer: &Answer) -> Result<()> {
        let row = answer.json();
        match step {
            Step::Announce => {
                self.folder = text(&row, "id")?;
                self.case = text(&row["cases"][0], "id")?;
                self.attachments = rows(&row["attachments"]).map(|row| text(row, "id")).collect::<Result<_>>()?;
            }
            Step::Find => self.notification = self.only(&row, false)?.unwrap_or_default(),
            Step::Learn => self.learned = self.only(&row, true)?.unwrap_or_default(),
            Step::FetchSmall => self.compare(0, answer)?,
            Step::FetchLarge => self.compare(1, answer)?,
            Step::Answer => self.take_event(&row)?,
            Step::SendSmall
            | Step::SendLarge
            | Step::Complete
            | Step::AnswerFile
            | Step::AnswerSent
            | Step::Dismiss
            | Step::Acknowledge
            | Step::Forget => {}
        }
        Ok(())
    }

    fn take_event(&mut self, row: &Value) -> Result<()> {
        self.event = text(row, "id")?;
        self.event_file = text(&row["attachments"][0], "id")?;
        Ok(())
    }

    fn compare(&mut self, number: usize, answer: &Answer) -> Result<()> {
        ensure!(answer.body == self.file(number), "attachment {number} of {} has other bytes", self.marker);
        self.fetched[number] = true;
        Ok(())
    }

    /// The notification of this case in an inbox, about an event or not. There must never be two.
    fn only(&self, inbox: &Value, about_event: bool) -> Result<Option<String>> {
        let own = |row: &&Value| row["caseId"] == self.case.as_str() && row["eventId"].is_null() != about_event;
        let found: Vec<&Value> = rows(inbox).filter(own).collect();
        ensure!(found.len() < 2, "doubled: {} notifications of case {} of {}", found.len(), self.case, self.marker);
        found.first().map(|row| text(row, "id")).transpose()
    }

    /// Whether the step has happened, as the hub tells it; nothing when the hub does not answer.
    pub(crate) async fn has_happened(&mut self, step: Step, parties: &Parties) -> Result<Option<bool>> {
        let (depositor, recipient) = (&parties.depositor, &parties.recipient);
        let happened = match step {
            Step::Announce => Some(!self.folder.is_empty()),
            Step::Find => Some(!self.notification.is_empty()),
            Step::Learn => Some(!self.learned.is_empty()),
            Step::FetchSmall => Some(self.fetched[0]),
            Step::FetchLarge => Some(self.fetched[1]),
            Step::SendSmall | Step::SendLarge => {
                let number = usize::from(step == Step::SendLarge);
                read(depositor, &format!("/folders/{}", self.folder))
                    .await
                    .map(|row| row["attachments"][number]["status"] == "RECEIVED")
            }
            Step::Complete => read(depositor, &format!("/folders/{}", self.folder))
                .await
                .map(|row| row["globalStatus"] == "HUBEE_NOTIFIED"),
            Step::Answer => match read(recipient, &format!("/cases/{}", self.case)).await {
                Some(case) => Some(self.find_event(&case)?),
                None => None,
            },
            Step::AnswerFile => self.event(recipient).await.map(|row| row["attachments"][0]["status"] == "RECEIVED"),
            Step::AnswerSent => self.event(recipient).await.map(|row| row["status"] != "IN_PROGRESS"),
            Step::Acknowledge => self.event(recipient).await.map(|row| row["status"] == "RECEIVED"),
            Step::Dismiss => {
                self.inbox(recipient).await.map(|inbox| self.only(&inbox, false)).transpose()?.map(|row| row.is_none())
            }
            Step::Forget => {
                self.inbox(depositor).await.map(|inbox| self.only(&inbox, true)).transpose()?.map(|row| row.is_none())
            }
        };
        Ok(happened)
    }

    /// Takes the event out of its case. There must never be two: it is posted again only when it was not there.
    fn find_event(&mut self, case: &Value) -> Result<bool> {
        let own: Vec<&Value> = rows(&case["events"]).filter(|row| row["message"] == self.marker.as_str()).collect();
        ensure!(own.len() < 2, "doubled: {} answers of {}", own.len(), self.marker);
        let Some(row) = own.first() else { return Ok(false) };
        self.take_event(row)?;
        Ok(true)
    }

    async fn event(&self, partner: &Partner) -> Option<Value> {
        read(partner, &format!("/cases/{}/events/{}", self.case, self.event)).await
    }

    async fn inbox(&self, partner: &Partner) -> Option<Value> {
        let answer = partner.notifications(PAGE_ROWS).await.ok()?;
        (answer.status == StatusCode::OK).then(|| answer.json())
    }

    /// Holds the hub to all of it, once everything was acknowledged.
    pub(crate) async fn judge(&mut self, parties: &Parties) -> Result<()> {
        let (depositor, recipient) = (&parties.depositor, &parties.recipient);
        let folder = insist(depositor, &format!("/folders/{}", self.folder)).await?;
        ensure!(
            folder["globalStatus"] == "HUBEE_NOTIFIED",
            "lost: the folder of {} is {}",
            self.marker,
            folder["globalStatus"]
        );
        let case = insist(recipient, &format!("/cases/{}", self.case)).await?;
        ensure!(case["status"] == "DONE", "lost: the case of {} is {}", self.marker, case["status"]);
        ensure!(
            rows(&case["events"]).count() == 1,
            "doubled: {} events of {}",
            rows(&case["events"]).count(),
            self.marker
        );
        ensure!(self.find_event(&case)?, "lost: the answer of {}", self.marker);
        for (number, attachment) in self.attachments.clone().iter().enumerate() {
            let answer = recipient.get(&format!("/cases/{}/attachments/{attachment}", self.case)).await?;
            ensure!(answer.status == StatusCode::OK, "lost: attachment {number} of {}: {}", self.marker, answer.status);
            self.compare(number, &answer)?;
        }
        let inbox = self.inbox(recipient).await.context("the inbox does not answer")?;
        ensure!(self.only(&inbox, false)?.is_none(), "doubled: the notification of {} is back", self.marker);
        ensure!(self.only(&inbox, true)?.is_some(), "lost: the acknowledgement of {}", self.marker);
        let inbox = self.inbox(depositor).await.context("the inbox does not answer")?;
        ensure!(self.only(&inbox, true)?.is_none(), "doubled: the answer of {} is back", self.marker);
        Ok(())
    }

    /// Makes room in the inbox, which all dossiers share.
    pub(crate) async fn clear(&self, parties: &Parties) -> Result<()> {
        let inbox = self.inbox(&parties.recipient).await.context("the inbox does not answer")?;
        for row in rows(&inbox).filter(|row| row["caseId"] == self.case.as_str()) {
            parties
                .recipient
                .delete(&format!("/notifications/{}", text(row, "id")?))
                .await?
                .expect(StatusCode::NO_CONTENT)?;
        }
        Ok(())
    }

    fn draft(&self, recipient: &Value) -> Value {
        let attachments: Vec<Value> = FILES
            .iter()
            .enumerate()
            .map(|(number, size)| {
                json!({
                    "fileName": format!("{number}.bin"), "type": "PIECE_JOINTE", "size": size,
                    "mimeType": "application/octet-stream", "recipients": ["1"],
                })
            })
            .collect();
        json!({
            "processCode": crate::gateway::PROCESS, "externalId": self.marker,
            "applicant": { "firstName": "SPECIMEN", "lastName": "SPECIMEN" },
            "cases": [{ "externalId": "1", "recipient": recipient }], "attachments": attachments,
        })
    }

    fn answer(&self) -> Value {
        json!({
            "actionType": "ATTACH_DEPOSIT", "notification": true, "caseNewStatus": "DONE", "author": "SPECIMEN",
            "message": self.marker,
            "attachments": [{
                "fileName": "answer.bin", "type": "PIECE_JOINTE", "size": ANSWER_BYTES,
                "mimeType": "application/octet-stream",
            }],
        })
    }
}

/// Reads what must be there, from a gateway that may be refusing for a while.
async fn insist(partner: &Partner, path: &str) -> Result<Value> {
    let began = Instant::now();
    loop {
        let outcome = match partner.get(path).await {
            Ok(answer) if answer.status == StatusCode::OK => return Ok(answer.json()),
            answer => Outcome::of(&answer),
        };
        let may_come = outcome.is_honest_refusal() || !matches!(outcome, Outcome::Answered(_));
        ensure!(may_come && began.elapsed() < READ_LIMIT, "lost: {path} is answered with {outcome:?}");
        tokio::time::sleep(READ_PAUSE).await;
    }
}

async fn read(partner: &Partner, path: &str) -> Option<Value> {
    let answer = partner.get(path).await.ok()?;
    (answer.status == StatusCode::OK).then(|| answer.json())
}

fn rows(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(row: &Value, field: &str) -> Result<String> {
    row[field].as_str().map(str::to_owned).with_context(|| format!("an answer has no {field}"))
}
