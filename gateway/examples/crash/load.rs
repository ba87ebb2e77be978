//! The load: depositors, one who deposits large files, recipients, and the depositor's own inbox, all at once until the hub dies.

use std::sync::Arc;

use http::Method;
use navette_gateway::partner::{Answer, Error, Partner};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::content::Content;
use crate::findings::{Findings, Kind};
use crate::ledger::{Attachment, Case, Event, EventAt, Folder, Ledger, Step, Which};
use crate::parties::{PROCESS, Parties};
use crate::random::Random;

const DEPOSITORS: u64 = 4;
const LARGE_BYTES: usize = 10_000_000;
/// Of the large files so many stay in each round; the others are deleted again, so that the disk does not fill.
const LARGE_KEPT: usize = 2;
const SMALL_MIN_BYTES: u64 = 100;
/// Each attachment is this many times larger than the smallest, or less; small ones are as likely as large ones.
const SMALL_DOUBLINGS: u64 = 10;
const PAGE_ROWS: usize = 50;

/// The hub is dead, or says that it is busy.
struct Over;

type Go<T> = Result<T, Over>;

/// Starts everything; it ends with the hub.
pub(crate) fn begin(
    parties: &Arc<Parties>,
    ledger: &Arc<Ledger>,
    findings: &Arc<Findings>,
    seed: u64,
    round: u64,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let worker = |number: u64| Worker {
        parties: Arc::clone(parties),
        ledger: Arc::clone(ledger),
        findings: Arc::clone(findings),
        random: Random::of(&[seed, round, number]),
        name: format!("{round}-{number}"),
        counter: 0,
    };
    for number in 0..DEPOSITORS {
        let mut worker = worker(number);
        tasks.spawn(async move { while worker.deposit().await.is_ok() {} });
    }
    let mut large = worker(DEPOSITORS);
    tasks.spawn(async move { drop(large.deposit_large().await) });
    let mut reader = worker(DEPOSITORS + 1);
    tasks.spawn(async move { drop(reader.learn().await) });
    for recipient in 0..parties.recipients.len() {
        let mut worker = worker(DEPOSITORS + 2 + recipient as u64);
        tasks.spawn(async move { drop(worker.process(recipient).await) });
    }
    tasks
}

struct Worker {
    parties: Arc<Parties>,
    ledger: Arc<Ledger>,
    findings: Arc<Findings>,
    random: Random,
    name: String,
    counter: u64,
}

impl Worker {
    /// What came back, if the hub lives and did what it was asked.
    fn answered(&self, answer: Result<Answer, Error>) -> Go<Answer> {
        let answer = answer.map_err(|_| Over)?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        if answer.status != http::StatusCode::SERVICE_UNAVAILABLE {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            let what = format!("{} {} was answered {}: {body}", answer.method(), answer.path(), answer.status);
            self.findings.add(Kind::Unexpected, &what);
        }
        Err(Over)
    }

    /// Asks for something that changes the hub.
    async fn ask(&self, which: Which, request: impl Future<Output = Result<Answer, Error>>) -> Go<Answer> {
        self.ledger.ask(which);
        let answer = self.answered(request.await)?;
        self.ledger.acknowledge(which);
        Ok(answer)
    }

    fn unique(&mut self) -> String {
        self.counter += 1;
        format!("{}-{}", self.name, self.counter)
    }

    fn content(&mut self, size: usize) -> Content {
        Content { seed: self.random.next(), size }
    }

    /// Announces a folder with these files; in half of the folders with two cases only the first sees the last file.
    async fn announce(&mut self, contents: &[Content]) -> Go<usize> {
        let count = 1 + self.random.index(2);
        let first = self.random.index(self.parties.recipients.len());
        let recipients: Vec<usize> =
            (0..count).map(|number| (first + number) % self.parties.recipients.len()).collect();
        let numbers: Vec<String> = (0..count).map(|number| format!("case-{number}")).collect();
        let hides_last = count > 1 && self.random.one_in(2);
        let seen_by = |number: usize| if hides_last && number + 1 == contents.len() { 1 } else { count };
        let attachments: Vec<Value> = contents
            .iter()
            .enumerate()
            .map(|(number, content)| {
                json!({
                    "fileName": format!("{number}.bin"), "type": "PIECE_JOINTE", "size": content.size,
                    "mimeType": "application/octet-stream", "recipients": numbers[..seen_by(number)],
                })
            })
            .collect();
        let cases: Vec<Value> = recipients
            .iter()
            .zip(&numbers)
            .map(|(recipient, number)| json!({ "externalId": number, "recipient": self.parties.key(*recipient) }))
            .collect();
        let draft = json!({
            "processCode": PROCESS, "externalId": self.unique(),
            "applicant": { "firstName": "SPECIMEN", "lastName": "SPECIMEN" },
            "cases": cases, "attachments": attachments,
        });
        let answer = self.answered(self.parties.depositor.announce(&draft).await)?.json();
        let ids = |list: &str| -> Vec<String> {
            answer[list].as_array().into_iter().flatten().map(|row| text(row, "id")).collect()
        };
        let cases = ids("cases").into_iter().zip(recipients);
        let files = ids("attachments").into_iter().zip(contents).enumerate();
        Ok(self.ledger.announced(Folder {
            id: text(&answer, "id"),
            cases: cases
                .map(|(id, recipient)| Case { id, recipient, notification_deleted: Step::NotAsked, events: Vec::new() })
                .collect(),
            attachments: files
                .map(|(number, (id, content))| Attachment {
                    id,
                    content: *content,
                    cases: seen_by(number),
                    sent: Step::NotAsked,
                })
                .collect(),
            completed: Step::NotAsked,
            deleted: Step::NotAsked,
            touched: true,
        }))
    }

    async fn upload_all(&mut self, number: usize) -> Go<Folder> {
        let folder = self.ledger.folder(number);
        for (rank, attachment) in folder.attachments.iter().enumerate() {
            let bytes = attachment.content.bytes();
            let digest = (!self.random.one_in(3)).then(|| Content::sha256(&bytes));
            let upload = self.parties.depositor.upload(&folder.id, &attachment.id, bytes, digest.as_deref());
            self.ask(Which::Upload(number, rank), upload).await?;
        }
        Ok(folder)
    }

    async fn complete(&self, number: usize, folder: &Folder) -> Go<()> {
        let completion = self.parties.depositor.set_folder_status(&folder.id, "HUBEE_COMPLETED");
        self.ask(Which::Completion(number), completion).await.map(drop)
    }

    async fn delete(&self, number: usize, folder: &Folder) -> Go<()> {
        let path = format!("/folders/{}", folder.id);
        self.ask(Which::Deletion(number), self.parties.depositor.delete(&path)).await.map(drop)
    }

    /// A deposit of one to four small files; a few are left as they are, or deleted again.
    async fn deposit(&mut self) -> Go<()> {
        let contents: Vec<Content> = (0..=self.random.below(4))
            .map(|_| {
                let most = SMALL_MIN_BYTES << (1 + self.random.below(SMALL_DOUBLINGS));
                let size = SMALL_MIN_BYTES + self.random.below(most - SMALL_MIN_BYTES);
                self.content(usize::try_from(size).unwrap_or_default())
            })
            .collect();
        let number = self.announce(&contents).await?;
        if self.random.one_in(40) {
            return Ok(());
        }
        let folder = self.upload_all(number).await?;
        match self.random.below(20) {
            0 => self.delete(number, &folder).await,
            1 => Ok(()),
            _ => self.complete(number, &folder).await,
        }
    }

    /// One large file after the other.
    async fn deposit_large(&mut self) -> Go<()> {
        for count in 0.. {
            let content = self.content(LARGE_BYTES);
            let number = self.announce(&[content]).await?;
            let folder = self.upload_all(number).await?;
            if count < LARGE_KEPT {
                self.complete(number, &folder).await?;
            } else {
                self.delete(number, &folder).await?;
            }
        }
        Ok(())
    }

    /// Page after page of an inbox; what is left in it is passed over.
    async fn page(&self, partner: &Partner, left: usize) -> Go<Vec<Value>> {
        let path = format!("/notifications?maxResult={PAGE_ROWS}&offSet={left}");
        let answer = self.answered(partner.get(&path).await)?.json();
        Ok(answer.as_array().cloned().unwrap_or_default())
    }

    async fn delete_notification(&self, partner: &Partner, row: &Value, which: Which) -> Go<()> {
        let path = format!("/notifications/{}", text(row, "id"));
        self.ask(which, partner.delete(&path)).await.map(drop)
    }

    /// A recipient answers what waits for it.
    async fn process(&mut self, recipient: usize) -> Go<()> {
        let parties = Arc::clone(&self.parties);
        let partner = &parties.recipients[recipient];
        let mut left = 0;
        loop {
            for row in self.page(partner, left).await? {
                let case = text(&row, "caseId");
                let Some((folder, rank)) = self.ledger.case(&case) else {
                    self.findings.add(Kind::HalfDone, &format!("a notification of the unknown case {case}"));
                    return Err(Over);
                };
                let which = if row["eventId"].is_null() {
                    self.answer(partner, folder, rank).await?;
                    Some(Which::NotificationDeletion(folder, rank))
                } else {
                    let path = format!("/cases/{case}/events/{}", text(&row, "eventId"));
                    let event = self.answered(partner.get(&path).await)?.json();
                    self.known(&event).map(Which::AcknowledgementDeletion)
                };
                match which {
                    Some(which) if !self.random.one_in(8) => self.delete_notification(partner, &row, which).await?,
                    _ => left += 1,
                }
            }
        }
    }

    /// A recipient looks at one file of its case and tells what becomes of it, now and then with a file.
    async fn answer(&mut self, partner: &Partner, folder: usize, rank: usize) -> Go<()> {
        let record = self.ledger.folder(folder);
        let case = &record.cases[rank];
        let seen: Vec<&Attachment> = record.attachments.iter().filter(|file| file.cases > rank).collect();
        if !seen.is_empty() {
            let file = seen[self.random.index(seen.len())];
            let path = format!("/cases/{}/attachments/{}", case.id, file.id);
            let answer = self.answered(partner.get(&path).await)?;
            if answer.body != file.content.bytes() {
                self.findings.add(Kind::HalfDone, &format!("GET {path} gave other bytes under load"));
            }
        }
        let status = if self.random.one_in(2) { "IN_PROGRESS" } else { "DONE" };
        self.post(partner, folder, rank, &case.id, Some(status), None).await?;
        if self.random.one_in(4) {
            let size = 100 + self.random.index(50_000);
            let content = self.content(size);
            self.post(partner, folder, rank, &case.id, None, Some(content)).await?;
        }
        Ok(())
    }

    async fn post(
        &mut self,
        partner: &Partner,
        folder: usize,
        rank: usize,
        case: &str,
        status: Option<&'static str>,
        file: Option<Content>,
    ) -> Go<()> {
        let marker = self.unique();
        let mut draft = json!({ "notification": true, "message": marker });
        match &file {
            None => draft["actionType"] = json!("STATUS_UPDATE"),
            Some(content) => {
                draft["actionType"] = json!("ATTACH_DEPOSIT");
                draft["attachments"] = json!([{
                    "fileName": "answer.bin", "type": "PIECE_JOINTE", "size": content.size,
                    "mimeType": "application/octet-stream",
                }]);
            }
        }
        if let Some(status) = status {
            draft["caseNewStatus"] = json!(status);
        }
        let at = self.ledger.announce_event(
            folder,
            rank,
            Event {
                marker,
                id: None,
                status,
                file,
                posted: Step::NotAsked,
                file_sent: Step::NotAsked,
                sent: Step::NotAsked,
                received: Step::NotAsked,
                notification_deleted: Step::NotAsked,
                acknowledgement_deleted: Step::NotAsked,
            },
        );
        let event = self.ask(Which::Post(at), partner.post_event(case, &draft)).await?.json();
        let Some(content) = file else { return Ok(()) };
        let id = text(&event, "id");
        let path = format!("/cases/{case}/events/{id}/attachments/{}", text(&event["attachments"][0], "id"));
        let upload = partner.send(Method::PUT, &path, content.bytes(), &[]);
        self.ask(Which::EventUpload(at), upload).await?;
        self.ask(Which::Sending(at), partner.set_event_status(case, &id, "SENT")).await.map(drop)
    }

    /// The depositor reads what its recipients told.
    async fn learn(&mut self) -> Go<()> {
        let parties = Arc::clone(&self.parties);
        let partner = &parties.depositor;
        let mut left = 0;
        loop {
            for row in self.page(partner, left).await? {
                let (case, event) = (text(&row, "caseId"), text(&row, "eventId"));
                let answer = self.answered(partner.get(&format!("/cases/{case}/events/{event}")).await)?.json();
                let Some(at) = self.known(&answer) else {
                    left += 1;
                    continue;
                };
                if !self.random.one_in(4) {
                    self.ask(Which::Receipt(at), partner.set_event_status(&case, &event, "RECEIVED")).await?;
                }
                if self.random.one_in(8) {
                    left += 1;
                } else {
                    self.delete_notification(partner, &row, Which::AnswerDeletion(at)).await?;
                }
            }
        }
    }

    /// The event that this is, by its message.
    fn known(&self, event: &Value) -> Option<EventAt> {
        let at = self.ledger.event(&text(event, "message"));
        if at.is_none() {
            self.findings.add(Kind::HalfDone, &format!("the event {} was never posted", text(event, "id")));
        }
        at
    }
}

/// A text of an answer; empty when it has none.
pub(crate) fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_default().to_owned()
}
