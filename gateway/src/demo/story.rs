//! The story: who takes part, what is deposited, what its depositor learns.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::callee::{Callee, SECRET};
use super::files::SampleFile;
use super::recipients::Recipient;
use super::screen::Screen;
use super::{PROCESS, TIME_LIMIT};
use crate::partner::{Access, Answer, Credential, Partner, Transport};

/// How often each recipient answers.
const ANSWERS: [usize; 3] = [2, 2, 1];

const NOTIFICATIONS_AT_ONCE: usize = 100;

/// What was deposited.
pub(super) struct Deposited {
    pub(super) id: String,
    pub(super) cases: Vec<String>,
    pub(super) attachments: Vec<String>,
}

/// The partners of the story.
pub(super) struct Story {
    administrator: Partner,
    depositor: Partner,
    /// Looks into its inbox.
    pub(super) town_hall: Recipient,
    /// Is called.
    pub(super) agency: Recipient,
    /// Fetches over SFTP.
    pub(super) second_hall: Recipient,
}

impl Story {
    pub(super) fn new(access: &Access) -> Result<Self> {
        let transport = Transport::new(rustls::RootCertStore::empty(), TIME_LIMIT);
        let access = Arc::new(access.clone());
        let partner =
            |credential: &Credential| Partner::new(transport.clone(), Arc::clone(&access), credential.clone());
        let owner =
            crate::sandbox::depositor(PROCESS).context("nobody deposits certificates of death in the sandbox")?;
        let depositor = access.credentials.iter().find(|credential| credential.organization.as_ref() == Some(&owner));
        let depositor = partner(depositor.context("the sandbox has no credential for the depositor")?);
        let administrator = partner(access.credential("ADMIN", None).context("the sandbox has no administrator")?);
        let mut receiving =
            access.credentials.iter().filter(|credential| credential.process.as_deref() == Some(PROCESS));
        let mut recipient = |name| {
            let credential =
                receiving.next().context("the sandbox should have three recipients of certificates of death")?;
            anyhow::Ok(Recipient { name, partner: partner(credential) })
        };
        let (town_hall, agency) = (recipient("town hall")?, recipient("health agency (ARS)")?);
        Ok(Self { administrator, depositor, town_hall, agency, second_hall: recipient("second town hall")? })
    }

    /// In the order of their cases.
    pub(super) const fn recipients(&self) -> [&Recipient; 3] {
        [&self.town_hall, &self.agency, &self.second_hall]
    }

    /// Empties the inboxes: where a demo was before, they hold what it left.
    pub(super) async fn begin_afresh(&self, screen: &mut Screen) -> Result<()> {
        let mut removed = 0;
        for partner in self.recipients().into_iter().map(|recipient| &recipient.partner).chain([&self.depositor]) {
            partner.log_in().await?.expect(StatusCode::OK)?;
            loop {
                let inbox = partner.notifications(NOTIFICATIONS_AT_ONCE).await?.expect(StatusCode::OK)?.json();
                let inbox = inbox.as_array().context("the inbox is not a list")?;
                for notification in inbox {
                    let path = format!("/notifications/{}", text(notification, "id")?);
                    partner.delete(&path).await?.expect(StatusCode::NO_CONTENT)?;
                }
                removed += inbox.len();
                if inbox.is_empty() {
                    break;
                }
            }
        }
        if removed > 0 {
            screen.note(&format!("{removed} notifications that a demo left here before are taken away"))?;
        }
        Ok(())
    }

    /// The agency wants to be called; the others come by themselves.
    pub(super) async fn choose_ways(&self, screen: &mut Screen, callee: &Callee) -> Result<()> {
        screen.title("Each recipient has chosen its way: the API, a call to its own server, SFTP")?;
        step(screen, self.administrator.log_in().await?, StatusCode::OK, "a token for the hub's operators")?;
        let access = self.administrator.access();
        let key = recipient_key(&self.agency.partner);
        let register = text(&key, "companyRegister")?;
        let path = format!("/subscriptions?processCode={PROCESS}&companyRegister={register}");
        let found = self.administrator.send_to(&access.referential_url, Method::GET, &path, Bytes::new(), &[]).await?;
        let mut subscription = found.expect(StatusCode::OK)?.json();
        let mut subscription = subscription.get_mut(0).map(Value::take).context("the agency has no subscription")?;
        let id = text(&subscription, "id")?;
        let endpoint =
            json!({ "mode": "WEBHOOK", "settings": { "url": callee.url() }, "secrets": { "secret": SECRET } });
        let path = format!("/navette/v1/admin/subscriptions/{id}/endpoint");
        let base = access.base_url();
        let put = async |url: &str, path: &str, body: &Value| {
            let json = &[("content-type", "application/json")];
            self.administrator.send_to(url, Method::PUT, path, body.to_string().into(), json).await
        };
        step(
            screen,
            put(base, &path, &endpoint).await?,
            StatusCode::OK,
            "where the agency is called; the secret is sealed",
        )?;
        subscription["accessMode"] = json!("WEBHOOK");
        let path = format!("/subscriptions/{id}");
        let changed = put(&access.referential_url, &path, &subscription).await?;
        step(screen, changed, StatusCode::OK, "from now on it is")?;
        Ok(())
    }

    /// Announces the folder, sends its files, completes it.
    pub(super) async fn deposit(&self, screen: &mut Screen, files: &[SampleFile]) -> Result<Deposited> {
        screen.title("The depositor (OSL) deposits a certificate of death for three recipients")?;
        step(screen, self.depositor.log_in().await?, StatusCode::OK, "a token")?;
        let external_ids: Vec<String> =
            (1..=self.recipients().len()).map(|number| format!("DEMO-0001-{number:02}")).collect();
        let cases: Vec<Value> = self
            .recipients()
            .into_iter()
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
            step(screen, answer, StatusCode::CREATED, "the folder, its three cases and their files are announced")?
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
        step(screen, answer, StatusCode::NO_CONTENT, "complete: each recipient is told, the way it chose")?;
        Ok(deposited)
    }

    /// The depositor learns what the recipients answered.
    pub(super) async fn learn(&self, screen: &mut Screen, folder: &Deposited) -> Result<()> {
        screen.title("The depositor learns what became of it")?;
        let inbox = step(screen, self.depositor.notifications(100).await?, StatusCode::OK, "its inbox")?.json();
        let notifications = inbox.as_array().context("the inbox is not a list")?;
        ensure!(
            notifications.len() == 5,
            "two recipients answered twice, one once, and {} notifications came",
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
        let answer =
            step(screen, answer, StatusCode::OK, "the folder: two cases are DONE, the third is received")?.json();
        as_answered(&answer)
    }

    /// After the restart everything is there: statuses, files, acknowledgements.
    pub(super) async fn verify(&self, screen: &mut Screen, folder: &Deposited, files: &[SampleFile]) -> Result<()> {
        self.depositor.log_in().await?.expect(StatusCode::OK)?;
        let answer = self.depositor.get(&format!("/folders/{}", folder.id)).await?;
        let answer = step(screen, answer, StatusCode::OK, "the folder: each case is as it was")?.json();
        as_answered(&answer)?;
        for (recipient, (case, answers)) in self.recipients().into_iter().zip(folder.cases.iter().zip(ANSWERS)) {
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
                acknowledged == answers,
                "{acknowledged} acknowledgements wait for the {} and {answers} were due",
                recipient.name
            );
        }
        Ok(())
    }
}

pub(super) fn step(screen: &mut Screen, answer: Answer, status: StatusCode, meaning: &str) -> Result<Answer> {
    screen.step(&answer, meaning)?;
    Ok(answer.expect(status)?)
}

fn as_answered(folder: &Value) -> Result<()> {
    let cases = folder.get("cases").and_then(Value::as_array).context("the folder has no cases")?;
    let statuses: Vec<&str> = cases.iter().filter_map(|case| case.get("status")?.as_str()).collect();
    ensure!(statuses == ["DONE", "DONE", "SI_RECEIVED"], "the cases of the folder are {}", statuses.join(", "));
    Ok(())
}

pub(super) fn compare(file: &SampleFile, answer: &Answer) -> Result<()> {
    let expected = sha256(&file.bytes);
    let announced = answer.headers.get("digest").and_then(|digest| digest.to_str().ok());
    ensure!(announced == Some(expected.as_str()), "the digest header of an attachment is not that of the file");
    ensure!(sha256(&answer.body) == expected, "an attachment came back with other bytes");
    Ok(())
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    BASE64.encode(digest(&SHA256, bytes))
}

pub(super) fn text(object: &Value, field: &str) -> Result<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("an answer has no {field}"))
}

pub(super) fn ids(object: &Value, list: &str) -> Result<Vec<String>> {
    object
        .get(list)
        .and_then(Value::as_array)
        .with_context(|| format!("an answer has no {list}"))?
        .iter()
        .map(|row| text(row, "id"))
        .collect()
}

pub(super) fn recipient_key(partner: &Partner) -> Value {
    let key = partner.credential().organization.clone().unwrap_or_default();
    let mut parts = key.split('-');
    json!({ "type": parts.next(), "companyRegister": parts.next(), "branchCode": parts.next() })
}
