//! A recipient: looks into its inbox, reads what is new, compares every byte, answers, and deletes the notification.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;

use super::depositor::file_name;
use super::watcher;
use crate::hub::{Case, Notification};
use crate::judge::{CaseNumber, Kind, Sighting};
use crate::measure::Operation;
use crate::random::Random;
use crate::roster::{Dossier, Temper};
use crate::stage::{Pace, Stage};
use crate::wire::Failure;

const OFFSET: u64 = 0x6f66_6673;
const CHANCE: u64 = 0x6368_616e;
/// How often everybody looks once nothing arrives any more; for each thousand inboxes, as long again.
const DRAIN_EVERY: Duration = Duration::from_millis(200);
/// A greedy recipient gives up the processor between two looks.
const GREEDY_EVERY: Duration = Duration::from_millis(1);

/// Looks after these desks, one after the other, until the run ends.
pub(crate) async fn attend(stage: Arc<Stage>, desks: Vec<usize>) {
    let Some(first) = desks.first().copied() else { return };
    let temper = |desk: usize| stage.roster.desks.get(desk).map_or(Temper::Idle, |plan| plan.temper);
    let every = match temper(first) {
        Temper::Idle => stage.behaviour.idle_poll_every.duration(),
        Temper::Greedy => GREEDY_EVERY,
        _ => stage.behaviour.poll_every.duration(),
    };
    let draining = DRAIN_EVERY * u32::try_from(1 + stage.roster.desks.len() / 1_000).unwrap_or(u32::MAX);
    let mut pace = stage.pace.subscribe();
    let mut next = Instant::now() + every.mul_f64(Random::of(first as u64, OFFSET, 0).unit());
    loop {
        let now = *pace.borrow_and_update();
        tokio::select! {
            () = tokio::time::sleep_until(next.into()), if now != Pace::Sweeping => {}
            _ = pace.changed(), if now != Pace::Sweeping => continue,
            () = std::future::ready(()), if now == Pace::Sweeping => {}
        }
        for desk in &desks {
            if now == Pace::Running && temper(*desk) == Temper::Dead {
                continue;
            }
            visit(&stage, *desk, temper(*desk), &pace).await;
        }
        if now == Pace::Sweeping {
            return;
        }
        next = Instant::now() + if now == Pace::Running { every } else { draining };
    }
}

/// Takes what waits, page by page.
async fn visit(stage: &Stage, desk: usize, temper: Temper, pace: &tokio::sync::watch::Receiver<Pace>) {
    let Some(bearer) = stage.world.desks.get(desk) else { return };
    let hub = &stage.recipients;
    let page = stage.behaviour.page;
    loop {
        // A slow recipient is slow while others deposit; afterwards it hurries.
        let slow = temper == Temper::Slow && *pace.borrow() == Pace::Running;
        let asked = stage.ask(hub, bearer, Operation::Poll, stage.phase(), |token| async move {
            hub.notifications(&token, page).await
        });
        let Ok(rows) = asked.await else { return };
        let complete = rows.len() < page;
        note_repeated(stage, &rows);
        let parallel = if slow { 1 } else { stage.behaviour.parallel };
        let taken = stream::iter(rows)
            .map(|row| take(stage, desk, row, slow))
            .buffer_unordered(parallel)
            .filter(|taken| std::future::ready(*taken))
            .count()
            .await;
        if complete || taken == 0 {
            return;
        }
    }
}

/// A page that holds the same notification twice.
fn note_repeated(stage: &Stage, rows: &[Notification]) {
    let mut seen = HashSet::new();
    for row in rows.iter().filter(|row| !seen.insert(row.id.as_str()) && row.event_id.is_none()) {
        if let Some(sighting) = stage.judge.sees(&row.case_id, &row.id) {
            stage.judge.finds(Kind::Doubled, sighting.number, "its notification stands twice in one page");
        }
    }
}

/// Takes one notification; says whether it is gone.
async fn take(stage: &Stage, desk: usize, row: Notification, slow: bool) -> bool {
    if slow {
        tokio::time::sleep(stage.behaviour.slow_pause.duration()).await;
    }
    let outcome = match &row.event_id {
        None => take_case(stage, desk, &row, slow).await,
        // The acknowledgement of an answer: it is only deleted.
        Some(_) => delete(stage, desk, &row).await,
    };
    outcome.is_ok()
}

async fn take_case(stage: &Stage, desk: usize, row: &Notification, slow: bool) -> Result<(), Failure> {
    let phase = stage.phase();
    let known = stage.judge.sees(&row.case_id, &row.id);
    if let Some(sighting) = known
        && !is_for(stage, desk, sighting.number)
    {
        stage.judge.finds(Kind::Crossed, sighting.number, "announced to another recipient");
    }
    let case = read(stage, desk, row).await?;
    let Some(sighting) = known.or_else(|| stage.judge.recognizes(stage.number_of(&case.external_id)?, &row.case_id))
    else {
        // Of another run: nobody is owed anything.
        return delete(stage, desk, row).await;
    };
    let number = sighting.number;
    if stage.number_of(&case.external_id) != Some(number) {
        stage.judge.finds(Kind::Corrupted, number, "the case bears another number than was sent");
    }
    let dossier = stage.roster.dossier(number.dossier);
    watcher::note_visible(stage, sighting, phase);
    if !is_for(stage, desk, number) {
        if known.is_none() {
            stage.judge.finds(Kind::Crossed, number, "delivered to another recipient");
        }
        return delete(stage, desk, row).await;
    }
    if sighting.settled {
        stage.judge.finds(Kind::Doubled, number, "announced again after it was settled");
        return delete(stage, desk, row).await;
    }
    if !sighting.delivered {
        compare(stage, desk, row, &case, &dossier, number, slow).await?;
        if let Some(took) = stage.judge.delivered(number, is_prompt(stage, desk)) {
            stage.measurements.took(phase, Operation::Delivered, took);
        }
    }
    let silent = !chance(number, 1).happens(stage.behaviour.answered);
    if !silent && !sighting.answer_taken {
        answer(stage, desk, row, sighting).await?;
    }
    delete(stage, desk, row).await?;
    stage.judge.settled(number, silent);
    Ok(())
}

/// What happens with a case by chance, the same each time.
fn chance(number: CaseNumber, purpose: u64) -> Random {
    Random::of(CHANCE, purpose, number.dossier.wrapping_mul(4_099).wrapping_add(number.case as u64))
}

/// Whether a recipient looks into its inbox as often as the others, and takes what is there.
fn is_prompt(stage: &Stage, desk: usize) -> bool {
    stage.roster.desks.get(desk).is_some_and(|desk| matches!(desk.temper, Temper::Prompt | Temper::Greedy))
}

fn is_for(stage: &Stage, desk: usize, number: CaseNumber) -> bool {
    stage.roster.dossier(number.dossier).desks.get(number.case) == Some(&desk)
}

async fn read(stage: &Stage, desk: usize, row: &Notification) -> Result<Case, Failure> {
    let Some(bearer) = stage.world.desks.get(desk) else { return Err(Failure::Closed) };
    let hub = &stage.recipients;
    let read = |token| async move { hub.case(&token, &row.case_id).await };
    stage.ask(hub, bearer, Operation::Read, stage.phase(), read).await
}

/// Fetches the files of a case and compares them with what was sent.
async fn compare(
    stage: &Stage,
    desk: usize,
    row: &Notification,
    case: &Case,
    dossier: &Dossier,
    number: CaseNumber,
    slow: bool,
) -> Result<(), Failure> {
    let Some(bearer) = stage.world.desks.get(desk) else { return Err(Failure::Closed) };
    let hub = &stage.recipients;
    for (index, content) in dossier.files.iter().enumerate() {
        let name = file_name(index);
        let mut listed = case.attachments.iter().filter(|file| file.file_name == name);
        let Some(file) = listed.next() else {
            stage.judge.finds(Kind::Corrupted, number, &format!("file {} is not listed", index + 1));
            continue;
        };
        if listed.next().is_some() {
            stage.judge.finds(Kind::Doubled, number, &format!("file {} is listed twice", index + 1));
        }
        if !chance(number, 2).happens(stage.behaviour.verify) {
            continue;
        }
        let pause = slow.then(|| stage.behaviour.slow_pause.duration() / 4);
        let fetch = |token| async move { hub.fetch(&token, (&row.case_id, &file.id), *content, pause).await };
        let fetched = stage.ask(hub, bearer, Operation::Fetch, stage.phase(), fetch).await?;
        if let Err(what) = fetched {
            stage.judge.finds(Kind::Corrupted, number, &format!("file {} {what}", index + 1));
        }
    }
    if case.attachments.len() > dossier.files.len() {
        stage.judge.finds(Kind::Crossed, number, "lists a file that is not its own");
    }
    Ok(())
}

/// Posts an event for each status; the last one notifies the depositor.
async fn answer(stage: &Stage, desk: usize, row: &Notification, sighting: Sighting) -> Result<(), Failure> {
    let Some(bearer) = stage.world.desks.get(desk) else { return Err(Failure::Closed) };
    let hub = &stage.recipients;
    let statuses = &stage.behaviour.answers;
    for (index, status) in statuses.iter().enumerate() {
        let last = index + 1 == statuses.len();
        let event = format!(
            r#"{{"actionType":"STATUS_UPDATE","notification":{last},"caseNewStatus":"{status}","author":"essai de charge"}}"#
        );
        // What a former visit sent may have arrived.
        let mut again = sighting.answered;
        let post = |token| {
            if last {
                stage.judge.answers(sighting.number, again);
                again = true;
            }
            let event = event.clone();
            async move { hub.post_event(&token, &row.case_id, event).await }
        };
        let posted = stage.ask(hub, bearer, Operation::Answer, stage.phase(), post).await;
        if let Err(failure) = posted {
            if matches!(failure, Failure::Refused { .. }) {
                stage.judge.answer_refused(sighting.number);
            }
            return Err(failure);
        }
    }
    stage.judge.answer_taken(sighting.number);
    Ok(())
}

async fn delete(stage: &Stage, desk: usize, row: &Notification) -> Result<(), Failure> {
    let Some(bearer) = stage.world.desks.get(desk) else { return Err(Failure::Closed) };
    let hub = &stage.recipients;
    let delete = |token| async move { hub.delete_notification(&token, &row.id).await };
    stage.ask(hub, bearer, Operation::Delete, stage.phase(), delete).await
}
