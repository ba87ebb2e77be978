//! Folders after a restart: there, whole, with the right bytes.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use navette_gateway::partner::{Answer, Partner};
use serde_json::Value;

use crate::content::Content;
use crate::findings::{Findings, Kind};
use crate::ledger::{Case, Event, Folder, Ledger, Step};
use crate::load::text;
use crate::parties::Parties;

/// How many folders are looked at at a time.
const AT_A_TIME: usize = 16;

/// Looks at these folders and settles what was asked and not answered.
pub(crate) async fn folders(parties: &Parties, ledger: &Ledger, findings: &Findings, chosen: Vec<usize>) -> Result<()> {
    stream::iter(chosen.into_iter().map(|number| async move {
        let mut folder = ledger.folder(number);
        Check { parties, findings, folder: folder.id.clone() }.folder(&mut folder).await?;
        ledger.settle(number, folder);
        Ok(())
    }))
    .buffer_unordered(AT_A_TIME)
    .try_collect()
    .await
}

struct Check<'a> {
    parties: &'a Parties,
    findings: &'a Findings,
    folder: String,
}

impl Check<'_> {
    fn found(&self, kind: Kind, what: &str) {
        self.findings.add(kind, &format!("folder {}: {what}", self.folder));
    }

    /// A step that looks as if it had happened, or not.
    fn settle(&self, step: &mut Step, happened: bool, what: &str) {
        if !step.allows(happened) {
            match step {
                Step::Acknowledged => self.found(Kind::Lost, &format!("{what} was acknowledged and has not happened")),
                Step::NotAsked | Step::Asked => self.found(Kind::Doubled, &format!("{what} has happened, unasked")),
            }
        }
        step.settle(happened);
    }

    async fn folder(&self, folder: &mut Folder) -> Result<()> {
        let answer = self.parties.depositor.get(&format!("/folders/{}", folder.id)).await?;
        let gone = answer.status == http::StatusCode::NOT_FOUND;
        self.settle(&mut folder.deleted, gone, "its deletion");
        if gone {
            return Ok(());
        }
        let answer = answer.expect(http::StatusCode::OK)?.json();
        let ids = |list: &str| -> Vec<String> { rows(&answer, list).map(|row| text(row, "id")).collect() };
        let cases: Vec<String> = folder.cases.iter().map(|case| case.id.clone()).collect();
        let attachments: Vec<String> = folder.attachments.iter().map(|attachment| attachment.id.clone()).collect();
        if ids("cases") != cases || ids("attachments") != attachments {
            self.found(Kind::HalfDone, "it has other cases or attachments than were announced");
            return Ok(());
        }
        self.attachments(folder, &answer).await?;

        let notified = text(&answer, "globalStatus") == "HUBEE_NOTIFIED";
        self.settle(&mut folder.completed, notified, "its completion");
        if notified && folder.attachments.iter().any(|attachment| !attachment.sent.happened()) {
            self.found(Kind::HalfDone, "it is notified and lacks an attachment");
        }
        let completed = folder.completed.happened();
        for (rank, row) in rows(&answer, "cases").enumerate() {
            let untouched = text(row, "status") == "HUBEE_RECEIVED";
            if untouched == completed {
                self.found(
                    Kind::HalfDone,
                    &format!("case {rank} is {} and completion says {completed}", row["status"]),
                );
            }
        }
        if completed {
            let seen: Vec<usize> = folder.attachments.iter().map(|attachment| attachment.cases).collect();
            for (rank, case) in folder.cases.iter_mut().enumerate() {
                self.case(case, seen.iter().filter(|cases| **cases > rank).count()).await?;
            }
        }
        Ok(())
    }

    /// What is received has the right bytes; nothing else is readable.
    async fn attachments(&self, folder: &mut Folder, answer: &Value) -> Result<()> {
        let first_case = folder.cases.first().map(|case| case.id.clone()).unwrap_or_default();
        for (rank, (attachment, row)) in folder.attachments.iter_mut().zip(rows(answer, "attachments")).enumerate() {
            let status = text(row, "status");
            let received = status == "RECEIVED";
            if !received && status != "PENDING" {
                self.found(Kind::HalfDone, &format!("attachment {rank} is {status}"));
            }
            self.settle(&mut attachment.sent, received, &format!("the upload of attachment {rank}"));
            let path = format!("/cases/{first_case}/attachments/{}", attachment.id);
            let answer = self.parties.depositor.get(&path).await?;
            self.bytes(&answer, received.then_some(attachment.content), &format!("attachment {rank}"));
        }
        Ok(())
    }

    fn bytes(&self, answer: &Answer, expected: Option<Content>, what: &str) {
        match expected {
            None if answer.status != http::StatusCode::NOT_FOUND => {
                self.found(Kind::HalfDone, &format!("{what} was not received and reads as {}", answer.status));
            }
            None => {}
            Some(content) => {
                let bytes = content.bytes();
                let digest = answer.headers.get("digest").and_then(|digest| digest.to_str().ok());
                if answer.status != http::StatusCode::OK {
                    self.found(Kind::Lost, &format!("{what} was received and reads as {}", answer.status));
                } else if answer.body != bytes || digest != Some(Content::sha256(&bytes).as_str()) {
                    self.found(Kind::Lost, &format!("{what} has other bytes than were received"));
                }
            }
        }
    }

    /// A case as its recipient sees it.
    async fn case(&self, case: &mut Case, attachments: usize) -> Result<()> {
        let partner = &self.parties.recipients[case.recipient];
        let answer = partner.get(&format!("/cases/{}", case.id)).await?.expect(http::StatusCode::OK)?.json();
        if rows(&answer, "attachments").count() != attachments {
            self.found(Kind::HalfDone, "a case shows other attachments than list it");
        }
        let mut seen: HashMap<String, Vec<&Value>> = HashMap::new();
        for row in rows(&answer, "events") {
            seen.entry(text(row, "message")).or_default().push(row);
        }
        let mut status = "HUBEE_NOTIFIED";
        for event in &mut case.events {
            let found = seen.remove(&event.marker).unwrap_or_default();
            if found.len() > 1 {
                self.found(Kind::Doubled, &format!("event {} is there {} times", event.marker, found.len()));
            }
            self.settle(&mut event.posted, !found.is_empty(), &format!("event {}", event.marker));
            if let Some(row) = found.first() {
                self.event(partner, &case.id, event, row).await?;
                if event.is_sent() {
                    status = event.status.unwrap_or(status);
                }
            }
        }
        if !seen.is_empty() {
            self.found(Kind::HalfDone, &format!("{} events were never posted", seen.len()));
        }
        if text(&answer, "status") != status {
            let kind = if case.events.is_empty() { Kind::Lost } else { Kind::HalfDone };
            self.found(kind, &format!("a case is {} and its events say {status}", answer["status"]));
        }
        Ok(())
    }

    async fn event(&self, partner: &Partner, case: &str, event: &mut Event, row: &Value) -> Result<()> {
        let (id, status) = (text(row, "id"), text(row, "status"));
        if event.id.as_ref().is_some_and(|known| *known != id) {
            self.found(Kind::Doubled, &format!("event {} has another identifier than before", event.marker));
        }
        event.id = Some(id.clone());
        let (sent, received) = (status != "IN_PROGRESS", status == "RECEIVED");
        self.settle(&mut event.received, received, &format!("the receipt of event {}", event.marker));
        let Some(content) = event.file else {
            if !sent {
                self.found(Kind::HalfDone, &format!("event {} is not sent", event.marker));
            }
            return Ok(());
        };
        let file = rows(row, "attachments").next().context("an event has lost its file")?;
        let stored = text(file, "status") == "RECEIVED";
        self.settle(&mut event.file_sent, stored, &format!("the file of event {}", event.marker));
        self.settle(&mut event.sent, sent, &format!("the sending of event {}", event.marker));
        if sent && !stored {
            self.found(Kind::HalfDone, &format!("event {} is sent without its file", event.marker));
        }
        let path = format!("/cases/{case}/events/{id}/attachments/{}", text(file, "id"));
        let answer = partner.get(&path).await?;
        self.bytes(&answer, stored.then_some(content), &format!("the file of event {}", event.marker));
        Ok(())
    }
}

fn rows<'a>(object: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    object[list].as_array().into_iter().flatten()
}
