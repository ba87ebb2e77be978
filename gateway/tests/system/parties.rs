//! The people of the stories: who deposits, who receives, who administers; and what they do, in the words of the contract.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::StatusCode;
use navette_gateway::demo::files::{ANY_KIND, SampleFile};
use navette_gateway::partner::{Answer, Credential, Error, Partner};
use navette_gateway::sandbox;
use serde_json::{Value, json};

use crate::hub::Hub;

/// An answer that must have come, with this status.
pub(crate) trait Must {
    fn must(self, status: u16) -> Answer;
}

impl Must for Result<Answer, Error> {
    #[track_caller]
    fn must(self, status: u16) -> Answer {
        let expected = StatusCode::from_u16(status).unwrap();
        self.and_then(|answer| answer.expect(expected))
            .unwrap_or_else(|error| panic!("{status} was due, and {error}: {error:?}"))
    }
}

/// What an answer complains of.
pub(crate) fn complaints(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("no errors in {answer}"));
    errors.iter().map(|error| error["message"].as_str().unwrap().to_owned()).collect()
}

/// Base64 of the SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    BASE64.encode(digest(&SHA256, bytes))
}

/// A small text file.
pub(crate) fn note(name: &str, content: &str) -> SampleFile {
    SampleFile { name: name.to_owned(), kind: ANY_KIND, media_type: "text/plain", bytes: content.into() }
}

pub(crate) fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_else(|| panic!("no {field} in {object}")).to_owned()
}

pub(crate) fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap_or_else(|| panic!("not a list: {list}")).iter().map(|row| text(row, "id")).collect()
}

/// A folder that was announced.
pub(crate) struct Folder {
    pub(crate) id: String,
    pub(crate) cases: Vec<String>,
    pub(crate) attachments: Vec<String>,
}

impl Hub {
    /// Somebody with this credential who has a token.
    pub(crate) async fn partner(&self, credential: &Credential) -> Partner {
        let partner = Partner::new(self.transport.clone(), Arc::clone(&self.access), credential.clone());
        partner.log_in().await.must(200);
        partner
    }

    pub(crate) async fn administrator(&self) -> Partner {
        self.partner(self.access.credential("ADMIN", None).unwrap()).await
    }

    pub(crate) async fn enroller(&self) -> Partner {
        self.partner(self.access.credential("DATAPASS", None).unwrap()).await
    }

    /// Who deposits this process.
    pub(crate) async fn depositor(&self, process: &str) -> Depositor {
        let owner = sandbox::depositor(process);
        let credential = self
            .access
            .credentials
            .iter()
            .find(|credential| credential.scope == "OSL" && credential.organization == owner);
        Depositor { partner: self.partner(credential.unwrap()).await, process: process.to_owned() }
    }

    /// Everybody who receives this process.
    pub(crate) async fn recipients(&self, process: &str) -> Vec<Recipient> {
        let mut recipients = Vec::new();
        for credential in self.access.credentials.iter().filter(|row| row.process.as_deref() == Some(process)) {
            recipients.push(Recipient { partner: self.partner(credential).await });
        }
        recipients
    }

    /// The one who receives this process first.
    pub(crate) async fn recipient(&self, process: &str) -> Recipient {
        self.recipients(process).await.remove(0)
    }
}

/// An operator of online services.
pub(crate) struct Depositor {
    pub(crate) partner: Partner,
    process: String,
}

impl Depositor {
    /// A folder with one case for each recipient, in which everybody sees every file.
    pub(crate) fn folder(&self, files: &[SampleFile], recipients: &[&Recipient]) -> Value {
        let keys: Vec<Value> = recipients.iter().map(|recipient| recipient.key()).collect();
        self.folder_for(files, &keys)
    }

    /// The same for the recipients of these keys.
    pub(crate) fn folder_for(&self, files: &[SampleFile], recipients: &[Value]) -> Value {
        let numbers: Vec<String> = (1..=recipients.len()).map(|number| format!("CASE-{number}")).collect();
        let attachments: Vec<Value> = files
            .iter()
            .map(|file| {
                json!({
                    "fileName": file.name, "type": file.kind, "size": file.bytes.len(), "mimeType": file.media_type,
                    "recipients": numbers,
                })
            })
            .collect();
        let cases: Vec<Value> = recipients
            .iter()
            .zip(&numbers)
            .map(|(recipient, number)| json!({ "externalId": number, "recipient": recipient }))
            .collect();
        json!({
            "processCode": self.process, "externalId": "FOLDER-1",
            "applicant": { "firstName": "SPECIMEN", "lastName": "SPECIMEN" },
            "cases": cases, "attachments": attachments,
        })
    }

    pub(crate) async fn announces(&self, folder: &Value) -> Folder {
        let answer = self.partner.announce(folder).await.must(201).json();
        Folder { id: text(&answer, "id"), cases: ids(&answer["cases"]), attachments: ids(&answer["attachments"]) }
    }

    pub(crate) async fn sends(&self, folder: &Folder, files: &[SampleFile]) {
        for (file, attachment) in files.iter().zip(&folder.attachments) {
            let bytes = Bytes::from(file.bytes.clone());
            self.partner.upload(&folder.id, attachment, bytes, Some(&sha256(&file.bytes))).await.must(204);
        }
    }

    pub(crate) async fn completes(&self, folder: &Folder) {
        self.partner.set_folder_status(&folder.id, "HUBEE_COMPLETED").await.must(204);
    }

    /// Announces, sends, completes.
    pub(crate) async fn deposits(&self, files: &[SampleFile], recipients: &[&Recipient]) -> Folder {
        let folder = self.announces(&self.folder(files, recipients)).await;
        self.sends(&folder, files).await;
        self.completes(&folder).await;
        folder
    }

    pub(crate) async fn reads(&self, folder: &Folder) -> Value {
        self.partner.get(&format!("/folders/{}", folder.id)).await.must(200).json()
    }

    /// The statuses of a folder's attachments.
    pub(crate) async fn sees_attachments(&self, folder: &Folder) -> Vec<String> {
        let folder = self.reads(folder).await;
        folder["attachments"].as_array().unwrap().iter().map(|row| text(row, "status")).collect()
    }
}

/// A processing service.
pub(crate) struct Recipient {
    pub(crate) partner: Partner,
}

impl Recipient {
    /// Its key as the contract writes it.
    pub(crate) fn key(&self) -> Value {
        let key = self.partner.credential().organization.clone().unwrap();
        let parts: Vec<&str> = key.split('-').collect();
        json!({ "type": parts[0], "companyRegister": parts[1], "branchCode": parts[2] })
    }

    /// Fetches a case and every file of it, and compares those.
    pub(crate) async fn fetches(&self, case: &str, files: &[SampleFile]) {
        let answer = self.partner.get(&format!("/cases/{case}")).await.must(200).json();
        let rows = answer["attachments"].as_array().unwrap();
        assert_eq!(rows.len(), files.len());
        for (file, row) in files.iter().zip(rows) {
            assert_eq!((row["fileName"].as_str(), row["type"].as_str()), (Some(file.name.as_str()), Some(file.kind)));
            assert_eq!(
                (row["status"].as_str(), row["size"].as_u64()),
                (Some("RECEIVED"), Some(file.bytes.len() as u64))
            );
            let id = text(row, "id");
            let answer = self.partner.get(&format!("/cases/{case}/attachments/{id}")).await.must(200);
            assert_eq!(answer.headers["digest"], sha256(&file.bytes).as_str(), "{}", file.name);
            assert!(answer.body == file.bytes, "{} came back with other bytes", file.name);
        }
    }

    /// Gives a case a status and has the depositor notified.
    pub(crate) async fn answers(&self, case: &str, status: &str) -> String {
        let event = json!({
            "actionType": "STATUS_UPDATE", "notification": true, "caseNewStatus": status,
            "message": "for the depositor", "comment": "for colleagues", "author": "SPECIMEN",
        });
        text(&self.partner.post_event(case, &event).await.must(201).json(), "id")
    }
}

/// What waits for somebody: case and event of each notification, oldest first, with its own identifier.
pub(crate) async fn inbox(partner: &Partner) -> Vec<Value> {
    partner.notifications(1000).await.must(200).json().as_array().unwrap().clone()
}

/// Deletes a notification.
pub(crate) async fn deals_with(partner: &Partner, notification: &Value) {
    partner.delete(&format!("/notifications/{}", text(notification, "id"))).await.must(204);
}
