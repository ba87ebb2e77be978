//! Inboxes after a restart: one notification of everything that was sent and not dealt with, and none of anything else.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use http::StatusCode;
use navette_gateway::partner::Partner;

use crate::findings::{Findings, Kind};
use crate::ledger::{Ledger, Step};
use crate::load::text;
use crate::parties::Parties;

const PAGE_ROWS: usize = 1_000;

/// Case, and event if it is about one.
type Subject = (String, Option<String>);

/// How many notifications of each subject there are.
type Inbox = HashMap<Subject, u32>;

/// Compares every inbox with what is known, which must be settled.
pub(crate) async fn check(parties: &Parties, ledger: &Ledger, findings: &Findings) -> Result<()> {
    let mut depositor = read(&parties.depositor).await?;
    let mut recipients = Vec::new();
    for partner in &parties.recipients {
        recipients.push(read(partner).await?);
    }
    ledger.each(|folder| {
        let completed = folder.completed.happened();
        for case in &mut folder.cases {
            let inbox = &mut recipients[case.recipient];
            let new = (case.id.clone(), None);
            compare(findings, inbox, &new, completed, &mut case.notification_deleted);
            for event in &mut case.events {
                let Some(id) = event.id.clone() else { continue };
                let about = (case.id.clone(), Some(id));
                let received = event.received.happened();
                compare(findings, inbox, &about, received, &mut event.acknowledgement_deleted);
                compare(findings, &mut depositor, &about, event.is_sent(), &mut event.notification_deleted);
            }
        }
    });
    for inbox in recipients.iter().chain([&depositor]) {
        for (case, event) in inbox.keys() {
            findings.add(Kind::HalfDone, &format!("a notification of case {case}, event {event:?}, which never was"));
        }
    }
    Ok(())
}

/// Takes a subject out of the inbox, and complains when it is not as it must be.
fn compare(findings: &Findings, inbox: &mut Inbox, subject: &Subject, due: bool, deleted: &mut Step) {
    let count = inbox.remove(subject).unwrap_or_default();
    let found = |kind, what: &str| {
        let (case, event) = subject;
        findings.add(kind, &format!("the notification of case {case}, event {event:?}, {what}"));
    };
    if count > 1 {
        found(Kind::Doubled, &format!("is there {count} times"));
    }
    let is_there = count > 0;
    if !due && is_there {
        found(Kind::HalfDone, "is there, and what it tells has not happened");
    } else if due && !deleted.allows(!is_there) {
        if is_there {
            found(Kind::Doubled, "is back after it was deleted");
        } else {
            found(Kind::Lost, "is gone");
        }
    }
    if due {
        deleted.settle(!is_there);
    }
}

async fn read(partner: &Partner) -> Result<Inbox> {
    let mut inbox = Inbox::new();
    let mut offset = 0;
    loop {
        let answer = partner.get(&format!("/notifications?maxResult={PAGE_ROWS}&offSet={offset}")).await?;
        let answer = answer.expect(StatusCode::OK)?.json();
        let rows = answer.as_array().context("an inbox is not a list")?;
        for row in rows {
            let event = row["eventId"].as_str().map(str::to_owned);
            *inbox.entry((text(row, "caseId"), event)).or_default() += 1;
        }
        offset += rows.len();
        if rows.len() < PAGE_ROWS {
            return Ok(inbox);
        }
    }
}
