//! `navette demo`: the main job, told step by step against a real hub in a process of its own, which is killed and comes back.

pub mod files;
mod hub_process;
mod screen;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::partner::{Access, Answer, Credential, Partner, Transport};
use files::SampleFile;
use hub_process::HubProcess;
use screen::Screen;

const PROCESS: &str = "CERTDC";
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What the demo is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A folder of files to deposit instead of the synthetic certificate.
    pub files: Option<PathBuf>,
    /// Whether the hub goes on running afterwards.
    pub keep: bool,
}

/// Plays the story. `Err` when anything in it was not as it should be.
pub async fn run(options: &Options) -> Result<()> {
    let began = Instant::now();
    let files = match &options.files {
        Some(folder) => {
            files::from_folder(folder).with_context(|| format!("the files of {} cannot be read", folder.display()))?
        }
        None => files::certificate_of_death(),
    };
    ensure!(!files.is_empty(), "there is no file to deposit; name a folder that holds some");
    let directory =
        tempfile::Builder::new().prefix("navette-demo-").tempdir().context("no temporary directory can be made")?;
    let mut screen = Screen::new();

    screen.title("A hub starts")?;
    let mut hub = HubProcess::start(directory.path(), None).await?;
    screen.note(&format!("listening at {}, data in {}", hub.access().base_url(), directory.path().display()))?;

    let story = Story::new(hub.access())?;
    let folder = story.deposit(&mut screen, &files).await?;
    for recipient in &story.recipients {
        story.process(&mut screen, recipient, &files).await?;
    }
    story.learn(&mut screen, &folder).await?;
    screen.picture(&story.recipients.iter().map(|recipient| recipient.name).collect::<Vec<_>>(), files.len())?;

    screen.title("The server is killed with SIGKILL, and started again")?;
    let address = hub.address().to_owned();
    hub.kill().await?;
    let restarted = Instant::now();
    let mut hub = HubProcess::start(directory.path(), Some(&address)).await?;
    screen.note(&format!("back after {} ms", restarted.elapsed().as_millis()))?;
    let story = Story::new(hub.access())?;
    story.verify(&mut screen, &folder, &files).await?;

    screen.title(&format!("All is well: {:.1} s", began.elapsed().as_secs_f64()))?;
    if options.keep {
        let kept = directory.keep();
        let process = hub.leave_running();
        screen.curl_lines(story.access.as_ref(), &story.recipients[0].partner, &folder.cases[0], process, &kept)?;
    } else {
        hub.terminate().await?;
    }
    Ok(())
}

/// One who receives.
struct Recipient {
    name: &'static str,
    partner: Partner,
}

/// What was deposited.
struct Deposited {
    id: String,
    cases: Vec<String>,
    attachments: Vec<String>,
}

/// The partners of the story.
struct Story {
    access: Arc<Access>,
    depositor: Partner,
    recipients: Vec<Recipient>,
}

impl Story {
    fn new(access: &Access) -> Result<Self> {
        let transport = Transport::new(rustls::RootCertStore::empty(), TIME_LIMIT);
        let access = Arc::new(access.clone());
        let partner =
            |credential: &Credential| Partner::new(transport.clone(), Arc::clone(&access), credential.clone());
        let owner =
            crate::sandbox::depositor(PROCESS).context("nobody deposits certificates of death in the sandbox")?;
        let depositor = access.credentials.iter().find(|credential| credential.organization.as_ref() == Some(&owner));
        let recipients: Vec<Recipient> = access
            .credentials
            .iter()
            .filter(|credential| credential.process.as_deref() == Some(PROCESS))
            .zip(["town hall", "health agency (ARS)"])
            .map(|(credential, name)| Recipient { name, partner: partner(credential) })
            .collect();
        ensure!(recipients.len() == 2, "the sandbox should have two recipients of certificates of death");
        let depositor = partner(depositor.context("the sandbox has no credential for the depositor")?);
        Ok(Self { depositor, recipients, access: Arc::clone(&access) })
    }

    /// Announces the folder, sends its files, completes it.
    async fn deposit(&self, screen: &mut Screen, files: &[SampleFile]) -> Result<Deposited> {
        screen.title("The depositor (OSL) deposits a certificate of death for two recipients")?;
        step(screen, self.depositor.log_in().await?, StatusCode::OK, "a token")?;
        let external_ids: Vec<String> =
            (1..=self.recipients.len()).map(|number| format!("DEMO-0001-{number:02}")).collect();
        let cases: Vec<Value> = self
            .recipients
            .iter()
            .zip(&external_ids)
            .map(|(recipient, external_id)| json!({ "externalId": external_id, "recipient": recipient_key(&recipient.partner) }))
            .collect();
        let attachments: Vec<Value> = files
            .iter()
            .map(|file| {
                json!({
                    "fileName": file.name, "type": file.kind, "size": file.bytes.len(), "mimeType": file.media_type,
                    "recipients": external_ids,
                })
            })
            .collect();
        let folder = json!({
            "processCode": PROCESS, "externalId": "DEMO-0001",
            "applicant": { "firstName": "SPECIMEN", "lastName": "SPECIMEN" },
            "cases": cases, "attachments": attachments,
        });
        let answer = self.depositor.announce(&folder).await?;
        let answer =
            step(screen, answer, StatusCode::CREATED, "the folder, its two cases and their files are announced")?
                .json();
        let deposited = Deposited {
            id: text(&answer, "id")?,
            cases: ids(&answer, "cases")?,
            attachments: ids(&answer, "attachments")?,
        };
        for (file, attachment) in files.iter().zip(&deposited.attachments) {
            let digest = sha256(&file.bytes);
            let answer = self
                .depositor
                .upload(&deposited.id, attachment, Bytes::from(file.bytes.clone()), Some(&digest))
                .await?;
            step(screen, answer, StatusCode::NO_CONTENT, &format!("{} bytes, {}", file.bytes.len(), file.media_type))?;
        }
        let answer = self.depositor.set_folder_status(&deposited.id, "HUBEE_COMPLETED").await?;
        step(screen, answer, StatusCode::NO_CONTENT, "complete: each recipient is notified")?;
        Ok(deposited)
    }

    /// A recipient finds its case, fetches and compares every file, and answers.
    async fn process(&self, screen: &mut Screen, recipient: &Recipient, files: &[SampleFile]) -> Result<()> {
        screen.title(&format!("The {} (SI) finds its case and answers", recipient.name))?;
        let partner = &recipient.partner;
        step(screen, partner.log_in().await?, StatusCode::OK, "a token")?;
        let inbox = step(screen, partner.notifications(25).await?, StatusCode::OK, "its inbox")?.json();
        let notification = inbox.get(0).context("the inbox is empty")?;
        let case = text(notification, "caseId")?;
        ensure!(
            notification.get("eventId").is_some_and(Value::is_null),
            "the first notification should be of a new case"
        );
        let answer =
            step(screen, partner.get(&format!("/cases/{case}")).await?, StatusCode::OK, "its own case, and no other")?
                .json();
        let attachments = ids(&answer, "attachments")?;
        ensure!(
            attachments.len() == files.len(),
            "the case shows {} files and {} were deposited",
            attachments.len(),
            files.len()
        );
        for (file, attachment) in files.iter().zip(&attachments) {
            let answer = partner.get(&format!("/cases/{case}/attachments/{attachment}")).await?;
            compare(file, &answer)?;
            step(screen, answer, StatusCode::OK, "same bytes, by SHA-256")?;
        }
        for status in ["IN_PROGRESS", "DONE"] {
            let event = json!({
                "actionType": "STATUS_UPDATE", "notification": true, "author": "SPECIMEN", "caseNewStatus": status,
                "comment": "seen by colleagues only",
            });
            step(
                screen,
                partner.post_event(&case, &event).await?,
                StatusCode::CREATED,
                &format!("the case is {status}"),
            )?;
        }
        let id = text(notification, "id")?;
        step(
            screen,
            partner.delete(&format!("/notifications/{id}")).await?,
            StatusCode::NO_CONTENT,
            "the notification is dealt with",
        )?;
        Ok(())
    }

    /// The depositor learns what the recipients answered.
    async fn learn(&self, screen: &mut Screen, folder: &Deposited) -> Result<()> {
        screen.title("The depositor learns what became of it")?;
        let inbox = step(screen, self.depositor.notifications(100).await?, StatusCode::OK, "its inbox")?.json();
        let notifications = inbox.as_array().context("the inbox is not a list")?;
        ensure!(
            notifications.len() == 4,
            "two recipients answered twice and {} notifications came",
            notifications.len()
        );
        for notification in notifications {
            let (case, event) = (text(notification, "caseId")?, text(notification, "eventId")?);
            let answer = step(
                screen,
                self.depositor.get(&format!("/cases/{case}/events/{event}")).await?,
                StatusCode::OK,
                "an event",
            )?
            .json();
            ensure!(answer.get("comment").is_none_or(Value::is_null), "a comment was shown to the depositor");
            let received = self.depositor.set_event_status(&case, &event, "RECEIVED").await?;
            step(screen, received, StatusCode::NO_CONTENT, "acknowledged: its author is told")?;
            let id = text(notification, "id")?;
            step(
                screen,
                self.depositor.delete(&format!("/notifications/{id}")).await?,
                StatusCode::NO_CONTENT,
                "dealt with",
            )?;
        }
        let answer = self.depositor.get(&format!("/folders/{}", folder.id)).await?;
        let answer = step(screen, answer, StatusCode::OK, "the folder: both cases are DONE")?.json();
        all_done(&answer)
    }

    /// After the restart everything is there: statuses, files, acknowledgements.
    async fn verify(&self, screen: &mut Screen, folder: &Deposited, files: &[SampleFile]) -> Result<()> {
        self.depositor.log_in().await?.expect(StatusCode::OK)?;
        let answer = self.depositor.get(&format!("/folders/{}", folder.id)).await?;
        let answer = step(screen, answer, StatusCode::OK, "the folder: both cases are still DONE")?.json();
        all_done(&answer)?;
        for (recipient, case) in self.recipients.iter().zip(&folder.cases) {
            recipient.partner.log_in().await?.expect(StatusCode::OK)?;
            for (file, attachment) in files.iter().zip(&folder.attachments) {
                let answer = recipient.partner.get(&format!("/cases/{case}/attachments/{attachment}")).await?;
                compare(file, &answer)?;
                step(screen, answer, StatusCode::OK, "same bytes")?;
            }
            let inbox =
                step(screen, recipient.partner.notifications(25).await?, StatusCode::OK, "its acknowledgements wait")?
                    .json();
            let acknowledged = inbox.as_array().into_iter().flatten();
            let acknowledged =
                acknowledged.filter(|row| row.get("eventStatus").and_then(Value::as_str) == Some("RECEIVED")).count();
            ensure!(
                acknowledged == 2,
                "{} acknowledgements wait for the {} and two were due",
                acknowledged,
                recipient.name
            );
        }
        Ok(())
    }
}

fn step(screen: &mut Screen, answer: Answer, status: StatusCode, meaning: &str) -> Result<Answer> {
    screen.step(&answer, meaning)?;
    Ok(answer.expect(status)?)
}

fn all_done(folder: &Value) -> Result<()> {
    let cases = folder.get("cases").and_then(Value::as_array).context("the folder has no cases")?;
    if cases.iter().all(|case| case.get("status").and_then(Value::as_str) == Some("DONE")) {
        return Ok(());
    }
    bail!("a case of the folder is not DONE")
}

fn compare(file: &SampleFile, answer: &Answer) -> Result<()> {
    let expected = sha256(&file.bytes);
    let announced = answer.headers.get("digest").and_then(|digest| digest.to_str().ok());
    ensure!(announced == Some(expected.as_str()), "the digest header of an attachment is not that of the file");
    ensure!(sha256(&answer.body) == expected, "an attachment came back with other bytes");
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    BASE64.encode(digest(&SHA256, bytes))
}

fn text(object: &Value, field: &str) -> Result<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("an answer has no {field}"))
}

fn ids(object: &Value, list: &str) -> Result<Vec<String>> {
    object
        .get(list)
        .and_then(Value::as_array)
        .with_context(|| format!("an answer has no {list}"))?
        .iter()
        .map(|row| text(row, "id"))
        .collect()
}

fn recipient_key(partner: &Partner) -> Value {
    let key = partner.credential().organization.clone().unwrap_or_default();
    let mut parts = key.split('-');
    json!({ "type": parts.next(), "companyRegister": parts.next(), "branchCode": parts.next() })
}

/// Where the credentials of a demo's hub are written.
fn credentials_path(directory: &Path) -> PathBuf {
    directory.join("credentials.json")
}
