//! A depositor: announces a folder, sends its files, completes it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;

use super::watcher;
use crate::judge::CaseNumber;
use crate::measure::{Operation, Slow};
use crate::roster::Dossier;
use crate::stage::{Errand, Stage};
use crate::wire::Failure;
use crate::world::FILE_TYPE;

/// When a deposit was to arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Intended {
    /// From the start of the run.
    pub(crate) at: Duration,
    /// In which phase.
    pub(crate) phase: usize,
    /// Whether an impatient client sends the end of it once more.
    pub(crate) repeated: bool,
}

/// Deposits a dossier, and notes what is owed from then on.
pub(crate) async fn deposit(stage: Arc<Stage>, dossier: Dossier, intended: Intended) {
    let began = stage.began.elapsed();
    stage.in_flight.fetch_add(1, Ordering::Relaxed);
    let outcome = send(&stage, &dossier, intended).await;
    stage.in_flight.fetch_sub(1, Ordering::Relaxed);
    let ended = stage.began.elapsed();
    let delay = began.saturating_sub(intended.at);
    let latency = ended.saturating_sub(intended.at);
    stage.measurements.offer(Operation::Deposit, latency, || Slow {
        operation: Operation::Deposit.as_str().to_owned(),
        dossier: Some(dossier.number),
        at: intended.at.as_secs_f64(),
        delay: delay.as_secs_f64(),
        service: (ended - began).as_secs_f64(),
        seconds: latency.as_secs_f64(),
        status: outcome.as_ref().map_or_else(Failure::kind, |_| "acknowledged".to_owned()),
    });
    let Ok(folder) = outcome else {
        // What failed is already counted by its kind.
        stage.measurements.gave_up(intended.phase);
        return;
    };
    stage.judge.acknowledged(dossier.number);
    stage.measurements.acknowledged(intended.phase, intended.at, delay, ended - began);
    if dossier.watched {
        tokio::spawn(watcher::watch(Arc::clone(&stage), dossier.clone(), intended.phase, Instant::now()));
    }
    if intended.repeated {
        // It was acknowledged: whatever becomes of the repetition, it is owed. A failure is counted like any other.
        complete(&stage, &dossier, &folder, intended.phase).await.ok();
    }
}

async fn complete(stage: &Stage, dossier: &Dossier, folder: &str, phase: usize) -> Result<(), Failure> {
    let hub = &stage.pools.depositors;
    let Some(bearer) = stage.world.owners.get(dossier.process) else { return Err(Failure::Closed) };
    let complete = |token: HeaderValue| async move { hub.complete(&token, folder).await };
    stage.ask(hub, bearer, Errand::new(Operation::Complete, phase).of(dossier.number), complete).await
}

/// Gives the identifier of the folder.
async fn send(stage: &Stage, dossier: &Dossier, intended: Intended) -> Result<String, Failure> {
    let hub = &stage.pools.depositors;
    let phase = intended.phase;
    let Some(bearer) = stage.world.owners.get(dossier.process) else { return Err(Failure::Closed) };
    let errand = |operation| Errand::new(operation, phase).of(dossier.number);
    let folder = folder(stage, dossier);
    let announced = stage
        .ask(hub, bearer, errand(Operation::Announce), |token| {
            let folder = folder.clone();
            async move { hub.announce(&token, folder).await }
        })
        .await?;
    let whole = announced.cases.len() == dossier.desks.len() && announced.attachments.len() == dossier.files.len();
    if !whole {
        return Err(Failure::Nonsense("a folder was announced with other cases or files than were sent".to_owned()));
    }
    stage.judge.announced(dossier.number, announced.cases.iter().map(|case| case.id.as_str()));
    for (content, attachment) in dossier.files.iter().zip(&announced.attachments) {
        let digest = dossier.digest.then(|| HeaderValue::from_str(&content.digest())).transpose();
        let digest = digest.map_err(http::Error::from)?;
        let (folder, digest) = (announced.id.as_str(), digest.as_ref());
        stage
            .ask(hub, bearer, errand(Operation::Upload), |token| async move {
                hub.upload(&token, (folder, &attachment.id), *content, digest).await
            })
            .await?;
    }
    complete(stage, dossier, &announced.id, phase).await?;
    Ok(announced.id)
}

/// The name of a file.
pub(crate) fn file_name(index: usize) -> String {
    format!("piece-{}.pdf", index + 1)
}

fn folder(stage: &Stage, dossier: &Dossier) -> Bytes {
    let mut text = String::with_capacity(512 + 160 * (dossier.desks.len() + dossier.files.len()));
    let (process, external_id) = (stage.roster.processes.get(dossier.process), stage.external_id(dossier.number));
    let code = process.map_or("", |process| process.code.as_str());
    // Nothing in it needs to be escaped, and writing to a text cannot fail.
    write!(
        text,
        r#"{{"processCode":"{code}","externalId":"{external_id}","applicant":{{"firstName":"SPECIMEN","lastName":"NATUREL"}},"cases":["#
    )
    .ok();
    let case = |case: usize| stage.case_external_id(CaseNumber { dossier: dossier.number, case });
    for (index, desk) in dossier.desks.iter().enumerate() {
        let place = stage.roster.desks.get(*desk).and_then(|desk| stage.roster.organizations.get(desk.organization));
        let (siret, branch) = place.map_or(("", ""), |place| (place.siret.as_str(), place.branch.as_str()));
        let comma = if index == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"externalId":"{}","recipient":{{"type":"SI","companyRegister":"{siret}","branchCode":"{branch}"}}}}"#,
            case(index)
        )
        .ok();
    }
    text.push_str(r#"],"attachments":["#);
    for (index, content) in dossier.files.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"fileName":"{}","type":"{FILE_TYPE}","size":{},"mimeType":"application/pdf","recipients":["#,
            file_name(index),
            content.size()
        )
        .ok();
        for index in 0..dossier.desks.len() {
            let comma = if index == 0 { "" } else { "," };
            write!(text, r#"{comma}"{}""#, case(index)).ok();
        }
        text.push_str("]}");
    }
    text.push_str("]}");
    text.into()
}
