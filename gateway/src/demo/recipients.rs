//! What each recipient does with its case, each in its own way.

use anyhow::{Context as _, Result, ensure};
use http::StatusCode;
use serde_json::{Value, json};

use super::callee::Callee;
use super::fetched;
use super::files::SampleFile;
use super::screen::Screen;
use super::story::{compare, ids, step, text};
use crate::partner::{Access, Partner};

/// One who receives.
pub(super) struct Recipient {
    pub(super) name: &'static str,
    pub(super) partner: Partner,
}

impl Recipient {
    /// By the API: it looks into its inbox, fetches and compares every file, answers, and takes the notification away.
    pub(super) async fn finds_its_case(&self, screen: &mut Screen, files: &[SampleFile]) -> Result<()> {
        screen.title(&format!("API: the {} (SI) finds its case and answers", self.name))?;
        let partner = &self.partner;
        step(screen, partner.log_in().await?, StatusCode::OK, "a token")?;
        let inbox = step(screen, partner.notifications(25).await?, StatusCode::OK, "its inbox")?.json();
        let notification = inbox.get(0).context("the inbox is empty")?;
        ensure!(
            notification.get("eventId").is_some_and(Value::is_null),
            "the first notification should be of a new case"
        );
        self.answers(screen, &text(notification, "caseId")?, files).await?;
        let path = format!("/notifications/{}", text(notification, "id")?);
        step(screen, partner.delete(&path).await?, StatusCode::NO_CONTENT, "the notification is dealt with")?;
        Ok(())
    }

    /// By a call: it is told, fetches and compares every file, and answers. Nothing waits in its inbox.
    pub(super) async fn is_called(
        &self,
        screen: &mut Screen,
        callee: &Callee,
        case: &str,
        files: &[SampleFile],
    ) -> Result<()> {
        screen.title(&format!("Web hook: the {} is called, fetches and answers", self.name))?;
        let call = loop {
            let call = callee.next().await?;
            let data = call.body.get("data").context("the call says nothing")?;
            // What an interrupted demo did not come to is brought as well.
            if text(data, "caseId")? == case {
                break call;
            }
        };
        screen.received(&call.path, 204, "a call comes in; its signature is right")?;
        step(screen, self.partner.log_in().await?, StatusCode::OK, "a token")?;
        self.answers(screen, case, files).await
    }

    /// By SFTP: it finds the whole case as one zip, compares what is in it, and moves it away.
    pub(super) async fn fetches(&self, screen: &mut Screen, access: &Access, files: &[SampleFile]) -> Result<()> {
        screen.title(&format!("SFTP: the {} fetches its case as one message", self.name))?;
        let server = access.sftp.as_ref().context("the hub has no SFTP server")?;
        fetched::message(screen, server, self.partner.credential(), files).await
    }

    async fn answers(&self, screen: &mut Screen, case: &str, files: &[SampleFile]) -> Result<()> {
        let partner = &self.partner;
        let answer = partner.get(&format!("/cases/{case}")).await?;
        let answer = step(screen, answer, StatusCode::OK, "its own case, and no other")?.json();
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
            let posted = partner.post_event(case, &event).await?;
            step(screen, posted, StatusCode::CREATED, &format!("the case is {status}"))?;
        }
        Ok(())
    }
}
